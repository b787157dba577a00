"""Reads a few rows of a table, bounded in rows, bytes and time. What it reads stays in memory and is nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from pgsluice.catalog.model import Column, Relation
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.errors import ConnectionLostError, NotAllowedError, ServerError
from pgsluice.recognition.facts import kind_of
from pgsluice.recognition.model import DATES, DOCUMENTS, NUMBERS, thinned

ROWS = 1_000
# Characters of one value: more of a text tells no more of it. A document is read whole or not at all.
CHARS = 1_000
DOCUMENT_BYTES = 16_384
ELEMENTS = 8
# Of a table's rows; a table of many wide columns gives fewer of them.
BYTES_MAX = 16 * 1024 * 1024
# Under this size a table is read from its front, which is most of it; above, from pages all over it.
_WHOLE_BYTES = 4 * 1024 * 1024
# Pages differ in their rows: more are asked for than are wanted, and more of them are taken than are kept, or the end
# of the table would be cut off.
_SPARE, _TAKEN = 1.2, 2
# What a row takes where the server does not know how many there are.
_ROW_BYTES_GUESSED = 100
# A first fetch to learn how wide rows are; then as many at once as make a mebibyte.
_FETCH_ROWS_FIRST, _FETCH_ROWS_MAX, _FETCH_BYTES = 20, 2_000, 1024 * 1024
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 1_000
TABLE_SECONDS = 10.0
# Partitions that a partitioned table's sample is taken from: the largest.
PARTITIONS = 4

LOOKED_AT = NUMBERS | DATES | DOCUMENTS | {"text", "xml", "hstore", "char", "composite"}


@dataclass(frozen=True)
class Sample:
    """Rows of one table, column by column; `note` says what kept from reading more. `repr` shows no value."""

    rows: int = 0
    columns: Mapping[str, Sequence[str | None]] = field(default_factory=dict, repr=False)
    note: str = ""


async def prepare(connection: Connection) -> None:
    """Make a session one that can only read, and that waits for nothing long."""
    await connection.execute(
        f"SET default_transaction_read_only = on; SET lock_timeout = {LOCK_TIMEOUT_MS}; "
        f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}",
        doing="preparing to read samples",
    )


async def read_sample(connection: Connection, relations: Sequence[Relation], rows: int) -> Sample:
    """Read up to so many rows of a table, given as the tables that hold its rows.

    What the server refuses or does not do in time is a note; a lost connection is an error.
    """
    columns: dict[str, list[str | None]] = {}
    found, notes = 0, []
    for relation in relations:
        part = await _read_table(connection, relation, -(-rows // len(relations)))
        found += part.rows
        for name, values in part.columns.items():
            columns.setdefault(name, []).extend(values)
        if part.note:
            notes.append(part.note)
    return Sample(found, columns, notes[0] if notes else "")


async def _read_table(connection: Connection, relation: Relation, rows: int) -> Sample:
    fields = [column for column in relation.columns if _is_looked_at(column)]
    if not fields:
        return Sample()
    if not relation.may_select:
        return Sample(note="this role may not read it")
    try:
        sample = await _read_rows(connection, relation, fields, rows, source=_spread(relation, rows))
        if sample.rows * 4 < rows and _spread(relation, rows):
            # A table that lies mostly outside of its own pages, or whose statistics are old.
            sample = await _read_rows(connection, relation, fields, rows, source="")
    except ConnectionLostError:
        raise
    except NotAllowedError:
        await connection.rollback()
        return Sample(note="row security or missing rights hide rows from this role")
    except ServerError as error:
        await connection.rollback()
        is_late = error.sqlstate in {"57014", "55P03"}
        return Sample(note="it was not read in time" if is_late else f"it could not be read ({error.sqlstate})")
    return sample


def _spread(relation: Relation, rows: int) -> str:
    """Choose pages all over a large table, the same ones each time."""
    if relation.size_bytes <= _WHOLE_BYTES:
        return ""
    known = relation.rows_estimate or relation.size_bytes // _ROW_BYTES_GUESSED
    percentage = min(100.0, 100 * _SPARE * rows / known)
    return f" TABLESAMPLE SYSTEM ({percentage:.6f}) REPEATABLE (0)" if percentage < 100 else ""


async def _read_rows(
    connection: Connection, relation: Relation, fields: Sequence[Column], rows: int, *, source: str
) -> Sample:
    # A cursor, so that a table of wide rows is left when it has given enough; of a name of its own, because the
    # driver remembers the form of a statement's answer.
    cursor = quoted(f"sample_{relation.oid}")
    expressions = ", ".join(f"{_expression(column)} AS c{place}" for place, column in enumerate(fields))
    table = qualified(relation.schema, relation.name)
    limit = rows * _TAKEN if source else rows
    query = f"SELECT {expressions} FROM ONLY {table}{source} LIMIT {limit}"  # noqa: S608 - all names are quoted
    begin = f"BEGIN READ ONLY; DECLARE {cursor} NO SCROLL CURSOR FOR {query}"
    await connection.execute(begin, doing="opening a sample")
    taken = _Taken(fields)
    started, count = monotonic(), _FETCH_ROWS_FIRST
    while taken.size_bytes < BYTES_MAX and monotonic() - started < TABLE_SECONDS:
        # Rows are in no variable here: an error of the next fetch may be logged with those of its frames.
        if taken.add(await connection.fetch(f"FETCH {count} FROM {cursor}", doing="reading a sample")) < count:
            break
        wanted = _FETCH_BYTES * taken.rows // max(taken.size_bytes, 1)
        count = min(max(_FETCH_ROWS_FIRST, wanted), _FETCH_ROWS_MAX)
    await connection.rollback()
    return taken.sample(rows)


class _Taken:
    """Counts and keeps what came so far."""

    def __init__(self, fields: Sequence[Column]) -> None:
        self._names = [column.name for column in fields]
        self._columns: list[list[str | None]] = [[] for _ in fields]
        self.rows = 0
        self.size_bytes = 0

    def add(self, answer: Sequence[Any]) -> int:
        self.rows += len(answer)
        for row in answer:
            for kept, value in zip(self._columns, row.values(), strict=True):
                values = value if isinstance(value, list) else (value,)
                kept.extend(values)
                self.size_bytes += sum(len(text) for text in values if text is not None)
        return len(answer)

    def sample(self, rows: int) -> Sample:
        """Keep so many of the rows, spread over all that came; of arrays as large a part of the elements."""
        kept = min(rows, self.rows)
        return Sample(
            kept,
            {
                name: thinned(values, -(-len(values) * kept // self.rows)) if self.rows else ()
                for name, values in zip(self._names, self._columns, strict=True)
            },
        )


def _is_looked_at(column: Column) -> bool:
    return kind_of(column) in LOOKED_AT and not column.is_generated


def _expression(column: Column) -> str:
    """Write a column as a short text, by the type's own output and no cast that somebody else may have made."""
    name = quoted(column.name)
    if column.type.is_array:
        elements = f"FROM unnest({name}) AS e (v) WHERE e.v IS NOT NULL LIMIT {ELEMENTS}"
        return f"ARRAY(SELECT {_short('e.v', column)} {elements})"
    return _short(name, column)


def _short(value: str, column: Column) -> str:
    text = f"{value}::text" if column.type.schema == "pg_catalog" else f"format('%s', {value})"
    if kind_of(column) in DOCUMENTS:
        return f"CASE WHEN octet_length({text}) <= {DOCUMENT_BYTES} THEN {text} END"
    return f"left({text}, {CHARS})"
