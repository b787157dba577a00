"""Owns the target side of a run: sessions set up for bulk loading, the state of runs, and what is already there."""

from __future__ import annotations

from collections.abc import Sequence

from pgsluice.catalog.model import Catalog
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.driver.quoting import qualified
from pgsluice.errors import NotAllowedError, PlanRefusedError
from pgsluice.plan.model import TablePlan


class TargetSide:
    """Opens sessions on the target."""

    def __init__(self, dsn: Dsn) -> None:
        self.dsn = dsn
        # Whether triggers and foreign keys can be held off while rows come in any order.
        self.is_replica_role_allowed = False

    async def connection(self) -> Connection:
        """Open a session for loading.

        Commits need not wait for the disk: rows and their checkpoint are one transaction, so a crash of the server
        rewinds both, and the run's last commit is durable and flushes all before it.
        """
        connection = await connect(self.dsn, role="target")
        await connection.execute("SET synchronous_commit = off", doing="changing settings")
        if self.is_replica_role_allowed:
            await connection.execute("SET session_replication_role = replica", doing="changing settings")
        return connection

    async def learn_rights(self, connection: Connection) -> None:
        """Find out what the role may set. A superuser may; from version 15 on it can be granted."""
        granted = "has_parameter_privilege('session_replication_role', 'SET')"
        also = f" OR {granted}" if connection.server_version >= 15 else ""
        self.is_replica_role_allowed = bool(
            await connection.fetch_value(
                f"SELECT current_setting('is_superuser') = 'on'{also}",
                doing="reading the role's rights",
            )
        )


async def refuse_where_rows_are(connection: Connection, tables: Sequence[TablePlan]) -> None:
    """Raise PlanRefusedError naming every table of the plan that already holds rows."""
    filled = []
    for table in tables:
        name = qualified(table.target_schema, table.target_table)
        found = await connection.fetch_value(
            f"SELECT EXISTS (SELECT 1 FROM ONLY {name})",  # noqa: S608 - quoted
            doing=f'looking into table "{table.label}"',
        )
        if found:
            filled.append(f'table "{table.label}" already holds rows on the target')
    if filled:
        raise PlanRefusedError(
            f"the target is not empty: {len(filled)} of {len(tables)} tables hold rows",
            problems=tuple(filled),
            hint="Give an empty database, or empty these tables; pgsluice never mixes its rows with others.",
        )


def refuse_unwritable(catalog: Catalog, tables: Sequence[TablePlan]) -> None:
    """Raise NotAllowedError naming every table that the role may not insert into."""
    denied = [table.label for table in tables if not catalog.by_label[table.label].may_insert]
    if denied:
        raise NotAllowedError(
            f"the target does not allow inserting into {len(denied)} of {len(tables)} tables",
            detail=", ".join(denied) + ".",
            hint="GRANT INSERT on them to the role, and USAGE on their schemas.",
        )


def in_foreign_key_order(catalog: Catalog, tables: Sequence[TablePlan]) -> list[TablePlan]:
    """Order tables so that what is referenced comes first, for targets whose foreign keys cannot be held off.

    Raises PlanRefusedError where keys go in a circle.
    """
    by_oid = {catalog.by_label[table.label].oid: table for table in tables}
    ordered: list[TablePlan] = []
    placed: set[int] = set()
    waiting = dict(by_oid)
    while waiting:
        ready = [
            oid
            for oid in waiting
            if all(
                key.referenced_oid in placed or key.referenced_oid == oid or key.referenced_oid not in by_oid
                for key in catalog.by_oid[oid].foreign_keys
            )
        ]
        if not ready:
            raise PlanRefusedError(
                "the target's foreign keys go in a circle, and the role may not hold them off",
                problems=tuple(f'table "{table.label}" is in the circle or behind it' for table in waiting.values()),
                hint="GRANT SET ON PARAMETER session_replication_role to the role (version 15 and newer), "
                "or drop the constraints for the copy.",
            )
        for oid in ready:
            ordered.append(waiting.pop(oid))
            placed.add(oid)
    return ordered
