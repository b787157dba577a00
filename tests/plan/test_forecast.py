"""How long a copy may take: from rows that were read and masked, or from the last run; and that nothing is written."""

from __future__ import annotations

import asyncio
import tomllib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from commands import KEEP
from pgsluice import api
from pgsluice.cli.plan_forecast import range_text
from pgsluice.config.rules import parse_rules
from pgsluice.driver import Dsn
from pgsluice.pipeline.forecasting import with_forecast
from pgsluice.plan.forecast import Forecast, TableSample, from_last_run, from_sample
from pgsluice.state.last_run import LastRun

if TYPE_CHECKING:
    from planning import Planner

    from commands import Shell
    from pgsluice.plan.model import CopyPlan

pytestmark = pytest.mark.db

TWO = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)"
BEGUN = datetime(2026, 1, 2, tzinfo=UTC)


def sized(plan: CopyPlan, sizes: dict[str, tuple[int | None, int]], slices: int = 1) -> CopyPlan:
    """A plan as if its tables had these rows and bytes."""
    tables = tuple(
        replace(
            table,
            relation=replace(table.relation, rows_estimate=sizes[table.label][0], size_bytes=sizes[table.label][1]),
            slices=slices,
        )
        for table in plan.tables
    )
    return replace(plan, tables=tables)


def last_run(moved: dict[str, tuple[int, int]], *, seconds: float = 100.0, **more: object) -> LastRun:
    known: dict[str, object] = {
        "run_id": uuid.UUID(int=1), "state": "done", "started_at": BEGUN, "plan_hash": "", "key_id": "",
        "finished_at": BEGUN + timedelta(seconds=seconds), "source_system": "", "source_database": 1,
        "schema_state": "complete", "snapshot_count": 1, "was_resumed": False, "outline": None, "moved": moved,
    }  # fmt: skip
    return LastRun(**known | more)  # type: ignore[arg-type]


def test_forecast_from_a_sample_counts_rows_of_sampled_tables_and_bytes_of_others(plan: Planner) -> None:
    found = sized(plan(TWO, KEEP), {"public.a": (1000, 50_000), "public.b": (None, 100_000)})

    forecast = from_sample(found.tables, [TableSample("public.a", 100, 5_000, 0.5, 0.5)], jobs=1)

    # a: 1,000 rows of 10 ms each; b: twice the bytes, so 20 s more; and what two tables take anyway.
    assert forecast is not None
    assert forecast.seconds_min == pytest.approx(30 + 2 * 0.005)
    assert forecast.seconds_max == pytest.approx(90 + 2 * 0.04)
    assert (forecast.sampled_tables, forecast.sampled_rows, forecast.sampled_bytes) == (1, 100, 5_000)


def test_forecast_of_a_table_that_was_read_whole_needs_no_estimate(plan: Planner) -> None:
    found = sized(plan(TWO, KEEP), {"public.a": (None, 8192), "public.b": (None, 8192)})
    samples = [
        TableSample("public.a", 10, 9, 0.1, 0.0, is_whole=True),
        TableSample("public.b", 10, 9, 0.1, 0.1, is_whole=True),
    ]

    forecast = from_sample(found.tables, samples, jobs=1)

    assert forecast is not None
    assert forecast.seconds_min == pytest.approx(0.3 + 2 * 0.005)


@pytest.mark.parametrize(("jobs", "slices", "low"), [(1, 1, 30.0), (2, 1, 20.0), (2, 4, 15.0), (8, 4, 5.0)])
def test_forecast_of_several_jobs_is_bounded_by_the_longest_slice(
    plan: Planner, jobs: int, slices: int, low: float
) -> None:
    found = sized(plan(TWO, KEEP), {"public.a": (1000, 1000), "public.b": (2000, 2000)}, slices)
    samples = [TableSample("public.a", 10, 10, 0.1, 0.0), TableSample("public.b", 10, 10, 0.0, 0.1)]

    forecast = from_sample(found.tables, samples, jobs=jobs)

    assert forecast is not None
    assert forecast.seconds_min == pytest.approx(low, abs=0.1)
    assert forecast.seconds_max >= 3 * low


def test_forecast_without_any_row_is_none(plan: Planner) -> None:
    found = plan(TWO, KEEP)

    assert from_sample(found.tables, [TableSample("public.a", 0, 0, 0.1, 0.1)], jobs=1) is None


