"""Remembers between runs, in the target itself: runs, tables, checkpoints and the audit chain."""
