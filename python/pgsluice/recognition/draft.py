"""What `init` proposes: a rules file, and the counts of what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgsluice.recognition.propose import TableProposals


@dataclass(frozen=True)
class Draft:
    """A rules file that `init` proposes, and what is to be said about it."""

    text: str
    # What was proposed; for an update only what is new.
    tables: tuple[TableProposals, ...]
    # Entries of an existing file whose table or column is not there any more.
    gone: tuple[str, ...] = ()
    # Labels that several tables share: no rule can name one of them.
    namesakes: tuple[str, ...] = ()
    # Columns that the existing file left to a person and that still have no rule.
    still_open_count: int = 0

    @property
    def masked_count(self) -> int:
        """How many columns get a mask."""
        return sum(1 for table in self.tables for found in table.columns if found.rule and found.rule.mask != "keep")

    @property
    def kept_count(self) -> int:
        """How many columns stay as they are."""
        return sum(1 for table in self.tables for found in table.columns if found.rule and found.rule.mask == "keep")

    @property
    def open_count(self) -> int:
        """How many columns are left to a person."""
        return sum(1 for table in self.tables for found in table.columns if found.rule is None)

    @property
    def following_count(self) -> int:
        """How many columns take the rule of a key that they refer to."""
        return sum(len(table.following) for table in self.tables)
