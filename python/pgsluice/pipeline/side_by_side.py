"""Makes objects in several sessions at once; whoever asks makes what is missing after it, and tells what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pgsluice.driver import Connection
from pgsluice.errors import RunLockedError, SluiceError
from pgsluice.schema.archive import Entry
from pgsluice.schema.making import Made, Maker

OpenSession = Callable[[], Awaitable[Connection]]


async def make_side_by_side(
    maker: Maker, open_session: OpenSession, shares: Sequence[Sequence[Entry]], *, objects_a_transaction: int
) -> None:
    """Make each share in a session of its own. Raises RunLockedError if another process has taken the run over."""

    async def make(share: Sequence[Entry]) -> RunLockedError | None:
        session: Connection | None = None
        try:
            session = await open_session()
            made = Made()
            missing = await maker.missing(session, share, made)
            await maker.make(session, missing, made, objects_a_transaction=objects_a_transaction)
        except RunLockedError as error:
            return error
        except SluiceError:  # A lock not given, a connection lost: all is made once more, one after the other.
            return None
        finally:
            if session is not None:
                session.terminate()
        return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(make(share)) for share in shares if share]
    for task in tasks:
        error = task.result()
        if error is not None:
            raise error