@pytest.mark.parametrize(("rows", "size_bytes"), [(1, 200), (9, 2**20 - 1)])
def test_forecast_from_hardly_any_row_is_none(plan: Planner, rows: int, size_bytes: int) -> None:
    """One row took as long as its statement: a forecast by it said a minute for a table that was copied at once."""
    found = sized(plan(TWO, KEEP), {"public.a": (1000, 50_000), "public.b": (None, 100_000)})

    assert from_sample(found.tables, [TableSample("public.a", rows, size_bytes, 0.5, 0.5)], jobs=1) is None


def test_forecast_of_single_rows_that_are_all_there_is(plan: Planner) -> None:
    found = sized(plan(TWO, KEEP), {"public.a": (1, 8192), "public.b": (None, 8192)})
    samples = [TableSample(label, 1, 9, 0.1, 0.0, is_whole=True) for label in ("public.a", "public.b")]

    forecast = from_sample(found.tables, samples, jobs=1)

    assert forecast is not None
    assert forecast.seconds_min == pytest.approx(0.2 + 2 * 0.005)


def test_forecast_from_the_last_run_goes_by_what_there_is_to_move_now(plan: Planner) -> None:
    found = sized(plan(TWO, KEEP), {"public.a": (2000, 9), "public.b": (None, 100)})

    forecast = from_last_run(found.tables, last_run({"public.a": (1000, 1000), "public.gone": (10, 1100)}))

    # 2,100 bytes were moved in 100 s; now there are 2,000 of a, and b is new with 100 on the disk.
    assert forecast == Forecast(pytest.approx(80.0), pytest.approx(140.0), "last run")


@pytest.mark.parametrize(
    "more", [{"state": "interrupted"}, {"finished_at": None}, {"was_resumed": True}, {"seconds": 2.0}, {"moved": {}}]
)
def test_forecast_from_a_run_that_says_too_little_is_none(plan: Planner, more: dict[str, object]) -> None:
    found = plan(TWO, KEEP)

    assert from_last_run(found.tables, last_run(**{"moved": {"public.a": (1, 1)}} | more)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.01, 0.04, "0.0 s"),
        (0.2, 1.3, "0.2 to 1.3 s"),
        (12, 36.4, "12 to 36 s"),
        (40, 130, "0.7 to 2.2 min"),
        (200, 540, "3 to 9 min"),
        (3000, 9000, "0.8 to 2.5 h"),
        (90_000, 400_000, "1.0 to 5 days"),
    ],
)
def test_forecast_is_a_range_in_one_unit(low: float, high: float, text: str) -> None:
    assert range_text(Forecast(low, high, "sample")) == text


def test_plan_prints_a_forecast_and_what_it_rests_on(shell: Shell) -> None:
    shell.source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, 'x' FROM generate_series(1, 3000) AS n;"
        "ANALYZE"
    )
    rules = '[columns]\n"*.id" = "keep"\n"*.v" = "hash"'

    ended = shell.plan(rules, f"--target={shell.target.dsn}")
    data = shell.plan(rules, "--json", "--jobs=2").data
    without = shell.plan(rules, "--no-forecast")

    assert ended.status == 0, ended.said
    assert "forecast: about " in ended.stdout
    assert "from 3,000 rows of 1 table, read and masked in " in ended.stdout
    assert "writing was not measured" in ended.stdout
    assert data["forecast"]["basis"] == "sample"
    assert data["forecast"]["sampled_rows"] == 3000
    assert "forecast" not in without.stdout
    assert shell.target.value("SELECT count(*) FROM pg_class WHERE relnamespace >= 16384") == 0


def test_plan_with_problems_reads_no_row(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x')")
    reads = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 't'"
    before = shell.source.value(reads)

    ended = shell.plan('[columns]\n"*.id" = "keep"')

    assert (ended.status, "forecast" in ended.stdout) == (3, False), ended.said
    assert shell.source.value(reads) == before


def test_forecast_waits_for_no_lock(shell: Shell) -> None:
    """A table that somebody rewrites just now is left out of the sample, and told."""
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    source = Dsn.parse(shell.source.dsn, role="source")
    rules = parse_rules(tomllib.loads(f"version = 1\n{KEEP}"), name="rules")

    async def forecast() -> CopyPlan:
        planned = await api.plan(source, rules, None)
        holder = await shell.source.connect()
        try:
            await holder.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            return await with_forecast(planned, source, None, jobs=1)
        finally:
            await holder.close()

    found = asyncio.run(forecast())

    assert found.forecast is None
    assert found.notes == ('not sampled: could not finish reading table "public.t" on the source',)
