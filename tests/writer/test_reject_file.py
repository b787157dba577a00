"""Refused rows go to a file: a line for each, before the others are committed, and readable by its owner alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rejected_people import PEOPLE, REJECTING, ids

from pgsluice import BlockingWriter, Rejects, Writer, points
from pgsluice.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Database

pytestmark = pytest.mark.db


async def test_file_holds_a_line_for_each_refused_row(target_db: Database, tmp_path: Path) -> None:
    await target_db.aexecute(PEOPLE)
    path = tmp_path / "rejects.jsonl"

    with BlockingWriter(target_db.dsn, {"person": REJECTING}, rejects=Rejects(file=path)) as writer:
        writer.write("person", [(5, None, 999, "x"), (6, None, 9, "x"), (7, None, 9, b"bytes")])
        writer.flush()
        writer.write("person", [(8, None, 999, "y")])
        with pytest.raises(UsageError, match="in use"):
            BlockingWriter(target_db.dsn, {"person": REJECTING}, rejects=Rejects(file=path)).__enter__()

    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(line["call"], line["position"], line["sqlstate"], line["given"]["id"]) for line in found] == [
        (0, 0, "23514", "5"),
        (0, 2, None, "7"),
        (1, 0, "23514", "8"),
    ]
    assert len({line["flush"] for line in found}) == 2


async def test_file_has_no_record_of_a_flush_that_failed(target_db: Database, tmp_path: Path) -> None:
    await target_db.aexecute(PEOPLE)
    path = tmp_path / "rejects.jsonl"
    rows = [(5, None, 999, "x"), (6, None, 9, "x")]

    async with Writer(target_db.dsn, {"person": REJECTING}, rejects=Rejects(file=path)) as writer:
        await writer.write("person", [(3, None, 999, "x")])
        await writer.flush()
        before = path.read_text()
        await writer.write("person", rows)
        points.arm(points.traps_of({"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": "writer-rejects-recorded:1:raise"}))
        try:
            with pytest.raises(points.InjectedError):
                await writer.flush()
        finally:
            points.arm(None)
        between = path.read_text(), await ids(target_db)
        await writer.flush()

    assert between == (before, [1])
    assert path.read_text().startswith(before)
    assert path.read_text().count("\n") == 2
    assert await ids(target_db) == [1, 6]


async def test_file_that_others_may_read_is_refused(target_db: Database, tmp_path: Path) -> None:
    await target_db.aexecute(PEOPLE)
    path = tmp_path / "open"
    path.touch(0o644)

    with pytest.raises(UsageError, match="nobody else may read"):
        await Writer(target_db.dsn, {"person": REJECTING}, rejects=Rejects(file=path)).start()
