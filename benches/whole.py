"""Owns copies of whole databases: the source is made once, the target is an empty new database for each run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benches.pairs import Comparison, Spread, compare
from benches.processes import BenchError, Cost, run_pipeline
from benches.records import Record
from benches.stage import PGSLUICE, WHOLE_SOURCE, WHOLE_TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.stage import Stage

# A statement that counts the rows of all tables, written by the server.
_COUNTING = """
SELECT string_agg(format('SELECT count(*) AS n FROM %I', c.relname), ' UNION ALL ' ORDER BY c.relname)
  FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""
_STANDING = """
SELECT (SELECT count(*) FROM pg_class AS c WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_constraint AS k WHERE k.connamespace = 'public'::regnamespace)
"""
_FLOOR = Path(__file__).parent / "floor.sh"
_HEADINGS = ("", "wall s", "own CPU s", "server CPU s", "others' CPU s", "peak MiB", "times as fast")


class Databases:
    """A source database, and commands that copy it whole."""

    def __init__(self, stage: Stage, statements: str) -> None:
        self._stage = stage
        stage.value(f"DROP DATABASE IF EXISTS {WHOLE_SOURCE}", database="postgres")
        stage.value(f"CREATE DATABASE {WHOLE_SOURCE}", database="postgres")
        stage.value(statements, database=WHOLE_SOURCE)
        self._expected = self._counts(WHOLE_SOURCE)

    @property
    def size_bytes(self) -> int:
        """Size of the source with its indexes."""
        return int(self._stage.value("SELECT pg_database_size(current_database())", database=WHOLE_SOURCE))

    def copy_command(self, rules: str, *options: str) -> list[str]:
        """Copy masked."""
        return [*self._pgsluice("copy", rules), "--target", self._stage.dsn(WHOLE_TARGET), *self._audit, *options]

    def plan_command(self, rules: str) -> list[str]:
        """Plan that copy."""
        return self._pgsluice("plan", rules)

    def pipe_commands(self) -> list[list[str]]:
        """Give pg_dump piped into psql."""
        dump = ["pg_dump", "--no-owner", "--no-privileges", "-d", self._stage.dsn(WHOLE_SOURCE)]
        return [
            dump,
            ["psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-d", self._stage.dsn(WHOLE_TARGET)],
        ]

    def floor_command(self, tables: Sequence[str]) -> list[str]:
        """Give what copies the same tables with the least that any tool could do."""
        return [os.fspath(_FLOOR), self._stage.dsn(WHOLE_SOURCE), self._stage.dsn(WHOLE_TARGET), *tables]

    def pgcopydb_command(self, jobs: int) -> list[str]:
        """Give pgcopydb's clone with as many processes as we have jobs."""
        return [
            *(
                "pgcopydb",
                "clone",
                "--source",
                self._stage.dsn(WHOLE_SOURCE),
                "--target",
                self._stage.dsn(WHOLE_TARGET),
            ),
            *("--table-jobs", str(jobs), "--index-jobs", str(jobs), "--no-owner", "--no-acl"),
            *("--dir", os.fspath(self._work_directory)),
        ]

    def run(self, name: str, commands: Sequence[Sequence[str]]) -> Cost:
        """Copy into a new database, and look whether all arrived. Raises BenchError if not."""
        self.reset()
        cost = run_pipeline(commands, environment=self._stage.environment, postmaster_pid=self._stage.postmaster_pid)
        found = self._counts(WHOLE_TARGET)
        if found != self._expected:
            raise BenchError(f"{name}: expected {self._expected} rows, indexes and constraints, found {found}")
        return cost

    def reset(self) -> None:
        """Make the target anew, forget pgcopydb's files, and write everything down."""
        shutil.rmtree(self._work_directory, ignore_errors=True)
        self._stage.value(f"DROP DATABASE IF EXISTS {WHOLE_TARGET}", database="postgres")
        self._stage.value(f"CREATE DATABASE {WHOLE_TARGET} TEMPLATE template0", database="postgres")
        self._stage.value("CHECKPOINT", database="postgres")

    def drop(self) -> None:
        """Make room on the disk."""
        for database in (WHOLE_SOURCE, WHOLE_TARGET):
            self._stage.value(f"DROP DATABASE IF EXISTS {database}", database="postgres")

    @property
    def _work_directory(self) -> Path:
        return self._stage.directory / "pgcopydb"

    @property
    def _audit(self) -> list[str]:
        return ["--audit-directory", os.fspath(self._stage.directory / "audit")]

    def _pgsluice(self, verb: str, rules: str) -> list[str]:
        path = self._stage.directory / "database.toml"
        path.write_text(rules)
        return [
            *(os.fspath(PGSLUICE), verb, "--source", self._stage.dsn(WHOLE_SOURCE), "--rules", os.fspath(path)),
            *("--key-file", os.fspath(self._stage.key_file)),
        ]

    def _counts(self, database: str) -> tuple[str, str]:
        """Rows of all tables; indexes and constraints."""
        counting = self._stage.value(_COUNTING, database=database)
        rows = self._stage.value(f"SELECT sum(n) FROM ({counting}) AS counts", database=database)
        return rows, self._stage.value(_STANDING, database=database)


def measure(
    stage: Stage,
    databases: Databases,
    workload: str,
    title: str,
    *,
    ours: list[list[str]],
    reference: list[list[str]],
    pairs: int,
    setting: dict[str, object],
) -> Record:
    """Copy a database both ways in turn."""
    comparison = compare(databases, workload, ours, reference, pairs=pairs)
    return Record(
        workload=workload,
        title=title,
        setting=setting
        | {
            "database": f"{databases.size_bytes / 2**20:.0f} MiB with indexes",
            "command": stage.shown(ours),
            "reference": stage.shown(reference),
            "pairs": f"{pairs}, median (least-most)",
        },
        headings=_HEADINGS,
        cells=_cells(comparison, Path(ours[0][0]).name, Path(reference[0][0]).name),
        figures=comparison.figures(),
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


def _cells(comparison: Comparison, ours: str, reference: str) -> tuple[tuple[str, ...], ...]:
    def cells(name: str, costs: tuple[Cost, ...], ratio: str) -> tuple[str, ...]:
        return (
            name,
            Spread.of([cost.wall_s for cost in costs]).text(),
            Spread.of([cost.cpu_s for cost in costs]).text(),
            Spread.of([cost.server_cpu_s for cost in costs]).text(),
            Spread.of([cost.others_cpu_s for cost in costs]).text(1),
            Spread.of([cost.rss_bytes_max / 2**20 for cost in costs]).text(0),
            ratio,
        )

    return (
        cells(ours, comparison.ours, comparison.ratio.text()),
        cells(reference, comparison.reference, "1"),
    )
