"""What flushes did: rows by table, and where it was asked what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pgsluice.strategies.statement import OUTCOMES, Outcome
from pgsluice.writer.portion import Portion

#: What became of rows, by their places in all that was given of a table.
Places = Mapping[int, Outcome]


@dataclass(frozen=True)
class Flushed:
    """What was sent: rows by table, without those that another row of the same key stood for.

        flushed = await writer.flush()
        print(flushed.rows["balances"], flushed.rejected, flushed.outcomes)

    Tables have the names that they were declared by. `retries` counts further tries, `rejected` rows that were put
    aside. `partitions_late` says why the partitions ahead of a table could not be made; its rows are written.
    """

    rows: Mapping[str, int]
    retries: int = 0
    places: Mapping[str, Places] = field(default_factory=dict, repr=False)
    # Rows that were rejected, see `Rejects`.
    rejected: Mapping[str, int] = field(default_factory=dict)
    # Why the partitions ahead of a table could not be made, where its rows could be written all the same.
    partitions_late: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcomes(self) -> dict[str, list[Outcome]]:
        """What became of each row of tables that are declared with `returning`, in the order they were given in.

        "inserted", "updated", "untouched"; "replaced" where a later row of the same flush has its key; "rejected";
        "unknown" where the rows were in before a connection was lost, and the server's answer with it.
        """
        return {table: [places[place] for place in sorted(places)] for table, places in self.places.items()}


class Landed:
    """Adds up what flushes did until somebody asks."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._retries = 0
        self._places: dict[str, dict[int, Outcome]] = {}
        self._rejected: dict[str, int] = {}
        self._late: Mapping[str, str] = {}

    def add(self, flushed: Flushed) -> None:
        """Add one more."""
        self._retries += flushed.retries
        for table, count in flushed.rows.items():
            self._rows[table] = self._rows.get(table, 0) + count
        for table, places in flushed.places.items():
            self._places.setdefault(table, {}).update(places)
        for table, count in flushed.rejected.items():
            self._rejected[table] = self._rejected.get(table, 0) + count
        self._late = flushed.partitions_late

    def taken(self) -> Flushed:
        """Give the sum, and begin anew."""
        flushed = Flushed(self._rows, self._retries, self._places, self._rejected, self._late)
        self._rows, self._retries, self._places, self._rejected, self._late = {}, 0, {}, {}, {}
        return flushed


def places_of(portion: Portion, letters: str | None) -> dict[int, Outcome]:
    """What became of a portion's rows, by the letters of its statement: None where it sent nothing."""
    found: Sequence[Outcome] = (
        ["unknown"] * portion.rows.rows if letters is None else [OUTCOMES[letter] for letter in letters]
    )
    dropped: Outcome = "untouched" if portion.plan.repeats == "first" else "replaced"
    return dict(zip(portion.rows.positions, found, strict=True)) | dict.fromkeys(portion.dropped, dropped)
