"""Turns a driver's error into one of ours, built from codes and names only: its own text quotes rows."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Awaitable
from typing import TypeVar

import asyncpg

from pgsluice.driver.row_errors import is_about_row, is_row_security
from pgsluice.driver.sqlstates import CONNECTION_LOST, Reaction, reaction
from pgsluice.driver.tls_problems import is_without_tls, tls_problem
from pgsluice.errors import (
    ConnectError,
    ConnectionLostError,
    NotAllowedError,
    NotConnectedError,
    ServerError,
    SluiceError,
)

T = TypeVar("T")

# What the driver raises: the server's answers, its own complaints, and the network's.
DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    EOFError,
    # What asyncpg 0.31 stumbles over where the server's answer to a COPY misses a message.
    AttributeError,
)

# What a second try of connecting would meet again.
_PERMANENT = (
    ssl.SSLError,
    socket.gaierror,
    FileNotFoundError,
    PermissionError,
    ValueError,
    asyncpg.ClientConfigurationError,
)

# The server's own words: a trigger's context stands before it, and a value may follow.
_LINE = re.compile(r"^COPY [^\n]*?, line (\d+)", re.MULTILINE)
# Source files of PostgreSQL that name objects in their errors. Anybody else's names may be values: a trigger can
# RAISE ... USING COLUMN = NEW.email.
_NAMING_FILES = {
    "copyfrom.c",
    "domains.c",
    "execExprInterp.c",
    "execIndexing.c",
    "execMain.c",
    "execPartition.c",
    "nbtinsert.c",
    "nodeModifyTable.c",
    "ri_triggers.c",
    "tablecmds.c",
    "tuplesort.c",
    "tuplesortvariants.c",
    "typecmds.c",
}
# What a definition lacks or must not do, in the server's own words: names of objects and kinds of them.
_LACKS = re.compile(
    "|".join(
        (
            r"[a-z][a-z -]* [^\n]+ (?:does not exist|is not available)",
            r"operator does not exist: [^\n]+",
            r'could not access file "[^"\n]+"',
            r"must be (?:superuser|owner|able) [^\n]*",
            r"permission denied (?:for|to) [^\n]+",
        )
    )
)
_LACKING = {"0A000", "3F000", "42501", "42704", "42883", "42P01", "58P01"}
_HINTS = {
    "22001": "Widen the column on the target, or send shorter values: in a copy, by another mask.",
    "22007": "The target does not know a value that the source has; before version 17 no interval is infinite.",
    "22P03": 'The types of source and target differ; see "pgsluice plan".',
    "23505": "The target already holds a row with this key, or two rows that were sent have it: in a copy a mask can "
    "give one result for two values.",
    "23502": "The column is NOT NULL on the target; send a value: in a copy, by a mask that gives one.",
    "23503": "Write the referenced rows first; for a copy, let pgsluice create the target's schema.",
    "25006": "Give the primary server as the target, not a read-only one.",
    "25P02": "A statement before this one failed: roll the transaction back, to a savepoint or whole.",
    "26000": "DISCARD or DEALLOCATE took a prepared statement away, or a pooler changes sessions: connect directly, "
    "or let the pooler keep sessions (pool_mode = session).",
    "42601": "The server's version does not know what is asked for; make it by hand in words that it knows.",
    "42501": "Grant the role what the operators' page of the docs lists.",
    "53100": "Make room on the target, then do the same again: a copy goes on where it stopped.",
    "55P03": "Another session holds a lock on the table: wait for it to end, or end it.",
    "57014": "Raise or unset statement_timeout for this role.",
}


async def guarded(work: Awaitable[T], doing: str, *, is_definition: bool = False) -> T:
    """Await the driver's work; raise our own error if it fails.

    It is raised outside of the `except`: neither `__cause__` nor `__context__` leads to the driver's text.
    """
    try:
        return await work
    except DRIVER_ERRORS as error:
        failure = from_driver(error, doing, is_definition=is_definition)
    raise failure


def from_driver(error: BaseException, doing: str, *, is_definition: bool = False) -> SluiceError:
    """Build our error from the SQLSTATE, the object names and the line number of `error`.

    Of a definition also from what the server says is missing: but where a function was running, its words may hold a
    value.
    """
    if not isinstance(error, asyncpg.PostgresError):
        return _without_answer(error, doing)
    sqlstate = error.sqlstate or "XX000"
    found = [f"SQLSTATE {sqlstate} ({_condition(error)})"]
    names: dict[str, str] = {}
    if error.server_source_filename in _NAMING_FILES:
        named = ((kind, getattr(error, f"{kind}_name", None)) for kind in ("schema", "table", "column", "constraint"))
        names = {kind: name for kind, name in named if name}
        found += [f"{kind} {_quoted(name)}" for kind, name in names.items()]
    line = _LINE.search(getattr(error, "context", None) or "")
    if line:
        found.append(f"row {line[1]} of the COPY")
    detail = ", ".join(found) + "."
    is_plain = is_definition and getattr(error, "context", None) is None
    lacks = _LACKS.match(str(error)) if is_plain and sqlstate in _LACKING else None
    if lacks:
        detail += f" The server says: {lacks[0]}."
    file, function = error.server_source_filename or "", error.server_source_function or ""
    is_of_row = is_about_row(sqlstate, file, function)
    # A value may break the syntax of its type.
    hint = None if is_of_row and sqlstate == "42601" else _HINTS.get(sqlstate)
    if is_row_security(sqlstate, function):
        hint = "A policy of the table's row security refuses the row for this role."
    elif sqlstate == "42501":
        return NotAllowedError(f"the server does not allow {doing}", detail=detail, hint=hint)
    # The driver reports a connection that broke as SQLSTATE 08003 of its own making, which no server sends.
    kind_of = ConnectionLostError if reaction(sqlstate) is Reaction.RECONNECT else ServerError
    failure = kind_of(f"could not finish {doing}", sqlstate=sqlstate, detail=detail, hint=hint)
    failure.condition = _condition(error)
    failure.is_about_row = is_of_row
    failure.copy_line = int(line[1]) if line else None
    failure.column, failure.constraint = names.get("column"), names.get("constraint")
    return failure


def from_connecting(error: BaseException, role: str, address: str) -> SluiceError:
    """Build the error of a connection that was never made."""
    reason, hint = _why_not_connected(error)
    message = f"could not connect to the {role} at {address}"
    sqlstate = getattr(error, "sqlstate", None) or CONNECTION_LOST
    is_permanent = isinstance(error, _PERMANENT) or is_without_tls(error)
    if not is_permanent and reaction(sqlstate) is Reaction.RECONNECT:
        return NotConnectedError(message, sqlstate=sqlstate, detail=reason, hint=hint)
    return ConnectError(message, detail=reason, hint=hint)


def _why_not_connected(error: BaseException) -> tuple[str, str]:
    if isinstance(error, asyncpg.PostgresError):
        sqlstate = error.sqlstate or "XX000"
        hints = {
            "28P01": "Check the password: in the URI, in PGPASSWORD or in the passfile.",
            "28000": "Check the user name and the server's pg_hba.conf.",
            "3D000": "Create the database first, or correct its name.",
            "53300": "Raise max_connections or use fewer jobs.",
            "57P03": "The server is starting up or shutting down; try again in a moment.",
        }
        return f"SQLSTATE {sqlstate} ({_condition(error)}).", hints.get(sqlstate, "See the server's log.")
    if isinstance(error, ssl.SSLError | ConnectionError):
        problem = tls_problem(error)
        if problem is not None:
            return problem
    if isinstance(error, asyncpg.ClientConfigurationError):
        return "The parameters do not fit each other.", "Check the URI and libpq's variables (PGHOST, PGPORT, ...)."
    if isinstance(error, socket.gaierror):
        return "The host name could not be resolved.", "Check the host in the URI."
    if isinstance(error, TimeoutError):
        return "The server did not answer in time.", "Check host, port and firewall."
    if isinstance(error, ConnectionRefusedError):
        return "Nothing listens on that port.", "Check host and port, and that the server runs."
    return f"The network said {type(error).__name__}.", "Check host and port, and that the server runs."


def _without_answer(error: BaseException, doing: str) -> SluiceError:
    detail = f"The connection ended ({type(error).__name__}) before the server answered."
    return ConnectionLostError(f"could not finish {doing}", sqlstate=CONNECTION_LOST, detail=detail)


def _condition(error: asyncpg.PostgresError) -> str:
    """The condition's name as PostgreSQL's appendix lists it: UniqueViolationError -> unique_violation."""
    if error.sqlstate == "42601":  # The driver calls it by another name.
        return "syntax_error"
    name = type(error).__name__.removesuffix("Error").replace("PLPGSQL", "Plpgsql")
    # A word begins at a capital, or at the last one of several: ActiveSQLTransaction.
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() or "error"


def _quoted(name: str) -> str:
    return '"' + "".join(char if char.isprintable() else "?" for char in name) + '"'
