"""Keeps statements prepared whose arguments are whole columns: arrays in the bytes that our own codec made."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

# A writer has one statement for each set of tables that it flushes together.
KEPT_MAX = 64
# The plan of a kept statement is of before an ALTER TABLE: made anew, it may fit.
_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.InvalidSQLStatementNameError)


@dataclass(frozen=True)
class Array:
    """An array in its send format, with the OID of the array's type."""

    type_oid: int
    content: bytes

    def __repr__(self) -> str:
        return f"<Array of type {self.type_oid}, {len(self.content)} bytes>"


class Statements:
    """The prepared statements of one session."""

    def __init__(self, driver: asyncpg.Connection[asyncpg.Record]) -> None:
        self._driver = driver
        self._kept: OrderedDict[str, Any] = OrderedDict()

    async def fetch(self, sql: str, args: Sequence[object]) -> list[Any]:
        """Run a statement, prepared the first time; one that an ALTER TABLE has outdated is prepared again, once.

        An error of the second kind ends an open transaction, where nothing can be tried again.
        """
        was_kept = sql in self._kept
        try:
            return await self._fetch(sql, args)
        except _OUTDATED:
            self._kept.pop(sql, None)
            if not was_kept or self._driver.is_in_transaction():
                raise
        return await self._fetch(sql, args)

    async def _fetch(self, sql: str, args: Sequence[object]) -> list[Any]:
        values = [arg.content if isinstance(arg, Array) else arg for arg in args]
        statement = self._kept.get(sql)
        if statement is not None:
            self._kept.move_to_end(sql)
            return list(await statement.fetch(*values))
        # A statement remembers how its arguments were written the first time, so the session's own way of writing
        # arrays is another one for that long only.
        with self._as_bytes({arg.type_oid for arg in args if isinstance(arg, Array)}):
            # A pooler may show us another session: there a name of our own is missing, and never somebody else's.
            statement = await self._driver.prepare(sql, name=f"pgsluice_{uuid.uuid4().hex}")
            rows = await statement.fetch(*values)
        self._kept[sql] = statement
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return list(rows)

    @contextmanager
    def _as_bytes(self, oids: set[int]) -> Iterator[None]:
        """Let arguments of these array types be bytes.

        The driver's public `set_type_codec` takes scalar types alone; what it calls takes any.
        """
        settings = self._driver._protocol.get_settings()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        for oid in oids:
            settings.add_python_codec(oid, str(oid), "pg_catalog", [], "scalar", as_is, as_is, "binary")
        try:
            yield
        finally:
            for oid in oids:
                settings.remove_python_codec(oid, str(oid), "pg_catalog")


def as_is(value: bytes) -> bytes:
    """Encode what is encoded already."""
    return value
