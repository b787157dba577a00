"""No value of a row in what a writer says: errors with the locals of our frames, logs, reprs, the server's log."""

from __future__ import annotations

import gc
import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pgsluice
from canaries import Canaries, told_by
from faults.proxy import FaultProxy, Reset, Rule, Side, When
from pgsluice import BlockingWriter, Table, Writer, WriterSettings
from pgsluice.errors import SluiceError
from pgsluice.pipeline.settings import RetrySettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from servers import Database

pytestmark = pytest.mark.db

OURS = str(Path(pgsluice.__file__).parent)
TABLES = """
    CREATE TABLE parent (id text PRIMARY KEY);
    CREATE DOMAIN short AS text CHECK (length(VALUE) < 100);
    CREATE TABLE t (id text PRIMARY KEY, other text UNIQUE, n bigint CHECK (n < 1), fk text REFERENCES parent,
                    d short, v varchar(60), x numeric(40, 2), label text);
    CREATE FUNCTION complain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.label LIKE 'complain%' THEN
            RAISE EXCEPTION 'no: %', NEW.label USING DETAIL = NEW.label, HINT = NEW.label, COLUMN = NEW.label;
        ELSIF NEW.label LIKE 'cast%' THEN PERFORM NEW.label::int;
        ELSIF NEW.label LIKE 'divide%' THEN PERFORM 1 / length(left(NEW.label, 0));
        END IF; RETURN NEW; END $$;
    CREATE TRIGGER complain BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION complain();
"""
COLUMNS = ("id", "other", "n", "fk", "d", "v", "x", "label")
Change = Any
# What one row has that the table refuses, or our encoder.
FAULTY: dict[str, Change] = {
    "unique of another index": lambda c: {"other": c.kept},
    "check": lambda c: {"n": c.number("n")},
    "foreign key": lambda c: {"fk": c.text("fk")},
    "domain": lambda c: {"d": c.text("d") + "x" * 100},
    "too long": lambda c: {"v": c.text("v") * 3},
    "numeric overflow": lambda c: {"x": 10**39 + c.number("x")},
    "trigger's words": lambda c: {"label": "complain" + c.text("label")},
    "cast in a trigger": lambda c: {"label": "cast" + c.text("label")},
    "division in a trigger": lambda c: {"label": "divide" + c.text("label")},
    "NUL": lambda c: {"label": "\0" + c.text("label")},
    "another type": lambda c: {"n": c.text("n")},
    "NULL in the key": lambda c: {"id": None, "label": c.text("label")},
    "an object": lambda c: {"label": Odd(c.text("label"))},
}
STRATEGIES = ["copy", "upsert", "accumulate", "merge"]


