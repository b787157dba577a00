"""The process killed at every point of a run: the same command finishes it, nothing is lost, doubled or half done."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from faults.copier import BATCHES, Copier
from faults.forked import Ended
from pgsluice.points import POINTS, Traps, traps_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.conftest import Rows

pytestmark = [pytest.mark.db, pytest.mark.chaos]

KILLED = -9
# run-started and the batches of item, the first and last with the table's begin and end; then two batches of event.
_WITHIN_EVENT = f"commit-answered:{1 + BATCHES['item'] + 2}"


@dataclass(frozen=True)
class Scene:
    """A run in which some points are reached: what happens before it, and in it before the point."""

    points: frozenset[str]
    before: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    makes_schema: bool = False
    options: tuple[str, ...] = ()


SCENES = {
    "schema": Scene(
        frozenset(
            {
                "definitions-begin",
                "pre-data-begins",
                "objects-begin",
                "objects-made",
                "objects-committed",
                "pre-data-made",
                "post-data-begins",
                "post-data-made",
                "schema-complete",
            }
        ),
        makes_schema=True,
    ),
    "large objects": Scene(
        frozenset(
            {"large-objects-read", "large-object-piece-sent", "large-objects-sent", "large-objects-committed"},
        ),
        options=("--large-objects",),
    ),
    "restart": Scene(frozenset({"table-restart-begins", "table-restarted"}), before=(f"{_WITHIN_EVENT}:kill",)),
    "shutdown": Scene(frozenset({"shutdown-begins", "shutdown-recorded"}), within=(f"{_WITHIN_EVENT}:interrupt",)),
}
_ELSEWHERE = frozenset().union(*(scene.points for scene in SCENES.values()))
SCENES["copy"] = Scene(frozenset(POINTS) - _ELSEWHERE)


AROUND_COMMITS = (
    "target-batch-half-sent",
    "target-batch-counted",
    "audit-prepared",
    "commit-begins",
    "commit-answered",
)


@pytest.fixture
def stage(copier: Copier, reference: Rows) -> Stage:
    return Stage(copier, reference)


@dataclass(frozen=True)
class Stage:
    """Plays a scene up to a kill, checks, and plays it to its end."""

    copier: Copier
    reference: Rows

    def counts(self, scene: Scene, trace: Path) -> Counter[str]:
        """How often each point is reached in a scene."""
        self._prepare(scene)
        self.copier.copy(*scene.within, trace=trace, options=scene.options)
        return Counter(trace.read_text().split())

    def kill_and_go_on(self, scene: Scene, point: str, nth: int) -> None:
        self._prepare(scene)
        ended = self.copier.copy(*scene.within, f"{point}:{nth}:kill", options=scene.options)
        assert ended.status == KILLED, (point, nth, ended.output)

        if not scene.makes_schema:
            self.copier.check_checkpoints_agree()
            self.copier.check_audit(is_repaired=False)
        ended = self.copier.copy(options=scene.options)

        assert ended.status == 0, (point, nth, ended.output)
        self.check_done(scene)

    def check_done(self, scene: Scene) -> None:
        if scene.makes_schema:
            keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace"
            assert self.copier.of_target.value(keys) == 2
        if "--large-objects" in scene.options:
            self.copier.check_large_objects()
        self.copier.check_done(self.reference)

    def _prepare(self, scene: Scene) -> None:
        if scene.makes_schema:
            self.copier.of_target.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            self.copier.of_target.execute("DROP SCHEMA IF EXISTS _pgsluice CASCADE")
            for path in self.copier.audit_directory.glob("*"):
                path.unlink()
        else:
            self.copier.reset()
        if scene.before:
            assert self.copier.copy(*scene.before).status == KILLED


@pytest.mark.parametrize("name", SCENES)
def test_points_of_a_scene_are_all_reached(stage: Stage, tmp_path: Path, name: str) -> None:
    scene = SCENES[name]

    counts = stage.counts(scene, tmp_path / "trace")

    assert scene.points - counts.keys() == set()


@pytest.mark.parametrize("point", POINTS)
def test_kill_at_a_point_loses_and_doubles_nothing(stage: Stage, tmp_path: Path, point: str) -> None:
    [scene] = (scene for scene in SCENES.values() if point in scene.points)
    count = stage.counts(scene, tmp_path / "trace")[point]

    for nth in sorted({1, (count + 1) // 2, count}):
        stage.kill_and_go_on(scene, point, nth)


@pytest.mark.slow
@pytest.mark.parametrize("point", AROUND_COMMITS)
def test_kill_at_every_occurrence_of_a_point(stage: Stage, tmp_path: Path, point: str) -> None:
    scene = SCENES["copy"]
    count = stage.counts(scene, tmp_path / "trace")[point]

    for nth in set(range(1, count + 1)) - {1, (count + 1) // 2, count}:
        stage.kill_and_go_on(scene, point, nth)


@pytest.mark.parametrize("seed", range(4))
def test_kills_in_a_row_lose_and_double_nothing(stage: Stage, seed: int) -> None:
    choose = random.Random(seed)
    points = sorted(SCENES["copy"].points)
    stage.copier.reset()

    ended = Ended(KILLED, "")
    for _ in range(10):
        ended = stage.copier.copy(f"{choose.choice(points)}:{choose.randint(1, 12)}:kill")
        assert ended.status in {KILLED, 0}, (seed, ended.output)
        stage.copier.check_checkpoints_agree()
        stage.copier.check_audit(is_repaired=ended.status == 0)
    if ended.status != 0:
        ended = stage.copier.copy()

    assert ended.status == 0, (seed, ended.output)
    stage.check_done(SCENES["copy"])


def test_points_are_without_effect_unless_this_is_a_test() -> None:
    wanted = {"PGSLUICE_TEST_POINT": "run-done:1:kill"}

    assert traps_of(wanted) is None
    assert traps_of({}) is None
    assert isinstance(traps_of(wanted | {"PGSLUICE_TESTING": "1"}), Traps)


def test_point_that_is_not_in_the_list_cannot_be_reached() -> None:
    with pytest.raises(ValueError, match="no point"):
        Traps().reached("somewhere")


@pytest.fixture(autouse=True)
def _tables_are_there(shared_copier: Copier) -> Iterator[None]:
    """After a scene that makes the schema, whatever it left is made whole."""
    yield
    if shared_copier.of_target.value("SELECT to_regclass('public.kind') IS NULL"):
        shared_copier.of_target.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        shared_copier.make_target()
