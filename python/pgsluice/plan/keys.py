"""Picks what orders a table's rows."""

from __future__ import annotations

from pgsluice.catalog.model import Relation
from pgsluice.sources.model import SourceKey

CTID = SourceKey(kind="ctid", columns=("ctid",), types=(("pg_catalog", "tid"),))


def choose_key(relation: Relation) -> SourceKey:
    """Take the primary key, else the first unique index on columns that are never NULL, else the ctid."""
    whole = [index for index in relation.unique_indexes if not index.is_partial]
    for index in sorted(whole, key=lambda index: not index.is_primary):
        columns = [relation.column_by_name[name] for name in index.columns]
        if columns and all(c.is_not_null and c.type.is_scalar and c.type.text_reason is None for c in columns):
            return SourceKey(
                kind="primary key" if index.is_primary else "unique index",
                columns=index.columns,
                types=tuple((column.type.schema, column.type.name) for column in columns),
            )
    return CTID
