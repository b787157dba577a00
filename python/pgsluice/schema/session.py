"""Opens sessions for making objects: names and function bodies as a restore needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pgsluice.driver import Connection, Deadlines, Dsn, connect
from pgsluice.state.runs import COPY_APPLICATION_NAME

_SETTINGS = {
    # Ended by the next process if we leave it behind.
    "application_name": COPY_APPLICATION_NAME,
    # Definitions name every schema; functions may come before what their bodies use.
    "search_path": "",
    "check_function_bodies": "off",
    "default_tablespace": "",
    "default_table_access_method": "heap",
}
# Of what the plan has chosen for loading; the rest holds off triggers, and nothing is held off here.
_CHOSEN = ("synchronous_commit", "maintenance_work_mem")


async def open_session(
    target: Dsn, deadlines: Deadlines, *, chosen: Mapping[str, str], statements: Sequence[str] = ()
) -> Connection:
    """Open a session that makes objects; `statements` are what the dump itself asks of it.

    With `synchronous_commit` off a crash of the server takes back objects together with the word that they are made;
    the commit that ends the schema's making is durable and flushes all before it.
    """
    connection = await connect(target, role="target", deadlines=deadlines)
    settings = _SETTINGS | {name: chosen[name] for name in _CHOSEN if name in chosen}
    try:
        await connection.fetch(
            "SELECT set_config(n, v, false) FROM unnest($1::text[], $2::text[]) AS s (n, v)",
            list(settings),
            list(settings.values()),
            doing="changing settings",
        )
        for statement in statements:
            await connection.execute(statement, doing="changing settings")
    except BaseException:
        connection.terminate()
        raise
    return connection
