"""Owns one small copy that tests disturb: its tables and rules, its processes, and what must be true afterwards."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faults.checker import Checker
from faults.forked import Ended, Processes, Running
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.pipeline.settings import CopySettings, RetrySettings

if TYPE_CHECKING:
    from pgsluice.driver import Deadlines
    from pgsluice.pipeline.observer import Observer
    from servers import Database

WAIT_S = 60.0
KEY_HEX = "8f1c" + "3d" * 14 + "00112233445566778899aabbccddeeff"
BATCH_ROWS = 20
# The largest first, as the run takes them: by key, by place (no key), and by text COPY.
TABLES = """
    CREATE TABLE item (id bigint PRIMARY KEY, code int NOT NULL, email text, note text);
    CREATE TABLE event (who int, at timestamptz, note text);
    CREATE TABLE kind (id int PRIMARY KEY, relation regtype, code int, note text);
"""
ROWS = """
    INSERT INTO item SELECT n * 3, n, 'p' || n || '@example.org', repeat('note ' || n, 30)
      FROM generate_series(1, 175) n;
    INSERT INTO event SELECT n % 7, '2024-01-01'::timestamptz + n * interval '1 hour', repeat('e' || n % 5, 60)
      FROM generate_series(1, 70) n;
    INSERT INTO kind SELECT n, (ARRAY['int4', 'text', 'uuid'])[1 + n % 3]::regtype, n, 'k' || n
      FROM generate_series(1, 50) n;
    SELECT lo_from_bytea(7001, 'small'), lo_from_bytea(7003, 'another');
    SELECT lo_from_bytea(7002, decode(repeat('0123456789abcdef', 300000), 'hex'));
    ANALYZE;
"""
LARGE_OBJECTS = "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1"
# At most a commit's records are on disk and not committed: the begin, the batch and the end of each table.
RECORDS_A_COMMIT = 3 * 3
TABLE_NAMES = ("item", "event", "kind")
BATCHES = {"item": 9, "event": 4, "kind": 3}
KEPT = {"item": ("id", "note"), "event": ("at", "note"), "kind": ("id", "relation", "note")}
RULES = """
version = 1

[columns]
"*.id" = "keep"
"*.at" = "keep"
"*.relation" = "keep"
"*.code" = "key"
"*.who" = "key"
"*.email" = "email"
"*.note" = { mask = "keep", reason = "invented for a test" }

