"""The archive of pg_dump as bytes: what is in it comes out, and what is no archive is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dumps import archive_of

from commands import KEEP
from pgsluice.schema.archive import ArchiveError, Entry, read_entries

if TYPE_CHECKING:
    from commands import Shell
    from servers import Database

pytestmark = pytest.mark.db

# A body that looks like the next object of a dump, quotes and line ends in names, a name that is a comment.
FORGED = """--
-- TOC entry 999 (class 1255 OID 1)
-- Name: gone; Type: FUNCTION
--
DROP TABLE victim;
$$ '' \\ "
"""
SOURCE = f"""
CREATE TABLE victim (id int PRIMARY KEY, "a ""b
c" text DEFAULT 'it''s');
CREATE FUNCTION forged() RETURNS text LANGUAGE sql AS $body$ SELECT $x${FORGED}$x$ $body$;
CREATE TABLE "x; DROP TABLE victim; --" (id int);
COMMENT ON TABLE victim IS $x${FORGED}$x$;
"""


def test_archive_gives_each_object_with_its_statement(source_db: Database) -> None:
    source_db.execute("CREATE TABLE t (id int PRIMARY KEY); CREATE VIEW v AS SELECT id FROM t")

    entries = {entry.name: entry for entry in read_entries(archive_of(source_db))}

    oid = source_db.value("SELECT 't'::regclass::oid")
    table, key, view = entries["t"], entries["t t_pkey"], entries["v"]
    assert (table.kind, table.catalog_oid, table.object_oid, table.schema) == ("TABLE", 1259, oid, "public")
    assert table.statement.startswith("CREATE TABLE public.t (")
    assert (key.kind, key.needs) == ("CONSTRAINT", {table.dump_id})
    assert view.label == 'view "public.v"'


def test_archive_cut_anywhere_is_refused(source_db: Database) -> None:
    source_db.execute("CREATE TABLE t (id int PRIMARY KEY)")
    archive = archive_of(source_db)

    for size in (0, 4, 10, 11, 40, *range(60, len(archive), 97), len(archive) - 1):
        with pytest.raises(ArchiveError):
            read_entries(archive[:size])


def test_archive_of_an_unknown_version_is_refused(source_db: Database) -> None:
    archive = bytearray(archive_of(source_db))
    archive[6] = 99

    with pytest.raises(ArchiveError, match=r"version 1\.99"):
        read_entries(bytes(archive))


def test_archive_with_something_behind_it_is_refused(source_db: Database) -> None:
    with pytest.raises(ArchiveError):
        read_entries(archive_of(source_db) + b"\0")


def test_names_and_bodies_that_look_like_statements_arrive_as_they_are(shell: Shell) -> None:
    shell.source.execute(SOURCE)

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert shell.target.value("SELECT forged()") == FORGED
    assert shell.target.value("SELECT obj_description('victim'::regclass)") == FORGED
    assert shell.target.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 2


def test_entries_of_one_name_and_no_object_are_told_apart() -> None:
    def entry(statement: str) -> Entry:
        return Entry(1, 0, 0, "COMMENT", 'TABLE "t"', "s", None, 1, statement, "", None, False, frozenset())

    assert entry("COMMENT 1").identity != entry("COMMENT 2").identity
