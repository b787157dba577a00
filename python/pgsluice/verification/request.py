"""What a verification is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pgsluice._core import Key
from pgsluice.config.rules import Rules
from pgsluice.driver import DEFAULT_DEADLINES, Deadlines, Dsn
from pgsluice.pipeline.settings import MIB, RetrySettings

# Hashes of originals held at once: what fits a hash set of 151 MB, 230 MB at the moment it grows. More of them are
# looked for in parts, each with a reading of both sides.
ORIGINALS_MAX = 14_000_000
# Counting in SQL says nothing until it is done: sorts and joins of the largest tables.
COUNT_S = 24 * 3600.0


@dataclass(frozen=True)
class VerifySettings:
    """How a verification reads."""

    # Tables at once; a table is read on one side at a time.
    jobs: int = 1
    # Handed to a thread at once.
    batch_bytes: int = 4 * MIB
    # Hashes of rows that differ, a side: where more differ, a share of them is counted.
    differences_bytes: int = 64 * MIB
    originals_max: int = ORIGINALS_MAX
    retry: RetrySettings = field(default_factory=RetrySettings)
    deadlines: Deadlines = DEFAULT_DEADLINES


@dataclass(frozen=True)
class VerifyRequest:
    """What a verification is asked to do."""

    source: Dsn
    target: Dsn
    rules: Rules
    key: Key
    table_patterns: Sequence[str] = ()
    # Whether indexes, constraints, triggers, views and policies are looked for too.
    has_objects: bool = True
    # Whether tables that may differ by changes on the source since the copy, and by nothing else, are no difference.
    may_source_change: bool = False
    settings: VerifySettings = field(default_factory=VerifySettings)


class VerifyObserver(Protocol):
    """Told while it is read; implemented by whoever prints."""

    def phase(self, name: str, *, tables: int) -> None:
        """Tables are read or counted now, so many of them."""

    def rows_read(self, rows: int) -> None:
        """So many rows more were read."""

    def table_read(self) -> None:
        """A table of the phase is done."""

    def event(self, name: str, **facts: object) -> None:
        """Something else worth a line: an event name and fields."""


class SilentVerify:
    """Tells nobody."""

    def phase(self, name: str, *, tables: int) -> None:
        """Nothing."""

    def rows_read(self, rows: int) -> None:
        """Nothing."""

    def table_read(self) -> None:
        """Nothing."""

    def event(self, name: str, **facts: object) -> None:
        """Nothing."""
