"""Tables that have nothing to do with each other are made side by side; whatever is connected stays in one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dumps import archive_of

from pgsluice.schema.archive import read_entries
from pgsluice.schema.clusters import clusters
from pgsluice.schema.order import Step, sort_entries

if TYPE_CHECKING:
    from pgsluice.schema.archive import Entry
    from servers import Database

pytestmark = pytest.mark.db

SOURCE = """
CREATE TYPE mood AS ENUM ('fine');
CREATE TABLE lone (id serial PRIMARY KEY, m mood);
CREATE SEQUENCE shared;
CREATE TABLE one (id int DEFAULT nextval('shared'));
CREATE TABLE two (id int DEFAULT nextval('shared'));
CREATE TABLE parent (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE heir (more int) INHERITS (one);
CREATE FUNCTION counted(lone) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE later (n int DEFAULT counted(NULL));
CREATE TABLE of_later (c later);
CREATE VIEW seen AS SELECT id FROM lone;
COMMENT ON TABLE two IS 'two'; COMMENT ON TYPE mood IS 'first'; COMMENT ON TABLE later IS 'last';
"""


@pytest.fixture
def entries(source_db: Database) -> list[Entry]:
    source_db.execute(SOURCE)
    return list(sort_entries(read_entries(archive_of(source_db))).steps[Step.BEFORE_ROWS])


def names(entries: tuple[Entry, ...], kind: str) -> set[str]:
    return {entry.name for entry in entries if entry.kind == kind}


def test_clusters_hold_every_object_once_and_in_order(entries: list[Entry]) -> None:
    parts = clusters(entries, shares=3)

    found = [entry for part in (parts.first, *parts.shares, parts.last) for entry in part]
    assert sorted(entry.dump_id for entry in found) == sorted(entry.dump_id for entry in entries)
    for part in (parts.first, *parts.shares, parts.last):
        made: set[int] = set()
        for entry in part:
            later = (entry.needs & {other.dump_id for other in part}) - made
            assert later == set(), entry.label
            made.add(entry.dump_id)


def test_clusters_have_no_need_of_each_other(entries: list[Entry]) -> None:
    parts = clusters(entries, shares=3)

    part_of = {entry.dump_id: number for number, share in enumerate(parts.shares) for entry in share}
    last = {entry.dump_id for entry in parts.last}
    for number, share in enumerate(parts.shares):
        for entry in share:
            assert {part_of[need] for need in entry.needs if need in part_of} <= {number}
            assert not entry.needs & last
    assert not any(entry.needs & (part_of.keys() | last) for entry in parts.first)


def test_clusters_keep_for_the_end_what_needs_more_than_tables(entries: list[Entry]) -> None:
    parts = clusters(entries, shares=2)

    shared = tuple(entry for share in parts.shares for entry in share)
    assert names(shared, "TABLE") == {"lone", "one", "two", "parent", "child", "heir"}
    assert names(parts.last, "TABLE") == {"later", "of_later"}
    assert names(parts.last, "VIEW") == {"seen"}
