"""Owns the server that workloads run on: one cluster, a source and a target database."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from benches.processes import BenchError, Cost, run_pipeline
from pgsluice.embedded import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SETTINGS: Mapping[str, str | int | bool] = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "wal_level": "replica",
    "fsync": True,
    "synchronous_commit": True,
    "autovacuum": False,
}
# For a smoke test on a small machine.
QUICK_SETTINGS: Mapping[str, str | int | bool] = {
    **SETTINGS,
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}
SOURCE, TARGET = "source", "target"
# Of workloads that copy a whole database; the target is made anew for each run.
WHOLE_SOURCE, WHOLE_TARGET = "database_from", "database_to"
_SQL = Path(__file__).parent / "sql"
PGSLUICE = Path(sys.executable).parent / "pgsluice"


class Stage:
    """A running server with its two databases, and the commands that are compared on it."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._server = server
        self._directory = directory
        self._rows: dict[str, tuple[str, int]] = {}
        self._key_file = directory / "key"
        self._environment = _environment(server, directory)
        run_pipeline([[PGSLUICE, "keygen", self._key_file]], environment=self._environment)

    @property
    def server_version(self) -> str:
        """Version of the server, and so of psql."""
        return self._server.version

    @property
    def settings(self) -> Mapping[str, object]:
        """What the server was told."""
        return self._server.settings

    @property
    def postmaster_pid(self) -> int:
        """Process ID of the server."""
        return self._server.pid

    @property
    def environment(self) -> Mapping[str, str]:
        """What commands are run with: the server's programs first, its password."""
        return self._environment

    @property
    def directory(self) -> Path:
        """Where rules, key and audit files lie; it goes at the end."""
        return self._directory

    @property
    def key_file(self) -> Path:
        """The key of all runs."""
        return self._key_file

    def make_table(self, name: str, recipe: str, rows: int) -> None:
        """Have a table of so many rows on the source, and an empty one without indexes on the target."""
        if self._rows.get(name) == (recipe, rows):
            return
        text = (_SQL / f"{recipe}.sql").read_text()
        text = text.replace("{table}", name).replace("{rows}", str(rows))
        # VACUUM runs in no transaction, and the launcher's psql sends statements one by one.
        self._server.psql(f"DROP TABLE IF EXISTS {name};\n{text}", database=SOURCE)
        created = re.search(r"CREATE TABLE .*?;", text, re.DOTALL)
        assert created
        bare = created[0].replace(" PRIMARY KEY", " NOT NULL")
        self._server.psql(f"DROP TABLE IF EXISTS {name}; {bare}", database=TARGET)
        self._rows[name] = (recipe, rows)

    def fill_table(self, name: str, recipe: str, rows: int) -> None:
        """Have a table of so many rows on the target, with its primary key, made anew."""
        text = (_SQL / f"{recipe}.sql").read_text().replace("{table}", name).replace("{rows}", str(rows))
        self._server.psql(f"DROP TABLE IF EXISTS {name};\n{text}", database=TARGET)
        self._rows.pop(name, None)

    def drop_table(self, name: str) -> None:
        """Make room on the disk."""
        for database in (SOURCE, TARGET):
            self._server.psql(f"DROP TABLE IF EXISTS {name}", database=database)
        self._rows.pop(name, None)

    def size_bytes(self, name: str) -> int:
        """Size of a source table without its indexes."""
        return int(self._server.psql(f"SELECT pg_table_size('{name}')", database=SOURCE))

    def reset(self, name: str) -> None:
        """Empty the target's table, forget earlier runs and write everything down."""
        self._server.psql(
            f"SET client_min_messages = error; DROP SCHEMA IF EXISTS _pgsluice CASCADE; TRUNCATE {name}; CHECKPOINT;",
            database=TARGET,
        )

    def copy_command(self, name: str, rules: str, options: Sequence[str] = ()) -> list[str]:
        """Give the command that copies one table under these rules."""
        path = self._directory / f"{name}.toml"
        path.write_text(rules)
        return [
            *(os.fspath(PGSLUICE), "copy", "--source", self.dsn(SOURCE), "--target", self.dsn(TARGET)),
            *("--rules", os.fspath(path), "--key-file", os.fspath(self._key_file), "--no-analyze"),
            *(
                "--tables",
                f"public.{name}",
                "--audit-directory",
                os.fspath(self._directory / "audit"),
                *options,
            ),
        ]

    def pipe_commands(self, name: str) -> list[list[str]]:
        """Give the two commands that copy one table as it is."""
        psql = os.fspath(self._server.binaries / "psql")
        return [
            [psql, "-X", "-q", "-d", self.dsn(SOURCE), "-c", f"copy {name} to stdout (format binary)"],
            [psql, "-X", "-q", "-d", self.dsn(TARGET), "-c", f"copy {name} from stdin (format binary)"],
        ]

    def run(self, name: str, commands: Sequence[Sequence[str]]) -> Cost:
        """Copy into an emptied table, and look whether every row arrived. Raises BenchError if not."""
        self.reset(name)
        cost = run_pipeline(commands, environment=self._environment, postmaster_pid=self._server.pid)
        expected = self._rows[name][1]
        found = int(self.value(f"SELECT count(*) FROM {name}"))
        if found != expected:
            raise BenchError(f"expected {expected} rows in table {name}, found {found}")
        return cost

    def value(self, sql: str, *, database: str = TARGET) -> str:
        """Run a statement and give its only value."""
        return self._server.psql(sql, database=database)

    def shown(self, commands: Sequence[Sequence[str]]) -> str:
        """Give a command as a person would type it, without paths and addresses of this run."""
        words = {
            self.dsn(SOURCE): "SOURCE",
            self.dsn(TARGET): "TARGET",
            self.dsn(WHOLE_SOURCE): "SOURCE",
            self.dsn(WHOLE_TARGET): "TARGET",
            os.fspath(self._directory) + "/": "",
        }
        texts = []
        for command in commands:
            text = " ".join([Path(command[0]).name, *(f"'{word}'" if " " in word else word for word in command[1:])])
            for word, replacement in words.items():
                text = text.replace(word, replacement)
            texts.append(text)
        return " | ".join(texts)

    def dsn(self, database: str) -> str:
        """A DSN without the password: all users can read arguments."""
        parts = urlsplit(self._server.dsn(database))
        return parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}").geturl()

    def login(self, database: str) -> str:
        """A DSN with the password, for sessions of this process."""
        return self._server.dsn(database)


@contextmanager
def running_stage(settings: Mapping[str, str | int | bool] = SETTINGS) -> Iterator[Stage]:
    """Start the server, and stop it with all its files."""
    directory = Path(tempfile.mkdtemp(prefix="pgsluice-bench-"))
    try:
        with Server(settings) as server:
            for database in (SOURCE, TARGET):
                server.create_database(database)
            yield Stage(server, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _environment(server: Server, directory: Path) -> dict[str, str]:
    password = urlsplit(server.dsn()).password or ""
    path = f"{server.binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    libraries = os.fspath(server.binaries.parent / "lib")
    return {
        "PATH": path,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": os.fspath(directory),
        "PGPASSWORD": unquote(password),
        "LD_LIBRARY_PATH": libraries,
    }
