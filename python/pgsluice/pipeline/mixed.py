"""Says what rows of several moments do to a target: keys that were whole at each moment may not be so together."""

from __future__ import annotations

from collections.abc import Iterable

from pgsluice.errors import ServerError
from pgsluice.pipeline.request import ObjectReport
from pgsluice.state.snapshots import Consistency

# Foreign key, unique and exclusion violations: what holds between rows, and held on the source at any moment.
_BETWEEN_ROWS = {"23503", "23505", "23P01"}


class MixedSnapshotsError(ServerError):
    """A constraint cannot be made, because the rows are of several snapshots of the source."""

    code = "mixed-snapshots"


def explain_mixed(failures: Iterable[ObjectReport], consistency: Consistency) -> list[ObjectReport]:
    """Give the reason to constraints that fail in a run of mixed snapshots; the rows stay."""
    if consistency.kind == "one snapshot":
        return list(failures)
    return [_explained(failure, consistency) for failure in failures]


def _explained(failure: ObjectReport, consistency: Consistency) -> ObjectReport:
    error = failure.error
    if not isinstance(error, ServerError) or error.sqlstate not in _BETWEEN_ROWS:
        return failure
    return ObjectReport(
        failure.label,
        MixedSnapshotsError(
            f"cannot make {failure.label}: rows of several snapshots do not fit together",
            sqlstate=error.sqlstate,
            detail=f"{error.detail or ''} The rows are of {len(consistency.used)} moments of the source; at each of "
            "them the constraint held. All rows stay on the target.".strip(),
            hint='Begin anew with "--restart", and with "--hold-snapshot" if the copy may be killed again; '
            "or mend the rows on the target and run the same command again.",
        ),
    )


UNCHECKED_KEYS = (
    "foreign keys of the target were not checked while rows were loaded, and rows of several moments may break them"
)
