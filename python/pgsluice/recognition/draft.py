"""Makes a rules file of a survey, new or put into one that is there, and counts what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn
from pgsluice.recognition.patterns import patterned
from pgsluice.recognition.propose import Listed, TableProposals
from pgsluice.recognition.rules_text import whole_file
from pgsluice.recognition.survey import Watcher, survey
from pgsluice.recognition.update import gone, listed, updated


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


async def draft_rules(
    source: Dsn, watcher: Watcher, *, existing: Path | None, patterns: Sequence[str], sample_rows: int
) -> Draft:
    """Survey a source and write what is proposed; raises RulesError for an existing file that is no rules file."""
    rules = Rules() if existing is None else read_rules(existing)
    before = None if existing is None else _text(existing)
    known = Listed() if before is None else listed(before)
    found = await survey(source, rules, watcher, patterns=patterns, listed=known, rows=sample_rows)
    if before is None:
        text = whole_file(found.tables, patterned(found.tables, found.catalog), with_samples=sample_rows > 0)
    else:
        text = updated(before, found.tables)
    return Draft(
        text=text,
        tables=found.tables,
        gone=tuple(gone(rules, found.catalog)),
        namesakes=found.namesakes,
        still_open_count=found.still_open_count,
    )


def _text(path: Path) -> str:
    """A file's text with its line ends as they are: what somebody wrote stays byte for byte."""
    return path.read_bytes().decode("utf-8")
