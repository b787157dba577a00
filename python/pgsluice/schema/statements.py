"""Writes what an object's definition leaves to the session (owner, access method), without what older targets lack."""

from __future__ import annotations

from pgsluice.driver.quoting import qualified, quoted
from pgsluice.schema.archive import Entry

# ALTER <kind> <name> OWNER TO, where the name is the object's own.
_OWNED_BY_NAME = {
    "COLLATION",
    "CONVERSION",
    "DOMAIN",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "MATERIALIZED VIEW",
    "PROCEDURAL LANGUAGE",
    "PUBLICATION",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TYPE",
    "VIEW",
}
# Where the name goes on (arguments, an access method), the statement that drops the object has it whole.
_OWNED_BY_SIGNATURE = {"AGGREGATE", "FUNCTION", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "PROCEDURE"}
_DROP = "DROP "
DEFAULT_ACCESS_METHOD = "heap"
# From this version on a sequence may be unlogged. Of the identity of an unlogged table pg_dump says that it is logged,
# as it is on a source before, in words that a target before does not know.
UNLOGGED_SEQUENCES_MAJOR = 15


def statement_of(entry: Entry, *, has_owner: bool, major: int) -> str:
    """Give the statements that make an object as the source has it, on a session set up for definitions.

    `major` is the target's version.
    """
    parts = [entry.statement if major >= UNLOGGED_SEQUENCES_MAJOR else _logged(entry)]
    method = entry.access_method
    if method and method != DEFAULT_ACCESS_METHOD and not entry.is_partitioned:
        parts = [
            f"SET LOCAL default_table_access_method = {quoted(method)};",
            entry.statement,
            "RESET default_table_access_method;",
        ]
    if has_owner and entry.owner and entry.drop_statement:
        what = _owned(entry)
        if what:
            parts.append(f"ALTER {what} OWNER TO {quoted(entry.owner)};")
    if method and entry.is_partitioned:
        parts.append(f"ALTER TABLE {_name(entry)} SET ACCESS METHOD {quoted(method)};")
    return "\n".join(parts)


def _logged(entry: Entry) -> str:
    """Give the definition of a sequence as one that is logged; of anything else as it is."""
    if entry.kind != "SEQUENCE":
        return entry.statement
    named = f"\n    SEQUENCE NAME {_name(entry)}\n"
    before, _, after = entry.statement.partition(named)
    for persistence in ("LOGGED", "UNLOGGED"):
        after = after.removeprefix(f"    {persistence}\n")
    found = f"{before}{named}{after}" if after else entry.statement
    unlogged = "CREATE UNLOGGED SEQUENCE "
    return f"CREATE SEQUENCE {found.removeprefix(unlogged)}" if found.startswith(unlogged) else found


def _owned(entry: Entry) -> str | None:
    if entry.kind in _OWNED_BY_NAME:
        return f"{entry.kind} {_name(entry)}"
    if entry.kind in _OWNED_BY_SIGNATURE:
        return entry.drop_statement.removeprefix(_DROP).rstrip(";\n")
    return None


def _name(entry: Entry) -> str:
    return qualified(entry.schema, entry.name) if entry.schema else quoted(entry.name)
