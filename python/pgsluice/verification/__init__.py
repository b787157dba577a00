"""Compares a copy with its source after the fact: digests and counts, never a value."""
