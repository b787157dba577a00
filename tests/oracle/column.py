"""What a mask may know of the column it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oracle.keys import MasterKey, Prf


@dataclass(frozen=True)
class ColumnType:
    """A type as the catalog describes it; `name` is `pg_type.typname`, of the element for arrays."""

    name: str = "text"
    chars_max: int | None = None
    labels: Sequence[str] | None = None
    numeric_precision: int | None = None
    numeric_scale: int | None = None

    @property
    def is_case_insensitive(self) -> bool:
        return self.name == "citext"


@dataclass(frozen=True)
class Call:
    """One value and all that its replacement depends on."""

    prf: Prf
    value: bytes
    parameters: Mapping[str, Any]
    column: ColumnType
    key: MasterKey
    domain: str
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    row: Mapping[str, bytes | None] = field(default_factory=dict)
