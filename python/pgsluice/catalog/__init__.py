"""Asks a server what exists. The statements are the .sql files beside it; the answers are plain data."""
