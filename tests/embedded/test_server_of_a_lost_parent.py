"""What is left of a server whose parent went away: nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedded.ports import is_listening
from pgsluice.embedded import processes
from waiting import WAIT_S, until

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.db


def test_parent_killed_server_and_files_go() -> None:
    program = (
        "from pgsluice.embedded import Server\n"
        "server = Server({'fsync': False}); server.start()\n"
        "print(server.pid, server.port, server.log_path.parent, flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, port, files = parent.stdout.readline().split()
        assert is_listening(int(port))

        parent.kill()

    until(lambda: not processes.is_running(int(pid)) and not Path(files).exists())
    assert not is_listening(int(port))


def test_exit_without_close_leaves_nothing() -> None:
    program = (
        "from pgsluice.embedded import Server\n"
        "server = Server({'fsync': False}); server.start()\n"
        "print(server.pid, server.port, server.log_path.parent)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True, timeout=WAIT_S
    )

    pid, port, files = ended.stdout.split()
    assert not processes.is_running(int(pid))
    assert not is_listening(int(port))
    assert not Path(files).exists()


def test_forked_child_exit_keeps_the_server() -> None:
    program = (
        "import os, sys; from pgsluice.embedded import Server\n"
        "with Server({'fsync': False}) as server:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        sys.exit()\n"  # Runs the `with` block's end and the exit handlers, as a parent would.
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    print(server.psql('SELECT 1'))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True, timeout=WAIT_S
    )

    assert ended.stdout == "1\n"
