"""Owners and privileges: left alone unless asked for, and then as on the source, for roles that must be there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

ROLES = ("rights_owner", "rights_reader")
SOURCE = """
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, secret text);
CREATE FUNCTION s.f(int, text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE s.sums(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE TYPE s.mood AS ENUM ('fine');
CREATE VIEW s.v AS SELECT id FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
INSERT INTO s.t VALUES (1, 'a');
ALTER SCHEMA s OWNER TO rights_owner;
ALTER TABLE s.t OWNER TO rights_owner;
ALTER FUNCTION s.f OWNER TO rights_owner;
ALTER AGGREGATE s.sums(int) OWNER TO rights_owner;
ALTER TYPE s.mood OWNER TO rights_owner;
ALTER MATERIALIZED VIEW s.m OWNER TO rights_owner;
GRANT USAGE ON SCHEMA s TO rights_reader;
GRANT SELECT (id) ON s.t TO rights_reader WITH GRANT OPTION;
REVOKE ALL ON FUNCTION s.f FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE rights_owner IN SCHEMA s GRANT SELECT ON TABLES TO rights_reader;
"""
RIGHTS = """
SELECT 'schema', nspname::text, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = 's'
UNION ALL SELECT 'relation', relname, relowner::regrole::text, relacl::text FROM pg_class
           WHERE relnamespace = 's'::regnamespace
UNION ALL SELECT 'column', attname, '', attacl::text FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0
UNION ALL SELECT 'function', proname, proowner::regrole::text, proacl::text FROM pg_proc
           WHERE pronamespace = 's'::regnamespace
UNION ALL SELECT 'type', typname, typowner::regrole::text, typacl::text FROM pg_type
           WHERE typnamespace = 's'::regnamespace
UNION ALL SELECT 'default', '', defaclrole::regrole::text, defaclacl::text FROM pg_default_acl
ORDER BY 1, 2
"""


@contextmanager
def roles_on(database: Database) -> Iterator[None]:
    """Make the roles on the server; they go at the end, with all they own in its database."""
    for role in ROLES:
        database.execute(f"CREATE ROLE {role}")
    try:
        yield
    finally:
        for role in ROLES:
            database.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


@pytest.fixture
def source_roles(source_db: Database) -> Iterator[None]:
    with roles_on(source_db):
        yield


@pytest.mark.usefixtures("source_roles")
def test_rights_are_those_of_the_source(shell: Shell) -> None:
    shell.source.execute(SOURCE)
    with roles_on(shell.target):
        ended = shell.copy(KEEP, "--rights")

        assert ended.status == 0, ended.said
        expected = [tuple(row) for row in shell.source.fetch(RIGHTS)]
        assert ("relation", "t", "rights_owner") in [row[:3] for row in expected]
        assert [tuple(row) for row in shell.target.fetch(RIGHTS)] == expected
        assert shell.target.value("SELECT count(*) FROM s.m") == 1


@pytest.mark.usefixtures("source_roles")
def test_rights_without_their_roles_are_refused_by_name(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP, "--rights")

    assert ended.status == 3, ended.said
    assert 'role "rights_owner" owns' in ended.stderr
    assert shell.target.value("SELECT to_regnamespace('s') IS NULL")


@pytest.mark.usefixtures("source_roles")
def test_rights_are_left_alone_unless_asked_for(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP)
    planned = shell.run("plan", f"--source={shell.source.dsn}", f"--rules={shell.rules(KEEP)}", "--json")

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT bool_and(relacl IS NULL) FROM pg_class WHERE relnamespace = 's'::regnamespace")
    [left_out] = [item for item in planned.data["objects_left_out"] if item["object"].startswith("owners")]
    assert '"rights_owner"' in left_out["object"]
    assert "--rights" in left_out["reason"]
