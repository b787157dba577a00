"""Resolves a column's type: domains to their base, modifiers to limits, and whether its bytes may travel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pgsluice.catalog.model import Type, ValueType

_CHARACTER_TYPES = {"varchar", "bpchar"}
# A name holds NAMEDATALEN - 1 bytes; masks count characters, and theirs are ASCII.
_NAME_CHARS_MAX = 63
_MODIFIER_HEADER = 4  # VARHDRSZ, which typmods of these types count in
# FirstNormalObjectId: what is below has the same number in every database.
_FIRST_OWN_OID = 16_384
# Their empty values are sent in a form that their own recv functions refuse (tsquery.c, int.c, oid.c; 15 and 18).
_INTERVAL = 1186  # pg_type.dat
NOT_WHOLE_IN_BINARY = {"tsquery", "int2vector", "oidvector"}


def read_types(rows: Iterable[Any]) -> TypeResolver:
    """Take the answer of types.sql."""
    types = {}
    not_null = set()
    for row in rows:
        types[row["oid"]] = Type(
            oid=row["oid"],
            schema=row["schema"],
            name=row["name"],
            kind=row["kind"],
            category=row["category"],
            is_array=row["is_array"],
            element_oid=row["element_oid"],
            base_oid=row["base_oid"],
            base_modifier=row["base_modifier"],
            has_binary_form=row["has_binary_form"],
            order_schema=row["order_schema"],
            labels=tuple(row["labels"]) if row["labels"] is not None else None,
            part_oids=(*row["field_oids"], *row["range_oids"]),
            array_oid=row["array_oid"],
            delimiter=row["delimiter"],
            fields=tuple(zip(row["field_names"], row["field_modifiers"], strict=True)),
        )
        if row["is_not_null"]:
            not_null.add(row["oid"])
    return TypeResolver(types, not_null)


class TypeResolver:
    """Knows every type that the columns of one catalog are made of."""

    def __init__(self, types: dict[int, Type], not_null: set[int]) -> None:
        self._types = types
        self._not_null = not_null
        # Thousands of columns are of a few types.
        self._resolved: dict[tuple[int, int, str], ValueType] = {}

    def type(self, oid: int) -> Type:
        """What pg_type says of a type."""
        return self._types[oid]

    def is_not_null(self, oid: int) -> bool:
        """Whether it is a domain declared NOT NULL."""
        return oid in self._not_null

    def resolve(self, oid: int, modifier: int, display: str) -> ValueType:
        """Describe a column's values: base type behind all domains, limits, labels."""
        asked = (oid, modifier, display)
        if asked not in self._resolved:
            self._resolved[asked] = self._described(oid, modifier, display)
        return self._resolved[asked]

    def _described(self, oid: int, modifier: int, display: str) -> ValueType:
        outer, modifier = self._base(oid, modifier)
        element = outer
        chars_max = chars_max_of(outer, modifier)
        if outer.is_array:
            element, modifier = self._base(outer.element_oid, modifier)
            chars_max = chars_max_of(element, modifier)
        precision, scale = numeric_limits_of(element, modifier)
        return ValueType(
            display=display,
            schema=element.schema,
            name=element.name,
            category=element.category,
            is_array=outer.is_array,
            is_scalar=not outer.is_array and outer.kind in {"b", "e"},
            labels=element.labels,
            chars_max=chars_max,
            numeric_precision=precision,
            numeric_scale=scale,
            order_schema=_order_schema(outer),
            text_reason=self._text_reason(oid, frozenset()),
            has_own_bytes=self._has_own_bytes(oid, ()),
            has_interval=self._has_interval(oid, frozenset()),
        )

    def _base(self, oid: int, modifier: int) -> tuple[Type, int]:
        """Go down the domains; the innermost modifier that is set is the one that holds."""
        found = self._types[oid]
        while found.kind == "d":
            if found.base_modifier != -1:
                modifier = found.base_modifier
            found = self._types[found.base_oid]
        return found, modifier

    def _text_reason(self, oid: int, seen: frozenset[int]) -> str | None:
        """Why values must go as text: no binary form, or bytes that mean another object elsewhere."""
        found = self._types.get(oid)
        if found is None or oid in seen:
            return None
        if not found.has_binary_form:
            return f"type {found.name} has no binary form"
        if found.schema == "pg_catalog" and found.name.startswith("reg"):
            return f"type {found.name} is an object's number in binary, its name in text"
        if found.schema == "pg_catalog" and found.name in NOT_WHOLE_IN_BINARY:
            return f"type {found.name} has no binary form for empty values that the server takes back"
        parts = [found.element_oid, found.base_oid, *found.part_oids]
        reasons = (self._text_reason(part, seen | {oid}) for part in parts if part)
        return next((reason for reason in reasons if reason), None)

    def _has_interval(self, oid: int, seen: frozenset[int]) -> bool:
        found = self._types.get(oid)
        if found is None or oid in seen:
            return False
        parts = [found.element_oid, found.base_oid, *found.part_oids]
        return found.oid == _INTERVAL or any(self._has_interval(part, seen | {oid}) for part in parts if part)

    def _has_own_bytes(self, oid: int, above: tuple[int, ...]) -> bool:
        """Whether the bytes hold numbers of types, as arrays and composites do, or flags that differ elsewhere."""
        found = self._types.get(oid)
        if found is None or oid in above:
            return False
        named = found.part_oids if found.kind == "c" else (found.element_oid,) if found.is_array else ()
        if any(part >= _FIRST_OWN_OID for part in named) or (found.is_array and above and found.kind != "d"):
            return True
        # A domain is its base: what is below stands as far up as the domain does.
        higher = above if found.kind == "d" else (*above, oid)
        parts = [found.element_oid, found.base_oid, *found.part_oids]
        return any(self._has_own_bytes(part, higher) for part in parts if part)


def _order_schema(found: Type) -> str | None:
    """Enums, and built-in types that share another one's order (varchar), are compared by built-in operators."""
    shares_order = found.kind == "e" or found.schema == "pg_catalog"
    return found.order_schema or ("pg_catalog" if shares_order else None)


def chars_max_of(found: Type, modifier: int) -> int | None:
    """Give n of varchar(n) and char(n), the bytes of a name, None for others."""
    if found.name in _CHARACTER_TYPES and modifier >= _MODIFIER_HEADER:
        return modifier - _MODIFIER_HEADER
    return _NAME_CHARS_MAX if found.name == "name" else None


def numeric_limits_of(found: Type, modifier: int) -> tuple[int | None, int | None]:
    """Give precision and scale as numeric.c packs them: 16 bits each, the scale signed in its low 11 bits."""
    if found.name != "numeric" or modifier < _MODIFIER_HEADER:
        return None, None
    packed = modifier - _MODIFIER_HEADER
    scale = ((packed & 0x7FF) ^ 1024) - 1024
    return (packed >> 16) & 0xFFFF, scale
