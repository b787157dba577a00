"""Starts a holder and speaks to it: for the copy whose snapshot it keeps."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import IO

from pgsluice.catalog.moment import Holder
from pgsluice.driver import Dsn
from pgsluice.errors import SluiceError
from pgsluice.holder.handover import END, KEEP, Order, read_answer
from pgsluice.sources.snapshot import Snapshot

# Connecting, locking each table and answering; the holder's own waits are shorter.
ANSWER_S = 60.0
# An orderly end takes milliseconds.
END_S = 10.0
ANSWER_BYTES_MAX = 100_000
# How pg_stat_activity shows it.
APPLICATION_NAME = "pgsluice holder of"
# What a child needs of our environment. PGPASSWORD goes through the pipe, and our own settings are no business of it.
_KEPT = {"PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER", "LOGNAME", "KRB5CCNAME", "VIRTUAL_ENV"}
_KEPT_PREFIXES = ("PG", "PYTHON", "LC_", "LD_", "DYLD_", "SSL_CERT_")
_NOT_KEPT_PREFIXES = ("PGSLUICE_", "PGPASSWORD")


class HolderError(SluiceError):
    """The process that was to hold the snapshot could not be started."""

    code = "holder"


class RunningHolder:
    """A holder that this process started. It stays when we go, once it was told to keep the snapshot."""

    def __init__(self, holder: Holder, orders: IO[bytes], answers: IO[bytes]) -> None:
        self.holder = holder
        self._orders, self._answers = orders, answers

    def keep(self) -> None:
        """Tell it to stay when this process ends, however it ends."""
        try:
            _tell(self._orders, KEEP)
        except BrokenPipeError:
            is_gone = True
        else:
            is_gone = False
        if is_gone:
            raise _failed("it ended after it answered")

    async def end(self) -> None:
        """Tell it to end, and wait until it has."""
        with contextlib.suppress(BrokenPipeError):
            _tell(self._orders, END)
        await asyncio.to_thread(_read, self._answers, END_S)
        self.leave()

    def leave(self) -> None:
        """Let it alone."""
        self._orders.close()
        self._answers.close()


async def start_holder(dsn: Dsn, snapshot: Snapshot, run_id: uuid.UUID, *, seconds_max: float) -> RunningHolder:
    """Start a process that holds a snapshot, with locks of its own on the same tables.

    Raises HolderError; nothing of it is left then.
    """
    password = os.environ.get("PGPASSWORD") if dsn.password is None else dsn.password
    order = Order(
        dsn=replace(dsn, password=password),
        snapshot_name=snapshot.name,
        tables=[(table.schema, table.name) for table in snapshot.locked],
        application_name=f"{APPLICATION_NAME} {run_id}",
        seconds_max=seconds_max,
    )
    return await asyncio.to_thread(_start, order)


def _start(order: Order) -> RunningHolder:
    if not sys.executable:
        raise _failed("it is not known which program runs Python here")
    # A session of its own: what ends our terminal does not end it. It leaves us by itself, so this process ends soon.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pgsluice.holder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
        # A word that could not be written is not kept to be written when the pipe is closed.
        bufsize=0,
    )
    orders, answers = process.stdin, process.stdout
    if orders is None or answers is None:
        raise TypeError("a pipe was asked for")
    try:
        _tell(orders, order.written())
        answer = read_answer(_read(answers, ANSWER_S))
        process.wait(ANSWER_S)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        answer = ("it ended before it answered", None, None)
        process.kill()
        process.wait()
    if isinstance(answer, Holder):
        return RunningHolder(answer, orders, answers)
    orders.close()
    answers.close()
    raise _failed(*answer)


def _tell(orders: IO[bytes], words: bytes) -> None:
    left = memoryview(words)
    while left:
        left = left[os.write(orders.fileno(), left) :]


def _failed(reason: str, detail: str | None = None, hint: str | None = None) -> HolderError:
    return HolderError(f"could not start the holder of the snapshot: {reason}", detail=detail, hint=hint)


def _read(answers: IO[bytes], seconds: float) -> bytes:
    """Read a line, or to the end; an empty answer is one that did not come in time."""
    line = b""
    while not line.endswith(b"\n") and len(line) < ANSWER_BYTES_MAX:
        ready, _, _ = select.select([answers], [], [], seconds)
        piece = os.read(answers.fileno(), 4096) if ready else b""
        if not piece:
            break
        line += piece
    return line


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if (name in _KEPT or name.startswith(_KEPT_PREFIXES)) and not name.startswith(_NOT_KEPT_PREFIXES)
    }
