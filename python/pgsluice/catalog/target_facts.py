"""Asks a target what decides how it is loaded: settings, replication, rights, triggers. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from pgsluice.catalog.read import statement
from pgsluice.driver import Connection

# Versions before 15 know no grant on a setting; there only a superuser may.
_MAY_SET_ROLE = "SELECT has_parameter_privilege('session_replication_role', 'SET')"


@dataclass(frozen=True)
class Trigger:
    """A trigger of a table; `enabled` is pg_trigger.tgenabled: O origin, D disabled, R replica, A always."""

    schema: str
    table_name: str
    name: str
    enabled: str
    is_for_insert: bool
    is_for_truncate: bool

    @property
    def table_label(self) -> str:
        """schema.table of its table."""
        return f"{self.schema}.{self.table_name}"

    def fires(self, *, is_replica_role: bool) -> bool:
        """Whether it fires in a session of that role."""
        return self.enabled in ("RA" if is_replica_role else "OA")


@dataclass(frozen=True)
class TargetFacts:
    """What a target said of itself to the role that is going to load it."""

    major: int
    wal_level: str
    max_wal_bytes: int
    checkpoint_completion_target: float
    shared_buffers_bytes: int
    maintenance_memory_bytes: int
    synchronous_commit: str
    synchronous_standby_names: str
    has_autovacuum: bool
    has_fsync: bool
    has_full_page_writes: bool
    is_archiving: bool
    standby_count: int
    idle_slots: tuple[str, ...]
    is_superuser: bool
    may_set_replication_role: bool
    triggers: tuple[Trigger, ...]


async def read_target_facts(connection: Connection) -> TargetFacts:
    """Ask, in a session whose maintenance memory nobody has set."""
    (row,) = await connection.fetch(statement("target_facts"), doing="reading the target's settings")
    triggers = await connection.fetch(statement("triggers"), doing="reading the target's triggers")
    facts = dict(row)
    may_set = facts["is_superuser"] or (
        facts["major"] >= 15 and await connection.fetch_value(_MAY_SET_ROLE, doing="reading the role's rights")
    )
    return TargetFacts(
        **facts | {"idle_slots": tuple(facts["idle_slots"])},
        may_set_replication_role=bool(may_set),
        triggers=tuple(Trigger(**dict(trigger)) for trigger in triggers),
    )
