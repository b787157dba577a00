"""Copies that are right and not plain are equal: other types on the target, functions as masks, kept free text."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from verified import copied, found_in

if TYPE_CHECKING:
    from commands import Shell

pytestmark = pytest.mark.db


async def test_verify_columns_of_another_type_on_the_target_are_compared_by_what_they_say(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE t (id int4 PRIMARY KEY, n int4, amount numeric(8,2), word char(6), note varchar(20), day date,
                           hidden varchar(60), pad char(4), doc json);
           INSERT INTO t SELECT n, n * 3, n / 4.0, 'w' || n, 'note ' || n, date '2000-01-01' + n, 'h' || n,
                                'p' || n % 9, '{"a": 1.50}' FROM generate_series(1, 40) AS n"""
    )
    shell.target.execute(
        """CREATE TABLE t (id int8 PRIMARY KEY, n int8, amount numeric(12,4), word varchar(6), note text, day text,
                           hidden text, pad char(8), doc json)"""
    )
    rules = """
[columns]
"*.id" = "keep"
"*.n" = "key"
"*.amount" = "noise"
"*.hidden" = "hash"
"*.pad" = "digits"
"*" = { mask = "keep", reason = "a test" }
"""
    pair = copied(shell, rules.replace('"noise"', '{ mask = "noise", ratio = 0.1 }'))

    report = await pair.verify()

    # The copy cut the blanks of char(6) for no one: text that was padded on the source stays padded.
    assert found_in(report) == set()
    pair.spoil("UPDATE t SET amount = amount + 0.0001, n = n + 1, word = 'x' WHERE id = 3")
    spoilt = found_in(await pair.verify())
    assert spoilt == {
        ("table", "public.t", 0),
        *(("column", f"public.t.{name}", 1) for name in ("amount", "n", "word")),
    }


async def test_verify_function_masks_are_counted_and_their_originals_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.directory / "town_masks.py").write_text(
        "def same(values):\n    return values\n\ndef other(values):\n    return ['x' * 9] * len(values)\n"
    )
    shell.source.execute(
        """CREATE TABLE t (id int4 PRIMARY KEY, a text, b text);
           INSERT INTO t SELECT n, 'a secret ' || n, 'b secret ' || n FROM generate_series(1, 40) AS n"""
    )
    rules = '[columns]\n"*.id" = "keep"\n"*.a" = "python:town_masks:same"\n"*.b" = "python:town_masks:other"\n'
    path = os.pathsep.join([str(shell.directory), os.environ.get("PYTHONPATH", "")])
    monkeypatch.syspath_prepend(shell.directory)
    pair = copied(replace(shell, environment={"PYTHONPATH": path}), rules)

    report = await pair.verify()

    (table,) = report.tables
    assert found_in(report) == set()
    assert {column.name: column.state for column in table.columns} == {
        "id": "equal",
        "a": "not compared",
        "b": "not compared",
    }
    assert [(item.column, item.whole, item.whole_expected) for item in table.originals] == [("a", 40, None)]


async def test_verify_kept_columns_that_hold_originals_are_told_and_no_difference(shell: Shell) -> None:
    shell.source.execute(
        """CREATE TABLE t (id int4 PRIMARY KEY, email text, log text);
           INSERT INTO t SELECT n, 'person' || n || '@mail.example', 'mailed person' || n || '@mail.example twice'
             FROM generate_series(1, 40) AS n"""
    )
    pair = copied(shell, '[columns]\n"*.email" = "email"\n"*" = { mask = "keep", reason = "a test" }\n')

    report = await pair.verify()

    (table,) = report.tables
    assert report.differences == ()
    assert [(item.column, item.mask, item.whole, item.inside) for item in table.originals] == [("log", "keep", 0, 40)]
