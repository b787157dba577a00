"""The numbers of a run, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pgsluice.driver import DEFAULT_DEADLINES, Deadlines
from pgsluice.plan.slicing import SLICE_BYTES

MIB = 1024 * 1024


@dataclass(frozen=True)
class RetrySettings:
    """Tries after the first, and the time before each: doubled every time, and up to the first one more, by chance.

        WriterSettings(retry=RetrySettings(retries=10, delay_ms=100))

    What is tried again are deadlocks, serialization failures, lost connections and servers that are starting up.
    """

    retries: int = 3
    delay_ms: int = 500
    delay_ms_max: int = 10_000


@dataclass(frozen=True)
class CopySettings:
    """How a run moves rows.

    A batch has `batch_rows` rows or about `batch_bytes`, whichever is more, but never much above
    `batch_bytes_max`: the commit and checkpoint of 10,000 narrow rows would cost as much as the rows, and 10,000
    wide rows would not fit the memory.
    """

    batch_rows: int = 10_000
    batch_bytes: int = 4 * MIB
    batch_bytes_max: int = 8 * MIB
    # Batches that were read and wait for a writer.
    queue_bytes: int = 8 * MIB
    # Two writers a table keep the target busy while one commits; a third gained nothing on two cores.
    writers: int = 2
    # Tables, or slices of large ones, at once.
    jobs: int = 1
    # Tables of less than twice this are not cut into slices.
    slice_bytes: int = SLICE_BYTES
    extract: Literal["copy", "select"] = "copy"
    is_analyzing: bool = True
    # Of a schema that we make: owners and privileges as on the source, and extensions that the target cannot have.
    has_rights: bool = False
    without_extensions: tuple[str, ...] = ()
    # Large objects cannot be masked, so they are copied only where that is said, here and in the rules.
    has_large_objects: bool = False
    # How long a process of its own keeps the snapshot for a killed copy; None for no such process.
    hold_s: float | None = None
    retry: RetrySettings = field(default_factory=RetrySettings)
    deadlines: Deadlines = DEFAULT_DEADLINES

    @property
    def memory_bytes(self) -> int:
        """What batches take at most, without the largest row: the one being read, those that wait, and for
        each writer one before and one after its masks.
        """
        table = self.batch_bytes_max + self.queue_bytes + self.batch_bytes_max + 2 * self.writers * self.batch_bytes_max
        return self.jobs * table
