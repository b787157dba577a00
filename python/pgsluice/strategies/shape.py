"""Owns what a strategy is told of a write, and the pieces of SQL that several strategies are made of. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pgsluice.config.table import Policy
from pgsluice.driver.quoting import qualified, quoted


@dataclass(frozen=True)
class ShapeColumn:
    """A column that rows bring."""

    name: str
    policy: Policy = "overwrite"
    # The type, as SQL and behind all domains, where = does not say whether two values are the same: json and point have
    # none, and A and a are equal in a citext. Then their bytes do.
    image_type: str | None = None


@dataclass(frozen=True)
class Shape:
    """A write into one table: which columns come, what a conflict is about, what it does."""

    schema: str
    table: str
    columns: tuple[ShapeColumn, ...]
    key: tuple[str, ...] = ()
    # Of the partial unique index that the key is of, as the server writes it.
    predicate: str | None = None
    newer_by: str | None = None
    # Whether its rows lie in partitions. Those of tables that inherit from it are not its own: no index knows them.
    is_partitioned: bool = False
    # Whether rows may say the value of a column that is GENERATED ALWAYS AS IDENTITY.
    is_overriding: bool = False
    # Whether keys that differ in their bytes are never equal, so that rows come sorted and each key once. Otherwise
    # the server sorts them.
    is_key_exact: bool = True
    # How a row that was written says whether it is new, where that is asked: by what it was before, which servers know
    # from version 18 on, or by its xmax, which rows of partitioned tables do not show.
    returns: Literal["old", "xmax"] | None = None

    @property
    def target(self) -> str:
        """The table's quoted name."""
        return qualified(self.schema, self.table)

    @property
    def own(self) -> str:
        """The table without those that inherit from it, as FROM and UPDATE name it."""
        return self.target if self.is_partitioned else f"ONLY {self.target}"

    @property
    def label(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.table}"

    @cached_property
    def others(self) -> tuple[ShapeColumn, ...]:
        """The columns that are not of the key."""
        return tuple(column for column in self.columns if column.name not in self.key)

    @cached_property
    def changing(self) -> tuple[ShapeColumn, ...]:
        """The columns that a conflict changes."""
        return tuple(column for column in self.others if column.policy != "keep")


@dataclass(frozen=True)
class Promises:
    """What a strategy holds, as data: docs are made from it, and tests hold it to it."""

    on_conflict: str
    # Whether sending the same rows again leaves the same rows, so that a lost answer needs no decision.
    is_repeatable: bool
    needs_key: bool
    # Rows of one batch with the same key: the first or the last is sent, or all; None where it is for the policies.
    repeats: Literal["first", "last", "sent"] | None = None
    # What a row costs the server in locks and WAL, in words.
    cost: str = ""
    # Whether a row that needs no change costs no lock, no transaction id and no WAL.
    is_quiet: bool = False
    # What may go wrong and is not an error.
    races: str = "none"
    cannot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strategy:
    """One way to write rows."""

    name: str
    summary: str
    promises: Promises
    # How rows travel: as arrays in a statement, by COPY, or by COPY into a temporary table and a statement from there.
    sends: Literal["arrays", "copy", "staging"]
    # Who tells what became of a row: the statement, the row's versions, nobody, or that it must have been inserted.
    outcomes: Literal["statement", "versions", "inserted", "none"]
    #: Gives statements, by name, that together write the rows of `rows` (a FROM item called `i`) if `gate` holds. They
    #: stand in one WITH, which must be at the top, so they bring none of their own; each name begins with the last
    #: argument, and where the shape says so the one that is named by it gives what `returning` gives.
    statements: Callable[[Shape, str, str | None, str], dict[str, str]]
    # Whether it joins or groups rows, and needs their ordinals to bring them back into their order.
    is_numbered: bool = False
    # Which policies its columns may have, and which they have where none is named.
    policies: tuple[Policy, ...] = ("overwrite", "keep", "coalesce", "greatest", "least", "add")
    default_policy: Policy = "overwrite"
    # Whether it can leave rows alone that are newer than what comes.
    knows_newer: bool = True


def insert_head(shape: Shape) -> str:
    """`INSERT INTO ... AS t (...)`, up to the SELECT."""
    names = ", ".join(quoted(column.name) for column in shape.columns)
    overriding = " OVERRIDING SYSTEM VALUE" if shape.is_overriding else ""
    return f"INSERT INTO {shape.target} AS t ({names}){overriding}"


def insert_rows(shape: Shape, rows: str, gate: str | None) -> str:
    """An INSERT of the rows as they come, up to ON CONFLICT."""
    return f"{insert_head(shape)} SELECT {selected(shape)} FROM {rows}{where(gate)}{row_order(shape)}"


