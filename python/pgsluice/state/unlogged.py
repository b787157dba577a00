"""Knows whether a crash of the target has emptied the unlogged tables of a run, whose checkpoints it leaves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.state.checkpoints import forget_table


async def is_emptied(connection: Connection, run_id: uuid.UUID) -> bool:
    """Whether the target has crashed since the unlogged tables were begun, or they were never begun."""
    found = await connection.fetch_value(
        """SELECT r.has_unlogged AND NOT EXISTS (SELECT 1 FROM _pgsluice.unlogged AS u WHERE u.run_id = r.run_id)
             FROM _pgsluice.run AS r WHERE r.run_id = $1""",
        run_id,
        doing="looking after unlogged tables",
    )
    return bool(found)


async def begin_unlogged(connection: Connection, run_id: uuid.UUID, tables: Sequence[tuple[str, str]]) -> None:
    """Believe in unlogged rows from here on; those of `tables` (schema, name) go, with all that is known of them.

    To be called in a transaction: a mark without the forgetting would vouch for rows that are not there.
    """
    if tables:
        # All at once: they may refer to each other. They are empty, unless somebody took the mark away.
        names = ", ".join(f"ONLY {qualified(schema, name)}" for schema, name in tables)
        await connection.execute(f"TRUNCATE {names}", doing="emptying unlogged tables")
    for schema, name in tables:
        await forget_table(connection, run_id, schema, name)
        await connection.execute(
            """UPDATE _pgsluice.table_run SET state = 'waiting', last_snapshot = NULL
                WHERE run_id = $1 AND table_schema = $2 AND table_name = $3""",
            run_id,
            schema,
            name,
            doing="forgetting the state of unlogged tables",
        )
    await connection.execute("DELETE FROM _pgsluice.unlogged", doing="marking the run")
    await connection.execute("INSERT INTO _pgsluice.unlogged (run_id) VALUES ($1)", run_id, doing="marking the run")
