"""Tells where keys, conflict keys and queries do not fit a table's partition key. Knows names only, no server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pgsluice.errors import in_quotes
from pgsluice.plan.warning import PlanWarning

# What stands in a WHERE: strings and comments are no columns, a quoted name is one as it is.
_TOKEN = re.compile(
    r"""(?P<skip>--[^\n]*|/\*.*?\*/|[eE]?'(?:[^'\\]|''|\\.)*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<name>[^\W\d][\w$]*)
      | (?P<mark>::|[().])
      | (?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)
# Words before a parenthesis that are no functions of what is in it.
_NO_FUNCTION = {"and", "or", "not", "in", "any", "all", "some", "where", "between", "exists", "case", "when", "then"}


@dataclass(frozen=True)
class Query:
    """How a table is asked: the columns that a query compares, or its WHERE."""

    columns: tuple[str, ...] = ()
    where: str | None = None

    @property
    def shown(self) -> str:
        """How messages name it; a WHERE may hold values."""
        return "a WHERE" if self.where is not None else f"a query by {_listed(self.columns)}"


def without_primary_key(label: str, key: Sequence[str]) -> PlanWarning:
    """What a partitioned table without a primary key lacks; `key` are the columns that decide the partition."""
    return PlanWarning(
        "no-primary-key",
        f"table {in_quotes(label)} has no primary key, so a row that is sent twice is there twice: make one that "
        f"contains {_listed(key)}",
    )


def needs_partition_key(key: Sequence[str]) -> str:
    """Why no unique index can be of columns that are without those."""
    return f"a unique key of a partitioned table contains the partition key {_listed(key)}"


def advise(
    label: str,
    key: str,
    *,
    unique_keys: Sequence[Sequence[str]] = (),
    has_primary_key: bool = True,
    conflict_columns: Sequence[str] = (),
    queries: Sequence[Query] = (),
) -> tuple[PlanWarning, ...]:
    """Say what of a table's keys and queries does not fit `key`, the column that decides the partition.

    `unique_keys` are the columns of its unique indexes, `conflict_columns` those that rows are to be upserted by.
    """
    found = [*_of_keys(label, key, unique_keys, conflict_columns, has_primary_key=has_primary_key)]
    for query in queries:
        found += _of_query(label, key, query)
    return tuple(found)


def _of_keys(
    label: str,
    key: str,
    unique_keys: Sequence[Sequence[str]],
    conflict_columns: Sequence[str],
    *,
    has_primary_key: bool,
) -> Iterator[PlanWarning]:
    if not has_primary_key:
        yield without_primary_key(label, [key])
    if not conflict_columns:
        return
    if key not in conflict_columns:
        yield PlanWarning(
            "conflict-without-partition-key",
            f"table {in_quotes(label)} cannot have ON CONFLICT ({_listed(conflict_columns)}): "
            f"{needs_partition_key([key])}. Add it to the conflict key, or partition by hash of "
            f"{_listed(conflict_columns)}",
        )
    elif set(conflict_columns) not in [set(columns) for columns in unique_keys]:
        yield PlanWarning(
            "conflict-without-index",
            f"table {in_quotes(label)} has no unique index of {_listed(conflict_columns)}, which ON CONFLICT needs",
        )


def _of_query(label: str, key: str, query: Query) -> Iterator[PlanWarning]:
    columns = query.columns
    if query.where is not None:
        seen = list(_mentions(query.where))
        columns = tuple(dict.fromkeys(name for name, _ in seen))
        if key in columns and all(is_wrapped for name, is_wrapped in seen if name == key):
            yield PlanWarning(
                "partition-key-in-function",
                f"{query.shown} of table {in_quotes(label)} has the partition key {in_quotes(key)} only inside of "
                "a function or a cast, so every partition is read: compare the column itself with both ends of a range",
            )
    if key in columns:
        return
    asked_for = _listed(query.columns) if query.columns else "what is asked for"
    yield PlanWarning(
        "query-without-partition-key",
        f"{query.shown} of table {in_quotes(label)} reads every partition, because the partition key {in_quotes(key)} "
        f"is not in it: add a condition on it, or partition by hash of {asked_for}, which leaves one to read",
    )


def _mentions(where: str) -> Iterator[tuple[str, bool]]:
    """Give the names of a WHERE that may be columns, each with whether a function or a cast is around it."""
    tokens = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(where) if match["skip"] is None]
    depth_of_functions: list[bool] = []
    for number, (kind, text) in enumerate(tokens):
        before = tokens[number - 1] if number else ("", "")
        after = tokens[number + 1][1] if number + 1 < len(tokens) else ""
        if text == "(":
            depth_of_functions.append(_is_function(before))
        elif text == ")":
            del depth_of_functions[-1:]
        elif kind in {"name", "quoted"} and after not in {"(", "."} and before[1] != "::":
            yield _folded(text), any(depth_of_functions) or after == "::"


def _is_function(before: tuple[str | None, str]) -> bool:
    return before[0] == "quoted" or (before[0] == "name" and before[1].lower() not in _NO_FUNCTION)


def _folded(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(in_quotes(column) for column in columns)
