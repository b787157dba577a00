"""Random rows, good and bad ones, against a model in plain Python that says which are refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pgsluice import BlockingWriter, Rejects, Table

if TYPE_CHECKING:
    from servers import Database

pytestmark = pytest.mark.db

Row = tuple[Any, ...]
TABLES = """
    CREATE TABLE zone (id int PRIMARY KEY);
    INSERT INTO zone VALUES (1), (2), (3);
    CREATE DOMAIN small AS int CHECK (VALUE < 50);
    CREATE TABLE item (id int PRIMARY KEY, tag text UNIQUE, n small, note text NOT NULL, zone int REFERENCES zone,
                       during int4range, EXCLUDE USING gist (during WITH &&));
    CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF new.note = 'trap' THEN RAISE 'a value: %', new; END IF; RETURN new; END $$;
    CREATE TRIGGER trap BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION trap();
    CREATE TABLE counter (id int PRIMARY KEY CHECK (id < 10), n bigint);
"""
STARTED = "TRUNCATE item, counter; INSERT INTO item VALUES (0, 'taken', 1, 'there', 1, '[1000,1001)')"
# A failing example is told as it was found: making it smaller takes a server minutes.
SETTINGS = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

notes = st.sampled_from(["fine", "good", "trap", "zero\0byte", None])
bad_or_good = st.tuples(st.sampled_from([1, 2, 3, 49, 50, 99, "seven"]), notes, st.sampled_from([1, 2, 3, 3, 4, None]))
mostly_good = st.tuples(st.just(5), st.just("fine"), st.just(1))


def own_fault(row: Row) -> str | None:
    """What of a row alone refuses it: a SQLSTATE, "encoder", or None."""
    _, _, n, note, zone, _ = row
    if not isinstance(n, int) or note is None or "\0" in note:
        return "encoder"
    if n >= 50:
        return "23514"
    if note == "trap":
        return "P0001"
    return "23503" if zone == 4 else None


@dataclass
class Expected:
    """The table's rows by id, and (position, cause) of the refused ones."""

    rows: dict[int, Row] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)


def serial(rows: list[Row]) -> Expected:
    """Rows of different keys, one by one."""
    expected = Expected({0: (0, "taken", 1, "there", 1, (1000, 1001))})
    for position, row in enumerate(rows):
        held = expected.rows.values()
        fault = own_fault(row)
        # The server looks at the row's types first, then at triggers, then at indexes, then at foreign keys.
        if fault in {None, "23503"} and row[1] is not None and row[1] in {other[1] for other in held}:
            fault = "23505"
        elif fault in {None, "23503"} and row[5] and any(other[5] and overlap(row[5], other[5]) for other in held):
            fault = "23P01"
        if fault:
            expected.refused.append((position, fault))
        else:
            expected.rows[row[0]] = row
    return expected


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@st.composite
def rows_of_different_keys(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(1, 60))
    found = []
    for key in draw(st.permutations(range(1, count + 1))):
        n, note, zone = draw(st.one_of(mostly_good, mostly_good, mostly_good, bad_or_good))
        tag = draw(st.sampled_from([None, None, None, f"t{key}", "a", "b", "taken"]))
        start = draw(st.sampled_from([None, None, None, None, 10, 12, 14, 999]))
        found.append((key, tag, n, note, zone, None if start is None else (start, start + 3)))
    return found


def written(database: Database, declared: Table, context: Any, rows: list[Row]) -> Expected:
    """Write rows in calls of seven; give what is there and what was recorded."""
    database.execute(STARTED + "; DROP TABLE IF EXISTS rejects")
    columns = ("id", "tag", "n", "note", "zone", "during")
    with BlockingWriter(database.dsn, {"item": declared}, context=context, rejects=Rejects(table="rejects")) as writer:
        for start in range(0, len(rows), 7):
            given_now = [dict(zip(columns, row, strict=True)) for row in rows[start : start + 7]]
            writer.write("item", [row | {"during": ranged(row["during"])} for row in given_now])
        flushed = writer.flush()
    expected = Expected()
    for row in database.fetch("SELECT id, tag, n, note, zone, lower(during) AS low, upper(during) AS high FROM item"):
        during = None if row["low"] is None else (row["low"], row["high"])
        expected.rows[row["id"]] = (row["id"], row["tag"], row["n"], row["note"], row["zone"], during)
    for row in database.fetch("SELECT call, position, sqlstate, given FROM rejects ORDER BY id"):
        position = row["call"] * 7 + row["position"]
        expected.refused.append((position, row["sqlstate"] or "encoder"))
        assert json.loads(row["given"])["id"] == str(rows[position][0])
    assert writer.rejected == len(expected.refused) == flushed.rejected.get("item", 0)
    return expected


