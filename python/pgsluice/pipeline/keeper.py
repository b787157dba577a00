"""Keeps a run's snapshot beyond this process, finds it in the next one, and writes down which snapshots there were."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pgsluice.catalog.moment import Holder, end_holder
from pgsluice.driver import Connection, Dsn, connect
from pgsluice.errors import SluiceError
from pgsluice.holder.start import RunningHolder, start_holder
from pgsluice.pipeline.ledger import Ledger
from pgsluice.pipeline.observer import Observer
from pgsluice.pipeline.request import CopyRequest
from pgsluice.pipeline.run_facts import moment_facts
from pgsluice.sources.snapshot import Snapshot, SnapshotGoneError, join_snapshot, open_snapshot
from pgsluice.state import runs, snapshots
from pgsluice.state.audit import Event
from pgsluice.state.snapshots import HeldRun


class SnapshotKeeper:
    """Opens the snapshots of a run; `held` is the one that a process other than this one keeps, if any does."""

    def __init__(self, request: CopyRequest, observer: Observer) -> None:
        self._request = request
        self._observer = observer
        self._ledger: Ledger | None = None
        self._process: RunningHolder | None = None
        # Of a run that is being begun anew.
        self._outdated: HeldRun | None = None
        self.held: HeldRun | None = None

    async def open(self, control: Connection) -> Snapshot:
        """Join the snapshot of the last run if it is held still, else take a new one."""
        held = await snapshots.read_held(control)
        if self._request.is_restart:
            self._outdated = held
        else:
            self.held = held
        return await self.rejoin() or await open_snapshot(
            self._request.source, deadlines=self._request.settings.deadlines
        )

    async def rejoin(self) -> Snapshot | None:
        """Join the snapshot that is held; None where it is gone, or was never held."""
        held = self.held
        if held is None:
            return None
        facts = {"snapshot": held.generation, "taken_at": _stamp(held.moment.taken_at)}
        try:
            snapshot = await join_snapshot(
                self._request.source, held.holder, held.moment, deadlines=self._request.settings.deadlines
            )
        except SnapshotGoneError:
            self.held = None
            self._observer.event("snapshot-lost", **facts)
            return None
        self._observer.event("snapshot-joined", **facts)
        return snapshot

    def generation(self, run: runs.Run, *, is_resumed: bool) -> int:
        """Number the snapshot that `open` gave among those of its run."""
        if self.held is not None and self.held.run_id == run.run_id:
            return self.held.generation
        return run.snapshot_count + (1 if is_resumed else 0)

    async def note(self, control: Connection, run_id: uuid.UUID, generation: int, snapshot: Snapshot) -> None:
        """Write the snapshot down in the open transaction; say so if the source's history forked since the last one."""
        before = await snapshots.read_snapshots(control, run_id)
        await snapshots.note_snapshot(control, run_id, generation, snapshot.moment)
        if before and before[-1].moment.timeline != snapshot.moment.timeline:
            was, now = before[-1].moment.timeline, snapshot.moment.timeline
            self._observer.event("timeline-changed", snapshot=generation, was=was, now=now)

    async def hold(self, ledger: Ledger, snapshot: Snapshot, generation: int) -> None:
        """Have the snapshot kept by a process of its own, if that is wanted and nobody keeps it yet.

        Raises HolderError where that cannot be done: whoever asked for it counts on it.
        """
        is_first, self._ledger = self._ledger is None, ledger
        wanted_s = self._request.settings.hold_s
        if self.held is None and wanted_s is not None:
            process = await start_holder(self._request.source, snapshot, ledger.run_id, seconds_max=wanted_s)
            # Its locks count from when ours were still there.
            if not await snapshot.is_alive():
                process.leave()
                return
            await self._note(ledger, generation, process.holder)
            process.keep()
            self._leave()
            self._process = process
            self.held = HeldRun(ledger.run_id, generation, snapshot.moment, process.holder)
            self._observer.event("snapshot-held", **_facts(generation, process.holder))
        elif self.held is not None and not is_first:  # A crash of the target may have taken the note back.
            await self._note(ledger, generation, self.held.holder)

    async def _note(self, ledger: Ledger, generation: int, holder: Holder) -> None:
        async def write(connection: Connection) -> None:
            await runs.make_durable(connection)
            await snapshots.note_holder(connection, ledger.run_id, generation, holder)

        await ledger.record([Event("snapshot-held", _facts(generation, holder))], write)

    async def renewed(self, snapshot: Snapshot, generation: int) -> None:
        """Write down that rows from here on are of another moment of the source, before the first of them comes."""
        ledger = self._ledger

        async def write(connection: Connection) -> None:
            if ledger is not None:
                await runs.set_run(connection, ledger.run_id, snapshot_count=generation)
                await snapshots.forget_holders(connection, ledger.run_id)
                await snapshots.note_snapshot(connection, ledger.run_id, generation, snapshot.moment)

        if ledger is not None:
            await ledger.record([Event("snapshot-renewed", moment_facts(generation, snapshot.moment))], write)
        self._observer.event("snapshot-renewed", snapshots=generation)
        if ledger is not None:
            await self.hold(ledger, snapshot, generation)

    async def end_outdated(self, control: Callable[[], Awaitable[Connection]]) -> None:
        """End the process that keeps the snapshot of a run that was begun anew."""
        held, self._outdated = self._outdated, None
        if held is not None:
            await self._release(control, held)

    async def release(self, control: Callable[[], Awaitable[Connection]]) -> None:
        """End the process that keeps the snapshot: nobody needs it any more."""
        held, self.held = self.held, None
        if held is not None:
            await self._release(control, held)

    async def _release(self, control: Callable[[], Awaitable[Connection]], held: HeldRun) -> None:
        try:
            if self._process is not None:
                await self._process.end()
                self._process = None
            else:
                await _end(self._request.source, held)
            await snapshots.forget_holders(await control(), held.run_id)
        except SluiceError as error:  # What is copied is copied; the holder ends when its time is over.
            self._observer.event("snapshot-not-released", snapshot=held.generation, code=error.code)
        else:
            self._observer.event("snapshot-released", snapshot=held.generation)

    def leave(self) -> None:
        """Leave the process to the next copy; say that it stays."""
        if self.held is not None:
            self._observer.event("snapshot-stays-held", **_facts(self.held.generation, self.held.holder))
        self._leave()

    def _leave(self) -> None:
        if self._process is not None:
            self._process.leave()
            self._process = None


@dataclass(frozen=True)
class Released:
    """What was let go: `held` as the target remembered it, None for nothing; and whether it was still there."""

    held: HeldRun | None
    was_there: bool


async def release_snapshot(source: Dsn, control: Connection) -> Released:
    """End the holder that the target remembers."""
    held = await snapshots.read_held(control)
    if held is None:
        return Released(None, was_there=False)
    was_there = await _end(source, held)
    await snapshots.forget_holders(control, held.run_id)
    return Released(held, was_there)


async def _end(source: Dsn, held: HeldRun) -> bool:
    connection = await connect(source, role="source")
    try:
        return await end_holder(connection, held.holder)
    finally:
        await connection.close()


def _facts(generation: int, holder: Holder) -> dict[str, object]:
    return {
        "snapshot": generation,
        "holder": holder.application_name,
        "backend": holder.pid,
        "until": _stamp(holder.until),
    }


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
