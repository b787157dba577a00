"""Proposes the rules of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgsluice.driver import Dsn
from pgsluice.recognition.draft import Draft
from pgsluice.recognition.drafting import draft_rules
from pgsluice.recognition.samples import ROWS as SAMPLE_ROWS
from pgsluice.recognition.watching import Unwatched, Watcher


async def init(
    source: Dsn,
    *,
    existing: Path | None = None,
    tables: Sequence[str] = (),
    sample_rows: int = SAMPLE_ROWS,
    watcher: Watcher | None = None,
) -> Draft:
    """Propose rules for all columns of a source, or for those that the rules file `existing` says nothing of.

    `sample_rows` of 0 looks at no value. Nothing is written: `text` of what is given is the rules file.
    """
    return await draft_rules(
        source, watcher or Unwatched(), existing=existing, patterns=tables, sample_rows=sample_rows
    )
