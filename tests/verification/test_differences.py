"""A copy that is right passes; what was spoilt by hand is found by name and number, and nothing else is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pgsluice import api
from pgsluice.api import VerifySettings
from pgsluice.errors import DifferentError
from verified import found_in

if TYPE_CHECKING:
    from verified import Found, Pair

pytestmark = pytest.mark.db

#: What is done to the target by hand, and all that must be reported of it.
SPOILT: dict[str, tuple[str, set[Found]]] = {
    "a row missing": (
        "DELETE FROM orders WHERE id = 17",
        {("table", "public.orders", -1), ("missing rows", "public.orders", 1)},
    ),
    "a row more": (
        "INSERT INTO orders SELECT 501, person_email, person_id, total, state FROM orders WHERE id = 17",
        {("table", "public.orders", 1), ("extra rows", "public.orders", 1)},
    ),
    "a row twice": (
        "INSERT INTO visits SELECT * FROM visits WHERE page = 'page 3' LIMIT 1",
        {("table", "public.visits", 1), ("extra rows", "public.visits", 1)},
    ),
    "a row instead of another": (
        "UPDATE orders SET id = 900 WHERE id = 17",
        {
            ("table", "public.orders", 0), ("missing rows", "public.orders", 1), ("extra rows", "public.orders", 1),
            ("column", "public.orders.id", 0),
        },
    ),
    "a kept value": (
        "UPDATE people SET city = 'City 9' WHERE id = 5",
        {("table", "public.people", 0), ("column", "public.people.city", 1)},
    ),
    "a kept value that is NULL now": (
        "UPDATE orders SET total = NULL WHERE id IN (4, 8)",
        {("table", "public.orders", 0), ("column", "public.orders.total", 2)},
    ),
    "a kept value by the last bit": (
        "UPDATE people SET score = score + 1e-16 WHERE id = 1",
        {("table", "public.people", 0), ("column", "public.people.score", 1)},
    ),
    "a kept value of a table without a key": (
        "UPDATE visits SET page = 'page 99' WHERE at = (SELECT min(at) FROM visits)",
        {
            ("table", "public.visits", 0), ("missing rows", "public.visits", 1), ("extra rows", "public.visits", 1),
            ("column", "public.visits.page", None),
        },
    ),
    "kept values that changed places": (
        "UPDATE people SET city = CASE id WHEN 1 THEN 'City 2' ELSE 'City 1' END WHERE id IN (1, 2)",
        {("table", "public.people", 0), ("column", "public.people.city", 2)},
    ),
    "masked values that changed places": (
        "UPDATE people SET phone = (SELECT p.phone FROM people AS p WHERE p.id = 3 - people.id) WHERE id IN (1, 2)",
        {("table", "public.people", 0), ("column", "public.people.phone", 2)},
    ),
    "a masked value by hand": (
        "UPDATE people SET full_name = 'somebody else' WHERE id = 9",
        {("table", "public.people", 0), ("column", "public.people.full_name", 1)},
    ),
    "a masked number by hand": (
        "UPDATE people SET balance = balance + 0.01, born = born + 1 WHERE id = 9",
        {
            ("table", "public.people", 0), ("column", "public.people.balance", 1),
            ("column", "public.people.born", 1),
        },
    ),
    "a masked document by hand": (
        "UPDATE people SET doc = doc || '{\"zip\": 1}' WHERE id = 9",
        {("table", "public.people", 0), ("column", "public.people.doc", 1)},
    ),
    "a masked element by hand": (
        "UPDATE people SET tags = tags || NULL::text WHERE id = 9",
        {("table", "public.people", 0), ("column", "public.people.tags", 1)},
    ),
    "a masked value that is its original": (
        "UPDATE people SET full_name = 'Person Number9' WHERE id = 9",
        {
            ("table", "public.people", 0), ("column", "public.people.full_name", 1),
            ("originals", "public.people.full_name", 1),
        },
    ),
    "a masked value that is another's original": (
        "UPDATE people SET phone = '(+49) 30-5550014' WHERE id = 9",
        {
            ("table", "public.people", 0), ("column", "public.people.phone", 1),
            ("originals", "public.people.phone", 1),
        },
    ),
    "originals inside another column": (
        "UPDATE people SET note = 'mail person8@mail.example or call +49 30 5550056!' WHERE id = 9",
        {
            ("table", "public.people", 0), ("column", "public.people.note", 1),
            ("originals", "public.people.note", 2),
        },
    ),
    "an original inside a kept column": (
        "UPDATE orders SET state = 'paid by person8@mail.example' WHERE id = 9",
        {
            ("table", "public.orders", 0), ("column", "public.orders.state", 1),
            ("originals", "public.orders.state", 1),
        },
    ),
    "an original inside a document": (
        """UPDATE people SET doc = '{"zip": 9, "x": ["deep", {"y": "Inner Secret 12"}]}' WHERE id = 9""",
        {
            ("table", "public.people", 0), ("column", "public.people.doc", 1),
            ("originals", "public.people.doc", 1),
        },
    ),
    "an original as an element": (
        "UPDATE people SET tags = ARRAY['tag of 88'] WHERE id = 9",
        {
            ("table", "public.people", 0), ("column", "public.people.tags", 1),
            ("originals", "public.people.tags", 1),
        },
    ),
    "an original in a table of its own": (
        "UPDATE visits SET visitor = upper(md5('ref9')::uuid::text) WHERE at = '2024-01-01 00:05+00'",
        {
            ("table", "public.visits", 0), ("missing rows", "public.visits", 1), ("extra rows", "public.visits", 1),
            ("column", "public.visits.visitor", None), ("originals", "public.visits.visitor", 1),
        },
    ),
    "a row in a partition": (
        "DELETE FROM parted WHERE id = 4",
        {("table", "public.parted_north", -1), ("missing rows", "public.parted_north", 1)},
    ),
    "a row where none should be": (
        "INSERT INTO log VALUES (1, 'a line')",
        {("table", "public.log", 1), ("extra rows", "public.log", 1)},
    ),
    "rows of nobody": (
        "UPDATE orders SET person_id = 1000 + id WHERE id <= 3",
        {
            ("table", "public.orders", 0), ("column", "public.orders.person_id", 3),
            ("dangling", "orders_person_fkey", 3),
        },
    ),
    "a key twice where its index is gone": (
        """ALTER TABLE people DROP CONSTRAINT people_email_key CASCADE;
           UPDATE people SET email = (SELECT p.email FROM people AS p WHERE p.id = 1) WHERE id IN (2, 3)""",
        {
            ("table", "public.people", 0), ("column", "public.people.email", 2),
            ("doubles", "public.people", ("email",), 1),
            # Orders referred to both by their email.
            ("dangling", "orders_person_email_fkey", 4),
            ("object", "constraint", "public.people_email_key"),
            ("object", "constraint", "public.orders_person_email_fkey"),
        },
    ),
    "a foreign key missing": (
        "ALTER TABLE orders DROP CONSTRAINT orders_person_fkey",
        {("object", "constraint", "public.orders_person_fkey")},
    ),
    "a sequence behind its column": (
        "SELECT setval('people_id_seq', 299)",
        {("sequence", "public.people_id_seq", "behind")},
    ),
    "a sequence behind the source's": (
        "SELECT setval('tickets', 1)",
        {("sequence", "public.tickets", "behind")},
    ),
    "a sequence missing": ("DROP SEQUENCE tickets", {("sequence", "public.tickets", "missing")}),
    "an index missing": ("DROP INDEX orders_state_idx", {("object", "index", "public.orders_state_idx")}),
    "a trigger, a view and a policy missing": (
        "DROP TRIGGER orders_noted ON orders; DROP VIEW everybody; DROP POLICY own_rows ON orders",
        {
            ("object", "trigger", "public.orders_noted"), ("object", "view", "public.everybody"),
            ("object", "policy", "public.own_rows"),
        },
    ),
    "a materialized view that is empty": (
        "REFRESH MATERIALIZED VIEW totals WITH NO DATA",
        {("object", "rows of materialized view", "public.totals")},
    ),
    "a column missing": (
        "ALTER TABLE orders DROP COLUMN state",
        {
            ("table", "public.orders", 0), ("column", "public.orders.state", None),
            ("object", "index", "public.orders_state_idx"),
        },
    ),
    "a table missing": (
        "DROP TABLE visits",
        {("missing", "public.visits")},
    ),
}  # fmt: skip


async def test_verify_right_copy_reports_nothing(town: Pair) -> None:
    report = await town.verify()

    assert found_in(report) == set()
    assert report.differences == ()
    assert report.notes == ()
    assert {table.state for table in report.tables} == {"ok", "structure only"}
    assert {column.state for table in report.tables for column in table.columns} == {"equal", "not compared"}
    counts = {table.label: (table.rows_source, table.rows_target) for table in report.tables}
    assert counts["public.people"] == (300, 300)
    assert counts["public.log"] == (0, 0)
    api.raise_if_different(report)


@pytest.mark.parametrize("what", SPOILT)
async def test_verify_spoilt_copy_reports_it_and_nothing_else(pair: Pair, what: str) -> None:
    sql, expected = SPOILT[what]
    pair.spoil(sql)

    report = await pair.verify()

    assert found_in(report) == expected
    with pytest.raises(DifferentError) as raised:
        api.raise_if_different(report)
    assert raised.value.exit_status == 5


async def test_verify_share_of_changed_values_is_counted(town: Pair) -> None:
    report = await town.verify()

    people = next(table for table in report.tables if table.label == "public.people")
    columns = {column.name: column for column in people.columns}
    sides = (town.source, town.target)
    assert columns["email"].originals == 300
    assert columns["email"].unchanged == 0
    assert columns["note"].originals == town.source.value("SELECT count(note) FROM people") == 100
    assert columns["note"].nulls_expected == columns["note"].nulls_found == 200
    for name in ("note", "born", "balance", "code"):
        before, after = (set(side.fetch(f"SELECT id, {name} FROM people WHERE {name} IS NOT NULL")) for side in sides)
        assert columns[name].unchanged == len(before & after), name


async def test_verify_many_differences_counts_a_part_and_says_so(pair: Pair) -> None:
    pair.spoil("UPDATE people SET city = 'elsewhere'")

    report = await pair.verify(settings=VerifySettings(differences_bytes=10_000))

    people = next(table for table in report.tables if table.label == "public.people")
    city = next(column for column in people.columns if column.name == "city")
    assert people.is_estimate
    assert people.rows_missing == people.rows_extra == 0
    assert 200 < (city.rows_changed or 0) < 400


async def test_verify_few_originals_at_once_finds_the_same(pair: Pair) -> None:
    sql, expected = SPOILT["originals inside another column"]
    pair.spoil(sql)

    report = await pair.verify(settings=VerifySettings(originals_max=100, jobs=3, batch_bytes=1000))

    assert found_in(report) == expected
