"""The demo: two servers of its own, the shop, a masked copy that is killed half-way, resumed and checked."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pgsluice import api
from pgsluice.config.key import load_key, new_key_text
from pgsluice.config.rules import read_rules
from pgsluice.demo.check import CheckResult, check_copy
from pgsluice.driver import Dsn, connect
from pgsluice.driver.quoting import qualified
from pgsluice.embedded import Server
from pgsluice.errors import SluiceError

SHOP_ROWS_LEAST = 200_000
# Small batches, so that there is something to see of checkpoints in a copy of a few seconds.
BATCH_OPTIONS = ["--batch-rows", "2000", "--batch-bytes", "262144"]
KILL_AT_SHARE = 0.5
KILL_WAIT_S = 120.0
_SETTINGS = {"fsync": "off", "autovacuum": "off", "shared_buffers": "256MB", "max_wal_size": "2GB"}
_SHOWN = ["id", "full_name", "email", "phone", "card_number", "birth_date", "preferences"]

Say = Callable[[str], None]


class DemoError(SluiceError):
    """The demo did not go as it should."""

    code = "demo"


@dataclass(frozen=True)
class _Stage:
    """The demo's things."""

    source: Server
    target: Server
    rules: Path
    key_file: Path
    directory: Path

    @property
    def source_dsn(self) -> str:
        return self.source.dsn("shop")

    @property
    def target_dsn(self) -> str:
        return self.target.dsn("shop")

    def command(self) -> list[str]:
        return [sys.executable, "-m", "pgsluice", "copy", "--rules", str(self.rules), "--key-file", str(self.key_file),
                "--audit-directory", str(self.directory), *BATCH_OPTIONS]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """The addresses go by the environment: they hold the servers' passwords."""
        return os.environ | {"PGSLUICE_SOURCE": self.source_dsn, "PGSLUICE_TARGET": self.target_dsn}


