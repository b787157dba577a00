"""Decides for each column in which form both sides are read and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pgsluice.catalog.model import Column, ValueType
from pgsluice.plan.model import PlannedColumn
from pgsluice.sources.model import FieldForm

Form = Literal["raw", "trimmed", "numeric", "decimal", "jsonb", "text"]
Texts = Literal["text", "elements", "json", "jsonb", "uuid"]

_CHARACTERS = {"text", "varchar", "bpchar", "citext", "name"}
_NUMBERS = {"int2", "int4", "int8", "numeric"}
_DOCUMENTS = {"json", "jsonb"}
# As the core names types: its values are bytes that nobody looks into.
_BYTES = {"display": "bytes", "name": "bytes"}
_TEXT = {"display": "text", "name": "text"}


@dataclass(frozen=True)
class Comparison:
    """How one column is compared; `reason` says why it is not."""

    # What the source is asked for; None where its field of the copy will do.
    source_form: FieldForm | None = None
    target_form: FieldForm = "binary"
    form: Form = "raw"
    # The type by which the core reads values, in its own words.
    core_type: dict[str, Any] | None = None
    reason: str | None = None


def compare(item: PlannedColumn, sent: FieldForm, there: Column, core_type: dict[str, Any]) -> Comparison:
    """Decide for a column that the copy brings in form `sent` and that the core calls `core_type`."""
    own, other = item.column.type, there.type
    if item.decision.rule.python_function:
        return Comparison(reason="a function masks it, which may give another result each time")
    if sent == "null":
        # Nothing but NULL is expected, whatever the type: a text form is always to be had.
        return Comparison(target_form="text", core_type=_BYTES)
    if item.decision.rule.mask != "keep":
        return _masked(own, other, core_type)
    if sent == "text":
        return Comparison(
            target_form="text", form=_text_form(own, other), core_type={"display": "text", "name": "text"}
        )
    if own.has_own_bytes:
        return Comparison(source_form="text", target_form="text", core_type=_BYTES)
    return _kept(own, other, core_type)


def _kept(own: ValueType, other: ValueType, core_type: dict[str, Any]) -> Comparison:
    """As sent, unless the target's own modifier writes the same value in another way."""
    limits = ("chars_max", "numeric_precision", "numeric_scale")
    if any(getattr(own, limit) != getattr(other, limit) for limit in limits):
        form = _canonical(own.name)
        if form != "raw":
            return Comparison(form=form, core_type=core_type)
    # The server writes the flags of an array anew.
    return Comparison(core_type=_BYTES | {"is_array": own.is_array})


def _masked(own: ValueType, other: ValueType, core_type: dict[str, Any]) -> Comparison:
    """What the core wrote went through the target's input, which pads, scales and sorts."""
    if is_same_type(own, other):
        return Comparison(form=_canonical(own.name), core_type=core_type)
    if own.is_array or other.is_array or {own.name, other.name} == _DOCUMENTS:
        return Comparison(reason=f"masked, and {other.display} on the target, {own.display} on the source")
    if own.name in _NUMBERS and other.name in _NUMBERS:
        return Comparison(target_form="text", form="decimal", core_type=core_type)
    if "bpchar" in {own.name, other.name}:
        return Comparison(target_form="text", form="trimmed", core_type=core_type)
    return Comparison(target_form="text", form="text", core_type=core_type)


def _text_form(own: ValueType, other: ValueType) -> Form:
    """How texts of a kept column are compared that the copy carried as text."""
    if own.is_array or other.is_array:
        return "raw"
    differ = not is_same_type(own, other) or own.chars_max != other.chars_max
    if differ and "bpchar" in {own.name, other.name}:
        return "trimmed"
    is_scaled = own.numeric_scale != other.numeric_scale
    return "decimal" if (differ or is_scaled) and {own.name, other.name} <= _NUMBERS else "raw"


def _canonical(name: str) -> Form:
    forms: dict[str, Form] = {"bpchar": "trimmed", "numeric": "numeric", "jsonb": "jsonb"}
    return forms.get(name, "raw")


def is_same_type(own: ValueType, other: ValueType) -> bool:
    """Whether both have one wire format."""
    return (own.schema, own.name, own.is_array) == (other.schema, other.name, other.is_array)


def texts_of(own: ValueType, form: FieldForm) -> Texts | None:
    """What the texts of a field are, in which originals can be found; None where it has none."""
    if form == "null":
        return None
    if own.name in _CHARACTERS:
        return "elements" if own.is_array and form == "binary" else "text"
    if own.is_array:
        return None
    if own.name in _DOCUMENTS:
        return "jsonb" if own.name == "jsonb" and form == "binary" else "json"
    if own.name == "uuid":
        return "uuid" if form == "binary" else "text"
    return None
