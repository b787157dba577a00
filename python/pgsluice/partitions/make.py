"""Makes one partition: a table of its own first, attached when it is whole. Does not decide which are missing."""

from __future__ import annotations

from dataclasses import dataclass

from pgsluice import points
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified, quoted
from pgsluice.errors import NotAllowedError, ServerError, in_quotes
from pgsluice.partitions.drain import forbid_drain, has_rows, move_rows, within
from pgsluice.partitions.model import Partitioned
from pgsluice.partitions.patience import Patience, is_race, pause, take_turn
from pgsluice.partitions.periods import Axis, Period, partition_name
from pgsluice.partitions.refusal import PartitionsError

_CHECK = "pgsluice_partition_range"
_IDENTITIES = {"f": "FULL", "n": "NOTHING"}
_IDENTITY_INDEX = """
    SELECT c.relname
      FROM pg_index AS i JOIN pg_inherits AS h ON h.inhparent = i.indexrelid
      JOIN pg_index AS p ON p.indexrelid = h.inhrelid JOIN pg_class AS c ON c.oid = p.indexrelid
     WHERE i.indrelid = $1::oid AND i.indisreplident AND p.indrelid = $2::text::regclass
"""
_NAME_IS_TAKEN = """
    SELECT c.relispartition FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
"""


@dataclass(frozen=True)
class Made:
    """A partition that was made, or would be: its name, its bounds in SQL, and the rows that came from the default."""

    schema: str
    name: str
    lower: str
    upper: str
    rows_moved: int = 0

    @classmethod
    def of(cls, table: Partitioned, axis: Axis, period: Period) -> Made:
        """Say what the partition of a range is called."""
        lower, upper = axis.bounds(period)
        return cls(table.schema, partition_name(table.name, period.suffix), lower, upper)

    @property
    def label(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"


async def make_partition(
    connection: Connection, table: Partitioned, axis: Axis, period: Period, patience: Patience
) -> Made | None:
    """Make the partition of a range in one transaction, with the rows of it that are in the default partition.

    ATTACH PARTITION lets others read and write the table, where CREATE TABLE ... PARTITION OF does not. Where there is
    a default partition, the server keeps others out of that one and looks through it.
    Gives None where somebody else has made it meanwhile. Raises ServerError where a lock could not be had, or where
    the table has changed since it was read: then nothing has changed by us.
    """
    made = Made.of(table, axis, period)
    is_moving = table.default is not None and await has_rows(connection, table, made)
    if is_moving:
        forbid_drain(table)
    try:
        rows = await _make(connection, table, made, patience, is_moving=is_moving)
    except NotAllowedError as error:
        error.hint = (
            f"The role must be {quoted(table.owner)} or a member of it, with CREATE on schema {quoted(table.schema)}; "
            "or have such a role run pgsluice partitions ensure from a schedule."
        )
        raise
    if rows is None:
        return None
    points.reached("partition-made")
    return Made(made.schema, made.name, made.lower, made.upper, rows)


async def _make(
    connection: Connection, table: Partitioned, made: Made, patience: Patience, *, is_moving: bool
) -> int | None:
    """Make it in one transaction and give the number of rows moved, or None where somebody else has made it."""
    async with connection.transaction():
        await take_turn(connection, table.oid, patience)
        if await _is_made(connection, table, made):
            return None
        await _create(connection, table, made, has_check=is_moving)
        points.reached("partition-created")
        rows = await move_rows(connection, table, made) if is_moving else 0
        points.reached("partition-filled")
        await _attach(connection, table, made, patience if is_moving else None)
        if is_moving:
            await connection.define(
                f"ALTER TABLE {qualified(made.schema, made.name)} DROP CONSTRAINT {quoted(_CHECK)}",
                doing=f"making a partition of {table}",
            )
        await _identify(connection, table, made)
        points.reached("partition-attached")
    return rows


async def _is_made(connection: Connection, table: Partitioned, made: Made) -> bool:
    """Whether its name is that of a partition; of which table and range is seen when the table is read again."""
    rows = await connection.fetch(_NAME_IS_TAKEN, made.schema, made.name, doing="looking for a name")
    if rows and not rows[0]["relispartition"]:
        raise PartitionsError(
            f"cannot make a partition of {table}: {in_quotes(made.label)} is there and is no partition",
            detail="A partition that was detached keeps its name.",
            hint="Attach it again with ALTER TABLE ... ATTACH PARTITION, or rename it.",
        )
    return bool(rows)


async def _create(connection: Connection, table: Partitioned, made: Made, *, has_check: bool) -> None:
    new = qualified(made.schema, made.name)
    unlogged = "UNLOGGED " if table.is_unlogged else ""
    # A table that has its range as a CHECK is attached without being looked through.
    check = f", CONSTRAINT {quoted(_CHECK)} CHECK ({within(table, made)})" if has_check else ""
    # Identity belongs to the table that rows are written to; a partition has none before version 17, and may not
    # bring one of its own since.
    like = f"LIKE {qualified(table.schema, table.name)} INCLUDING ALL EXCLUDING IDENTITY{check}"
    sql = f"CREATE {unlogged}TABLE {new} ({like})"
    if table.access_method is not None:
        sql += f" USING {quoted(table.access_method)}"
    if table.tablespace is not None:
        sql += f" TABLESPACE {quoted(table.tablespace)}"
    await connection.define(sql, doing=f"making a partition of {table}")


async def _identify(connection: Connection, table: Partitioned, made: Made) -> None:
    """Give it the table's replica identity, which no server does: its updates could not be published without one."""
    doing, new = f"making a partition of {table}", qualified(made.schema, made.name)
    identity = _IDENTITIES.get(table.replica_identity)
    if table.replica_identity == "i":
        index = await connection.fetch_value(_IDENTITY_INDEX, table.oid, new, doing=doing)
        identity = f"USING INDEX {quoted(index)}" if index else None
    if identity is not None:
        await connection.define(f"ALTER TABLE {new} REPLICA IDENTITY {identity}", doing=doing)


async def _attach(connection: Connection, table: Partitioned, made: Made, patience: Patience | None) -> None:
    """Attach it; with patience several times, because what was moved would have to be moved again."""
    new = qualified(made.schema, made.name)
    sql = (
        f"ALTER TABLE {qualified(table.schema, table.name)} ATTACH PARTITION {new}"
        f" FOR VALUES FROM ({made.lower}) TO ({made.upper})"
    )
    if not table.is_owner:
        # One of the owner's roles made it; as a partition it is the owner's, like the others.
        sql = f"ALTER TABLE {new} OWNER TO {quoted(table.owner)}; {sql}"
    doing = f"attaching a partition to {table}"
    for number in range(1, patience.tries if patience else 1):
        await connection.execute("SAVEPOINT pgsluice_attach", doing=doing)
        try:
            await connection.define(sql, doing=doing)
        except ServerError as error:
            if not is_race(error) or patience is None:
                raise
        else:
            return
        await connection.execute("ROLLBACK TO SAVEPOINT pgsluice_attach", doing=doing)
        await pause(patience, number)
    await connection.define(sql, doing=doing)
