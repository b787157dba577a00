"""One kind of value that must not be seen a file; `listed` has them all."""
