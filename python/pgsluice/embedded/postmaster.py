"""Owns one run of the program `postgres`, from spawn to the last of its processes; knows no SQL."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pgsluice.embedded import processes, readiness
from pgsluice.embedded.account import spawn
from pgsluice.embedded.binaries import environment_for
from pgsluice.embedded.watcher import Watcher
from pgsluice.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pathlib import Path

    from pgsluice.embedded.account import Account

StopMode = Literal["smart", "fast", "immediate"]

LOG_TAIL_BYTES = 4096
PORT_TAKEN = "Address already in use"
# The children of a postmaster that somebody else killed keep its shared memory until they notice.
_MEMORY_TAKEN = "pre-existing shared memory block"
# By name, because Windows lacks SIGQUIT and must get as far as the error that refuses it.
_STOP_SIGNALS: dict[StopMode, str] = {"smart": "SIGTERM", "fast": "SIGINT", "immediate": "SIGQUIT"}


class TakenError(EmbeddedServerError):
    """What the postmaster needs (its port, its shared memory) is still held; another try may work."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Say what to run, as whom, and on which files."""

    binaries: Path
    data_directory: Path
    configuration: Path
    log_path: Path
    port: int
    account: Account | None
    # Removed with the server if this process dies without a chance to do it.
    removed_directory: Path


class Postmaster:
    """Hold a running postmaster. One whose `wait_until_up` raised has still to be ended by the caller."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        # The log can quote rows, so that nobody else may read it.
        descriptor = os.open(launch.log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self._log_offset = os.fstat(descriptor).st_size
            self._process = spawn(
                [
                    *(launch.binaries / "postgres", "-D", launch.data_directory),
                    *("-c", f"config_file={launch.configuration}"),
                ],
                account=launch.account,
                environment=environment_for(launch.binaries),
                output=log,
            )
        # A SIGKILL of this process between the two would leave the server running.
        self._watcher = Watcher(
            self._process.pid,
            data_directory=launch.data_directory,
            removed_directory=launch.removed_directory,
        )

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the postmaster is there."""
        return self._process.poll() is None

    def wait_until_up(self, timeout_s: float) -> None:
        """Return when clients are let in.

        ERRORS: TakenError, or EmbeddedServerError; the detail is the end of this start's log.
        """
        launch, deadline = self._launch, time.monotonic() + timeout_s
        while not (readiness.is_up(launch.data_directory, self.pid) and readiness.is_accepting(launch.port)):
            if not self.is_running:
                tail = self._log_tail()
                kind = TakenError if PORT_TAKEN in tail or _MEMORY_TAKEN in tail else EmbeddedServerError
                status = self._process.returncode
                raise kind(f"server ended while starting, exit status {status}", detail=tail or None)
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"server did not start in {timeout_s:g} s", detail=self._log_tail() or None)
            time.sleep(processes.POLL_S)

    def stop(self, mode: StopMode, timeout_s: float) -> None:
        """End the postmaster in order; it is killed if it does not end in time.

        ERRORS: EmbeddedServerError if it was killed.
        """
        try:
            if self.is_running:
                self._process.send_signal(signal.Signals[_STOP_SIGNALS[mode]])
                self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            processes.kill_family(self._process)
            raise EmbeddedServerError(f"server did not stop in {timeout_s:g} s in mode {mode}, it was killed") from None
        finally:
            self._watcher.release()

    def kill(self) -> None:
        """Kill the postmaster and all its children at once, as a crash of the machine would."""
        try:
            if self.is_running:
                processes.kill_family(self._process)
                # Its process id may soon be somebody else's, which PostgreSQL would take for its server.
                (self._launch.data_directory / "postmaster.pid").unlink(missing_ok=True)
        finally:
            self._watcher.release()

    def crash_child(self, pid: int | None, *, timeout_s: float) -> None:
        """Kill one child, by default the checkpointer, and return when crash recovery is over."""
        children = processes.list_children(self.pid)
        if pid is None:
            pid = next((child for child, title in children.items() if "checkpointer" in title), None)
        if pid is None or pid not in children:
            raise EmbeddedServerError("process to kill is not a child of this server")
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + timeout_s
        # From the moment it reaps the dead child, the postmaster refuses clients until recovery is over.
        while processes.is_there(pid) or not readiness.is_accepting(self._launch.port):
            if not self.is_running:
                raise EmbeddedServerError("server ended, it did not recover")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"server did not recover in {timeout_s:g} s")
            time.sleep(processes.POLL_S)

    def _log_tail(self) -> str:
        # Only of a start: no client was in yet, so that no statement and no row can be quoted.
        with self._launch.log_path.open("rb") as log:
            log.seek(max(self._log_offset, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            return log.read(LOG_TAIL_BYTES).decode(errors="replace").strip()
