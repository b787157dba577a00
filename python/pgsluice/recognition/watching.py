"""Who watches a survey of a source."""

from __future__ import annotations

from typing import Protocol

from pgsluice.catalog.model import Relation
from pgsluice.recognition.samples import Sample


class Watcher(Protocol):
    """Is told how far a survey is; the sample is for its eyes only."""

    def looked_at(self, relation: Relation, sample: Sample, done: int, total: int) -> None:
        """A table was judged."""


class Unwatched:
    """Looks away."""

    def looked_at(self, relation: Relation, sample: Sample, done: int, total: int) -> None:
        """Say nothing."""
