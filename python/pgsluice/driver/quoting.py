"""Owns the quoting of identifiers: the only way a name gets into SQL."""

from __future__ import annotations

from pgsluice.errors import UsageError


def quoted(name: str) -> str:
    """Quote one identifier, always and in its own case.

    Raises UsageError for NUL, which no server has in a name.
    """
    if "\0" in name:
        raise UsageError("an identifier holds a NUL character")
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """Quote a name with its schema."""
    return f"{quoted(schema)}.{quoted(name)}"
