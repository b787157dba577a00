"""Owns the servers of all versions that are supported: where their programs are, and one running server of each."""

from __future__ import annotations

import os
import platform
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from pgsluice.embedded import Server
from servers import SETTINGS
from versions.fetch import ROOT, is_served

if TYPE_CHECKING:
    from types import TracebackType

MAJORS = (14, 15, 16, 17, 18)
#: "skip" leaves tests of other versions out. Without it a server that is not there is a failure, so that CI notices.
VARIABLE = "PGSLUICE_TEST_SERVERS"


def binaries_of(major: int) -> Path:
    """Give the directory of a version's programs; skip or fail the test where there is none."""
    directory = ROOT / ".servers" / str(major) / "bin"
    if os.environ.get(VARIABLE) == "skip":
        pytest.skip(f"{VARIABLE}=skip leaves tests of other versions out")
    if not is_served():
        pytest.skip(f"there is no PostgreSQL {major} as a wheel for {platform.system()} {platform.machine()}")
    if not (directory / "postgres").exists():
        pytest.fail(f'PostgreSQL {major} is not in .servers: run "make servers", or set {VARIABLE}=skip')
    return directory


class Majors:
    """Run one server of each version that is asked for, until the `with` block ends."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._servers: dict[int, Server] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def server(self, major: int) -> Server:
        """Give the running server of a version."""
        if major not in self._servers:
            binaries = binaries_of(major)
            self._servers[major] = self._stack.enter_context(Server(SETTINGS, binaries=binaries))
        return self._servers[major]
