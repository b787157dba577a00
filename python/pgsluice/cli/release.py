"""`pgsluice release`: ends the process that holds a run's snapshot."""

from __future__ import annotations

import asyncio

import click

from pgsluice import api
from pgsluice.cli import options
from pgsluice.cli.moments import stamp
from pgsluice.cli.servers import given_server
from pgsluice.cli.talk import tell


@click.command("release")
@options.source_option
@options.target_option
def command(*, source: str | None, target: str | None) -> None:
    """End the process that "copy --hold-snapshot" left to hold the snapshot of the target's newest run.

    Vacuum on the source may clean up again, and ALTER TABLE no longer waits. A run that is not done goes on all the
    same, but under a new snapshot.
    """
    source_dsn = given_server(source, role="source")
    target_dsn = given_server(target, role="target")
    released = asyncio.run(api.release(source_dsn, target_dsn))
    if released.held is None:
        tell("nothing to release: no snapshot is held for the newest run of this target")
        return
    what = f"the snapshot of {stamp(released.held.moment.taken_at)}, of run {released.held.run_id}"
    tell(f"released {what}" if released.was_there else f"nothing to release: the holder of {what} was gone already")
