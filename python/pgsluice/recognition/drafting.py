"""Makes a rules file of a survey, new or put into one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice.config.rules import Rules, read_rules
from pgsluice.driver import Dsn
from pgsluice.recognition.draft import Draft
from pgsluice.recognition.patterns import patterned
from pgsluice.recognition.propose import Listed
from pgsluice.recognition.rules_text import whole_file
from pgsluice.recognition.survey import survey
from pgsluice.recognition.update import gone, listed, updated
from pgsluice.recognition.watching import Watcher


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
