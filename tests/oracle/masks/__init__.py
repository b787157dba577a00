"""One file a mask, each with a function `mask` from a call to the replacement."""
