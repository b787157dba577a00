"""How the target is loaded: chosen from what the target says of itself, told by plan, recorded and left by copy."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bulk.roles import dsn_as
from commands import KEEP
from pgsluice.catalog.target_facts import TargetFacts
from pgsluice.plan.bulk import GIB, MIB, BulkPlan, choose_bulk, maintenance_memory_bytes

if TYPE_CHECKING:
    from commands import Shell

# A server as it is installed, asked by a superuser.
INSTALLED = TargetFacts(
    major=18,
    wal_level="replica",
    max_wal_bytes=GIB,
    checkpoint_completion_target=0.9,
    shared_buffers_bytes=128 * MIB,
    maintenance_memory_bytes=64 * MIB,
    synchronous_commit="on",
    synchronous_standby_names="",
    has_autovacuum=True,
    has_fsync=True,
    has_full_page_writes=True,
    is_archiving=False,
    standby_count=0,
    idle_slots=(),
    is_superuser=True,
    may_set_replication_role=True,
    triggers=(),
)


def choose(facts: TargetFacts, *, load_bytes: int = 0, makes_schema: bool = False) -> BulkPlan:
    return choose_bulk(facts, jobs=2, load_bytes=load_bytes, loaded=["public.t"], makes_schema=makes_schema)


def told(plan: BulkPlan, scope: str) -> dict[str, str]:
    return {choice.name: choice.value for choice in plan.choices if choice.scope == scope}


@pytest.mark.parametrize(
    ("shared_buffers", "own", "jobs", "expected"),
    [
        (128 * MIB, 64 * MIB, 1, 64 * MIB),
        (128 * MIB, 64 * MIB, 4, 64 * MIB),  # Never less than the server gives.
        (4 * GIB, 64 * MIB, 4, 512 * MIB),
        (64 * GIB, 64 * MIB, 4, GIB),
        (64 * GIB, 2 * GIB, 4, 2 * GIB),
        (1000 * MIB, 64 * MIB, 3, 166 * MIB),
    ],
)
def test_maintenance_memory_is_a_share_of_the_buffers_between_two_bounds(
    shared_buffers: int, own: int, jobs: int, expected: int
) -> None:
    facts = replace(INSTALLED, shared_buffers_bytes=shared_buffers, maintenance_memory_bytes=own)

    assert maintenance_memory_bytes(facts, jobs=jobs) == expected


def test_choices_of_a_server_as_installed_are_three_and_nothing_to_do() -> None:
    plan = choose(INSTALLED, load_bytes=GIB)

    assert plan.session_settings == {
        "synchronous_commit": "off",
        "session_replication_role": "replica",
        "maintenance_work_mem": "64MB",
    }
    assert told(plan, "transaction") == {"COPY FREEZE": "on"}
    assert (told(plan, "advice"), told(plan, "note"), plan.firing) == ({}, {}, ())


@pytest.mark.parametrize(
    ("load_gib", "max_wal_bytes", "expected"),
    [
        (2, GIB, {}),  # 3.8 checkpoints.
        (10, GIB, {"max_wal_size": "5GB"}),  # 19 of them; a quarter of 10 * 1.9, in whole GiB.
        (100, GIB, {"max_wal_size": "48GB"}),
        (100, 48 * GIB, {}),
    ],
)
def test_max_wal_size_is_advised_where_the_load_forces_many_checkpoints(
    load_gib: int, max_wal_bytes: int, expected: dict[str, str]
) -> None:
    facts = replace(INSTALLED, max_wal_bytes=max_wal_bytes)

    assert told(choose(facts, load_bytes=load_gib * GIB), "advice") == expected


def test_replica_role_is_advised_only_where_triggers_and_keys_stand() -> None:
    facts = replace(INSTALLED, may_set_replication_role=False, is_superuser=False)

    assert told(choose(facts), "advice") == {"session_replication_role": "replica"}
    assert told(choose(facts, makes_schema=True), "advice") == {}
    assert "session_replication_role" not in choose(facts).session_settings


def test_notes_name_what_keeps_or_ships_the_wal_of_the_load() -> None:
    facts = replace(INSTALLED, is_archiving=True, standby_count=2, idle_slots=("left",), has_autovacuum=False)

    plan = choose(facts, load_bytes=3 * GIB)

    assert told(plan, "note") == {"wal_level": "replica", "replication slot": '"left"', "autovacuum": "off"}
    assert [choice.reason for choice in plan.choices if choice.name == "wal_level"] == [
        "about 3.0 GiB of WAL go to the WAL archive and 2 standbys or backups"
    ]


SOURCE = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a VALUES (1), (2)"
PARTITIONED = """
    CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (9)"""
TRIGGERS = f"""
    CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); {PARTITIONED};
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
    CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE TRIGGER changed AFTER UPDATE ON a FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE TRIGGER resting BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION nothing();
    ALTER TABLE a DISABLE TRIGGER resting;
    CREATE TRIGGER always AFTER INSERT ON b EXECUTE FUNCTION nothing();
    ALTER TABLE b ENABLE ALWAYS TRIGGER always;
    CREATE TRIGGER replicas AFTER INSERT ON b EXECUTE FUNCTION nothing();
    ALTER TABLE b ENABLE REPLICA TRIGGER replicas;
    CREATE TRIGGER from_above AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION nothing();
