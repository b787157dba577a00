"""Shapes of tables: keys and what follows them, partitions, unique columns, limits, and tables that cannot be read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from proposing import LEFT

from commands import KEY
from pgsluice import api
from pgsluice._core import Key
from pgsluice.catalog.read import read_catalog
from pgsluice.config.rules import parse_rules
from pgsluice.driver import Dsn, connect
from pgsluice.recognition.samples import prepare, read_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from proposing import Proposed

    from servers import Database

pytestmark = pytest.mark.db


def problems_of(proposed: Proposed, database: Database) -> list[str]:
    """What a plan says against the proposal, besides that columns are left to a person."""
    rules = parse_rules(proposed.document, name="the proposal")
    plan = asyncio.run(api.plan(Dsn.parse(database.dsn, role="source"), rules, Key(KEY)))
    return [problem for problem in plan.problems if "is neither masked nor kept" not in problem]


def test_columns_of_foreign_keys_follow_and_have_no_entry(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    proposed = propose(
        """CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, boss int REFERENCES users);
           CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users,
                                user_email text REFERENCES users (email));
           CREATE TABLE parts (order_id int, user_email text, FOREIGN KEY (order_id) REFERENCES orders,
                               FOREIGN KEY (user_email) REFERENCES users (email));"""
    )

    assert proposed.document["tables"] == {
        "public.orders": {"columns": {"id": "keep"}},
        "public.users": {"columns": {"id": "keep", "email": "email"}},
    }
    assert "user_id (public.users.id)" in proposed.draft.text
    assert "order_id (public.orders.id), user_email (public.users.email)" in proposed.draft.text
    assert problems_of(proposed, source_db) == []


def test_circle_of_foreign_keys_gets_one_entry(propose: Callable[..., Proposed], source_db: Database) -> None:
    proposed = propose(
        """CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
           ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b DEFERRABLE INITIALLY DEFERRED"""
    )

    assert [table for table, entry in proposed.document["tables"].items() if entry["columns"]] == ["public.a"]
    assert proposed.mask("public.a.id") == "keep"
    assert problems_of(proposed, source_db) == []


def test_column_of_two_keys_is_left_where_they_need_different_rules(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    proposed = propose(
        """CREATE TABLE employees (id serial PRIMARY KEY); CREATE TABLE machines (id serial PRIMARY KEY);
           CREATE TABLE uses (id int REFERENCES employees REFERENCES machines)"""
    )

    assert proposed.masks("public.employees", "id") == {"id": LEFT}
    assert proposed.masks("public.machines", "id") == {"id": LEFT}
    assert problems_of(proposed, source_db) == []


def test_key_of_people_is_masked_unless_another_type_refers_to_it(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    proposed = propose(
        """CREATE TABLE patients (id serial PRIMARY KEY); CREATE TABLE visits (patient_id int REFERENCES patients);
           CREATE TABLE students (id serial PRIMARY KEY); CREATE TABLE exams (student_id bigint REFERENCES students)"""
    )

    assert proposed.mask("public.patients.id") == "key"
    assert proposed.mask("public.students.id") == LEFT
    assert "another type" in proposed.reason("public.students.id")
    assert problems_of(proposed, source_db) == []


def test_reference_without_foreign_key_gets_the_rule_of_the_key(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    proposed = propose(
        """CREATE TABLE customers (id serial PRIMARY KEY); CREATE TABLE employees (id serial PRIMARY KEY);
           CREATE TABLE clicks (customer_id int, employee_id int, other_id int, billing_customer_id int)"""
    )

    assert proposed.document["tables"]["public.clicks"]["columns"] == {
        "customer_id": "keep",
        "billing_customer_id": "keep",
        "employee_id": {"mask": "key", "domain": "column public.employees.id"},
    }
    assert proposed.mask("public.clicks.other_id") == LEFT
    assert problems_of(proposed, source_db) == []


def test_partitions_take_the_entry_of_their_root(propose: Callable[..., Proposed], source_db: Database) -> None:
    proposed = propose(
        """CREATE TABLE events (id bigint, region text, happened_on date, email text,
                                PRIMARY KEY (id, region, happened_on)) PARTITION BY LIST (region);
           CREATE TABLE events_eu PARTITION OF events FOR VALUES IN ('eu') PARTITION BY RANGE (happened_on);
           CREATE TABLE events_eu_old PARTITION OF events_eu FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
           CREATE TABLE events_other PARTITION OF events DEFAULT;
           INSERT INTO events SELECT n, (ARRAY['eu','us'])[1 + n % 2], '2023-01-01', 'p' || n || '@example.com'
             FROM generate_series(1, 500) AS n"""
    )

    assert list(proposed.document["tables"]) == ["public.events"]
    assert proposed.masks("public.events", "id", "happened_on", "email") == {
        "id": "keep", "happened_on": "keep", "email": "email",
    }  # fmt: skip
    # Masked it cannot be, and kept only if a person says so: it may be where people live.
    assert proposed.mask("public.events.region") in {"keep", LEFT}
    assert problems_of(proposed, source_db) == []


def test_partition_key_with_personal_values_is_left(propose: Callable[..., Proposed], source_db: Database) -> None:
    proposed = propose(
        """CREATE TABLE people (email text PRIMARY KEY) PARTITION BY HASH (email);
           CREATE TABLE people_0 PARTITION OF people FOR VALUES WITH (MODULUS 1, REMAINDER 0);
           CREATE TABLE staff (id serial PRIMARY KEY);
           CREATE TABLE shifts (staff_id int REFERENCES staff) PARTITION BY HASH (staff_id);
           CREATE TABLE shifts_0 PARTITION OF shifts FOR VALUES WITH (MODULUS 1, REMAINDER 0)"""
    )

    assert proposed.mask("public.people.email") == LEFT
    assert "decides the partition" in proposed.reason("public.people.email")
    assert proposed.mask("public.staff.id") in {"keep", LEFT}
    assert problems_of(proposed, source_db) == []


def test_unique_and_short_columns_get_a_mask_that_fits_them(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    proposed = propose(
        """CREATE TABLE t (full_name text UNIQUE, city varchar(40) UNIQUE, email varchar(12), first_name varchar(1),
                           mac macaddr UNIQUE, password_hash text NOT NULL, phone varchar(20) UNIQUE)"""
    )

    assert proposed.masks("public.t", "full_name", "city", "email", "phone", "password_hash") == {
        "full_name": "hash", "city": "hash", "email": "hash", "phone": "phone", "password_hash": "hash",
    }  # fmt: skip
    assert proposed.masks("public.t", "mac", "first_name") == {"mac": LEFT, "first_name": "hash"}
    assert "no mask fits" in proposed.reason("public.t.mac")
    assert problems_of(proposed, source_db) == []


def test_document_names_that_are_data_get_into_no_path(propose: Callable[..., Proposed], source_db: Database) -> None:
    proposed = propose(
        """CREATE TABLE t (doc jsonb, maps jsonb, odd json, deep jsonb);
           INSERT INTO t SELECT jsonb_build_object('email', 'p' || n || '@example.com', 'ok', true, 'x', md5(n::text),
                                                   'state', (ARRAY['on','off'])[1 + n % 2]),
               jsonb_build_object('seen', jsonb_build_object('user' || n, 1), 'email', 'q' || n || '@example.com'),
               '{"Maria": 1, "ada@example.com": "x", "a b": "y", "z": "ada@example.com", "z": "bob@example.com"}',
               '{"a":{"b":{"c":{"d":{"e":{"f":{"g":"deep@example.com"}}}}}}}'
             FROM generate_series(1, 300) AS n"""
    )

    assert proposed.rule("public.t.doc")["paths"]["$.email"] == "email"
    assert proposed.rule("public.t.doc")["otherwise"] == "null"
    assert "keys" not in proposed.rule("public.t.doc")
    assert proposed.rule("public.t.maps") == {
        "mask": "json", "otherwise": "null", "keys": "hash", "paths": {"$.email": "email"},
    }  # fmt: skip
    assert proposed.mask("public.t.deep") == LEFT
    assert [word for word in ("user1", "Maria", "ada@", "a b") if word in proposed.draft.text] == []
    assert problems_of(proposed, source_db) == []


def test_table_that_may_not_be_read_is_judged_by_names_and_named(
    propose: Callable[..., Proposed], source_db: Database
) -> None:
    role = f"reader_of_{source_db.name}"
    source_db.execute(
        f"""CREATE TABLE closed (email text, c1 text); CREATE TABLE filtered (email text, c1 text);
            CREATE TABLE open (c1 text);
            INSERT INTO closed SELECT 'a@example.com', 'b' || n || '@example.com' FROM generate_series(1, 50) AS n;
            INSERT INTO filtered SELECT * FROM closed; INSERT INTO open SELECT c1 FROM closed;
            ALTER TABLE filtered ENABLE ROW LEVEL SECURITY;
            CREATE ROLE {role} LOGIN PASSWORD 'only-for-tests'; GRANT SELECT ON filtered, open TO {role}"""
    )
    server = source_db.server
    dsn = f"postgresql://{role}:only-for-tests@127.0.0.1:{server.port}/{source_db.name}"

    draft = asyncio.run(api.init(Dsn.parse(dsn, role="source")))

    notes = {table.relation.name: table.note for table in draft.tables}
    rules = {
        f"{table.relation.name}.{item.column.name}": item.rule and item.rule.mask
        for table in draft.tables
        for item in table.columns
    }
    source_db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert notes["open"] == ""
    assert "may not read" in notes["closed"]
    assert "row security" in notes["filtered"]
    assert rules == {
        "closed.email": "email", "closed.c1": None, "filtered.email": "email", "filtered.c1": None, "open.c1": "email",
    }  # fmt: skip


async def test_table_that_is_locked_is_left_in_time(source_db: Database) -> None:
    await source_db.aexecute("CREATE TABLE t (c1 text); INSERT INTO t VALUES ('a'), ('b')")
    reader = await connect(Dsn.parse(source_db.dsn, role="source"), role="source")
    locker = await source_db.connect()
    try:
        catalog = await read_catalog(reader)
        await prepare(reader)

        async with locker.transaction():
            await locker.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            locked = await read_sample(reader, catalog.relations, 10)
        free = await read_sample(reader, catalog.relations, 10)
    finally:
        await locker.close()
        await reader.close()

    assert (locked.rows, locked.note) == (0, "it was not read in time")
    assert (free.rows, free.note) == (2, "")


def test_large_table_is_looked_at_all_over(propose: Callable[..., Proposed]) -> None:
    """What stands at the end of a table is found without reading it whole."""
    proposed = propose(
        """CREATE TABLE wide (c1 text, pad text);
           INSERT INTO wide SELECT CASE WHEN n > 20000 THEN 'p' || n || '@example.com' ELSE 'word' || n END,
                                   repeat('x', 300) FROM generate_series(1, 40000) AS n;
           ANALYZE wide"""
    )

    assert proposed.mask("public.wide.c1") == LEFT
    assert "e-mail addresses, by" in proposed.reason("public.wide.c1")
    assert 200 <= proposed.draft.tables[0].sample_rows <= 1000


def test_choosing_tables_proposes_the_keys_that_they_refer_to(propose: Callable[..., Proposed]) -> None:
    proposed = propose(
        """CREATE TABLE users (id serial PRIMARY KEY, email text);
           CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users, note text);
           CREATE TABLE other (id int)""",
        tables=["orders"],
    )

    assert {table: list(entry["columns"]) for table, entry in proposed.document["tables"].items()} == {
        "public.orders": ["id", "note"],
        "public.users": ["id"],
    }


def test_database_without_tables_gets_an_empty_file(propose: Callable[..., Proposed]) -> None:
    proposed = propose()

    assert proposed.document == {"version": 1}


def test_types_that_no_mask_reads_are_left(propose: Callable[..., Proposed], source_db: Database) -> None:
    proposed = propose(
        """CREATE TYPE pair AS (a text, b int);
           CREATE TABLE t (a xml, b bytea, c tsvector, d pair, e bit(3), f point, g money, h text[][], i pair[],
                           j oid, k int4range, generated int GENERATED ALWAYS AS (1) STORED, l "char", m name);
           INSERT INTO t (d, g, h, m)
             SELECT ROW('p' || n || '@example.com', n)::pair, n, '{{a,b},{c,NULL}}', 'n' || n
               FROM generate_series(1, 60) AS n"""
    )

    assert proposed.masks("public.t", *"abcefgilm") == dict.fromkeys("abcefgilm", LEFT)
    assert proposed.masks("public.t", "j", "k") == {"j": "keep", "k": "keep"}
    assert "generated by the target: generated" in proposed.draft.text
    assert problems_of(proposed, source_db) == []
