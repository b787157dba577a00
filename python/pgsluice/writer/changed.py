"""Tells that a table is no longer what a writer has planned for, where a statement failed because of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgsluice.catalog.read import statement
from pgsluice.catalog.write_targets import WriteTarget, read_write_targets
from pgsluice.driver import Connection
from pgsluice.driver.quoting import qualified
from pgsluice.errors import ServerError, SluiceError, UsageError, in_quotes, place
from pgsluice.plan.writing import WritePlan

# Beside class 42: bytes of another type, and a column that rows do not bring.
_SUSPICIOUS = {"08P01", "22P03", "23502"}


class TableChangedError(SluiceError):
    """A table was altered while it was written to, and the rows fit no more; `problems` lists what has changed."""

    code = "table-changed"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(
            "could not write: a table was altered in the meantime",
            detail="\n".join(problems),
            hint="Make a new writer, which looks at the tables again, and give it the rows that were not written.",
        )
        self.problems = tuple(problems)


async def check_copied(connection: Connection, plan: WritePlan) -> None:
    """See behind a COPY, in its transaction, that columns still have the types that the bytes are of.

    COPY takes the bytes of a type for any other of the same length, and says nothing. Its lock keeps the types as they
    are from then on. Raises TableChangedError.
    """
    name, columns = qualified(plan.target.schema, plan.target.name), list(plan.column_names)
    rows = await connection.fetch_prepared(
        statement("column_types"), [name, columns], doing=f"looking at the columns of {plan.target.label}"
    )
    if [row["type_oid"] for row in rows] != [plan.target.column_by_name[column].wire.spec["oid"] for column in columns]:
        found = await read_write_targets(connection, [name])
        raise TableChangedError([*_differences(plan, found[name])])


async def what_changed(
    connection: Connection, error: SluiceError, plans: Sequence[WritePlan]
) -> TableChangedError | None:
    """Look at the tables again after an error that an ALTER may be behind; None where nothing has changed."""
    if not isinstance(error, ServerError) or not (error.sqlstate[:2] == "42" or error.sqlstate in _SUSPICIOUS):
        return None
    if connection.is_closed or connection.is_in_transaction:
        return None
    problems: list[str] = []
    for plan in {id(plan): plan for plan in plans}.values():
        name = qualified(plan.target.schema, plan.target.name)
        try:
            found = await read_write_targets(connection, [name])
        except UsageError:
            problems.append(f"{place(plan.target.label)} is gone")
        else:
            problems += _differences(plan, found[name])
    return TableChangedError(problems) if problems else None


def _differences(plan: WritePlan, now: WriteTarget) -> Iterator[str]:
    before, label = plan.target, plan.target.label
    for name in plan.column_names:
        old, new = before.column_by_name[name], now.column_by_name.get(name)
        if new is None:
            yield f"{place(label, name)} is gone"
        elif new.wire.display != old.wire.display:
            yield f"{place(label, name)}: expected type {old.wire.display}, found {new.wire.display}"
        elif new.is_generated:
            yield f"{place(label, name)} is generated now"
        elif new.is_not_null and not old.is_not_null:
            yield f"{place(label, name)} is NOT NULL now"
    for column in now.columns:
        needs_value = column.is_not_null and not (column.has_default or column.is_generated)
        if column.name not in before.column_by_name and needs_value:
            yield f"{place(label, column.name)} is new, NOT NULL and without a default"
    key = set(plan.part.shape.key)
    if key and not any(set(index.columns) == key and index.obstacle is None for index in now.unique_indexes):
        names = ", ".join(map(in_quotes, plan.part.shape.key))
        yield f"{place(label)}: the unique index on ({names}) is gone"
