"""Owns what a session is set to: forms of values, timeouts, and what the server may log of our statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pgsluice.driver.connection import Connection

Role = Literal["source", "target"]

# Text forms that both sides read alike, no timeouts but our own, names resolved in pg_catalog only.
_SETTINGS = {
    "application_name": "pgsluice",
    "bytea_output": "hex",
    "datestyle": "ISO, MDY",
    "default_transaction_isolation": "read committed",
    "extra_float_digits": "1",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "intervalstyle": "postgres",
    "search_path": "pg_catalog",
    "statement_timeout": "0",
    "timezone": "UTC",
    "transaction_timeout": "0",
    "xmloption": "content",
}
# Keep rows out of the server's log; they need a grant, so `settings_refused` tells which did not work.
_QUIET_SETTINGS = {
    "log_error_verbosity": "terse",
    # A failing cast or a trigger has the value in the message itself, and what failed is told by us, to who asked.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_ROLE_SETTINGS = {
    # An error where row security would filter silently; a scan in the order of the file every time, which is what a
    # table without a key is read and resumed by.
    "source": {"row_security": "off", "synchronize_seqscans": "off", "max_parallel_workers_per_gather": "0"},
    "target": {"row_security": "off"},
}

# A writer's rows meet triggers, functions and row security of the application: they find what they find for it.
_WRITER_SETTINGS = {
    "application_name": "pgsluice writer",
    "default_transaction_isolation": "read committed",
    "idle_session_timeout": "0",
}

# Every name has its schema: the search_path that would find others first is only being set here.
# The unnest of several arrays is the parser's own and takes no schema.
# Versions before 15 know no grant on a setting.
_SET = """
    SELECT w.name, NOT s.may_set AS is_refused, pg_catalog.pg_backend_pid() AS pid,
           CASE WHEN s.may_set THEN pg_catalog.set_config(w.name, w.value, false) END
      FROM unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) AS w (name, value)
      JOIN (SELECT pg_catalog.lower(s.name) AS name,
                   s.context OPERATOR(pg_catalog.<>) 'superuser'
                       OR pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on'
                       OR {granted} AS may_set
              FROM pg_catalog.pg_settings AS s) AS s ON s.name OPERATOR(pg_catalog.=) w.name
"""
_GRANTED = "pg_catalog.has_parameter_privilege(s.name, 'SET')"


async def apply_settings(connection: Connection, *, is_writer: bool) -> tuple[int, list[str]]:
    """Set up a new session: what the server knows and the role may set.

    Gives the number of the server's process, and the names of the settings that the role may not make.
    """
    own = _WRITER_SETTINGS if is_writer else _SETTINGS | _ROLE_SETTINGS[connection.role]
    settings = own | _QUIET_SETTINGS
    statement = _SET.format(granted=_GRANTED if connection.server_version >= 15 else "false")
    known = await connection.fetch(statement, list(settings), list(settings.values()), doing="changing settings")
    return known[0]["pid"], [row["name"] for row in known if row["is_refused"]]
