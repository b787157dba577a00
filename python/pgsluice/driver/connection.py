"""Owns a connection: what a session is set to, and the four things we do with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Literal, TypeVar

import asyncpg

from pgsluice.driver.deadline import DEFAULT_DEADLINES, Deadlines, ProgressDeadline
from pgsluice.driver.dsn import Dsn
from pgsluice.driver.failure import DRIVER_ERRORS, from_connecting, guarded
from pgsluice.driver.keepalive import watch_peer
from pgsluice.driver.pooling import STATEMENT_LOST, PoolerError, for_the_block, shares_sessions
from pgsluice.driver.quoting import qualified
from pgsluice.driver.session_settings import Role, apply_settings
from pgsluice.driver.statements import Statements, as_is
from pgsluice.driver.tls import context
from pgsluice.errors import ServerError, SluiceError

CONNECT_TIMEOUT_S = 20.0
T = TypeVar("T")


class Connection:
    """One session on one server; made by `connect`. Not for several tasks at once."""

    def __init__(
        self,
        driver: asyncpg.Connection[asyncpg.Record],
        role: Role,
        settings_refused: list[str],
        deadlines: Deadlines = DEFAULT_DEADLINES,
    ) -> None:
        self._driver = driver
        self._deadlines = deadlines
        # Kept, because it is asked for when the connection is gone.
        self.server_pid: int = driver.get_server_pid()
        self.role = role
        self.settings_refused = settings_refused
        self._binary_types: set[tuple[str, str]] = set()
        self._statements = Statements(driver)
        #: Whether the server has the word, and not a stream of rows.
        self.awaits_answer = False

    @property
    def server_version(self) -> int:
        """Major version of the server."""
        return self._driver.get_server_version().major

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open, also one that has failed."""
        return self._driver.is_in_transaction()

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self._driver.is_closed()

    async def fetch(self, sql: str, *args: object, doing: str) -> list[Any]:
        """Run one statement and give its rows."""
        return await self._answered(self._driver.fetch(sql, *args), doing)

    async def fetch_value(self, sql: str, *args: object, doing: str) -> Any:
        """Run one statement and give the first field of its first row."""
        return await self._answered(self._driver.fetchval(sql, *args), doing)

    async def fetch_prepared(self, sql: str, args: Sequence[object], *, doing: str) -> list[Any]:
        """Run a statement that is kept prepared, one round trip from the second time on; arguments may be `Array`s."""
        return await self._answered(self._statements.fetch(sql, args), doing)

    async def execute(self, sql: str, *args: object, doing: str, is_long: bool = False) -> None:
        """Run one statement, or several where there are no arguments; a long one has no deadline."""
        if is_long:
            await guarded(self._driver.execute(sql, *args), f"{doing} on the {self.role}")
        else:
            await self._answered(self._driver.execute(sql, *args), doing)

    async def define(self, sql: str, *, doing: str) -> None:
        """Run statements that make objects; a failure tells which other object is missing."""
        await guarded(self._driver.execute(sql), f"{doing} on the {self.role}", is_definition=True)

    async def _answered(self, work: Awaitable[T], doing: str) -> T:
        self.awaits_answer = True
        try:
            with ProgressDeadline(self._driver, self._deadlines):
                return await guarded(work, f"{doing} on the {self.role}")
        finally:
            self.awaits_answer = False

    async def copy_out(self, query: str, sink: Callable[[bytes], Awaitable[None]], *, doing: str) -> int:
        """Run `COPY (query) TO STDOUT (FORMAT BINARY)`; give the count of its `COPY n` tag.

        `sink` gets chunks of 100-200 KB; while it is awaited, nothing more is read from the server. The errors
        it raises end the COPY and come out as they are.
        """
        failure: BaseException | None = None

        async def guarded_sink(chunk: bytes) -> None:
            nonlocal failure
            try:
                await sink(chunk)
            except BaseException as error:
                failure = error
                raise
            deadline.progress()

        copy = self._driver.copy_from_query(query, output=guarded_sink, format="binary")
        deadline = ProgressDeadline(self._driver, self._deadlines)
        try:
            with deadline:
                tag = await guarded(copy, f"{doing} on the {self.role}")
        except SluiceError:
            if failure is None:
                raise
        else:
            return _rows(tag)
        raise failure

    async def copy_in(
        self,
        schema: str,
        table: str,
        columns: Sequence[str],
        pieces: AsyncIterator[bytes],
        *,
        copy_format: Literal["binary", "text"],
        doing: str,
        is_frozen: bool = False,
    ) -> int:
        """Run `COPY table (columns) FROM STDIN`, with FREEZE if told so; give the count of its `COPY n` tag.

        An error raised by `pieces` sends CopyFail and comes out as it is.
        """

        async def watched() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield piece
                deadline.progress()
            deadline.all_sent()

        copy = self._driver.copy_to_table(
            table,
            schema_name=schema,
            columns=list(columns),
            source=watched(),
            format=copy_format,
            freeze=is_frozen or None,
        )
        with ProgressDeadline(self._driver, self._deadlines) as deadline:
            return _rows(await guarded(copy, f"{doing} on the {self.role}"))

    async def name_binary_types(self, types: Sequence[tuple[str, str]]) -> None:
        """Make arguments of these scalar types (schema, name) be their send format, for `set_from_binary`.

        The server itself converts them, so every scalar type works and no literal gets into a statement.
        """
        for schema, name in dict.fromkeys(types):
            if (schema, name) in self._binary_types:
                continue
            codec = self._driver.set_type_codec(name, schema=schema, encoder=as_is, decoder=as_is, format="binary")
            await self._answered(codec, f"preparing for keys of type {name}")
            self._binary_types.add((schema, name))

    async def set_from_binary(
        self, settings: Sequence[str], types: Sequence[tuple[str, str]], values: Sequence[bytes]
    ) -> None:
        """Set session variables, named by our own code, to the text form of values in send format."""
        calls = ", ".join(
            f"set_config('{setting}', ${number}::{qualified(*type_name)}::text, false)"
            for number, (setting, type_name) in enumerate(zip(settings, types, strict=True), start=1)
        )
        await guarded(
            self._driver.fetch(f"SELECT {calls}", *values),
            f"naming the row to go on after on the {self.role}",
        )

    @contextlib.asynccontextmanager
    async def transaction(self, begin: str = "BEGIN") -> AsyncIterator[None]:
        """Run what is inside in one transaction: committed at the end, rolled back on any error."""
        await self.execute(begin, doing="BEGIN")
        try:
            yield
        except BaseException:
            await self.rollback()
            raise
        await self.execute("COMMIT", doing="COMMIT")

    async def rollback(self) -> None:
        """End the transaction without its effects; a connection that cannot is closed."""
        try:
            await self._driver.execute("ROLLBACK", timeout=CONNECT_TIMEOUT_S)
        except (TimeoutError, *DRIVER_ERRORS):
            self._driver.terminate()
        except BaseException:  # Cancelled: whoever gets the connection next must not find it in a transaction.
            self._driver.terminate()
            raise

    async def is_alive(self) -> bool:
        """Whether the server still answers here."""
        if self.is_closed:
            return False
        try:
            await self.fetch("SELECT 1", doing="looking after the connection")
        except SluiceError:
            self.terminate()
            return False
        return True

    async def end_session(self, pid: int) -> None:
        """End a lost session of ours that the server may still hold open, with its locks; wait until it is gone."""
        await self.fetch(
            """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE pid = $1 AND usename = session_user AND application_name LIKE 'pgsluice%'""",
            pid,
            doing="ending a lost session",
        )

    async def until_lost(self) -> None:
        """Return when the session has ended, whoever ended it."""
        has_ended = asyncio.Event()
        self._driver.add_termination_listener(lambda _: has_ended.set())
        if not self.is_closed:
            await has_ended.wait()

    async def close(self) -> None:
        """End the session; a server that does not answer is left at once."""
        with contextlib.suppress(*DRIVER_ERRORS, asyncio.TimeoutError):
            await self._driver.close(timeout=5)

    def terminate(self) -> None:
        """End the session without a word to the server."""
        self._driver.terminate()


