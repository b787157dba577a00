"""What a plan is known for beforehand: masks that a CHECK may refuse, and what differs on a target that is there."""

from __future__ import annotations

import asyncio
import tomllib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from commands import KEY
from pgsluice import api
from pgsluice._core import Key
from pgsluice.config.rules import parse_rules
from pgsluice.driver import Dsn

if TYPE_CHECKING:
    from planning import Planner

    from commands import Shell

pytestmark = pytest.mark.db

KEEP = '[columns]\n"*" = { mask = "keep", reason = "a test" }'

#: What the target has otherwise than the source's `t (id int PRIMARY KEY, v text, n int)`, and what is told of it.
DIFFERENCES = {
    "nothing": ("CREATE INDEX ON t (v)", "CREATE INDEX other_name ON t (v)", []),
    "CHECK gone": ("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)", "", ['CHECK "c" is missing on the target']),
    "CHECK added": (
        "",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        ['CHECK "c" is on the target only: rows may be refused'],
    ),
    "CHECK of another name": (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        "ALTER TABLE t ADD CONSTRAINT d CHECK (n > 0)",
        [],
    ),
    "CHECK changed": (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 1)",
        ['CHECK "c" is not the same on the target'],
    ),
    "index gone": ("CREATE INDEX i ON t (lower(v)) WHERE n > 1", "", ['index "i" is missing on the target']),
    "unique index added": (
        "",
        "CREATE UNIQUE INDEX i ON t (v)",
        ['unique index "i" is on the target only: rows may be refused'],
    ),
    "constraint for an index": (
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (v)",
        "CREATE UNIQUE INDEX u ON t (v)",
        ['UNIQUE "u" is missing on the target', 'unique index "u" is on the target only: rows may be refused'],
    ),
    "foreign key gone": (
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t",
        "",
        ['foreign key "f" is missing on the target'],
    ),
    "foreign key not validated": (
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t NOT VALID",
        ['foreign key "f" is not the same on the target'],
    ),
    "trigger added": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
           CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()""",
        ['trigger "g" is on the target only: it may fire for each row'],
    ),
    "rule added": (
        "",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING",
        ['rule "r" is on the target only: rows may be refused'],
    ),
    "default": (
        "ALTER TABLE t ALTER n SET DEFAULT 1",
        "ALTER TABLE t ALTER n SET DEFAULT 2",
        ['the default of column "n" is not the same on the target'],
    ),
    "row security": ("", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", ["row security is on the target only"]),
    "type": ("", "ALTER TABLE t ALTER n TYPE int8", ['column "n" is integer on the source, bigint on the target']),
    "wider text": (
        "ALTER TABLE t ALTER v TYPE varchar(3)",
        "ALTER TABLE t ALTER v TYPE varchar(9)",
        ['column "v" is character varying(3) on the source, character varying(9) on the target'],
    ),
    "NOT NULL": (
        "",
        "ALTER TABLE t ALTER v SET NOT NULL",
        ['column "v" is NOT NULL on the target only: a NULL would be refused'],
    ),
    "NULL": ("ALTER TABLE t ALTER v SET NOT NULL", "", ['column "v" is NOT NULL on the source only']),
    "column added": ("", "ALTER TABLE t ADD more int", ['column "more" is on the target only']),
    "generated": (
        "ALTER TABLE t ADD g int GENERATED ALWAYS AS (n + 1) STORED",
        "ALTER TABLE t ADD g int",
        [
            'column "g" is generated on the source only: it is not copied, and gets its default',
            'the expression of column "g" is missing on the target',
        ],
    ),
    "quotes": ('CREATE INDEX "a""b" ON t (v)', "", ['index "a""b" is missing on the target']),
}
TABLE = "CREATE TABLE t (id int PRIMARY KEY, v text, n int);"


@pytest.mark.parametrize("what", DIFFERENCES)
def test_findings_of_a_target_name_what_differs(plan: Planner, what: str) -> None:
    here, there, expected = DIFFERENCES[what]

    found = plan(TABLE + here, KEEP, target=TABLE + there)

    assert found.problems == ()
    assert [str(finding) for finding in found.findings] == [f'table "public.t": {text}' for text in expected]


def test_findings_of_a_target_that_a_copy_made_are_none(shell: Shell) -> None:
    """pg_dump's way of saying things must compare equal to the source's."""
    shell.source.execute(
        """CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN word AS varchar(9) CHECK (VALUE <> '');
           CREATE SEQUENCE s;
           CREATE TABLE p (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
           CREATE TABLE p1 PARTITION OF p DEFAULT; CREATE INDEX ON p (at DESC NULLS LAST);
           CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, v word DEFAULT 'x'::text, m mood,
               n numeric(9,2) DEFAULT nextval('s') CHECK (n > 0 AND n IN (1, 2, 3)), w text COLLATE "C",
               g text GENERATED ALWAYS AS (upper(w)) STORED, r int4range, up int REFERENCES t DEFERRABLE,
               EXCLUDE USING gist (r WITH &&), UNIQUE (v, m), CHECK (m <> 'b') NOT VALID);
           CREATE UNIQUE INDEX "odd ""name" ON t ((lower(w)) text_pattern_ops) INCLUDE (n) WHERE m = 'a';
           CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
           CREATE TRIGGER g AFTER UPDATE OF n ON t FOR EACH ROW WHEN (OLD.n <> NEW.n) EXECUTE FUNCTION f();
           ALTER TABLE t ENABLE ALWAYS TRIGGER g; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
           CREATE RULE l AS ON DELETE TO t DO ALSO NOTHING"""
    )
    ended = shell.copy(KEEP)
    assert ended.status == 0, ended.said

    planned = shell.plan(KEEP, "--json", f"--target={shell.target.dsn}")

    assert planned.data["findings"] == []
    assert planned.data["changes"] == []


def test_findings_name_checks_that_masked_columns_have_to_meet(plan: Planner) -> None:
    found = plan(
        """CREATE DOMAIN word AS text CONSTRAINT short CHECK (length(VALUE) < 9); CREATE DOMAIN words AS word[];
           CREATE DOMAIN outer_word AS word CONSTRAINT lower CHECK (VALUE = lower(VALUE));
           CREATE TABLE t (a text CONSTRAINT tiny CHECK (length(a) < 5), b outer_word, c words, d text CHECK (d <> ''),
               e text CHECK (e <> ''), f int, CONSTRAINT a_f CHECK (length(a) < f), CHECK (1 > 0));
           CREATE TABLE u (a text CHECK (a <> ''))""",
        """[columns]
           "t.a" = "text"
           "t.b" = "hash"
           "t.c" = "hash"
           "t.d" = "null"
           "t.e" = { mask = "keep", reason = "a test" }
           "t.f" = "keep"
           "u.a" = "hash"
           [tables."public.u"]
           rows = "none"
        """,
    )

    assert [str(finding) for finding in found.findings] == [
        'table "public.t": mask "text" of column "a" may not meet CHECK "a_f"',
        'table "public.t": mask "text" of column "a" may not meet CHECK "tiny"',
        'table "public.t": mask "hash" of column "b" may not meet CHECK "lower" of domain public.outer_word',
        'table "public.t": mask "hash" of column "b" may not meet CHECK "short" of domain public.word',
        'table "public.t": mask "hash" of column "c" may not meet CHECK "short" of domain public.word',
    ]


def test_findings_are_shown_in_the_plan(shell: Shell) -> None:
    shell.source.execute(TABLE + "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)")
    shell.target.execute(TABLE + "CREATE INDEX i ON t (v)")

    ended = shell.plan(KEEP.replace("[columns]", '[columns]\n"t.n" = "key"'), f"--target={shell.target.dsn}")

    assert ended.status == 0, ended.said
    assert "the target's tables differ from the source's" in ended.stdout
    assert '  table "public.t": CHECK "c" is missing on the target\n' in ended.stdout
    assert '  table "public.t": index "i" is on the target only\n' in ended.stdout
    assert "may not meet" not in ended.stdout  # The rows go where no CHECK is.


@pytest.mark.parametrize("side", ["source", "target"])
def test_plan_tells_row_security_that_the_role_is_under(shell: Shell, side: str) -> None:
    database = getattr(shell, side)
    role = f"secured_{database.name}"
    for one in (shell.source, shell.target):
        one.execute(TABLE)
    database.execute(f"ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    database.execute(f"GRANT ALL ON t TO {role}")
    parts = urlsplit(database.dsn)
    dsn = urlunsplit(parts._replace(netloc=f"{role}:secret@{parts.hostname}:{parts.port}"))
    try:
        found = asyncio.run(
            api.plan(
                Dsn.parse(dsn if side == "source" else shell.source.dsn, role="source"),
                parse_rules(tomllib.loads(f"version = 1\n{KEEP}"), name="rules"),
                Key(KEY),
                target=Dsn.parse(dsn if side == "target" else shell.target.dsn, role="target"),
            )
        )
    finally:
        database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")

    if side == "source":
        assert any('table "public.t" will fail: its row security' in note for note in found.notes)
    else:
        assert found.problems == ("row security of the target applies to the role in 1 of 1 tables: public.t.",)
