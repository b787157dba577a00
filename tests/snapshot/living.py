"""A source that lives: copies of this process, stopped where a test wants, and writers that never rest."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Self

import asyncpg

from commands import KEEP, KEY
from pgsluice import api, points
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.pipeline.settings import CopySettings, RetrySettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands import Shell
    from servers import Database

#: Rows by what becomes of them, told by their first digit; `uid` is the same through every change of the key.
ACCOUNTS = """
    CREATE TABLE account (id int PRIMARY KEY, uid int NOT NULL, kind text NOT NULL, version int NOT NULL);
    CREATE TABLE other (uid int PRIMARY KEY, total int NOT NULL);
    INSERT INTO account
    SELECT n, n, (ARRAY['kept', 'kept', 'updated', 'deleted', 'moved'])[1 + n % 5], 0 FROM generate_series(1, 2000) n;
    INSERT INTO other SELECT n, 0 FROM generate_series(1, 20) n;
    ANALYZE;
"""
MOVED_BY = 1_000_000
STEPS = {
    "updated": "UPDATE account SET version = version + 1 WHERE uid = $1 RETURNING version",
    "deleted": "DELETE FROM account WHERE uid = $1 RETURNING version",
    "moved": f"UPDATE account SET id = id + {MOVED_BY}, version = version + 1 WHERE uid = $1 RETURNING version",
}


class Told:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, object]]] = defaultdict(list)

    def table_started(self, label: str, *, rows_done: int, rows_estimate: int | None) -> None: ...

    def batch_committed(self, label: str, *, rows: int, size_bytes: int) -> None: ...

    def table_finished(self, label: str, *, state: str) -> None: ...

    def event(self, name: str, **facts: object) -> None:
        self.events[name].append(facts)


async def copy_here(
    shell: Shell,
    *at: points.Trap,
    rules: str = KEEP,
    retries: int = 2,
    told: Told | None = None,
    source: Database | None = None,
    **settings: Any,
) -> api.CopyReport:
    """Copy in this process, doing what the traps say."""
    if at:
        points.arm(points.Traps(at))
    try:
        return await api.copy(
            Dsn.parse((source or shell.source).dsn, role="source"),
            Dsn.parse(shell.target.dsn, role="target"),
            shell.rules(rules),
            Key(KEY),
            audit_directory=shell.audit_directory,
            settings=CopySettings(
                batch_rows=50,
                batch_bytes=1,
                is_analyzing=False,
                retry=RetrySettings(retries=retries, delay_ms=20, delay_ms_max=100),
                **settings,
            ),
            observer=told,
        )
    finally:
        points.arm(None)


class Writers:
    """Change the accounts from several sessions at once, and remember every state that was committed."""

    def __init__(self, database: Database, seed: int, *, sessions: int = 3) -> None:
        self._database = database
        self._random = random.Random(seed)
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._failures: list[BaseException] = []
        #: Versions that each row ever had, by uid.
        self.versions: dict[int, set[int]] = defaultdict(lambda: {0})
        self.steps: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self._failures == []

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._sessions):
                    group.create_task(self._write())
        except BaseException as error:  # noqa: BLE001 - raised again where the writers are stopped
            self._failures.append(error)

    async def _write(self) -> None:
        connection = await self._database.connect()
        try:
            while not self._stop.is_set():
                await self._step(connection)
        finally:
            await connection.close()

    async def _step(self, connection: asyncpg.Connection) -> None:
        """Change one row, and a row of the other table with it: both are of one moment or none."""
        kind = self._random.choice([*STEPS, "inserted"])
        total = "UPDATE other SET total = total + 1 WHERE uid = 1 + $1 % 20"
        async with connection.transaction():
            if kind == "inserted":
                uid = self._random.randrange(10_000, 900_000)
                sql = "INSERT INTO account VALUES ($1, $1, 'inserted', 0) ON CONFLICT DO NOTHING RETURNING version"
            else:
                uid = 5 * self._random.randrange(400) + {"updated": 2, "deleted": 3, "moved": 4}[kind]
                sql = STEPS[kind]
            version = await connection.fetchval(sql, uid)
            if version is not None:
                await connection.execute(total, uid)
                # Before the commit: a state that is told too early is at worst one more that is allowed.
                self.versions[uid].add(version)
                self.steps[kind] += 1


def at(point: str, nth: int, act: Callable[[], object]) -> points.Trap:
    """Do something when a point is reached the nth time."""
    return points.Trap(point, nth, lambda: act() and None)
