"""Decides how rows get into one table, says why, and refuses what cannot work before the first row. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pgsluice._core import RowEncoder
from pgsluice.catalog.wire_types import array_input, has_binary_input
from pgsluice.catalog.write_targets import WriteColumn, WriteTarget
from pgsluice.config.table import Context, Table
from pgsluice.driver.quoting import qualified
from pgsluice.errors import PlanRefusedError, place
from pgsluice.plan.choosing import chosen, returns
from pgsluice.plan.column_reasons import column_reasons
from pgsluice.plan.declarations import column_problems, declaration_problems
from pgsluice.plan.warning import PlanWarning
from pgsluice.plan.write_partitions import partition_problems
from pgsluice.plan.write_text import plan_text
from pgsluice.plan.writing_warnings import warnings_of
from pgsluice.strategies.listed import strategy
from pgsluice.strategies.shape import Shape, ShapeColumn, Strategy
from pgsluice.strategies.statement import InputColumn, Part

TEXT_ARRAY_OID = 1009  # pg_type.dat
#: Of rows with the same key: one is left out, all are sent, or they are written one after the other.
Repeats = Literal["first", "last", "sent", "in turn"]
#: How rows of a flush travel.
Way = Literal["arrays", "copy", "staging"]


@dataclass(frozen=True)
class WritePlan:
    """How rows get into one table; `str` gives it as text for people.

    for plan in writer.explain():
        print(plan.strategy.name, plan.reasons, [warning.code for warning in plan.warnings])
    """

    target: WriteTarget
    context: Context
    part: Part
    # Array types of the parameters, in the order of the columns; what RowEncoder is made from.
    array_oids: tuple[int, ...]
    specs: tuple[dict[str, object], ...]
    is_copy: bool
    key_ordinals: tuple[int, ...]
    # What is done about rows of one batch with the same key.
    repeats: Repeats
    # From how many rows on they go through a temporary table; None for never.
    staging_rows_min: int | None
    # What was declared.
    table: Table
    reasons: tuple[str, ...]

    @property
    def strategy(self) -> Strategy:
        """The strategy that was chosen."""
        return self.part.strategy

    @property
    def is_returning(self) -> bool:
        """Whether a flush tells what became of each row."""
        return self.table.returning

    @property
    def is_staging_unlogged(self) -> bool:
        """Whether a crash of the server may lose rows that are staged and not added up yet."""
        return self.table.staging == "unlogged"

    def way(self, rows: int) -> Way:
        """How so many rows of one flush travel."""
        if self.is_copy:
            return "copy"
        return "arrays" if self.staging_rows_min is None or rows < self.staging_rows_min else "staging"

    @property
    def encoder_specs(self) -> str:
        """What RowEncoder is made from."""
        return json.dumps(self.specs)

    @property
    def column_names(self) -> tuple[str, ...]:
        """What rows bring, in order."""
        return tuple(column.name for column in self.part.columns)

    @property
    def updates(self) -> bool:
        """Whether a row that is there may be written anew."""
        return self.strategy.promises.needs_key and bool(self.part.shape.changing)

    @property
    def is_repeatable(self) -> bool:
        """Whether sending the same rows again leaves the same rows: what adds does not, by whatever strategy."""
        adds = any(column.policy == "add" for column in self.part.shape.changing)
        return self.strategy.promises.is_repeatable and not (self.updates and adds)

    @property
    def warnings(self) -> tuple[PlanWarning, ...]:
        """What works against it and is no error."""
        return warnings_of(self)

    def __str__(self) -> str:
        return plan_text(self)


def plan_write(target: WriteTarget, table: Table, context: Context) -> WritePlan:
    """Choose the strategy of a table and make its statement's part.

    Raises PlanRefusedError with every problem at once.
    """
    problems = list(column_problems(target, table.columns)) if table.columns is not None else []
    columns = _columns(target, table)
    choice = chosen(target, table, context, tuple(column.name for column in columns))
    found = strategy(choice.strategy)
    asked = returns(choice, target, found) if table.returning else None
    problems += choice.problems
    problems += partition_problems(target, table, {column.name for column in columns})
    problems += declaration_problems(target, table, columns, choice)
    if problems:
        raise PlanRefusedError(
            f"cannot write to {place(target.label)}",
            problems=tuple(problems),
            hint="See Table in the reference of the Writer.",
        )
    ordinal = {column.name: number for number, column in enumerate(columns)}
    is_copy = found.sends == "copy" and not choice.is_copy_refused
    # NULL is equal to nothing: a row with one in its key would be a new one each time.
    matched = () if found.sends == "copy" else choice.key
    inputs = tuple(_input(column, is_copy=is_copy, is_key=column.name in matched) for column in columns)
    specs = tuple(spec for _, _, spec in inputs)
    key_ordinals = tuple(ordinal[name] for name in choice.key)
    shape = Shape(
        schema=target.schema,
        table=target.name,
        columns=tuple(
            ShapeColumn(column.name, table.policy(column.name, found.default_policy), _image_type(column))
            for column in columns
        ),
        key=choice.key,
        predicate=choice.predicate,
        newer_by=table.newer_by,
        is_partitioned=target.kind == "p",
        is_overriding=any(column.identity == "a" for column in columns),
        is_key_exact=is_copy or _is_key_exact([columns[number] for number in key_ordinals], inputs, key_ordinals),
        returns=asked,
    )
    return WritePlan(
        target=target,
        context=context,
        part=Part(found, shape, tuple(item for item, _, _ in inputs)),
        array_oids=tuple(oid for _, oid, _ in inputs),
        specs=specs,
        is_copy=is_copy,
        key_ordinals=key_ordinals,
        repeats=_repeats(found, shape),
        staging_rows_min=choice.staging_rows_min,
        table=table,
        reasons=(*choice.reasons, *column_reasons(target, columns)),
    )


def _image_type(column: WriteColumn) -> str | None:
    """What a column's values are compared as, byte by byte; None where = says whether they are the same."""
    wire = column.wire
    is_exact = wire.is_equality_exact and column.is_collation_exact
    return None if is_exact else qualified(wire.base_schema, wire.base_name)