[large-objects]
reason = "invented for a test"
"""


class Copier:
    """One source, one target, and copies from one to the other."""

    def __init__(self, processes: Processes, source: Database, target: Database, directory: Path) -> None:
        self.processes, self.source, self.target, self.directory = processes, source, target, directory
        self.of_source, self.of_target = Checker(source), Checker(target)
        self.audit_directory = directory / "audit"
        self.temporary_directory = directory / "tmp"
        self.temporary_directory.mkdir()
        self.rules = directory / "rules.toml"
        self.rules.write_text(RULES)
        self._outputs = 0

    def close(self) -> None:
        self.of_source.close()
        self.of_target.close()

    def make_source(self) -> None:
        self.source.execute(TABLES + ROWS)

    def make_target(self) -> None:
        """Make the tables on the target ourselves, so that no schema has to be carried over."""
        self.target.execute(TABLES)

    def reset(self) -> None:
        """Empty the target and forget every run."""
        self.of_target.execute(
            f"""DROP SCHEMA IF EXISTS _pgsluice CASCADE;
                SET client_min_messages = error;
                {";".join(f"TRUNCATE {table}" for table in TABLE_NAMES)};
                SELECT lo_unlink(oid) FROM pg_largeobject_metadata"""
        )
        for path in self.audit_directory.glob("*"):
            path.unlink()

    def start(
        self,
        *points: str,
        source: str | None = None,
        target: str | None = None,
        options: tuple[str, ...] = (),
        trace: Path | None = None,
        file_bytes_max: int | None = None,
    ) -> Running:
        """Start a copy; `points` are name:nth:action."""
        self._outputs += 1
        output = self.directory / f"output-{self._outputs}"
        environment = {
            "PGSLUICE_KEY": KEY_HEX,
            "PGSLUICE_TESTING": "1",
            "PGSLUICE_TEST_POINT": ",".join(points),
            "PGSLUICE_TEST_POINT_FILE": str(trace or ""),
            "TMPDIR": str(self.temporary_directory),
        }
        arguments = [
            "copy",
            f"--source={source or self.source.dsn}",
            f"--target={target or self.target.dsn}",
            f"--rules={self.rules}",
            f"--batch-rows={BATCH_ROWS}",
            "--batch-bytes=1",
            f"--audit-directory={self.audit_directory}",
            "--no-analyze",
            *options,
        ]
        pid = self.processes.ask(
            arguments=arguments, environment=environment, output=str(output), file_bytes_max=file_bytes_max
        )
        return Running(self.processes, pid, output)

    def copy(self, *points: str, **options: Any) -> Ended:
        return self.start(*points, **options).ended()

    async def copy_here(
        self,
        *,
        source: str | None = None,
        target: str | None = None,
        observer: Observer | None = None,
        deadlines: Deadlines | None = None,
        retries: int = 3,
        **settings: Any,
    ) -> api.CopyReport:
        """Copy in this process."""
        if deadlines is not None:
            settings["deadlines"] = deadlines
        return await api.copy(
            Dsn.parse(source or self.source.dsn, role="source"),
            Dsn.parse(target or self.target.dsn, role="target"),
            self.rules,
            Key(bytes.fromhex(KEY_HEX)),
            audit_directory=self.audit_directory,
            settings=CopySettings(
                **{
                    "batch_rows": BATCH_ROWS,
                    "batch_bytes": 1,
                    "is_analyzing": False,
                    "retry": RetrySettings(retries=retries, delay_ms=20, delay_ms_max=500),
                }
                | settings
            ),
            observer=observer,
        )

    def has_run(self) -> bool:
        return bool(self.of_target.value("SELECT to_regclass('_pgsluice.run') IS NOT NULL"))

    def check_rows_equal(self, reference: dict[str, Counter[tuple[str | None, ...]]]) -> None:
        """O1: the rows of an undisturbed copy, and what is kept is the source's by the server's own text."""
        assert rows(self.of_target) == reference
        for table, columns in KEPT.items():
            assert rows_of(self.of_target, table, columns) == rows_of(self.of_source, table, columns)

    def check_checkpoints_agree(self) -> None:
        """O2: rows and checkpoints tell the same, with no process running."""
        self.until_no_session()
        counts = {table: self.of_target.value(f"SELECT count(*) FROM {table}") for table in TABLE_NAMES}
        if not self.has_run():
            assert counts == dict.fromkeys(TABLE_NAMES, 0)
            return
        recorded = self.of_target.fetch("SELECT table_name, sum(row_count)::int8 FROM _pgsluice.batch GROUP BY 1")
        assert counts == dict.fromkeys(TABLE_NAMES, 0) | dict(recorded)
        for table in ("item", "kind"):
            first = f"SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM {table} ORDER BY id LIMIT $1) t"
            assert self.of_target.value(first, 10_000) == self.of_source.value(first, counts[table])
        assert rows_of(self.of_target, "event", KEPT["event"]) <= rows_of(self.of_source, "event", KEPT["event"])

    def check_audit(self, *, is_repaired: bool, target_crashed: bool = False) -> None:
        """O8: the target's chain holds from its beginning, and the file has the same but for a crash's last commit.

        A crash of the target takes its own last records back, which the file has until the next run repairs it.
        """
        if not self.has_run():
            return
        found = self.of_target.fetch(
            "SELECT run_id, record, previous, hash FROM _pgsluice.audit ORDER BY run_id, sequence"
        )
        previous = "0" * 64
        for sequence, record in enumerate(found, start=1):
            assert record["previous"] == previous
            previous = hashlib.sha256(f"{previous}\n{record['record']}".encode()).hexdigest()
            assert record["hash"] == previous
            assert json.loads(record["record"])["sequence"] == sequence
        hashes = [record["hash"] for record in found]
        paths = list(self.audit_directory.glob("*"))
        if is_repaired or paths:
            [path] = paths
            in_file = file_chain(path)
            assert in_file[: len(hashes)] == hashes
            if not target_crashed:
                assert len(in_file) - len(hashes) <= (0 if is_repaired else RECORDS_A_COMMIT)

    def check_done(self, reference: dict[str, Counter[tuple[str | None, ...]]]) -> None:
        """A run that ended well: rows, state, audit, and nothing left behind."""
        self.check_rows_equal(reference)
        self.check_checkpoints_agree()
        self.check_audit(is_repaired=True)
        assert self.of_target.value("SELECT state FROM _pgsluice.run WHERE state <> 'replaced'") == "done"
        assert {row["state"] for row in self.of_target.fetch("SELECT state FROM _pgsluice.table_run")} == {"done"}
        self.check_no_residue()

    def check_large_objects(self) -> None:
        """The target has the source's large objects, and no other."""
        assert self.of_target.fetch(LARGE_OBJECTS) == self.of_source.fetch(LARGE_OBJECTS)

    def check_no_residue(self) -> None:
        """O6: no session, no lock, no prepared transaction, no temporary file."""
        self.until_no_session()
        for database in (self.of_source, self.of_target):
            assert database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
            assert database.value("SELECT count(*) FROM pg_prepared_xacts") == 0
        assert list(self.temporary_directory.iterdir()) == []

    def until_no_session(self, *, timeout_s: float = 10.0) -> None:
        """Return when both databases have no session but ours: a killed process's go when the server notices."""
        deadline = time.monotonic() + timeout_s
        sessions = """SELECT pid, state, query FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name <> 'checker'
                         AND pid <> pg_backend_pid()"""
        for database in (self.of_source, self.of_target):
            while left := database.fetch(sessions):
                assert time.monotonic() < deadline, [tuple(row) for row in left]
                time.sleep(0.01)

    def sessions(self, database: Checker, application_name: str = "pgsluice%") -> list[int]:
        found = database.fetch(
            """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1
                ORDER BY backend_start""",
            application_name,
        )
        return [row["pid"] for row in found]

    def lock_holder(self) -> int:
        """The session of the target that holds our lock."""
        return self.of_target.value("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")


def rows_of(database: Database | Checker, table: str, columns: tuple[str, ...]) -> Counter[tuple[str | None, ...]]:
    """The rows of a table by their text."""
    names = ", ".join(f"{column}::text" for column in columns)
    return Counter(tuple(row) for row in database.fetch(f"SELECT {names} FROM {table}"))


def rows(database: Database | Checker) -> dict[str, Counter[tuple[str | None, ...]]]:
    """All rows of the sample by their text."""
    columns = {"item": ("id", "code", "email", "note"), "event": ("who", "at", "note")}
    columns["kind"] = ("id", "relation", "code", "note")
    return {table: rows_of(database, table, columns[table]) for table in TABLE_NAMES}


def file_chain(path: Path) -> list[str]:
    """Hashes of an audit file's records, without those taken back and a line that a crash cut."""
    found: dict[str, None] = {}
    for line in path.read_text().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry["state"] == "prepared":
            assert entry["hash"] == hashlib.sha256(f"{entry['previous']}\n{entry['record']}".encode()).hexdigest()
            found[entry["hash"]] = None
        else:
            found.pop(entry["hash"], None)
    return list(found)
