"""Decides what becomes of every column and says why; asks no server."""
