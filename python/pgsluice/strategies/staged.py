"""`staged`: append to a staging table now, add it up into the target every few seconds. For hot counters."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pgsluice.driver.quoting import qualified, quoted
from pgsluice.strategies import accumulate
from pgsluice.strategies.shape import Promises, Shape, Strategy, selected, where

SCHEMA = "_pgsluice"
NAME_BYTES_MAX = 63  # NAMEDATALEN - 1
# Of one statement: the rows of a key in it cost one update, and its transaction holds the target's rows for as long
# as it takes, a tenth of a second or so.
FOLD_ROWS_MAX = 50_000


def staging_name(shape: Shape) -> str:
    """The staging table of a target: the same for every writer and declaration, so that no rows are left behind."""
    name = f"staged {_label(shape)}"
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
    return name.encode()[: NAME_BYTES_MAX - 17].decode(errors="ignore") + " " + digest


def _label(shape: Shape) -> str:
    """Name the target; with a dot in one of its names quoted, for the first could end at either dot."""
    return shape.target if "." in shape.schema + shape.table else shape.label


def lock_key(shape: Shape) -> int:
    """The advisory lock of those who add up: one at a time for each target."""
    digest = hashlib.blake2b(f"pgsluice staged {_label(shape)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def statements(shape: Shape, rows: str, gate: str | None, name: str) -> dict[str, str]:
    """Append; nothing is locked that another writer could want."""
    names = ", ".join(quoted(column.name) for column in shape.columns)
    table = qualified(SCHEMA, staging_name(shape))
    return {name: f"INSERT INTO {table} ({names}) SELECT {selected(shape)} FROM {rows}{where(gate)}"}


def create_statement(shape: Shape, *, is_unlogged: bool) -> str:
    """Make the staging table, of the target's types and without its constraints."""
    names = ", ".join(quoted(column.name) for column in shape.columns)
    kind = "UNLOGGED TABLE" if is_unlogged else "TABLE"
    # Every row in it is dead seconds later: it is small and full of holes unless it is vacuumed by count.
    settings = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000"
    return (
        f"CREATE {kind} {qualified(SCHEMA, staging_name(shape))} WITH ({settings})"
        f" AS SELECT {names} FROM {shape.target} WITH NO DATA"
    )


def fold_statement(shape: Shape) -> str:
    """Take rows out of the staging table and add them up into the target, unless somebody else is at it.

    Parameters are the lock's key and how many rows at most. It gives whether it was our turn, and how many rows.
    Rows that are taken out are those that are added, whatever commits meanwhile: INSERT and then TRUNCATE would lose
    what arrives between.
    """
    table = qualified(SCHEMA, staging_name(shape))
    columns = ", ".join(f"s.{quoted(column.name)}" for column in shape.columns)
    turn = "SELECT pg_catalog.pg_try_advisory_xact_lock($1) AS is_ours"
    taken = (
        f"DELETE FROM {table} AS s WHERE (SELECT turn.is_ours FROM turn)"
        f" AND s.ctid = ANY (ARRAY(SELECT o.ctid FROM {table} AS o LIMIT $2)) RETURNING {columns}"
    )
    # They come in no order, so it is the server's order of keys.
    added = accumulate.statements(replace(shape, is_key_exact=False), "taken AS i", None, "added")
    clauses = ", ".join(f"{name} AS ({sql})" for name, sql in added.items())
    return (
        f"WITH turn AS MATERIALIZED ({turn}), taken AS ({taken}), {clauses}"
        " SELECT (SELECT turn.is_ours FROM turn) AS is_ours, (SELECT pg_catalog.count(*) FROM taken) AS rows"
    )


STRATEGY = Strategy(
    name="staged",
    summary="Append to a staging table now, add it up into the target every few seconds; hot counters, many writers",
    promises=Promises(
        on_conflict="as accumulate, once the rows are added up",
        cost="Each row is written twice and taken out again, without an index; a key's row is updated once for all "
        "rows of a few seconds",
        is_repeatable=False,
        needs_key=True,
        repeats="sent",
        races='the table shows what was written only after a few seconds; with staging="unlogged" a crash of the '
        "server loses what is not added up yet",
        cannot=accumulate.STRATEGY.promises.cannot,
    ),
    sends="arrays",
    outcomes="none",
    statements=statements,
    policies=accumulate.STRATEGY.policies,
    default_policy="add",
    knows_newer=False,
)
