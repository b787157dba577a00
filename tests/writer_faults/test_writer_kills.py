"""A process that writes, killed anywhere and started again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pgsluice.points import WRITER_POINTS
from writer_faults.ingester import SCENES

if TYPE_CHECKING:
    from pathlib import Path

    from writer_faults.ingester import Ingester

pytestmark = [pytest.mark.db, pytest.mark.chaos]

KILLED = -9
COPY_POINTS = ("target-copy-begins", "target-batch-half-sent", "target-batch-sent")
POINTS = (*WRITER_POINTS, *COPY_POINTS)
# Those that a scene does not come by.
ABSENT = {
    "live": {"writer-piece-sent", "writer-range-begins", "writer-range-recorded"},
    "single": set(POINTS) - {
        "writer-flush-begins", "writer-statement-begins", "writer-statement-answered", "writer-flush-answered",
    },
    "backfill": {"writer-piece-sent"},
    # Its batches go piece by piece, and none is flushed.
    "stream": {"writer-flush-begins", "writer-flush-answered"},
}  # fmt: skip
PLACES = [(scene, point) for scene in SCENES for point in POINTS if point not in ABSENT[scene]]


def counts(ingester: Ingester, scene: str, trace: Path) -> Counter[str]:
    ended = ingester.run(scene, trace=trace)
    assert ended.status == 0, ended.output
    ingester.check_done(has_entries=scene != "single")
    return Counter(trace.read_text().split())


@pytest.mark.parametrize("scene", SCENES)
def test_points_of_a_scene_are_reached(ingester: Ingester, tmp_path: Path, scene: str) -> None:
    found = counts(ingester, scene, tmp_path / "trace")

    assert found.keys() & set(POINTS) == set(POINTS) - ABSENT[scene]


@pytest.mark.parametrize(("scene", "point"), PLACES)
def test_writer_killed_at_a_point_goes_on_from_its_cursor(
    ingester: Ingester, tmp_path: Path, scene: str, point: str
) -> None:
    count = counts(ingester, scene, tmp_path / "trace")[point]

    for nth in sorted({1, (count + 1) // 2, count}):
        ingester.reset()
        ended = ingester.run(scene, f"{point}:{nth}:kill")
        assert ended.status == KILLED, (nth, ended.output)
        ingester.check_agreement()
        ended = ingester.run(scene)

        assert ended.status == 0, (nth, ended.output)
        ingester.check_done(has_entries=scene != "single")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scene", SCENES)
def test_writer_killed_again_and_again_loses_and_doubles_nothing(ingester: Ingester, scene: str, seed: int) -> None:
    choose = random.Random(seed)
    points = [point for point in POINTS if point not in ABSENT[scene]]

    for _ in range(10):
        ended = ingester.run(scene, f"{choose.choice(points)}:{choose.randint(1, 12)}:kill")
        assert ended.status in {KILLED, 0}, ended.output
        ingester.check_agreement()
    ended = ingester.run(scene)

    assert ended.status == 0, ended.output
    ingester.check_done(has_entries=scene != "single")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scene", SCENES)
def test_writer_killed_at_any_moment_loses_and_doubles_nothing(ingester: Ingester, scene: str, seed: int) -> None:
    """Once the target holds so much, wherever that finds the process."""
    choose = random.Random(seed)
    for _ in range(4):
        running = ingester.start(scene)
        wanted = ingester.target.value("SELECT count(*) FROM latest") + choose.randrange(6)
        for _ in range(choose.randrange(200)):
            if ingester.target.value("SELECT count(*) FROM latest") > wanted:
                break
        os.kill(running.pid, 9)
        assert running.ended().status in {KILLED, 0}, running.output
        ingester.check_agreement()
    ended = ingester.run(scene)

    assert ended.status == 0, ended.output
    ingester.check_done(has_entries=scene != "single")


@pytest.mark.parametrize("scenes", [("live", "live"), ("backfill", "backfill"), ("stream", "backfill")])
def test_two_processes_on_one_cursor_write_each_range_once(ingester: Ingester, scenes: tuple[str, str]) -> None:
    both = [ingester.start(scene) for scene in scenes]

    ended = [running.ended() for running in both]

    assert [end.status for end in ended] == [0, 0], ended
    ingester.check_done()


@pytest.mark.parametrize("scenes", [("live", "live")])
def test_process_that_was_stopped_finds_its_range_written_by_another(
    ingester: Ingester, scenes: tuple[str, str]
) -> None:
    """It is stopped before it sends; another takes over what it was at, and ends; then it goes on.

    One batch at a time: a backfill that is stopped has others in open transactions, whose locks nobody gets.
    """
    stopped = ingester.start(scenes[0], "writer-flush-begins:3:stop")
    stopped.until_stopped()
    assert ingester.run(scenes[1]).status == 0
    ingester.check_done()

    os.kill(stopped.pid, 18)

    assert stopped.ended().status == 0, stopped.output
    ingester.check_done()
