"""What a source is asked for: a table's fields, and the key that orders its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pgsluice._core import RowKey

KeyKind = Literal["primary key", "unique index", "ctid"]
FieldForm = Literal["binary", "text", "null"]


@dataclass(frozen=True)
class SourceKey:
    """What orders the rows of a table, so that a broken copy goes on after the last one committed.

    A ctid (a row's place in its file) is good as long as the snapshot lives; after that the table starts again.
    """

    kind: KeyKind
    columns: tuple[str, ...]
    # Schema and name of each column's base type.
    types: tuple[tuple[str, str], ...]
    # Where the operators are that compare as ORDER BY does; by their bare names others may be found, of text say.
    operator_schema: str = "pg_catalog"


@dataclass(frozen=True)
class SourceField:
    """One field of a source row: a column in its send format, in its text form, or NULL in its place."""

    column: str
    form: FieldForm = "binary"


@dataclass(frozen=True)
class SourceTable:
    """A table, the fields of its rows in order, and which of them make up the key."""

    schema: str
    name: str
    fields: tuple[SourceField, ...]
    key: SourceKey
    key_ordinals: tuple[int, ...]

    @property
    def label(self) -> str:
        """schema.table, as in rules files."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, repr=False)
class KeyRange:
    """Rows after one key up to another one, None for no bound."""

    after: RowKey | None = None
    until: RowKey | None = None
