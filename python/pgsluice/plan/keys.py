"""Picks what orders a table's rows."""

from __future__ import annotations

from pgsluice.catalog.model import Column, Relation
from pgsluice.sources.model import SourceKey

CTID = SourceKey(kind="ctid", columns=("ctid",), types=(("pg_catalog", "tid"),))


def choose_key(relation: Relation) -> SourceKey:
    """Take the primary key, else the first unique index on columns that are never NULL, else the ctid."""
    whole = [index for index in relation.unique_indexes if not index.is_partial and index.is_in_column_order]
    for index in sorted(whole, key=lambda index: not index.is_primary):
        columns = [relation.column_by_name[name] for name in index.columns]
        schemas = {column.type.order_schema for column in columns}
        # Several columns are compared as one row, by one operator.
        if len(schemas) == 1 and all(_can_order(column) for column in columns):
            return SourceKey(
                kind="primary key" if index.is_primary else "unique index",
                columns=index.columns,
                types=tuple((column.type.schema, column.type.name) for column in columns),
                operator_schema=columns[0].type.order_schema or "pg_catalog",
            )
    return CTID


def _can_order(column: Column) -> bool:
    own = column.type
    return column.is_not_null and own.is_scalar and own.text_reason is None and own.order_schema is not None
