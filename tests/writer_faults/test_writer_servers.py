"""Servers that crash under a writer, and sessions that they end: decided by the server, written once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from faults.proxy import FaultProxy, Rule, Side, Stall, Swallow, When, is_commit_tag
from pgsluice import Writer, WriterSettings, points
from pgsluice.driver import Deadlines
from pgsluice.errors import SluiceError
from pgsluice.pipeline.settings import RetrySettings
from writer_faults.ingester import ARRAYS_ONLY, DECLARED, EVENTS, SCENES, backfill, live, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from writer_faults.ingester import Ingester

pytestmark = [pytest.mark.db, pytest.mark.chaos]

PATIENT = {"retry": RetrySettings(retries=40, delay_ms=50, delay_ms_max=300), "deadlines": Deadlines(5.0, 5.0)}
HERE = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
           WHERE application_name = 'pgsluice writer' AND datname = current_database()"""
# In the middle of a scene; batches that are streamed are not tried again, so their scene is not here.
PLACES = [
    ("live", "writer-flush-begins"),
    ("live", "target-batch-half-sent"),
    ("live", "writer-commit-begins"),
    ("live", "writer-flush-answered"),
    ("single", "writer-statement-begins"),
    ("single", "writer-statement-answered"),
    ("backfill", "target-batch-sent"),
    ("backfill", "writer-range-begins"),
    ("backfill", "writer-commit-begins"),
]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    points.arm(None)


def at(point: str, nth: int, act: Callable[[], Any]) -> None:
    points.arm(points.Traps([points.Trap(point, nth, lambda: act() and None)]))


@pytest.mark.parametrize(("scene", "point"), PLACES)
async def test_sessions_ended_by_the_server_are_opened_anew(ingester: Ingester, scene: str, point: str) -> None:
    at(point, 4, lambda: ingester.target.fetch(HERE))

    await SCENES[scene](ingester.database.dsn)

    ingester.check_done(has_entries=scene != "single")


@pytest.mark.parametrize("way", ["crash", "kill"])
@pytest.mark.parametrize(("scene", "point"), PLACES)
async def test_crash_of_the_server_loses_and_doubles_nothing(
    ingester: Ingester, scene: str, point: str, way: str
) -> None:
    """Where commits do not wait for the disk, a crash takes ranges and rows back together."""
    server = ingester.database.server

    def crash() -> None:
        if way == "crash":
            server.crash()
        else:
            server.kill()
            server.start()

    at(point, 5, crash)

    await SCENES[scene](ingester.database.dsn, **PATIENT)

    ingester.check_done(has_entries=scene != "single")


@pytest.mark.parametrize("is_live", [True, False])
async def test_crash_between_commit_and_answer_is_decided(ingester: Ingester, *, is_live: bool) -> None:
    lost = Rule(When(Side.BACKEND, kind=b"C", payload=is_commit_tag, nth=4), Swallow(then=Stall()))
    async with FaultProxy.before(ingester.database.dsn, [lost]) as proxy:
        scene = live if is_live else backfill
        running = asyncio.create_task(scene(proxy.dsn(ingester.database.dsn), **PATIENT, sessions_max=1))
        await proxy.until_fired(lost)
        await asyncio.to_thread(ingester.database.server.crash)
        await running

    ingester.check_done()


async def test_crash_takes_ranges_back_with_their_rows(ingester: Ingester) -> None:
    """After close all is on disk; what was written since may be gone, and the gaps say which."""
    dsn, server = ingester.database.dsn, ingester.database.server
    async with Writer(dsn, DECLARED, context="backfill") as writer:
        await put(writer, DECLARED, 0, 7)
    writer = Writer(dsn, DECLARED, context="backfill")
    await writer.start()
    for start in range(7, 35, 7):
        await put(writer, DECLARED, start, start + 7)

    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)

    ingester.check_agreement()
    assert ingester.target.value("SELECT count(*) FROM entry WHERE id < 7") == 7
    await writer.abort()
    await backfill(dsn)
    ingester.check_done()


async def test_server_that_stays_away_is_said_and_batches_can_be_written_later(ingester: Ingester) -> None:
    settings = WriterSettings(retry=RetrySettings(retries=2, delay_ms=1, delay_ms_max=5))
    async with Writer(ingester.database.dsn, ARRAYS_ONLY, settings=settings) as writer:
        await put(writer, ARRAYS_ONLY, 0, 7)
        await asyncio.to_thread(ingester.database.server.stop)
        with pytest.raises(SluiceError, match="could not connect to the target"):
            await put(writer, ARRAYS_ONLY, 7, EVENTS)
        await asyncio.to_thread(ingester.database.server.start)
        await put(writer, ARRAYS_ONLY, 7, EVENTS)

    ingester.check_done(has_entries=False)
