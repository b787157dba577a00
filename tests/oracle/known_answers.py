"""Reads known_answers.json, which the Rust tests of the masks read too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oracle.column import ColumnType
from oracle.registry import mask

PATH = Path(__file__).with_name("known_answers.json")
#: Of all rows, and of the Rust tests' own known answers; the domain is always "d".
KEY = bytes(range(32))

Row = dict[str, Any]


def load() -> list[Row]:
    rows: list[Row] = json.loads(PATH.read_text(encoding="utf-8"))
    return rows


def dump(rows: list[Row]) -> str:
    """One row a line, so that a changed row is a changed line."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def answer(row: Row) -> str | None:
    """The replacement; `value` and it are text, or hexadecimal where `hex` is true."""
    is_hex = row.get("hex", False)
    value = bytes.fromhex(row["value"]) if is_hex else row["value"].encode()
    column = ColumnType(**row["type"])
    words = row.get("words")
    fields = {name: bytes.fromhex(field) for name, field in row.get("row", {}).items()}
    masked = mask(row["mask"], KEY, "d", value, parameters=row["parameters"], column=column, words=words, row=fields)
    if masked is None:
        return None
    return masked.hex() if is_hex else masked.decode()
