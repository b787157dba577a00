"""Owns what a plan says of something that works against it and is no error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanWarning:
    """Something that is worth a look; `code` is stable, `text` one line."""

    code: str
    text: str