def run_demo(directory: Path, say: Say) -> None:
    """Run the whole demo; `directory` keeps rules, key and audit file. Raises a SluiceError if a check fails."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        say("1. Two PostgreSQL servers of its own, from a Python package")
        source = stack.enter_context(Server(_SETTINGS))
        target = stack.enter_context(Server(_SETTINGS))
        say(f"   PostgreSQL {source.version}, ports {source.port} and {target.port}, empty")
        stage = _prepare(source, target, directory)
        say("2. An invented shop on the first one")
        started = time.monotonic()
        source.create_database("shop")
        target.create_database("shop")
        source.psql(files("pgsluice.demo").joinpath("shop.sql").read_text(encoding="utf-8"), database="shop")
        say(f"   loaded in {time.monotonic() - started:.1f} s")
        plan = asyncio.run(_plan(stage))
        columns = sum(len(table.columns) for table in plan.tables)
        texts = sum(table.format == "text" for table in plan.tables)
        say(
            f"   {len(plan.tables)} tables, {columns} columns, all decided by {stage.rules.name}; "
            f"{texts} go as text COPY"
        )
        say("3. A masked copy into the second one, killed half-way (SIGKILL)")
        total = asyncio.run(_source_rows(stage, plan))
        committed = _copy_and_kill(stage, total)
        say(f"   killed with {committed:,} of {total:,} rows committed, each batch with its checkpoint")
        say("4. The same command again")
        started = time.monotonic()
        _resume(stage)
        seconds = time.monotonic() - started
        say(f"   went on behind the checkpoints: {total - committed:,} rows in {seconds:.1f} s with schema and indexes")
        say("5. Checked by SQL on both servers")
        result = asyncio.run(_check(stage, plan))
        _tell_check(result, total, say)
        say("6. Checked by pgsluice verify, which says numbers only")
        started = time.monotonic()
        report = asyncio.run(_verify(stage))
        _tell_report(report, time.monotonic() - started, say)
        say("7. One customer before and after (the shop's people are invented)")
        for name, before, after in asyncio.run(_sample(stage)):
            say(f"   {name:12} {before[:60]}")
            say(f"   {'':12} {after[:60]}")
        say("")
        say(f"Rules, key and audit file are in {directory}")
        say("Your own database next:")
        say("   pgsluice keygen KEYFILE")
        say("   pgsluice plan --source postgresql://user@host/database")
        say("   pgsluice copy --source DSN --target DSN --rules FILE --key-file KEYFILE")
        say("   pgsluice verify --source DSN --target DSN --rules FILE --key-file KEYFILE")
        say("plan lists the columns to decide; README.md walks through it.")


def _prepare(source: Server, target: Server, directory: Path) -> _Stage:
    rules = directory / "rules.toml"
    rules.write_text(files("pgsluice.demo").joinpath("rules.toml").read_text(encoding="utf-8"), encoding="utf-8")
    key_file = directory / "demo.key"
    key_file.unlink(missing_ok=True)
    key_file.touch(mode=0o600)
    key_file.write_text(new_key_text() + "\n", encoding="ascii")
    return _Stage(source, target, rules, key_file, directory)


async def _plan(stage: _Stage) -> api.CopyPlan:
    key = load_key(key_file=stage.key_file)
    plan = await api.plan(Dsn.parse(stage.source_dsn, role="source"), read_rules(stage.rules), key)
    if plan.problems:
        raise DemoError("the plan of the demo has problems", detail="\n".join(plan.problems))
    return plan


async def _source_rows(stage: _Stage, plan: api.CopyPlan) -> int:
    connection = await connect(Dsn.parse(stage.source_dsn, role="source"), role="source")
    try:
        counts = [
            await connection.fetch_value(
                f"SELECT count(*) FROM ONLY {_name(table)}",  # noqa: S608 - a quoted name
                doing="counting rows",
            )
            for table in plan.tables
            if table.has_rows
        ]
    finally:
        await connection.close()
    return sum(counts)


def _name(table: Any) -> str:
    return qualified(table.relation.schema, table.relation.name)


def _copy_and_kill(stage: _Stage, total: int) -> int:
    """Start the copy and kill it once half of the rows are committed; give how many are."""
    with (stage.directory / "first-copy.log").open("wb") as log:
        process = subprocess.Popen(
            stage.command(), env=stage.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        asyncio.run(_until_committed(stage, int(total * KILL_AT_SHARE), process))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return asyncio.run(_committed_rows(stage))


async def _until_committed(stage: _Stage, rows: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + KILL_WAIT_S
    while await _committed_rows(stage) < rows:
        if process.poll() is not None:
            raise DemoError(
                f"the copy ended with status {process.returncode} before it could be killed",
                hint=f"See {stage.directory / 'first-copy.log'}.",
            )
        if time.monotonic() > deadline:
            raise DemoError("the copy did not come half-way in time")
        await asyncio.sleep(0.02)


async def _committed_rows(stage: _Stage) -> int:
    runs = await api.status(Dsn.parse(stage.target_dsn, role="target"))
    return sum(table.rows for table in runs[0].tables) if runs else 0


def _resume(stage: _Stage) -> None:
    finished = subprocess.run(stage.command(), env=stage.environment(), check=False)
    if finished.returncode != 0:
        raise DemoError(f"the resumed copy ended with status {finished.returncode}")


async def _check(stage: _Stage, plan: api.CopyPlan) -> CheckResult:
    source = await connect(Dsn.parse(stage.source_dsn, role="source"), role="source")
    target = await connect(Dsn.parse(stage.target_dsn, role="target"), role="target")
    try:
        return await check_copy(source, target, plan)
    finally:
        await source.close()
        await target.close()


def _tell_check(result: CheckResult, total: int, say: Say) -> None:
    say(f"   {result.rows:,} rows in {result.tables} tables: none lost, none twice")
    say(f"   {result.kept_columns} kept columns equal")
    say(f"   {result.masked_columns} masked text columns searched, {result.originals_found} originals found")
    if result.problems or result.originals_found or result.rows != total:
        raise DemoError("the copy differs from the shop", detail="\n".join(result.problems) or None)


async def _verify(stage: _Stage) -> api.VerifyReport:
    source, target = Dsn.parse(stage.source_dsn, role="source"), Dsn.parse(stage.target_dsn, role="target")
    key = load_key(key_file=stage.key_file)
    if key is None:
        raise DemoError("the demo's key is gone")
    return await api.verify(source, target, stage.rules, key)


def _tell_report(report: api.VerifyReport, seconds: float, say: Say) -> None:
    api.raise_if_different(report)
    columns = [column for table in report.tables for column in table.columns if column.originals]
    values = sum(column.originals for column in columns)
    changed = values - sum(column.unchanged for column in columns)
    say(f"   {len(report.tables)} tables equal: what is kept is the shop's, what is masked is what the masks give")
    say(f"   {changed:,} of {values:,} masked values differ from their original")
    say(f"   {report.originals_sought:,} originals looked for in every text, none found where no mask puts it")
    say(
        f"   {len(report.unique_keys)} unique keys hold, {len(report.foreign_keys)} foreign keys lead somewhere, "
        f"{len(report.sequences)} sequences go on, in {seconds:.1f} s"
    )


async def _sample(stage: _Stage) -> list[tuple[str, str, str]]:
    shown = ", ".join(f"{name}::text" for name in _SHOWN)
    sql = f"SELECT {shown} FROM shop.customers WHERE preferences IS NOT NULL ORDER BY id LIMIT 1"  # noqa: S608 - names of ours
    rows = []
    for text, role in ((stage.source_dsn, "source"), (stage.target_dsn, "target")):
        connection = await connect(Dsn.parse(text, role=role), role="source" if role == "source" else "target")
        rows += await connection.fetch(sql, doing="showing a row")
        await connection.close()
    before, after = rows
    return [(name, before[name] or "NULL", after[name] or "NULL") for name in _SHOWN]
