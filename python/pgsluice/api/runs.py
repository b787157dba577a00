"""Tells of the runs that a target remembers, and lets go of what they hold."""

from __future__ import annotations

from pgsluice._core import Key
from pgsluice.catalog.moment import Holder, is_held
from pgsluice.driver import Dsn, connect
from pgsluice.pipeline.keeper import Released, release_snapshot
from pgsluice.state.report import RunStatus, read_status


async def status(target: Dsn, key: Key | None = None) -> list[RunStatus]:
    """Give the runs that a target remembers, newest first, with tables, rates and the state of the audit chain."""
    connection = await connect(target, role="target")
    try:
        return await read_status(connection, key)
    finally:
        await connection.close()


async def is_snapshot_held(source: Dsn, holder: Holder) -> bool:
    """Ask the source whether the holder of a run's snapshot, as `status` gives it, is still there."""
    connection = await connect(source, role="source")
    try:
        return await is_held(connection, holder)
    finally:
        await connection.close()


async def release(source: Dsn, target: Dsn) -> Released:
    """End the process that holds the snapshot of the target's newest run, if there is one."""
    connection = await connect(target, role="target")
    try:
        return await release_snapshot(source, connection)
    finally:
        await connection.close()
