"""Reads the name of one table as users write it."""

from __future__ import annotations

import re

from pgsluice.errors import UsageError

_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def parse_table_name(text: str) -> tuple[str, str]:
    """Give schema and name of `schema.table`, or of `table` in the schema public.

    Names are taken in the case they are written in; what has a dot or a quote in it stands in double quotes, as in SQL.
    Raises UsageError for other forms.
    """
    parts: list[str] = []
    at = 0
    while found := _PART.match(text, at):
        parts.append(found[1].replace('""', '"') if found[1] else found[2])
        at = found.end()
        if at == len(text) or text[at] != ".":
            break
        at += 1
    if at != len(text) or len(parts) not in {1, 2} or text.endswith("."):
        raise UsageError(
            "cannot read the name of a table: expected schema.table",
            hint="Put a name that has a dot or a quote in it into double quotes: --table 'public.\"a.b\"'.",
        )
    return (parts[0], parts[1]) if len(parts) == 2 else ("public", parts[0])