async def connect(
    dsn: Dsn, *, role: Role, deadlines: Deadlines = DEFAULT_DEADLINES, is_writer: bool = False
) -> Connection:
    """Open a session on the server of `dsn`, with settings that make both sides write values alike.

    A writer's session keeps the settings that the application's triggers and functions are made for.

    Raises ConnectError (or NotConnectedError where trying again makes sense), PoolerError where the session would
    not be ours alone; none shows a password.
    """
    driver = await _opened(dsn, role)
    connection = Connection(driver, role, [], deadlines)
    try:
        await _set_up(connection, driver, dsn, is_writer=is_writer)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _opened(dsn: Dsn, role: Role) -> asyncpg.Connection[asyncpg.Record]:
    try:
        driver = await asyncpg.connect(
            dsn.url,
            password=dsn.password,
            ssl=context(dsn.tls, role) or dsn.tls.mode,
            direct_tls=dsn.tls.is_direct,
            timeout=CONNECT_TIMEOUT_S,
        )
    except (TimeoutError, *DRIVER_ERRORS, ValueError) as error:
        failure = from_connecting(error, role, dsn.url)
    else:
        watch_peer(driver)
        return driver
    raise failure


async def _set_up(
    connection: Connection, driver: asyncpg.Connection[asyncpg.Record], dsn: Dsn, *, is_writer: bool
) -> None:
    """Make the settings; a pooler, which shows another process at the start than the server's, must keep sessions."""
    role, shown_pid = connection.role, connection.server_pid
    try:
        connection.server_pid, connection.settings_refused = await apply_settings(connection, is_writer=is_writer)
    except ServerError as error:
        if error.sqlstate not in STATEMENT_LOST:
            raise
        is_shared = True
    else:
        if connection.server_pid == shown_pid:
            return
        is_shared = await shares_sessions(driver, for_the_block(_opened(dsn, role)), connection.server_pid)
    if is_shared:
        raise PoolerError(role)


def _rows(tag: str) -> int:
    """The n of `COPY n`."""
    return int(tag.rpartition(" ")[2])
