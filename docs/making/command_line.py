"""Makes the page of the command line from the verbs."""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

import importlib
from collections.abc import Iterator

import click

from making.text import WIDTH, prose, sentence, table
from pgsluice import api
from pgsluice.cli.main import INTERRUPTED, VERBS

_CLI_INTRO = """\
# Command line

Standard output is data, `--json` makes it JSON; standard error is talk: progress, notes and errors.
Progress is bars where standard error is a terminal and one line every few seconds elsewhere.
The same verbs as Python functions are on the page of the [library](library.md).
"""

_CLI_COMMON = """\
## Addresses

A DSN is a libpq URI: `postgresql://user@host:5432/database`.
The password stands in the URI, in `PGPASSWORD` or in the passfile; it is never shown and never put on a command line of ours.
A URI on your command line is seen by other users of the machine: put one with a password into `PGSLUICE_SOURCE` or `PGSLUICE_TARGET`.
Over a network the connection is `verify-full` unless the URI names a weaker `sslmode`; `PGSSLMODE` does not weaken it.
On a Unix socket or a loopback address there is no TLS unless the URI or `PGSSLMODE` asks for it.

## Environment

| variable | meaning |
|---|---|
| `PGSLUICE_SOURCE`, `PGSLUICE_TARGET` | DSNs, where the option is not given; `plan` looks at a target only if `--target` is given |
| `PGSLUICE_KEY_FILE`, `PGSLUICE_KEY` | the key, where neither `--key-fd` nor `--key-file` is given; the file comes first |
| `PGPASSWORD`, `PGPASSFILE` | password, as everywhere in PostgreSQL |
| `XDG_STATE_HOME` | audit files go to `pgsluice` below it, else to `~/.local/state/pgsluice` |
| `NO_COLOR` | no colours |

## Exit status

| status | meaning |
|---|---|
| 0 | done |
| 1 | some table failed and the others are done, or an error that is none of those below |
| 2 | usage, rules file or key |
| 3 | refused before the first row: undecided column, mask and type do not fit, drift, other key or rules on resume |
| 4 | could not connect, not allowed, or another process holds the target |
| 5 | `verify` found that source and target differ |
| {interrupted} | interrupted by SIGINT or SIGTERM; what is committed stays and the same command goes on from there |

Each error by its name is on the page of [errors](errors.md).
"""


def cli_page() -> str:
    """Describe every verb from its click command."""
    rows = [(f"[`pgsluice {verb}`](#{verb})", summary) for verb, (_, summary) in VERBS.items()]
    commands = ((verb, importlib.import_module(module).command) for verb, (module, _) in VERBS.items())
    verbs = (text for verb, command in commands for text in _verbs_of(verb, command))
    common = _CLI_COMMON.replace("{interrupted}", str(INTERRUPTED))
    return "\n".join([_CLI_INTRO, table(("verb", ""), rows), *verbs, common])


def _verb(verb: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"pgsluice {verb}", terminal_width=WIDTH)
    usage = " ".join([f"pgsluice {verb}", *command.collect_usage_pieces(context)])
    lines = [
        f"{'##' if ' ' not in verb else '###'} {verb}",
        "",
        "```text",
        usage,
        "```",
        "",
        *prose(command.help or ""),
        "",
    ]
    # A verb of two words is a function of the same two, the other way round: `ensure_partitions`.
    function = "_".join(reversed(verb.split()))
    if function in api.__all__:
        lines += [f"As a function: [`pgsluice.api.{function}`](library.md#{function}).", ""]
    records = (item.get_help_record(context) for item in command.params)
    rows = [(f"`{left}`", sentence(right)) for left, right in filter(None, records)]
    if rows:
        lines.append(table(("option", ""), rows))
    return "\n".join(lines)


def _verbs_of(verb: str, command: click.Command) -> Iterator[str]:
    """Describe a verb and, where it is a group, each of its own verbs."""
    yield _verb(verb, command)
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield _verb(f"{verb} {name}", inner)