def ranged(bounds: tuple[int, int] | None) -> str | None:
    return None if bounds is None else f"[{bounds[0]},{bounds[1]})"


WAYS = [
    ("upsert", "live"),
    ("ignore", "live"),
    ("quiet_upsert", "live"),
    ("cte_upsert", "live"),
    ("merge", "live"),
    ("copy", "live"),
    ("auto", "backfill"),
]


@pytest.mark.parametrize(("strategy", "context"), WAYS)
def test_refused_rows_are_those_of_the_model(target_db: Database, strategy: str, context: Any) -> None:
    target_db.execute(TABLES)

    @SETTINGS
    @given(rows_of_different_keys())
    def holds(rows: list[Row]) -> None:
        declared = Table(strategy=strategy, on_error="reject")

        assert written(target_db, declared, context, rows) == serial(rows)

    holds()


@st.composite
def rows_of_few_keys(draw: st.DrawFn) -> list[Row]:
    found = []
    for _ in range(draw(st.integers(1, 60))):
        n, note, zone = draw(st.one_of(mostly_good, bad_or_good))
        found.append((draw(st.integers(1, 12)), None, n, note, zone, None))
    return found


def last_that_is_taken(rows: list[Row]) -> Expected:
    """Of each key the last row that nothing refuses; of those behind it all are refused, of those before it none.

    But what cannot be encoded is refused wherever it stands.
    """
    expected = Expected({0: (0, "taken", 1, "there", 1, (1000, 1001))})
    for position, row in reversed(list(enumerate(rows))):
        fault = own_fault(row)
        if fault and (fault == "encoder" or row[0] not in expected.rows):
            expected.refused.insert(0, (position, fault))
        elif not fault:
            expected.rows.setdefault(row[0], row)
    return expected


def first_that_is_taken(rows: list[Row]) -> Expected:
    expected = Expected({0: (0, "taken", 1, "there", 1, (1000, 1001))})
    for position, row in enumerate(rows):
        fault = own_fault(row)
        if fault and (fault == "encoder" or row[0] not in expected.rows):
            expected.refused.append((position, fault))
        elif not fault:
            expected.rows.setdefault(row[0], row)
    return expected


@pytest.mark.parametrize(
    ("strategy", "model"),
    [
        ("upsert", last_that_is_taken),
        ("quiet_upsert", last_that_is_taken),
        ("cte_upsert", last_that_is_taken),
        ("merge", last_that_is_taken),
        ("ignore", first_that_is_taken),
    ],
)
def test_where_a_keys_row_is_refused_the_next_one_stands_for_it(target_db: Database, strategy: str, model: Any) -> None:
    target_db.execute(TABLES)

    @SETTINGS
    @given(rows_of_few_keys())
    def holds(rows: list[Row]) -> None:
        found = written(target_db, Table(strategy=strategy, on_error="reject"), "live", rows)

        assert found == model(rows)

    holds()


@SETTINGS
@given(rows=st.lists(st.tuples(st.integers(1, 13), st.integers(-5, 5)), min_size=1, max_size=80))
def test_deltas_of_good_keys_are_added_once(target_db: Database, rows: list[tuple[int, int]]) -> None:
    if not target_db.value("SELECT to_regclass('counter') IS NOT NULL"):
        target_db.execute(TABLES)
    target_db.execute(STARTED + "; DROP TABLE IF EXISTS rejects")

    declared = {"counter": Table(strategy="accumulate", on_error="reject")}
    with BlockingWriter(target_db.dsn, declared, rejects=Rejects(table="rejects")) as writer:
        writer.write("counter", rows)

    sums = {key: sum(n for other, n in rows if other == key) for key, _ in rows if key < 10}
    refused = [position for position, (key, _) in enumerate(rows) if key >= 10]
    assert {row["id"]: row["n"] for row in target_db.fetch("SELECT id, n FROM counter")} == sums
    assert [row["position"] for row in target_db.fetch("SELECT position FROM rejects ORDER BY id")] == refused
