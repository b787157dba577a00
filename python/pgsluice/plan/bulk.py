"""Chooses how a target is loaded, and says why. Every choice is a session's or a transaction's: none needs undoing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pgsluice.catalog.target_facts import TargetFacts, Trigger
from pgsluice.strategies.freeze import FREEZE_BYTES_MIN

if TYPE_CHECKING:
    from pgsluice.plan.model import CopyPlan

# "session" and "transaction" end with our sessions; "advice" is for an administrator to do, and "note" to know.
Scope = Literal["session", "transaction", "advice", "note"]

KIB, MIB, GIB = 1024, 1024**2, 1024**3
# A share of shared_buffers, which is about a quarter of the memory where somebody has set it: an eighth in all.
MAINTENANCE_SHARE = 2
# VACUUM before version 17 takes no more, and a sort gains little from it.
MAINTENANCE_BYTES_MAX = GIB
# Each one makes the server log whole pages again; so many are not worth an administrator's trouble.
CHECKPOINTS_MAX = 4


@dataclass(frozen=True)
class Choice:
    """A setting with its value and the reason, in PostgreSQL's words."""

    name: str
    value: str
    scope: Scope
    reason: str


@dataclass(frozen=True)
class BulkPlan:
    """How a target is loaded."""

    choices: tuple[Choice, ...] = ()
    # Triggers that rows of the copy fire.
    firing: tuple[Trigger, ...] = ()

    @property
    def session_settings(self) -> dict[str, str]:
        """What each session of ours that writes is set to."""
        return {choice.name: choice.value for choice in self.choices if choice.scope == "session"}

    @property
    def is_replica_role(self) -> bool:
        """Whether triggers and foreign keys are held off, so that tables may come in any order."""
        return "session_replication_role" in self.session_settings


def with_bulk(plan: CopyPlan, facts: TargetFacts, *, jobs: int, makes_schema: bool) -> CopyPlan:
    """Add to a plan how its target is loaded, and a note that names the triggers which will fire."""
    filled = [table for table in plan.tables if table.has_rows]
    bulk = choose_bulk(
        facts,
        jobs=jobs,
        load_bytes=sum(table.relation.size_bytes + table.relation.indexes_bytes for table in filled),
        loaded=(f"{table.target_schema}.{table.target_table}" for table in filled),
        makes_schema=makes_schema,
    )
    names = ", ".join(f'"{trigger.name}" of {trigger.table_label}' for trigger in bulk.firing)
    notes = (f"triggers of the target that fire while its rows are written: {names}",) if names else ()
    return replace(plan, bulk=bulk, notes=plan.notes + notes)


def choose_bulk(
    facts: TargetFacts, *, jobs: int, load_bytes: int, loaded: Iterable[str], makes_schema: bool
) -> BulkPlan:
    """Choose for a target that takes `load_bytes` of tables and indexes into the tables `loaded` (schema.table).

    With `makes_schema` its triggers and constraints are made after the rows.
    """
    labels = set(loaded)
    firing = tuple(
        trigger
        for trigger in facts.triggers
        if trigger.table_label in labels
        and trigger.is_for_insert
        and trigger.fires(is_replica_role=facts.may_set_replication_role)
        and not makes_schema
    )
    choices = [
        _synchronous_commit(facts),
        *_replication_role(facts, makes_schema=makes_schema),
        _maintenance_memory(facts, jobs=jobs),
        _freeze(),
        *_advice(facts, load_bytes),
    ]
    return BulkPlan(tuple(choices), firing)