def _repeats(found: Strategy, shape: Shape) -> Repeats:
    """A rule for rows with the same key that ends as if they had been written one by one."""
    if found.promises.repeats is not None:
        return found.promises.repeats
    is_plain = shape.newer_by is None and all(column.policy == "overwrite" for column in shape.others)
    return "last" if is_plain else "in turn"


def _is_key_exact(
    key: Sequence[WriteColumn], inputs: Sequence[tuple[InputColumn, int, dict[str, object]]], ordinals: Sequence[int]
) -> bool:
    """Whether keys whose bytes differ are never equal, as the server has them."""
    encoder = RowEncoder(json.dumps([spec for _, _, spec in inputs]))
    # A cast rounds times: half a second and a third of one are one timestamp(0). Numbers are refused instead.
    return all(
        encoder.is_key_exact(number)
        and (inputs[number][0].cast is None or column.wire.base_name == "numeric")
        and column.is_collation_exact
        for number, column in zip(ordinals, key, strict=True)
    )


def _input(column: WriteColumn, *, is_copy: bool, is_key: bool) -> tuple[InputColumn, int, dict[str, object]]:
    """How a column's values travel: in binary, or as text that is cast where unnest would take them apart."""
    wire = column.wire
    # Of a composite, `FROM unnest(...)` makes one column for each field, and what asks for repeated keys is one.
    is_text = not is_copy and (not has_binary_input(wire) or wire.spec["kind"] == "composite")
    array_type, oid = ("pg_catalog.text[]", TEXT_ARRAY_OID) if is_text else array_input(wire)
    # What storing would round is rounded before it is compared.
    cast = wire.display if is_text or wire.is_rounded else None
    spec: dict[str, object] = {
        "name": column.name,
        "form": "text" if is_text else "binary",
        "is_not_null": column.is_not_null or is_key,
        "type": wire.spec,
    }
    return InputColumn(column.name, array_type, cast, column.collation), oid, spec


def _columns(target: WriteTarget, table: Table) -> list[WriteColumn]:
    """The columns that rows bring: those named, or all that can be written."""
    if table.columns is None:
        return [column for column in target.columns if not column.is_generated and column.identity != "a"]
    named = [target.column_by_name.get(name) for name in table.columns]
    return [column for column in named if column is not None and not column.is_generated]
