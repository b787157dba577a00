"""Rows that are refused show no value anywhere but in the place that the user named for them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from canaries import Canaries, told_by
from pgsluice import Rejects, SluiceError, Table, Writer

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Database

pytestmark = pytest.mark.db

TABLE = """
    CREATE TABLE secret (id bigint PRIMARY KEY, email text UNIQUE CHECK (length(email) < 100), amount bigint NOT NULL);
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF new.amount < 0 THEN
            RAISE 'it is %', new USING COLUMN = new.email, CONSTRAINT = new.email, DETAIL = new.email, HINT = new.id;
        END IF;
        RETURN new; END $$;
    CREATE TRIGGER tell BEFORE INSERT ON secret FOR EACH ROW EXECUTE FUNCTION tell()
"""


def refused_rows(canaries: Canaries) -> list[tuple[Any, ...]]:
    """One for each way to be refused, and a good one."""
    email = canaries.text("good email")
    return [
        (canaries.number("good id"), email, 1),
        (canaries.number("unique"), email, 1),
        (canaries.number("check"), canaries.text("check email") * 9, 1),
        (-canaries.number("trigger"), canaries.text("trigger email"), -canaries.number("trigger amount")),
        (canaries.number("null"), canaries.text("null email"), None),
        (canaries.text("type"), canaries.text("type email"), 1),
        (canaries.number("nul"), canaries.text("nul email") + "\0", 1),
        (canaries.number("short"),),
    ]


@pytest.mark.parametrize("context", ["live", "backfill"])
async def test_rejected_rows_are_in_their_file_alone(
    target_db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, context: Any
) -> None:
    await target_db.aexecute(TABLE)
    canaries, path = Canaries(), tmp_path / "rejects"
    caplog.set_level(logging.DEBUG)

    async with Writer(
        target_db.dsn, {"secret": Table(on_error="reject")}, context=context, rejects=Rejects(file=path)
    ) as writer:
        await writer.write("secret", refused_rows(canaries))
        flushed = await writer.flush()
        shown = [repr(vars(writer)), repr(vars(writer._reject_place)), repr(flushed), caplog.text]

    records = [json.loads(line) for line in path.read_text().splitlines()]
    told = json.dumps([{name: fact for name, fact in record.items() if name != "given"} for record in records])
    assert len(records) == 7
    assert canaries.found_in((place, text.encode()) for place, text in enumerate_texts([*shown, told])) == []


@pytest.mark.parametrize("context", ["live", "backfill"])
@pytest.mark.parametrize("rejects", [Rejects(table="rejects", rows_max=3), Rejects(table="rejects", percent_max=1)])
async def test_too_many_rejected_rows_tell_no_value(target_db: Database, rejects: Rejects, context: Any) -> None:
    await target_db.aexecute(TABLE)
    canaries = Canaries()

    async with Writer(target_db.dsn, {"secret": Table(on_error="reject")}, context=context, rejects=rejects) as writer:
        await writer.write("secret", refused_rows(canaries))
        with pytest.raises(SluiceError) as raised:
            await writer.flush()
        writer.discard()

    assert raised.value.code == "reject-limit"
    assert canaries.found_in(told_by(raised.value)) == []


async def test_error_of_a_table_that_rejects_nothing_tells_no_value(target_db: Database) -> None:
    await target_db.aexecute(TABLE + "; CREATE TABLE strict (id bigint PRIMARY KEY CHECK (id < 10))")
    canaries = Canaries()
    declared = {"secret": Table(on_error="reject"), "strict": Table()}

    async with Writer(target_db.dsn, declared, rejects=Rejects(table="rejects")) as writer:
        await writer.write("secret", refused_rows(canaries))
        await writer.write("strict", [(canaries.number("strict"),)])
        with pytest.raises(SluiceError) as raised:
            await writer.flush()
        writer.discard()

    assert canaries.found_in(told_by(raised.value)) == []


def enumerate_texts(texts: list[str]) -> list[tuple[str, str]]:
    return [(f"text {number}", text) for number, text in enumerate(texts)]