def maintenance_memory_bytes(facts: TargetFacts, *, jobs: int) -> int:
    """Memory of one index build or VACUUM where `jobs` of them run side by side; never less than the server gives."""
    share = facts.shared_buffers_bytes // MAINTENANCE_SHARE // jobs
    return max(facts.maintenance_memory_bytes, min(share, MAINTENANCE_BYTES_MAX) // MIB * MIB)


def _synchronous_commit(facts: TargetFacts) -> Choice:
    reason = (
        "a batch and its checkpoint are one transaction, so a crash takes back both or none; "
        "the last commit of the run waits for the disk"
    )
    if facts.synchronous_standby_names:
        reason += " and for the standbys of synchronous_standby_names"
    if not facts.has_fsync:
        reason += ". fsync is off on this server: a crash of its machine may lose rows all the same"
    return Choice("synchronous_commit", "off", "session", reason)


def _replication_role(facts: TargetFacts, *, makes_schema: bool) -> list[Choice]:
    name, value = "session_replication_role", "replica"
    if facts.may_set_replication_role:
        reason = "rows may come in any order: triggers do not fire, and foreign keys are not checked"
        if makes_schema:
            reason = "nothing to hold off here: triggers and foreign keys are made after the rows"
        return [Choice(name, value, "session", reason)]
    if makes_schema:
        return []
    grant = "GRANT SET ON PARAMETER session_replication_role" if facts.major >= 15 else "a superuser's session"
    reason = f"without it tables come one at a time, what is referenced first, and triggers fire; needs {grant}"
    return [Choice(name, value, "advice", reason)]


def _maintenance_memory(facts: TargetFacts, *, jobs: int) -> Choice:
    size_bytes = maintenance_memory_bytes(facts, jobs=jobs)
    at_once = f"{jobs} index builds" if jobs > 1 else "one index build"
    if size_bytes == facts.maintenance_memory_bytes:
        reason = f"for {at_once} at a time; as the server has it, ALTER ROLE ... SET gives more"
    else:
        reason = f"for {at_once} at a time, half of shared_buffers ({_size(facts.shared_buffers_bytes)}) in all"
    return Choice("maintenance_work_mem", _size(size_bytes), "session", reason)


def _freeze() -> Choice:
    reason = (
        f"for tables of one batch, from {FREEZE_BYTES_MIN // KIB} KiB on: their transaction empties the empty table "
        "first, so its rows need no VACUUM; not where the role may not TRUNCATE, others refer to it or read it"
    )
    return Choice("COPY FREEZE", "on", "transaction", reason)


def _advice(facts: TargetFacts, load_bytes: int) -> list[Choice]:
    """What only an administrator can do. A load writes about as much WAL as tables and indexes have bytes."""
    found = []
    # A checkpoint begins when so much was written since the one before: see CalculateCheckpointSegments in xlog.c.
    distance = facts.max_wal_bytes / (1 + facts.checkpoint_completion_target)
    count = int(load_bytes / distance)
    load = _about(load_bytes)
    if count > CHECKPOINTS_MAX:
        wanted = load_bytes * (1 + facts.checkpoint_completion_target) / CHECKPOINTS_MAX
        reason = f"the load writes about {load} of WAL and forces {count} checkpoints with {_size(facts.max_wal_bytes)}"
        found.append(Choice("max_wal_size", f"{-(-int(wanted) // GIB)}GB", "advice", reason))
    places = ["the WAL archive"] if facts.is_archiving else []
    places += [f"{facts.standby_count} standbys or backups"] if facts.standby_count else []
    if places:
        found.append(Choice("wal_level", facts.wal_level, "note", f"about {load} of WAL go to {' and '.join(places)}"))
    for slot in facts.idle_slots:
        reason = f"nobody reads from it: about {load} of WAL stay on the target's disk until it is used or dropped"
        found.append(Choice("replication slot", f'"{slot}"', "note", reason))
    if not facts.has_autovacuum:
        found.append(Choice("autovacuum", "off", "note", "what changes after the copy is vacuumed by nobody"))
    return found


def _size(size_bytes: int) -> str:
    """A size as PostgreSQL's settings take it."""
    for unit, name in ((GIB, "GB"), (MIB, "MB")):
        if size_bytes % unit == 0:
            return f"{size_bytes // unit}{name}"
    return f"{size_bytes // KIB}kB"


def _about(size_bytes: int) -> str:
    return f"{size_bytes / GIB:.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:.0f} MiB"
