"""Roles that may read and nothing else are enough on both sides; what they may not read is named."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from commands import KEY
from pgsluice import api
from pgsluice._core import Key
from pgsluice.driver import Dsn
from pgsluice.errors import NotAllowedError
from verified import found_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Database
    from verified import Pair

pytestmark = pytest.mark.db

PASSWORD = secrets.token_hex(8)
READING = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
"""


class Reader:
    """A role that logs in to one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.name = f"reader_{secrets.token_hex(4)}"
        database.execute(f"CREATE ROLE {self.name} LOGIN PASSWORD '{PASSWORD}'")

    def may(self, sql: str) -> None:
        self.database.execute(sql.format(role=self.name))

    @property
    def dsn(self) -> str:
        parts = urlsplit(self.database.dsn)
        return urlunsplit(parts._replace(netloc=f"{self.name}:{PASSWORD}@{parts.hostname}:{parts.port}"))

    def drop(self) -> None:
        self.database.execute(f"DROP OWNED BY {self.name}; DROP ROLE {self.name}")


@pytest.fixture
def readers(pair: Pair) -> Iterator[tuple[Reader, Reader]]:
    """A role on the source and one on the target, without a right."""
    source, target = Reader(pair.source), Reader(pair.target)
    yield source, target
    source.drop()
    target.drop()


async def verify(pair: Pair, readers: tuple[Reader, Reader]) -> api.VerifyReport:
    return await api.verify(
        Dsn.parse(readers[0].dsn, role="source"),
        Dsn.parse(readers[1].dsn, role="target"),
        pair.shell.rules(pair.rules),
        Key(KEY),
    )


async def test_roles_that_may_only_read_are_enough(pair: Pair, readers: tuple[Reader, Reader]) -> None:
    for reader in readers:
        reader.may(READING)
    readers[1].may(
        "GRANT USAGE ON SCHEMA _pgsluice TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA _pgsluice TO {role}"
    )

    report = await verify(pair, readers)

    assert found_in(report) == set()
    assert report.run_id is not None
    assert report.notes == ()


async def test_role_without_the_state_is_told_so(pair: Pair, readers: tuple[Reader, Reader]) -> None:
    for reader in readers:
        reader.may(READING)

    report = await verify(pair, readers)

    assert found_in(report) == set()
    assert report.run_id is None
    assert "its state is not looked at" in report.notes[0]


async def test_sequences_that_cannot_be_read_are_named_and_no_difference(
    pair: Pair, readers: tuple[Reader, Reader]
) -> None:
    for reader in readers:
        reader.may(READING)
    readers[1].may("REVOKE ALL ON SEQUENCE tickets FROM {role}")

    report = await verify(pair, readers)

    assert found_in(report) == set()
    assert {item.name for item in report.sequences if item.state == "not readable"} == {"public.tickets"}


@pytest.mark.parametrize("side", [0, 1])
async def test_tables_that_cannot_be_read_are_refused_by_name(
    pair: Pair, readers: tuple[Reader, Reader], side: int
) -> None:
    for reader in readers:
        reader.may(READING)
    readers[side].may("REVOKE SELECT ON visits, parted_rest FROM {role}")

    with pytest.raises(NotAllowedError) as raised:
        await verify(pair, readers)

    assert raised.value.detail == "public.parted_rest, public.visits."
    assert ("source", "target")[side] in raised.value.message