"""


def plan_arguments(shell: Shell, target: str) -> list[str]:
    return [
        "plan",
        "--json",
        f"--source={shell.source.dsn}",
        f"--target={target}",
        f"--rules={shell.rules(KEEP)}",
        f"--key-file={shell.key_file()}",
    ]


@pytest.mark.db
def test_plan_names_the_triggers_that_will_fire_for_the_role(shell: Shell, loader: str) -> None:
    shell.source.execute(SOURCE + ";" + PARTITIONED)
    shell.target.execute(TRIGGERS + f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {loader}")

    own, of_loader = (
        shell.run(*plan_arguments(shell, dsn)).data["bulk"]["triggers_that_fire"]
        for dsn in (shell.target.dsn, dsn_as(shell.target, loader))
    )

    assert own == [
        {"table": "public.b", "trigger": "always"},
        {"table": "public.b", "trigger": "replicas"},
    ]
    assert of_loader == [
        {"table": "public.a", "trigger": "stamp"},
        {"table": "public.b", "trigger": "always"},
        {"table": "public.p_1", "trigger": "from_above"},
    ]


@pytest.mark.db
def test_copy_says_which_triggers_fired_by_name_of_table_and_trigger(shell: Shell, loader: str) -> None:
    """The target's triggers fired for every row of a role that may not hold them off, and nothing said so."""
    shell.source.execute(SOURCE)
    shell.target.execute(TRIGGERS + f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {loader}")

    ended = shell.copy(KEEP, f"--target={dsn_as(shell.target, loader)}")

    assert ended.status == 0, ended.said
    assert "trigger-fires table=public.a trigger=stamp" in ended.stderr
    assert '"stamp" of public.a, "always" of public.b' in "".join(ended.data["notes"])


@pytest.mark.db
def test_copy_records_its_settings_and_changes_none_outside_of_its_sessions(shell: Shell) -> None:
    shell.source.execute(SOURCE)
    settings = "SELECT name, setting, source FROM pg_settings WHERE source <> 'client' ORDER BY 1"
    before = shell.target.fetch(settings)

    ended = shell.copy(KEEP)

    record = json.loads(shell.target.value("SELECT record FROM _pgsluice.audit WHERE sequence = 1"))
    assert ended.status == 0, ended.said
    assert record["settings"] == {
        "synchronous_commit": "off",
        "session_replication_role": "replica",
        "maintenance_work_mem": "64MB",
    }
    assert shell.target.fetch(settings) == before
    assert shell.target.value("SELECT count(*) FROM pg_db_role_setting") == 0
