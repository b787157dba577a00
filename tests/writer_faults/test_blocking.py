"""The blocking writer: threads, forks, interrupts and calls at the wrong time are answered, and never wait for ever."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pgsluice import BlockingWriter, Table, WriterSettings, points
from pgsluice.errors import ServerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database

pytestmark = pytest.mark.db

TOTAL = "CREATE TABLE total (name text PRIMARY KEY, n int CHECK (n < 100))"
ADDED = {"total": Table(strategy="accumulate", backfill="accumulate")}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def total(database: Database) -> int:
    return int(database.value("SELECT coalesce(sum(n), 0) FROM total"))


def test_calls_outside_of_the_block_are_refused(target_db: Database) -> None:
    """They waited for a loop that did not run."""
    target_db.execute(TOTAL)
    writer = BlockingWriter(target_db.dsn, ADDED)
    with pytest.raises(UsageError, match="has not begun"):
        writer.write("total", [("a", 1)])
    with writer:
        writer.write("total", [("a", 1)])
        with pytest.raises(UsageError, match="has begun already"):
            writer.start()
    for call in (writer.flush, lambda: writer.write("total", [("a", 1)]), lambda: writer.position("c"), writer.start):
        with pytest.raises(UsageError, match="is closed"):
            call()
    writer.close()
    writer.abort()

    assert total(target_db) == 1


def test_more_threads_than_lanes_have_batches_at_once(target_db: Database) -> None:
    """The fifth batch waited for a lane, and the four others for the fifth one's call."""
    target_db.execute(TOTAL)
    lanes = WriterSettings().sessions_max
    one_waits = threading.Event()

    with BlockingWriter(target_db.dsn, ADDED, context="backfill") as writer:

        def put(number: int) -> None:
            with writer.batch("c", number, number + 1) as batch:
                one_waits.wait(30)
                batch.write("total", [(f"{number}", 1)])

        with ThreadPoolExecutor(lanes + 2) as pool:
            calls = [pool.submit(put, number) for number in range(lanes + 2)]
            turn = writer._writer._batches._lanes._turn
            while not turn.locked():
                pass
            one_waits.set()
            for call in calls:
                call.result(60)
        gaps = writer.gaps("c", 0, lanes + 2)

    assert gaps == []
    assert total(target_db) == lanes + 2


def test_close_that_failed_can_be_called_again(target_db: Database) -> None:
    target_db.execute(TOTAL)
    writer = BlockingWriter(target_db.dsn, ADDED)
    writer.start()
    writer.write("total", [("a", 1), ("b", 500)])
    with pytest.raises(ServerError):
        writer.close()
    target_db.execute("ALTER TABLE total DROP CONSTRAINT total_n_check")
    writer.close()

    assert total(target_db) == 501


def test_interrupted_call_ends_and_its_flush_too(target_db: Database) -> None:
    """The main thread is interrupted while its flush is at work for ten minutes."""
    target_db.execute(TOTAL)
    target_db.execute("""
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON total FOR EACH ROW EXECUTE FUNCTION slow()""")
    points.arm(points.Traps([points.Trap("writer-statement-begins", 1, _interrupt)]))

    with (  # noqa: PT012 - the block is interrupted
        pytest.raises(KeyboardInterrupt),
        BlockingWriter(target_db.dsn, ADDED) as writer,
    ):
        writer.write("total", [("a", 1)])
        writer.flush()

    assert total(target_db) == 0
    left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    while target_db.value(left):  # It is being cancelled; were it not, this would take ten minutes.
        pass


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_fork_is_told_to_make_its_own(target_db: Database) -> None:
    target_db.execute(TOTAL)
    with BlockingWriter(target_db.dsn, ADDED) as writer:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                writer.write("total", [("a", 1)])
            except UsageError as error:
                status = 0 if "another process" in str(error) else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
