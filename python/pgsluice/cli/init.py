"""`pgsluice init`: a rules file for all columns, each rule with its reason, what is not recognised left to a person."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from pgsluice import api
from pgsluice.catalog.model import Relation
from pgsluice.cli import options
from pgsluice.cli.talk import tell
from pgsluice.driver import Dsn
from pgsluice.errors import UsageError
from pgsluice.hardening import forbid_core_dumps
from pgsluice.recognition.propose import Proposal
from pgsluice.recognition.rules_text import OPEN, rule_text
from pgsluice.recognition.samples import ROWS, Sample

STANDARD_OUTPUT = Path("-")
_SAMPLE_ROWS_MAX = 100_000
# Values of a column that --show-samples shows, and characters of each.
_SHOWN_VALUES, _SHOWN_CHARS = 3, 60
_TOLD_MAX = 20


@click.command("init")
@options.source_option
@click.option(
    "--rules",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("rules.toml"),
    show_default=True,
    help='File to write; "-" is standard output.',
)
@options.tables_option
@click.option(
    "--sample-rows",
    type=click.IntRange(1, _SAMPLE_ROWS_MAX),
    default=ROWS,
    show_default=True,
    help="Rows of a table to look at, at most.",
)
@click.option("--no-samples", is_flag=True, help="Look at no row: judge by names, types, comments and keys.")
@click.option("--show-samples", is_flag=True, help="Show some of the values that were looked at, unmasked.")
@click.option("--update", "is_update", is_flag=True, help="Add what is new to the file that is there.")
@options.json_option
def command(
    *,
    source: str | None,
    rules: Path,
    tables: tuple[str, ...],
    sample_rows: int,
    no_samples: bool,
    show_samples: bool,
    is_update: bool,
    is_json: bool,
) -> None:
    """Propose rules for all columns and write them into a file.

    Names, types, comments, keys and samples of values say what a column holds. What is recognised gets a mask or is
    kept, with the reason beside it; what is not is left undecided, and "pgsluice plan" refuses until you decide.
    Values are read in read-only transactions and stay in memory: none gets into the file, and none is shown unless
    --show-samples asks for it. A file that is there is not overwritten; --update adds to it and changes nothing in it.
    """
    if no_samples and show_samples:
        raise UsageError("--show-samples and --no-samples exclude each other")
    if rules == STANDARD_OUTPUT and (is_update or is_json):
        raise UsageError("standard output takes one thing: --update and --json need a file for the rules")
    if not is_update:
        _refuse_to_overwrite(rules)
    dsn = Dsn.from_option_or_environment(source, role="source")
    forbid_core_dumps()
    draft = asyncio.run(
        api.init(
            dsn,
            existing=rules if is_update else None,
            tables=tables,
            sample_rows=0 if no_samples else sample_rows,
            watcher=_Watcher(with_samples=show_samples),
        )
    )
    if rules == STANDARD_OUTPUT:
        click.echo(draft.text, nl=False)
    elif draft.tables or not is_update:
        _write(rules, draft.text, is_update=is_update)
    if is_json:
        click.echo(json.dumps(_as_data(draft), indent=2))
    _summarise(draft, rules, is_update=is_update)


def _refuse_to_overwrite(path: Path) -> None:
    """Refuse before anything is read what could not be written in the end."""
    if path == STANDARD_OUTPUT:
        return
    if path.exists():
        raise UsageError(
            f'rules file "{path}" exists and is not overwritten',
            hint="Add what is new to it with --update, or name another file with --rules.",
        )
    if not path.parent.is_dir():
        raise UsageError(f'could not write the rules file "{path}": there is no such directory')


def _write(path: Path, text: str, *, is_update: bool) -> None:
    """Make the file, or put a whole new one in the place of the old one: half a file would be read as rules."""
    try:
        if is_update:
            _replace(path.resolve(), text)
        else:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f'could not write the rules file "{path}": {error.strerror}') from None


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class _Watcher:
    """Says how far it is on a terminal, and shows samples to who asked for them."""

    def __init__(self, *, with_samples: bool) -> None:
        self._with_samples = with_samples
        self._has_line = sys.stderr.isatty() and not with_samples

    def looked_at(self, relation: Relation, sample: Sample, done: int, total: int) -> None:
        if self._has_line:
            click.echo(f"\r\x1b[Klooked at {done:,} of {total:,} tables", err=True, nl=done == total)
        if not self._with_samples or not sample.rows:
            return
        tell(f"{relation.label}: {sample.rows:,} rows looked at")
        for name, values in sample.columns.items():
            different = list(dict.fromkeys(value[:_SHOWN_CHARS] for value in values if value))[:_SHOWN_VALUES]
            tell(f"  {name}: {' | '.join(different) or '(nothing)'}")


def _summarise(draft: api.Draft, rules: Path, *, is_update: bool) -> None:
    name = "standard output" if rules == STANDARD_OUTPUT else str(rules)
    counts = [(draft.masked_count, "masked"), (draft.kept_count, "kept"), (draft.open_count, "left to you")]
    columns = sum(count for count, _ in counts)
    if is_update and not columns:
        tell(f"{name}: nothing is new")
    else:
        new = "new " if is_update else ""
        tell(f"{name}: {columns:,} {new}columns of {len(draft.tables):,} tables")
        for count, what in counts:
            tell(f"  {count:>6,} {what}")
        if draft.following_count:
            tell(f"  {draft.following_count:>6,} more follow the key that they refer to")
    _tell_exceptions(draft)
    still_open = draft.open_count + draft.still_open_count
    path = "FILE" if rules == STANDARD_OUTPUT else shlex.quote(str(rules))
    doing = "read what is proposed"
    if still_open:
        doing = f'decide the {still_open:,} column{"s" if still_open > 1 else ""} in lines that begin with "{OPEN}"'
    tell(f'next: {doing}, make a key with "pgsluice keygen copy.key", then')
    tell(f"  pgsluice plan --rules {path} --key-file copy.key")


def _tell_exceptions(draft: api.Draft) -> None:
    _tell_some(f"judged by names only: {table.relation.label} ({table.note})" for table in draft.tables if table.note)
    _tell_some(f"in the file, but not in the source any more: {entry}" for entry in draft.gone)
    _tell_some(f'several tables are called "{label}": no rule can name one of them' for label in draft.namesakes)


def _tell_some(lines: Iterable[str]) -> None:
    """Tell as many as somebody reads; the file has the others."""
    told = list(lines)
    for line in told[:_TOLD_MAX]:
        tell(line)
    if len(told) > _TOLD_MAX:
        tell(f"  and {len(told) - _TOLD_MAX:,} more of that sort")


def _guess(found: Proposal) -> str | None:
    return rule_text(found.finding.rules[0]) if found.rule is None and found.finding.rules else None


def _as_data(draft: api.Draft) -> dict[str, object]:
    return {
        "masked": draft.masked_count,
        "kept": draft.kept_count,
        "undecided": draft.open_count,
        "gone": list(draft.gone),
        "tables": [
            {
                "table": table.relation.label,
                "rows_looked_at": table.sample_rows,
                "note": table.note,
                "columns": [
                    {
                        "column": found.column.name,
                        "type": found.column.type.display,
                        "kind": found.finding.kind,
                        "confidence": found.finding.confidence.word,
                        "reason": found.finding.reason,
                        "rule": None if found.rule is None else rule_text(found.rule),
                        "guess": rule_text(found.finding.rules[0])
                        if found.rule is None and found.finding.rules
                        else None,
                    }
                    for found in table.columns
                ],
                "follow": dict(table.following),
                "generated": list(table.generated),
            }
            for table in draft.tables
        ],
    }
