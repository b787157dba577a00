"""Describes a column's type with all that it is made of, as `RowEncoder` wants it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pgsluice._core import text_only_type
from pgsluice.catalog.model import Type
from pgsluice.catalog.types import NOT_WHOLE_IN_BINARY, TypeResolver, chars_max_of, numeric_limits_of
from pgsluice.driver.quoting import qualified

_KINDS = {"b": "base", "c": "composite", "d": "domain", "e": "enum", "r": "range", "m": "multirange"}
# Of these types equal values are the same, under a deterministic collation. (A zero of a float may have a sign.) Of
# others they may differ: A and a of citext, 1.0 and 1.00, 1 mon and 30 days; and json, point and xml have no equality.
_EXACT = {"int2", "int4", "int8", "oid", "float4", "float8", "bool", "text", "varchar", "bpchar", "name", "uuid"}
_EXACT |= {"bytea", "date", "time", "timestamp", "timestamptz"}
# Storing a value of these rounds it where they have a modifier. Longer text and bits are refused instead.
_ROUNDED = {"numeric", "time", "timetz", "timestamp", "timestamptz", "interval"}


@dataclass(frozen=True)
class WireType:
    """The type of a column as rows are encoded for it.

    `spec` is what `RowEncoder` takes as a column's "type".
    """

    spec: dict[str, Any]
    display: str
    base_schema: str  # behind all domains
    base_name: str
    # Arrays and composites: unnest would make more of one than one value in a row.
    is_taken_apart: bool
    array_oid: int  # of arrays of the type behind all domains; 0 where there is none
    is_equality_exact: bool  # whether values that are equal on the server are the same
    is_rounded: bool  # whether storing a value may round it: timestamp(0), and a domain of it
    # The first type in it whose send format is not written here; None where there is none.
    text_only: str | None


def wire_type(types: TypeResolver, oid: int, modifier: int, display: str) -> WireType:
    """Describe the type of a column: pg_attribute's atttypid, atttypmod, and format_type of both."""
    spec = _spec(types, oid, modifier) | {"display": display}
    base = types.type(oid)
    while base.kind == "d":
        modifier = base.base_modifier if base.base_modifier != -1 else modifier
        base = types.type(base.base_oid)
    is_of_server = base.schema == "pg_catalog" and not _is_array(base)
    is_rounded = is_of_server and base.name in _ROUNDED and modifier != -1
    return WireType(
        spec=spec,
        display=display,
        base_schema=base.schema,
        base_name=base.name,
        is_taken_apart=_is_array(base) or base.kind == "c",
        array_oid=base.array_oid,
        # With a modifier every numeric has the same number of decimals.
        is_equality_exact=base.kind == "e"
        or (is_of_server and (base.name in _EXACT or (base.name == "numeric" and is_rounded))),
        is_rounded=is_rounded,
        text_only=text_only_type(json.dumps(spec)),
    )


def has_binary_input(wire: WireType) -> bool:
    """Whether values go as an array in binary; the others go as an array of text, and are cast."""
    return not wire.is_taken_apart and wire.array_oid != 0 and wire.text_only is None


def array_input(wire: WireType) -> tuple[str, int]:
    """Name the type of a parameter that holds the column's values, with its OID: an array of the base type.

    `Rows.array` makes it. A domain's own array type would be of no more use: the column checks what is assigned.
    """
    return qualified(wire.base_schema, wire.base_name) + "[]", wire.array_oid


def _is_array(found: Type) -> bool:
    return found.is_array and found.kind == "b" and found.name not in NOT_WHOLE_IN_BINARY


def _spec(types: TypeResolver, oid: int, modifier: int) -> dict[str, Any]:
    found = types.type(oid)
    spec: dict[str, Any] = {
        "oid": found.oid,
        "schema": found.schema,
        "name": found.name,
        "delimiter": found.delimiter,
        "kind": "array" if _is_array(found) else _KINDS.get(found.kind, "base"),
    }
    match spec["kind"]:
        case "array":
            spec["element"] = _spec(types, found.element_oid, modifier)
        case "domain":
            inner = found.base_modifier if found.base_modifier != -1 else modifier
            spec["base"] = _spec(types, found.base_oid, inner)
        case "range" | "multirange":
            spec["subtype"] = _spec(types, found.part_oids[0], -1)
        case "composite":
            spec["fields"] = [
                {"name": name, "type": _spec(types, part, field_modifier)}
                for (name, field_modifier), part in zip(found.fields, found.part_oids, strict=True)
            ]
        case "enum":
            spec["labels"] = list(found.labels or ())
        case _:
            precision, scale = numeric_limits_of(found, modifier)
            is_bits = found.schema == "pg_catalog" and found.name in {"bit", "varbit"} and modifier >= 0
            spec |= {
                "chars_max": modifier if is_bits else chars_max_of(found, modifier),
                "numeric_precision": precision,
                "numeric_scale": scale,
            }
    return spec
