"""Owns what the bytes of a newer server mean to an older one, where that is something else."""

from __future__ import annotations

from dataclasses import replace

from pgsluice.catalog.model import Catalog, Column, Identity

# From this version on intervals can be infinite. Servers before take the same bytes, without an error, for
# 178956970 years; the text they refuse (src/backend/utils/adt/timestamp.c, interval_recv).
INFINITE_INTERVAL_MAJOR = 17


def for_target(source: Catalog, target: Identity) -> Catalog:
    """Give the source's catalog with a reason for text where an older target would misread binary values."""
    if not source.identity.major >= INFINITE_INTERVAL_MAJOR > target.major:
        return source
    relations = (
        replace(relation, columns=tuple(_as_text(column, target.major) for column in relation.columns))
        if any(column.type.has_interval for column in relation.columns)
        else relation
        for relation in source.relations
    )
    return replace(source, relations=tuple(relations))


def _as_text(column: Column, major: int) -> Column:
    if not column.type.has_interval or column.type.text_reason:
        return column
    reason = f"version {major} misreads infinite intervals in binary and refuses them in text"
    return replace(column, type=replace(column.type, text_reason=reason))
