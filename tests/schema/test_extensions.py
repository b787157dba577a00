"""An extension that the target's server lacks: told before the first row, or left out with all that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db

# Each table or object needs the extension in another way, or not at all.
SOURCE = """
CREATE EXTENSION paint;
CREATE TABLE by_type (id int PRIMARY KEY, c colour);
CREATE TABLE by_default (id int PRIMARY KEY, c text DEFAULT shade('RED'));
CREATE TABLE by_check (id int, c text CHECK (shade(c) = c));
CREATE TABLE by_parent (more int) INHERITS (by_type);
CREATE TABLE free (id int PRIMARY KEY, c text, wall int REFERENCES by_type);
CREATE INDEX shaded ON free (shade(c));
CREATE INDEX plain ON free (c);
CREATE TRIGGER noting BEFORE INSERT ON free FOR EACH ROW EXECUTE FUNCTION noted();
CREATE VIEW shades AS SELECT shade(c) FROM free;
CREATE VIEW free_ids AS SELECT id FROM free;
COMMENT ON VIEW shades IS 'not there either';
CREATE FUNCTION wants(colour) RETURNS int LANGUAGE sql AS 'SELECT 1';
INSERT INTO by_type VALUES (1, 'Blue');
INSERT INTO by_default VALUES (1);
INSERT INTO by_check VALUES (1, 'red');
INSERT INTO by_parent VALUES (2, 'Red', 3);
INSERT INTO free VALUES (1, 'Green', 1), (2, 'Grey', NULL);
"""
LEFT_OUT = {"public.by_check", "public.by_default", "public.by_parent", "public.by_type"}


def test_missing_extension_is_refused_with_its_tables_and_the_way_out(rich_shell: Shell) -> None:
    rich_shell.source.execute(SOURCE)

    ended = rich_shell.copy(KEEP)

    assert ended.status == 3, ended.said
    assert 'extension "paint" 1.0 is needed by tables "public.by_check", "public.by_default"' in ended.stderr
    assert "--without-extension" in ended.stderr
    assert rich_shell.target.value("SELECT to_regnamespace('_pgsluice') IS NULL")


def test_extension_left_out_takes_along_what_needs_it_and_nothing_else(rich_shell: Shell) -> None:
    rich_shell.source.execute(SOURCE)

    ended = rich_shell.copy(KEEP, "--without-extension=paint")

    assert ended.status == 0, ended.said
    names = "SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert rich_shell.target.value(names) == ["free", "free_ids", "free_pkey", "plain"]
    assert rich_shell.target.fetch("SELECT id, c, wall FROM free ORDER BY 1") == [(1, "Green", 1), (2, "Grey", None)]
    assert (
        rich_shell.target.value(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'free'::regclass AND contype = 'f'"
        )
        == 0
    )
    assert rich_shell.target.value("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'free'::regclass") == 0
    [note] = [note for note in ended.data["notes"] if note.startswith("left out with their extensions")]
    for label in ('table "public.by_type"', 'index "public.shaded"', 'trigger "public.free noting"'):
        assert label in note
    assert "comment" not in note


def test_plan_tells_what_an_extension_takes_along(rich_shell: Shell) -> None:
    rich_shell.source.execute(SOURCE)
    arguments = (f"--source={rich_shell.source.dsn}", f"--rules={rich_shell.rules(KEEP)}", "--json")

    refused = rich_shell.run("plan", *arguments, f"--target={rich_shell.target.dsn}")
    planned = rich_shell.run("plan", *arguments, "--without-extension=paint")

    assert (refused.status, planned.status) == (3, 0)
    assert any('extension "paint"' in problem for problem in refused.data["problems"])
    assert {item["table"] for item in planned.data["left_out"]} == LEFT_OUT
    assert [table["table"] for table in planned.data["tables"]] == ["public.free"]


def test_extension_left_out_that_is_not_there_is_refused(shell: Shell) -> None:
    shell.source.execute("CREATE TABLE t (id int)")

    ended = shell.copy(KEEP, "--without-extension=postgiss")

    assert (ended.status, 'extension "postgiss" is not on the source' in ended.stderr) == (3, True), ended.said


def test_extension_of_another_version_is_told(shell: Shell) -> None:
    shell.source.execute("CREATE EXTENSION hstore VERSION '1.4'; CREATE TABLE t (h hstore)")

    ended = shell.copy(KEEP)

    assert ended.status == 0, ended.said
    assert any('extension "hstore" has version 1.4 on the source, 1.8' in note for note in ended.data["notes"])