def on_conflict(shape: Shape, condition: str | None = None) -> str:
    """Rows that are there become what the policies say, where the condition holds; ends an INSERT."""
    if not shape.changing:
        return f" ON CONFLICT {arbiter(shape)} DO NOTHING{returning(shape, 'true')}"
    update = f"DO UPDATE SET {assignments(shape, 't', 'excluded')}{where(condition)}"
    return f" ON CONFLICT {arbiter(shape)} {update}{returning(shape)}"


def selected(shape: Shape) -> str:
    """The columns of the rows that come."""
    return ", ".join(f"i.{quoted(column.name)}" for column in shape.columns)


def there(shape: Shape, alias: str) -> str:
    """The rows of the table that a conflict can be with, as a FROM item."""
    if shape.predicate is None:
        return f"{shape.own} AS {alias}"
    return f"(SELECT * FROM {shape.own} WHERE {shape.predicate}) AS {alias}"


def is_held(shape: Shape, alias: str) -> str | None:
    """Whether the conflict key's index holds a row; the predicate's names are those of the row alone."""
    if shape.predicate is None:
        return None
    return f"EXISTS (SELECT FROM (SELECT {alias}.*) AS held WHERE {shape.predicate})"


def arbiter(shape: Shape) -> str:
    """What ON CONFLICT is about."""
    names = ", ".join(quoted(name) for name in shape.key)
    return f"({names})" + (f" WHERE {shape.predicate}" if shape.predicate else "")


def same_key(left: str, right: str, shape: Shape) -> str:
    """Whether two rows have one key; a key with NULL is nobody's."""
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in shape.key)


def key_order(shape: Shape) -> str:
    """The key, as GROUP BY and ORDER BY list it."""
    return ", ".join(f"i.{quoted(name)}" for name in shape.key)


# Where a row stands among those of its statement, as a column of `i`.
ORDINAL = quoted("pgsluice ordinal")


def lock_order(shape: Shape, ordinal: str = f"i.{ORDINAL}") -> str:
    """The ORDER BY of rows that were joined or grouped: that in which they came, which is every strategy's.

    The server's order of keys is another one, of text and enums for two. Where only the server knows which keys are
    equal it is the order all the same, for all strategies: see `row_order`.
    """
    return f" ORDER BY {ordinal if shape.is_key_exact else key_order(shape)}"


IS_NEW = quoted("pgsluice is new")


def returning(shape: Shape, is_new: str | None = None) -> str:
    """A RETURNING of the keys and whether the row is new, where that is asked; `is_new` where it needs no asking."""
    if shape.returns is None:
        return ""
    keys = ", ".join(f"t.{quoted(name)}" for name in shape.key)
    told = {"old": f"(old.{quoted(shape.key[0])} IS NULL)", "xmax": "(t.xmax = 0)"}[shape.returns]
    return f" RETURNING {keys}, {is_new or told} AS {IS_NEW}"


def row_order(shape: Shape) -> str:
    """An ORDER BY where rows do not come in the order of their keys."""
    return "" if shape.is_key_exact else f" ORDER BY {key_order(shape)}"


_RESULTS: Mapping[Policy, str] = {
    "overwrite": "{new}",
    "keep": "{old}",
    "coalesce": "coalesce({new}, {old})",
    "greatest": "greatest({old}, {new})",
    "least": "least({old}, {new})",
    "add": "coalesce({old} + {new}, {old}, {new})",
}


def result(column: ShapeColumn, old: str, new: str) -> str:
    """What a column of a row that is there becomes, by its policy; `old` and `new` are aliases of rows."""
    name = quoted(column.name)
    return _RESULTS[column.policy].format(old=f"{old}.{name}", new=f"{new}.{name}")


def assignments(shape: Shape, old: str, new: str) -> str:
    """The SET list of an update."""
    return ", ".join(f"{quoted(column.name)} = {result(column, old, new)}" for column in shape.changing)


def is_newer(shape: Shape, old: str, new: str) -> str | None:
    """The version guard: whether the row that comes is newer than the one that is there."""
    if shape.newer_by is None:
        return None
    name = quoted(shape.newer_by)
    return f"({old}.{name} IS NULL OR {new}.{name} > {old}.{name})"


def is_stale(shape: Shape, old: str, new: str) -> str:
    """Whether a row that is there would become another one."""
    differs = " OR ".join(_differs(column, old, new) for column in shape.changing) or "false"
    newer = is_newer(shape, old, new)
    return f"({differs})" + (f" AND {newer}" if newer else "")


def _differs(column: ShapeColumn, old: str, new: str) -> str:
    before, after = f"{old}.{quoted(column.name)}", result(column, old, new)
    if column.image_type is None:
        return f"{before} IS DISTINCT FROM ({after})"
    # It takes rows alone, whose columns are of one type.
    return f"pg_catalog.record_image_ne(ROW({before}::{column.image_type}), ROW(({after})::{column.image_type}))"


def where(*conditions: str | None) -> str:
    """A WHERE clause of the conditions that there are."""
    held = [condition for condition in conditions if condition]
    return f" WHERE {' AND '.join(held)}" if held else ""
