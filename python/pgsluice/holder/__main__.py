"""The process itself: `python -m pgsluice.holder`, started by `pgsluice.holder.start` and by nobody else.

It joins the copy's snapshot, locks the same tables, and stays in that transaction without another statement. It ends
when it is told to, when its time is over, or when the source ends its session.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from pgsluice.catalog.moment import Holder
from pgsluice.catalog.read import statement
from pgsluice.driver import Connection, connect
from pgsluice.errors import SluiceError
from pgsluice.hardening import forbid_core_dumps
from pgsluice.holder.handover import END, KEEP, Order, read_order, write_answer, write_failure
from pgsluice.sources.locks import LOCK_TIMEOUT_MS, lock_tables
from pgsluice.sources.snapshot import begin_in

# The server ends a session whose process does not: it may be stopped, or on a host that is gone.
SERVER_GRACE_S = 60


def main() -> None:
    """Leave the copy that started us, then do its order."""
    if os.fork():  # Who started us waits for this process, and is never left with a dead one.
        os._exit(0)
    forbid_core_dumps()
    order = read_order(sys.stdin.buffer.readline())
    asyncio.run(_hold(order))


async def _hold(order: Order) -> None:
    words = await _words()
    try:
        connection = await connect(order.dsn, role="source")
        os.chdir("/")  # Only now: the address may name files from where the copy was started.
        try:
            _say(write_answer(await _join(connection, order)))
            if await words.readline() == KEEP:
                await _stay(connection, words, order.seconds_max)
        finally:
            await connection.close()
    except SluiceError as error:
        _say(write_failure(error.message, error.detail, error.hint))


async def _join(connection: Connection, order: Order) -> Holder:
    await connection.execute(
        f"SET application_name = '{order.application_name}'; SET lock_timeout = {LOCK_TIMEOUT_MS}",
        doing="preparing to hold the snapshot",
    )
    await connection.execute(begin_in(order.snapshot_name), doing="joining the snapshot")
    await lock_tables(connection, order.tables)
    (row,) = await connection.fetch(statement("holder"), order.seconds_max, doing="exporting the snapshot")
    limit_ms = int((order.seconds_max + SERVER_GRACE_S) * 1000)
    await connection.execute(
        f"SET idle_in_transaction_session_timeout = {limit_ms}", doing="limiting how long the snapshot is held"
    )
    return Holder(**dict(row))


async def _stay(connection: Connection, words: asyncio.StreamReader, seconds_max: float) -> None:
    """Return when there is no more reason to stay."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)

    async def until_told() -> None:
        # The end of the pipe is the end of the copy, and what we are for.
        if await words.readline() != END:
            await told.wait()

    reasons = [asyncio.ensure_future(work) for work in (connection.until_lost(), until_told(), told.wait())]
    await asyncio.wait(reasons, timeout=seconds_max, return_when=asyncio.FIRST_COMPLETED)
    for reason in reasons:
        reason.cancel()


async def _words() -> asyncio.StreamReader:
    """Listen to what the copy says."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: bytes) -> None:
    try:
        os.write(sys.stdout.fileno(), line)
    except BrokenPipeError:  # The copy is gone, and with it the reason to be here.
        os._exit(0)


if __name__ == "__main__":
    main()
