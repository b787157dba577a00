"""Runs the installed `pgsluice` in processes of its own, as a user does, and keeps what it said."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servers import Database

PROGRAM = Path(sys.executable).with_name("pgsluice")
TIMEOUT_S = 120.0

#: The key of most tests, as the oracle takes it.
KEY = hashlib.sha256(b"a key that only tests use").digest()
OTHER_KEY = hashlib.sha256(b"another key that only tests use").digest()

#: Rules that keep everything.
KEEP = '[columns]\n"*" = { mask = "keep", reason = "a test" }\n'


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return f"exit {self.status}\n{self.stdout}\n{self.stderr}"

    @property
    def data(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Shell:
    """A user's shell: a directory for files, a source, a target and a key."""

    directory: Path
    source: Database
    target: Database
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def audit_directory(self) -> Path:
        return self.directory / "audit"

    def rules(self, text: str, name: str = "rules.toml") -> Path:
        """Write a rules file of version 1."""
        path = self.directory / name
        path.write_text(f"version = 1\n{text}", encoding="utf-8")
        return path

    def key_file(self, key: bytes = KEY) -> Path:
        path = self.directory / f"{key[:4].hex()}.key"
        if not path.exists():
            path.touch(0o600)
            path.write_text(key.hex())
        return path

    def copy(self, rules: str, *arguments: str, key: bytes = KEY) -> Ended:
        """Run `pgsluice copy --json` from source to target to its end."""
        return self.run(*self.copy_arguments(rules, *arguments, key=key))

    def copy_arguments(self, rules: str, *arguments: str, key: bytes = KEY) -> list[str]:
        return [
            "copy",
            "--json",
            f"--source={self.source.dsn}",
            f"--target={self.target.dsn}",
            f"--rules={self.rules(rules)}",
            f"--key-file={self.key_file(key)}",
            f"--audit-directory={self.audit_directory}",
            *arguments,
        ]

    def plan(self, rules: str, *arguments: str, key: bytes = KEY) -> Ended:
        """Run `pgsluice plan` of the source."""
        return self.run(
            "plan",
            f"--source={self.source.dsn}",
            f"--rules={self.rules(rules)}",
            f"--key-file={self.key_file(key)}",
            *arguments,
        )

    def masked_columns(self, rules: str) -> dict[str, set[str]]:
        """Give the columns that the plan says are not kept, by table."""
        planned = self.plan(rules, "--json")
        assert planned.status == 0, planned.said
        return {
            table["table"]: {column["column"] for column in table["columns"] if column["mask"] != "keep"}
            for table in planned.data["tables"]
        }

    def run(self, *arguments: str) -> Ended:
        with self.start(*arguments) as process:
            stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        return Ended(process.returncode, stdout, stderr)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command; the environment holds no setting of the caller's that the command would read."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PGSLUICE_", "PG"))}
        return subprocess.Popen(
            [PROGRAM, *arguments],
            env={**kept, "NO_COLOR": "1", **self.environment},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
