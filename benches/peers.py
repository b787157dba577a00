"""Owns what the Writer is compared with, beside the driver it uses itself: each as its documentation says."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.rows import Event

    Batches = Sequence[Sequence[Event]]

_SET = "ts = excluded.ts, user_id = excluded.user_id, kind = excluded.kind, value = excluded.value"
_INTO = "INSERT INTO events (id, ts, user_id, kind, value)"
_PSYCOPG = f"{_INTO} VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET {_SET}"

_EVENTS = sa.Table(
    "events",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("ts", sa.DateTime(timezone=True)),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("kind", sa.SmallInteger),
    sa.Column("value", sa.Double),
)


def versions() -> dict[str, str]:
    """Name the peers' versions."""
    return {"peers": ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "psycopg", "SQLAlchemy"))}


async def by_psycopg(connection: psycopg.Connection[Any], batches: Batches) -> int:
    """psycopg 3: executemany, which is a pipeline."""
    for batch in batches:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(_PSYCOPG, batch)
    return sum(map(len, batches))


async def by_sqlalchemy(engine: sa.Engine, batches: Batches) -> int:
    """SQLAlchemy: VALUES of up to 1,000 rows a statement, from dicts, as an ORM's bulk writes send them."""
    statement = postgresql.insert(_EVENTS)
    changed = {name: statement.excluded[name] for name in ("ts", "user_id", "kind", "value")}
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=changed)
    names = _EVENTS.columns.keys()
    for batch in batches:
        with engine.begin() as connection:
            connection.execute(upsert, [dict(zip(names, row, strict=True)) for row in batch])
    return sum(map(len, batches))


@contextmanager
def psycopg_connection(login: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of psycopg."""
    with psycopg.connect(login, autocommit=True) as connection:
        yield connection


@contextmanager
def sqlalchemy_engine(login: str) -> Iterator[sa.Engine]:
    """An engine with one session of psycopg."""
    engine = sa.create_engine(login.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=1)
    # With psycopg it sends single rows unless they are to be returned; with psycopg2 it does this by itself.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    try:
        yield engine
    finally:
        engine.dispose()
