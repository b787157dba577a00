"""The pages of the reference, one file a page."""
