"""Verifications of runs that are not done, over connections that break, and of a source that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice.api import VerifySettings
from pgsluice.errors import PlanRefusedError
from pgsluice.pipeline.settings import RetrySettings
from verified import Pair, copied, found_in

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

RULES = '[columns]\n"*.id" = "keep"\n"*.v" = "hash"\n'


async def test_verify_tables_that_failed_are_not_done(shell: Shell) -> None:
    for name in ("good", "bad"):
        shell.source.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v text); INSERT INTO {name} VALUES (1, 'a')")
        shell.target.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v text)")
    shell.target.execute("ALTER TABLE bad ADD CHECK (v = 'never')")
    ended = shell.copy(RULES)
    assert ended.status == 1, ended.said

    report = await Pair(shell, RULES).verify()

    assert found_in(report) == {("not done", "public.bad")}
    assert report.differences == ("1 table",)
    assert any("its state is" in note for note in report.notes)


async def test_verify_tables_that_the_run_left_out_are_left_out(shell: Shell) -> None:
    for name in ("a", "b"):
        shell.source.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v text); INSERT INTO {name} VALUES (1, 'a')")
    pair = copied(shell, RULES, "--tables=public.a")

    report = await pair.verify()

    assert found_in(report) == set()
    assert {table.label: (table.state, table.reason) for table in report.tables} == {
        "public.a": ("ok", None),
        "public.b": ("left out", "the run did not copy it"),
    }


async def test_verify_column_added_to_the_source_since_is_refused(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')")
    pair = copied(shell, RULES)
    shell.source.execute("ALTER TABLE t ADD COLUMN added text DEFAULT 'new'")

    with pytest.raises(PlanRefusedError) as raised:
        await pair.verify()

    assert 'column "added" (text) is neither masked nor kept' in raised.value.problems[0]


async def test_verify_nothing_to_compare_is_refused(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    pair = copied(shell, RULES)

    with pytest.raises(PlanRefusedError):
        await pair.verify(tables=["public.nothing"])


class Breaker:
    """Ends the sessions that read tables, once, after the first rows have come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.broken = 0
        self.events: list[str] = []

    def phase(self, name: str, *, tables: int) -> None:
        pass

    def table_read(self) -> None:
        pass

    def event(self, name: str, **facts: object) -> None:
        self.events.append(name)

    def rows_read(self, rows: int) -> None:
        if not self.broken:
            self.broken = self._database.value(
                """SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE 'COPY (%' AND pid <> pg_backend_pid()"""
            )


@pytest.mark.parametrize("side", ["source", "target"])
async def test_verify_connection_that_breaks_reads_the_table_again(shell: Shell, side: str) -> None:
    # More than the buffers between server and reader hold, so that the stream is still under way.
    shell.source.execute(
        """CREATE TABLE t (id int PRIMARY KEY, v text);
           INSERT INTO t SELECT n, repeat('x', 1000) || n FROM generate_series(1, 20000) AS n"""
    )
    pair = copied(shell, '[columns]\n"*" = { mask = "keep", reason = "a test" }\n')
    breaker = Breaker(pair.source if side == "source" else pair.target)

    report = await pair.verify(
        observer=breaker,
        settings=VerifySettings(batch_bytes=100_000, retry=RetrySettings(delay_ms=1, delay_ms_max=1)),
    )

    assert found_in(report) == set()
    assert breaker.broken == 1
    assert breaker.events == ["retry"]
    assert report.tables[0].rows_target == 20000
