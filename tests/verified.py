"""Owns pairs of a source and its copy, to be verified by the library or the command, and what reports say in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands import KEY, Ended, Shell
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn

if TYPE_CHECKING:
    from servers import Database

Found = tuple[object, ...]


def found_in(report: api.VerifyReport) -> set[Found]:
    """All that a report calls a difference: kind, name and number of each."""
    found: set[Found] = set()
    for table in report.tables:
        if table.state in {"missing", "not done"}:
            found.add((table.state, table.label))
        if table.state == "different":
            found.add(("table", table.label, table.rows_target - table.rows_source))
        found |= {
            (kind, table.label, count)
            for kind, count in (("missing rows", table.rows_missing), ("extra rows", table.rows_extra))
            if count
        }
        found |= {
            ("column", f"{table.label}.{column.name}", column.rows_changed)
            for column in table.columns
            if column.state in {"different", "missing"}
        }
        found |= {
            ("originals", f"{table.label}.{item.column}", item.unexpected)
            for item in table.originals
            if item.unexpected
        }
    found |= {("doubles", key.table, key.columns, key.duplicates) for key in report.unique_keys if key.duplicates}
    found |= {("dangling", key.name, key.dangling) for key in report.foreign_keys if key.is_different}
    found |= {("sequence", item.name, item.state) for item in report.sequences if item.is_different}
    return found | {("object", item.kind, item.name) for item in report.objects_missing}


@dataclass(frozen=True)
class Pair:
    """A source and a target that was copied from it."""

    shell: Shell
    rules: str

    @property
    def source(self) -> Database:
        return self.shell.source

    @property
    def target(self) -> Database:
        return self.shell.target

    def spoil(self, sql: str) -> None:
        """Change the target by hand, past triggers and foreign keys."""
        self.target.execute(f"SET session_replication_role = replica; {sql}")

    async def verify(self, key: bytes = KEY, **options: object) -> api.VerifyReport:
        """Verify by the library."""
        return await api.verify(
            Dsn.parse(self.source.dsn, role="source"),
            Dsn.parse(self.target.dsn, role="target"),
            self.shell.rules(self.rules),
            Key(key),
            **options,  # type: ignore[arg-type]
        )

    def run(self, *options: str, key: bytes = KEY, rules: str | None = None) -> Ended:
        """Verify by the command."""
        return self.shell.run(
            "verify",
            f"--source={self.source.dsn}",
            f"--target={self.target.dsn}",
            f"--rules={self.shell.rules(rules or self.rules)}",
            f"--key-file={self.shell.key_file(key)}",
            *options,
        )


def copied(shell: Shell, rules: str, *options: str) -> Pair:
    """Copy the source as it is."""
    ended = shell.copy(rules, *options)
    assert ended.status == 0, ended.said
    return Pair(shell, rules)
