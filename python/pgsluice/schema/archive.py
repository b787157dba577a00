"""Reads the table of contents of pg_dump's archives: every object with the statement that makes it.

The format is pg_dump's own (src/bin/pg_dump/pg_backup_archiver.c, WriteHead and WriteToc). It has no terminators that
a name or a function's body could forge: every text has its length in front.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pgsluice.errors import SluiceError, in_quotes

# A name within a name that would need no quotes.
_PLAIN = re.compile(r'"([a-z_][a-z0-9_]*)"')
_MAGIC = b"PGDMP"
# 1.14 came with version 12 (table access methods), 1.15 with 16 (compression methods), 1.16 with 17 (kinds of
# relations); 18 and the betas of 19 still write 1.16.
_MINORS_READ = range(14, 17)
_HEADER_INTEGERS = 7  # seconds to years of its making, and daylight saving
_HEADER_TEXTS = 3  # database, version of the server, version of pg_dump


class ArchiveError(SluiceError):
    """pg_dump wrote what this program cannot read."""

    code = "archive"


@dataclass(frozen=True)
class Entry:
    """One object: kind, name, owner, the statements that make it and take it away, and what it needs."""

    dump_id: int
    catalog_oid: int  # of the catalog that holds it on the source; 0 where it has no row of its own
    object_oid: int
    kind: str  # TABLE, INDEX, FK CONSTRAINT, ...: pg_dump's word
    name: str  # of a constraint, trigger or policy with its table's in front
    schema: str | None
    owner: str | None
    section: int
    statement: str
    drop_statement: str
    access_method: str | None
    is_partitioned: bool
    needs: frozenset[int]  # dump ids

    @property
    def label(self) -> str:
        """The kind and the name, as messages call it."""
        name = _PLAIN.sub(r"\1", self.name) if '"' in self.name else self.name
        if self.kind == "COMMENT":
            return f"comment on {name}" + (f" in {self.schema}" if self.schema else "")
        return f"{self.kind.lower()} {in_quotes(f'{self.schema}.{name}' if self.schema else name)}"

    @property
    def identity(self) -> str:
        """What tells it apart from every other object of its source, in every dump of it."""
        name = f"{self.catalog_oid}.{self.object_oid} {self.kind} {self.schema or ''} {self.name}"
        # What has no row in a catalog (comments, grants, ATTACH) is told by what it does.
        return name if self.catalog_oid else f"{name} {hashlib.sha256(self.statement.encode()).hexdigest()[:32]}"


def read_entries(archive: bytes) -> list[Entry]:
    """Give the objects of an archive in the order in which they can be made. Raises ArchiveError."""
    try:
        return _Reader(archive).entries()
    except (IndexError, ValueError):  # UnicodeDecodeError is a ValueError.
        problem = "it is cut short or has another format"
    raise ArchiveError(f"cannot read the archive that pg_dump wrote: {problem}", hint=_HINT)


_HINT = "Let pg_dump of version 14 to 18 come first in PATH."


class _Reader:
    """Goes through an archive from front to end."""

    def __init__(self, archive: bytes) -> None:
        self._archive = archive
        major, minor = self._head(archive)
        if major != 1 or minor not in _MINORS_READ:
            raise ArchiveError(
                f"cannot read archive version {major}.{minor} that pg_dump wrote, expected 1.14 to 1.16", hint=_HINT
            )
        self._minor = minor
        self._integer_bytes, self._offset_bytes = archive[8], archive[9]
        self._at = 11

    @staticmethod
    def _head(archive: bytes) -> tuple[int, int]:
        if not archive.startswith(_MAGIC):
            raise ValueError("no archive")
        return archive[5], archive[6]

    def entries(self) -> list[Entry]:
        """Read it all."""
        if self._minor >= 15:
            self._at += 1  # method of compression
        else:
            self._integer()  # level of compression
        for _ in range(_HEADER_INTEGERS):
            self._integer()
        for _ in range(_HEADER_TEXTS):
            self._text()
        found = [self._entry() for _ in range(self._integer())]
        if self._at != len(self._archive):  # Rows would follow, and there are none.
            raise ValueError("something follows")
        return found

    def _entry(self) -> Entry:
        dump_id = self._integer()
        self._integer()  # whether rows come with it
        catalog_oid, object_oid = int(self._text() or 0), int(self._text() or 0)
        name, kind = self._text() or "", self._text() or ""
        section = self._integer()
        statement, drop_statement = self._text() or "", self._text() or ""
        self._text()  # a COPY statement
        schema = self._text()
        self._text()  # tablespace
        access_method = self._text()
        relation_kind = self._integer() if self._minor >= 16 else 0
        owner = self._text()
        self._text()  # whether rows have OIDs, long gone
        needs = set()
        while (need := self._text()) is not None:
            needs.add(int(need))
        self._at += 1 + self._offset_bytes  # where its rows are
        return Entry(
            dump_id=dump_id,
            catalog_oid=catalog_oid,
            object_oid=object_oid,
            kind=kind,
            name=name,
            schema=schema,
            owner=owner,
            section=section,
            statement=statement,
            drop_statement=drop_statement,
            access_method=access_method,
            is_partitioned=relation_kind == ord("p"),
            needs=frozenset(needs),
        )

    def _integer(self) -> int:
        """A byte that is not 0 for negative numbers, then the number's size, lowest byte first."""
        start, end = self._at + 1, self._at + 1 + self._integer_bytes
        is_negative = self._archive[self._at] != 0
        magnitude = int.from_bytes(self._archive[start:end], "little")
        self._at = end
        return -magnitude if is_negative else magnitude

    def _text(self) -> str | None:
        """Its length in bytes, negative for none, then its bytes."""
        length = self._integer()
        if length < 0:
            return None
        text = self._archive[self._at : self._at + length]
        self._at += length
        return text.decode()
