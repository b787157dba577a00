"""Owns which of the server's refusals are about a row: the same statement without that row would have been done."""

from __future__ import annotations

from pgsluice.driver.sqlstates import Reaction, reaction

# Classes of codes.
_CLASSES = {
    "09",  # a trigger's action
    "22",  # a value
    "23",  # a constraint
    "38",  # a function in another language, which a trigger or check calls
    "44",  # WITH CHECK OPTION
    "P0",  # RAISE, ASSERT and their like in PL/pgSQL
}
_CODES = {
    "54000",  # a row too wide for a page or an index
    "54001",  # a document too deep
}
# Of these classes, but about what we sent as a whole.
_OF_STATEMENTS = {
    "22P04",  # the form of COPY
}
# Codes that parsers of SQL use, and those of some types too: where the source file is of such a type, it is a value.
_PARSERS = {"42601", "42602", "42622"}
_TYPE_FILES = {
    "jsonpath_gram.y",
    "jsonpath_scan.l",
    "lquery_op.c",
    "ltree_io.c",
    "ltxtquery_io.c",
    "name.c",
    "query_int.c",
    "tsquery.c",
    "tsvector_parser.c",
    "varlena.c",
}
_RAISE = "exec_stmt_raise"  # pl_exec.c
_ROW_SECURITY = "ExecWithCheckOptions"  # execMain.c


def is_about_row(sqlstate: str, file: str, function: str) -> bool:
    """Tell whether a row is to blame, by code, source file and function of the server that refused.

    Whoever RAISEs in a trigger may choose any code; what means another thing to us (try again, stop) stays that.
    """
    if reaction(sqlstate) is not Reaction.PERMANENT or sqlstate in _OF_STATEMENTS:
        return False
    if sqlstate in _PARSERS and file in _TYPE_FILES:
        return True
    is_raised = function == _RAISE or is_row_security(sqlstate, function)
    return is_raised or sqlstate in _CODES or sqlstate[:2] in _CLASSES


def is_row_security(sqlstate: str, function: str) -> bool:
    """Tell a row that a policy refuses from a right that the role has not: they have one code."""
    return sqlstate == "42501" and function == _ROW_SECURITY
