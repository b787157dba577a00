"""Makes objects on the target, each once over all processes of a run, however often one of them is killed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pgsluice.driver import Connection, Reaction, reaction
from pgsluice.errors import ConnectionLostError, NotAllowedError, RunLockedError, ServerError, SluiceError
from pgsluice.points import reached
from pgsluice.schema.archive import Entry
from pgsluice.schema.order import unmade
from pgsluice.schema.statements import statement_of
from pgsluice.state.objects import mark_made, read_made

# A transaction holds up to half a dozen locks an object, and the lock table of a server as it is delivered has
# 6,400 places for all sessions. More a transaction gains nothing: a commit costs as much as one object.
OBJECTS_A_TRANSACTION = 100

# A schema, type, function or operator of that name was there before: a superuser's, or the template's. Relations are
# not among them, whose columns would be somebody else's.
_WAS_THERE = {"42P06", "42710", "42723"}


class SchemaError(SluiceError):
    """An object of the source's schema could not be made on the target."""

    code = "schema"


@dataclass(frozen=True)
class ObjectFailure:
    """An object that could not be made, and why."""

    entry: Entry
    error: SluiceError

    @property
    def label(self) -> str:
        """Its kind and name."""
        return self.entry.label


@dataclass
class Made:
    """What came of making objects."""

    failures: list[ObjectFailure] = field(default_factory=list)
    # Were on the target before, and were left as they are.
    found: list[Entry] = field(default_factory=list)


class Maker:
    """Makes objects for one run; an outdated process makes nothing any more."""

    def __init__(self, run_id: uuid.UUID, fencing_token: int, *, has_owners: bool) -> None:
        self._run_id = run_id
        self._fencing_token = fencing_token
        self._has_owners = has_owners

    async def missing(self, session: Connection, entries: Sequence[Entry], outcome: Made) -> list[Entry]:
        """Give those that are neither made yet, by whichever process, nor tried in vain by this one."""
        tried = {failure.entry.dump_id for failure in outcome.failures} | {entry.dump_id for entry in outcome.found}
        return [entry for entry in unmade(entries, await read_made(session)) if entry.dump_id not in tried]

    async def make(
        self,
        session: Connection,
        entries: Sequence[Entry],
        outcome: Made,
        *,
        objects_a_transaction: int = OBJECTS_A_TRANSACTION,
    ) -> None:
        """Make objects that are missing, in their order; add to `outcome` what could not be made.

        Raises ConnectionLostError, or a ServerError that passes (a deadlock, a lock not given): call it again then.
        Raises RunLockedError if another process has taken the run over.
        """
        for start in range(0, len(entries), objects_a_transaction):
            together = entries[start : start + objects_a_transaction]
            if await self._are_made(session, together):
                continue
            for entry in together:
                await self._make_one(session, entry, outcome)

    async def _are_made(self, session: Connection, entries: Sequence[Entry]) -> bool:
        """Make several in one transaction, in few round trips; tell whether that worked."""
        if len(entries) < 2:
            return False
        try:
            await self._commit(session, entries)
        except (ConnectionLostError, RunLockedError):
            raise
        except SluiceError:
            return False
        return True

    async def _make_one(self, session: Connection, entry: Entry, outcome: Made) -> None:
        try:
            await self._commit(session, [entry])
        except (ConnectionLostError, RunLockedError):
            raise
        except NotAllowedError as error:
            # An extension brings its comment with it.
            if not (entry.kind == "COMMENT" and entry.name.startswith("EXTENSION ")):
                outcome.failures.append(ObjectFailure(entry, error))
        except ServerError as error:
            if reaction(error.sqlstate) is Reaction.RETRY:
                raise
            if error.sqlstate in _WAS_THERE:
                outcome.found.append(entry)
            else:
                outcome.failures.append(ObjectFailure(entry, error))

    async def _commit(self, session: Connection, entries: Sequence[Entry]) -> None:
        major = session.server_version
        text = "\n".join(statement_of(entry, has_owner=self._has_owners, major=major) for entry in entries)
        doing = f"making {entries[0].label}" if len(entries) == 1 else f"making {len(entries)} objects"
        reached("objects-begin")
        async with session.transaction():
            # Of the schema "public" of servers before 15 there is a comment and no statement.
            if any(line and not line.startswith("--") for line in text.splitlines()):
                await session.define(text, doing=doing)
            await mark_made(session, self._run_id, self._fencing_token, [entry.identity for entry in entries])
            reached("objects-made")
        reached("objects-committed")


def missing_tables(failures: Collection[ObjectFailure]) -> dict[int, SluiceError]:
    """The tables among what could not be made, by their OID on the source."""
    return {failure.entry.object_oid: failure.error for failure in failures if failure.entry.kind == "TABLE"}
