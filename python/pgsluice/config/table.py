"""Owns what a user says of a table that is written to: strategy, key, what happens to rows that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pgsluice.config.partitions import Partitions
from pgsluice.errors import UsageError, in_quotes

Context = Literal["live", "backfill"]
#: What becomes of a column where the row is there already.
Policy = Literal["overwrite", "keep", "coalesce", "greatest", "least", "add"]
StagingKind = Literal["logged", "unlogged"]
OnError = Literal["fail", "reject"]

CONTEXTS: tuple[Context, ...] = ("live", "backfill")
POLICIES: dict[Policy, str] = {
    "overwrite": "the new value",
    "keep": "the value that is there",
    "coalesce": "the new value, or the one that is there where the new one is NULL",
    "greatest": "the greater of the two; NULL loses",
    "least": "the smaller of the two; NULL loses",
    "add": "the sum of the two; NULL counts as 0",
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Declare how rows get into one table; the same declaration serves live writes and backfills.

        Table()
        Table(strategy="accumulate", policies={"last_at": "greatest"})
        Table(columns=("id", "state"), key=("id",), newer_by="version")

    `strategy` names one of `pgsluice.strategies`, or "auto" to have it chosen from the catalog. In the context
    "backfill" it is `backfill` that counts: "auto" takes COPY in place of every strategy that overwrites.

    `columns` are those that rows have, in the order of tuples; None means all that can be written. `key` is the
    conflict key; None means the primary key, or the only other unique index there is whose columns rows bring and are
    NOT NULL. `policies` says per column what becomes of a row that is there, "*" for all that are not named; without
    it new values overwrite. `newer_by` names a column that must have grown for a row to be touched at all.
    `returning` has `flush()` tell of each row whether it was inserted, updated or left alone.
    `on_error` is "fail", or "reject": then rows that cannot be written are put where the writer's `Rejects` says, and
    the others land.
    `partitions` has partitions made before rows need them.
    `staging` is the staging table's kind for strategy "staged": an "unlogged" one costs less, and a crash of the
    server empties it.
    """

    strategy: str = "auto"
    backfill: str = "auto"
    columns: tuple[str, ...] | None = None
    key: tuple[str, ...] | None = None
    policies: Mapping[str, Policy] = field(default_factory=dict)
    newer_by: str | None = None
    returning: bool = False
    on_error: OnError = "fail"
    partitions: Partitions | None = None
    staging: StagingKind = "logged"

    def __post_init__(self) -> None:
        if self.on_error not in {"fail", "reject"}:
            raise UsageError(f"unrecognized on_error {in_quotes(str(self.on_error))}", hint='"fail" or "reject"')
        for name in ("columns", "key"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise UsageError(f"{name} of a table is a string, expected a sequence of names", hint=f"({value!r},)")
            if value is None:
                continue
            names = tuple(value)
            if not names or len(set(names)) < len(names):
                found = "a name twice" if names else "none"
                raise UsageError(f"{name} of a table: expected names of columns, each once, found {found}")
            object.__setattr__(self, name, names)
        if self.staging not in {"logged", "unlogged"}:
            raise UsageError(
                f"unrecognized kind of staging table {in_quotes(str(self.staging))}", hint="It is logged or unlogged."
            )
        for column, policy in self.policies.items():
            if policy not in POLICIES:
                raise UsageError(
                    f"column {in_quotes(column)}: unrecognized policy {in_quotes(str(policy))}",
                    hint=f"Policies are {', '.join(POLICIES)}.",
                )

    def policy(self, column: str, default: Policy) -> Policy:
        """What becomes of a column of a row that is there; `default` is the strategy's."""
        return self.policies.get(column) or self.policies.get("*") or default