class Odd:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class Row(Canaries):
    """A row of canaries, and one that is in the table."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = self.text("kept")

    def values(self, change: dict[str, Any]) -> tuple[Any, ...]:
        plain = {"id": self.text("id"), "other": self.text("other"), "n": 0, "x": 1, "label": self.text("plain")}
        row = dict.fromkeys(COLUMNS) | plain | change
        return tuple(row[name] for name in COLUMNS)


def said_by_us(error: BaseException) -> Iterator[tuple[str, bytes]]:
    """All that an error tells, without the locals of the test, which has the rows."""
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        waiting += [other for other in (found.__cause__, found.__context__) if other is not None]
        yield "text", "\n".join([str(found), repr(found), repr(found.args), repr(vars(found))]).encode(errors="replace")
        for frame, _ in traceback.walk_tb(found.__traceback__):
            if frame.f_code.co_filename.startswith(OURS):
                own = "\n".join(f"{name}={value!r}" for name, value in frame.f_locals.items())
                yield f"locals of {frame.f_code.co_qualname}", own.encode(errors="replace")


def declared(strategy: str) -> dict[str, Table]:
    policies: Any = {"*": "greatest"} if strategy == "accumulate" else {}
    return {"t": Table(strategy=strategy, backfill=strategy, policies=policies)}


@pytest.mark.parametrize("name", FAULTY)
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_refused_row_shows_no_value(
    target_db: Database, caplog: pytest.LogCaptureFixture, strategy: str, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    row = Row()
    await target_db.aexecute(TABLES)
    await target_db.aexecute("INSERT INTO t (id, other) VALUES ('kept', $1)", row.kept)
    log_path, log_start = target_db.server.log_path, target_db.server.log_path.stat().st_size
    writer = Writer(target_db.dsn, declared(strategy))
    await writer.start()
    rows = [row.values({}), row.values(FAULTY[name](row)), row.values({})]

    with pytest.raises(SluiceError) as raised:
        await write_all(writer, rows)
    haystacks = [*said_by_us(raised.value), ("repr", repr((writer, vars(writer), vars(writer._flights))).encode())]
    writer.discard()
    await writer.close()
    with pytest.raises(SluiceError) as in_batch:
        await write_batch(target_db, strategy, rows)
    haystacks += said_by_us(in_batch.value)
    haystacks += [("log", caplog.text.encode()), ("server's log", log_path.read_bytes()[log_start:])]

    assert row.found_in(haystacks) == []


async def write_all(writer: Writer, rows: list[Any]) -> None:
    await writer.write("t", rows)
    await writer.flush()


async def write_batch(database: Database, strategy: str, rows: list[Any]) -> None:
    settings = WriterSettings(bytes_max=10)
    async with (
        Writer(database.dsn, declared(strategy), context="backfill", settings=settings) as writer,
        writer.batch("c", 0, 1) as batch,
    ):
        await batch.write("t", rows)


SHAPES: dict[str, Callable[[list[Any]], Any]] = {
    "dicts": lambda rows: [dict(zip(COLUMNS, row, strict=True)) for row in rows],
    "dicts of other names": lambda rows: [{row[0]: 1} for row in rows],
    "columns": lambda rows: dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)),
    "columns of other names": lambda rows: {"id": [row[0] for row in rows], "label": [row[7] for row in rows]},
    "short tuples": lambda rows: [row[:3] for row in rows],
    "generator that fails": lambda rows: (1 // 0 if row is rows[2] else row for row in rows),
    "text": lambda rows: [row[0] for row in rows],
    "an object": lambda rows: Odd(rows[0][0]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_of_a_shape_that_is_refused_show_no_value(target_db: Database, shape: str) -> None:
    row = Row()
    target_db.execute(TABLES)
    rows = [row.values({}), row.values(FAULTY["another type"](row)), row.values({})]
    given = SHAPES[shape](rows)

    with BlockingWriter(target_db.dsn, declared("upsert")) as writer:
        with pytest.raises((SluiceError, ZeroDivisionError, TypeError)) as raised:
            writer.write("t", given)
        writer.discard()
    haystacks = list(said_by_us(raised.value))

    assert row.found_in(haystacks) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_connection_that_is_lost_shows_no_value(
    target_db: Database, caplog: pytest.LogCaptureFixture, strategy: str
) -> None:
    caplog.set_level(logging.DEBUG)
    row = Row()
    await target_db.aexecute(TABLES)
    kind = b"d" if strategy in {"copy", "merge"} else b"B"
    cut = Rule(When(Side.FRONTEND, kind=kind, last=10**6, offset=40), Reset(), is_once=False)
    settings = WriterSettings(retry=RetrySettings(retries=1, delay_ms=1, delay_ms_max=1))
    async with FaultProxy.before(target_db.dsn) as proxy:
        writer = Writer(proxy.dsn(target_db.dsn), declared(strategy), settings=settings)
        await writer.start()
        proxy.rules.append(cut)
        with pytest.raises(SluiceError, match="could not finish") as raised:
            await write_all(writer, [row.values({})])
        haystacks = list(said_by_us(raised.value))
        await writer.abort()
        del writer
        gc.collect()

    assert row.found_in([*haystacks, ("log", caplog.text.encode())]) == []


def test_search_finds_what_is_told() -> None:
    row = Row()

    assert row.found_in(told_by(ValueError(row.kept)))
    assert row.found_in(said_by_us(ValueError(row.kept)))
