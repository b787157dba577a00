"""A target that crashes while its schema is made: what it took back is made again, nothing is there twice."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = [pytest.mark.db, pytest.mark.chaos]

SOURCE = """
CREATE TABLE a (id serial PRIMARY KEY, n int); CREATE INDEX ON a (n);
CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a); CREATE INDEX ON b (a);
CREATE VIEW v AS SELECT id FROM a; CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM b;
INSERT INTO a (n) SELECT g FROM generate_series(1, 50) AS g; INSERT INTO b (a) SELECT id FROM a;
"""
OBJECTS = """
SELECT count(*) FILTER (WHERE relkind = 'r'), count(*) FILTER (WHERE relkind = 'i'),
       count(*) FILTER (WHERE relkind = 'S'), count(*) FILTER (WHERE relkind IN ('v', 'm')),
       (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


# The first is the tables', then come indexes, then all else.
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_target_that_crashes_behind_a_commit_has_everything_at_the_end(shell: Shell, nth: int) -> None:
    shell.source.execute(SOURCE)
    testing = {"PGSLUICE_TESTING": "1", "PGSLUICE_TEST_POINT": f"objects-committed:{nth}:stop"}
    stopping = replace(shell, environment=testing)

    with stopping.start(*shell.copy_arguments(KEEP)) as process:
        seen = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert seen is not None
        assert seen.si_code == os.CLD_STOPPED
        shell.target.server.crash()
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=90)

    ended = shell.copy(KEEP)
    assert ended.status == 0, said + ended.said
    assert [tuple(row) for row in shell.target.fetch(OBJECTS)] == [(2, 4, 2, 2, 1)]
    assert shell.target.fetch("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), n FROM m") == [(50, 50, 50)]
