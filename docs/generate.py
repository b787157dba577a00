"""Writes docs/reference from the code: masks, verbs, errors, types and library are described where they are made.

`make docs` runs it. It knows no server; what it needs to say and the code does not tell stands below as text.
"""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import click

import pgsluice
from pgsluice import api
from pgsluice._core import MaskSpec, mask_specs, type_names, value_rules
from pgsluice.cli.main import INTERRUPTED, VERBS
from pgsluice.config.table import POLICIES
from pgsluice.driver.sqlstates import _CLASSES, _CODES, Reaction
from pgsluice.errors import SluiceError
from pgsluice.plan.writing_warnings import WARNINGS
from pgsluice.strategies.listed import STRATEGIES
from pgsluice.strategies.shape import Strategy

REFERENCE = Path(__file__).parent / "reference"
WIDTH = 100
_MADE = "<!-- Made by docs/generate.py; do not edit. -->\n"


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Make the pages, by file name."""
    made = {
        "masks.md": masks_page(),
        "cli.md": cli_page(),
        "errors.md": errors_page(),
        "types.md": types_page(),
        "library.md": library_page(),
        "writer.md": writer_page(),
        "values.md": values_page(),
    }
    return {name: f"{_MADE}\n{text.rstrip()}\n" for name, text in made.items()}


# -------------------------------------------------------------------------------------------------------------- masks

_MASKS_INTRO = """\
# Masks

The same list is printed by `pgsluice masks`, one mask in full by `pgsluice masks NAME`.
How a mask is given to a column is in [the rules file](../guides/rules.md).
What a mask does not hide is in [what masking hides](../concepts/what-masking-hides.md).

What the words of the table promise:

- **types**: the kinds of types a mask takes, see [types](types.md); each also as an array, element by element.
- **uniqueness**: `bijective` masks never give one result for two values.
  `128-bit` masks do so with a chance of n² / 2¹²⁹ among n different values.
  `lossy` masks may do so at any time, and the plan refuses them on a column of a unique index.
- **keeps**: `null` means that NULL stays NULL;
  `length`, `format` and `order` are said of the value.
- **domain**: columns of one mask and one domain give equal results for equal values.
  Without `domain` in the rule, the domain is shared by all columns with that `mask`, or is each `column`'s own.

Parameters can change a promise: a `hash` of 8 digits is no longer 128-bit, and the plan judges what was asked for.
NULL reaches no mask.
"""

_PRIMITIVES = """\
## How results are derived

The algorithms below are exact: the tests compute every mask a second time from these words alone.
They use these terms.

| term | meaning |
|---|---|
| subkey | 32 bytes of HKDF-SHA-256 of the run's key, no salt, info `pgsluice/1/mask/MASK/DOMAIN` |
| block of x | keyed BLAKE3 of x under the subkey, 32 bytes |
| word of x | the first 16 bytes of the block, as a little-endian number |
| stream of x | numbers of 64 bits: the block, 8 bytes each, little-endian; after it the block of (block before, number of that block as 4 bytes little-endian) |
| below(n) | the next number of the stream times n, divided by 2⁶⁴, rounded down |
| child NAME | the function whose subkey is the block of NAME |
| permutation of 0..n, tweak t | a Feistel network with SipHash-2-4 as its round function, walked until the result is in the set |

The permutation: w is the number of bits of n - 1, at least 2; `low` has w / 2 of them, rounded down, and `high` the rest.
There are 20 rounds if w is at most 16, else 10.
Even rounds, from 0, set `high ^= F(low)`, odd ones `low ^= F(high)`.
F is SipHash-2-4 of the round (1 byte), the half (8) and the tweak (8), little-endian, cut to the width of the other half.
Its key is the first 16 bytes of the block of `siphash`.
All rounds are done again until the result is below n.
"""


def masks_page() -> str:
    """Describe every mask from its spec."""
    specs = mask_specs()
    rows = [
        (f"[`{spec.name}`](#{spec.name})", f"{spec.summary}.", _uniqueness(spec), ", ".join(_keeps(spec)) or "-")
        for spec in specs
    ]
    python = (
        "[`python:…`](../guides/rules.md#python-functions)",
        "A Python function, called once for each column of a batch.",
        "lossy",
        "null",
    )
    parts = [
        _MASKS_INTRO,
        _table(("mask", "what it does", "uniqueness", "keeps"), [*rows, python]),
        *(_mask(spec) for spec in specs),
        _PRIMITIVES,
    ]
    return "\n".join(parts)


def _mask(spec: MaskSpec) -> str:
    lines = [f"## {spec.name}", "", f"{spec.summary}.", ""]
    lines += ["```toml", f"column = {spec.example}", "```", ""]
    facts = [
        ("types", _kinds(spec.accepts)),
        ("uniqueness", _uniqueness(spec)),
        ("keeps", ", ".join(_keeps(spec)) or "nothing"),
        ("domain", f"one for each {spec.default_domain}" if spec.action == "mask" else "-"),
    ]
    if spec.words:
        facts.append(("word lists", ", ".join(spec.words)))
    lines.append(_table(("promise", ""), facts))
    if spec.parameters:
        rows = [
            (f"`{item.name}`", item.takes, "yes" if item.is_required else "no", f"{item.summary}.")
            for item in spec.parameters
        ]
        lines.append(_table(("parameter", "takes", "required", "what it does"), rows))
    lines += ["```text", *_wrapped(spec.algorithm), "```", ""]
    return "\n".join(lines)


def _uniqueness(spec: MaskSpec) -> str:
    return spec.uniqueness if spec.deterministic else f"{spec.uniqueness}, not deterministic"


def _keeps(spec: MaskSpec) -> list[str]:
    kept = {
        "null": spec.keeps_null,
        "length": spec.keeps_length,
        "format": spec.keeps_format,
        "order": spec.keeps_order,
    }
    return [word for word, is_kept in kept.items() if is_kept]


def _kinds(accepts: list[str]) -> str:
    every = {kind for _, kind in type_names()} | {"enum"}
    if every | {"other"} <= set(accepts):
        return "every type"
    return "every type with a codec" if every <= set(accepts) else ", ".join(accepts)


# -------------------------------------------------------------------------------------------------------------- types

_TYPES_INTRO = """\
# Types

A column that no rule masks passes as the same bytes, whatever its type: nothing of it is decoded.
So ranges, composites, hstore, PostGIS, vectors and types made tomorrow are copied exactly.
Only a column that is masked must be of a type that masks can read.

| type | how it travels |
|---|---|
| any type with send and receive functions | binary COPY, the same bytes |
| `regclass` and the other `reg` types | the table goes by text COPY: their binary form is an OID, which names another object on another server |
| types without a binary form (`aclitem`, contrib `seg`, `isn` and others) | the table goes by text COPY |
| a column of another type on the target | the table goes by text COPY |

`pgsluice plan` says which tables go by text and why, and the audit record of the table repeats it.
On the source side even those are read through binary COPY, with the kept columns cast to text; masks see binary fields all the same.

- A **domain** counts as its base type, and its own length limit counts too; its checks run on the target.
- An **array** is masked element by element, NULL elements stay NULL, dimensions and lower bounds stay.
- An **enum** takes masks that take `enum`, and its own labels only.
- A **composite**, **range** or **multirange** can be kept, nulled or left to its default, not masked inside.
- `char(n)` is masked without its padding, `citext` folded to lower case, so that equal values get equal results.

## Types that masks can read
"""


def types_page() -> str:
    """List the types with a codec, and which masks take each kind."""
    masks: dict[str, list[str]] = {}
    for spec in mask_specs():
        if spec.action == "mask":
            for kind in spec.accepts:
                masks.setdefault(kind, []).append(f"[`{spec.name}`](masks.md#{spec.name})")
    names: dict[str, list[str]] = {}
    for name, kind in type_names():
        names.setdefault(kind, []).append(f"`{name}`")
    names["enum"] = ["every enum"]
    rows = [(", ".join(own), f"`{kind}`", ", ".join(masks.get(kind, []))) for kind, own in names.items()]
    always = "[`keep`](masks.md#keep), [`null`](masks.md#null) and [`default`](masks.md#default) take every type.\n"
    return "\n".join([_TYPES_INTRO, _table(("types", "kind", "masks"), rows), always])


_VALUES_INTRO = """\
# Values

Which Python values the [Writer](writer.md) takes for which types.
A value is written exactly or refused before anything is sent, but for what the table below says is rounded; the refusal names the row's position and the column, and never shows the value.
Seconds beyond the precision of a `timestamp(p)`, `time(p)` or `interval(p)` are rounded by the server, as they are everywhere.

What is not said in a line is refused.
Subclasses count as what they derive from, members of an `Enum` as their value, scalars and arrays of numpy as their numbers and lists.
`None` is NULL.
Types are those of the catalog: `numeric(10,2)` is held to its precision, `varchar(20)` to its length.
"""

_VALUES_KEYS = """\
## Keys

Rows of one batch with the same key are found before they are sent, by value: 1.0 and 1.00 are one `numeric`, `char(n)` has no blanks at its end.
Values of `citext`, `json`, arrays, ranges, composites, types that no mask reads and all that goes as text may be equal for the server though their bytes differ, and text under a nondeterministic collation as well.
"""


def values_page() -> str:
    """List what values each type takes."""
    containers = {"enums", "domains", "arrays", "ranges", "multiranges", "composites", "every other type"}
    shown = {"bpchar": "char(n)", "char": '"char"'}

    def named(name: str) -> str:
        return name if name in containers else f"`{shown.get(name, name)}`"

    rows = [(", ".join(map(named, names)), takes, note) for names, takes, note in value_rules()]
    return "\n".join([_VALUES_INTRO, _table(("types", "takes", "note"), rows), _VALUES_KEYS])


# ------------------------------------------------------------------------------------------------------- command line

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
    return "\n".join([_CLI_INTRO, _table(("verb", ""), rows), *verbs, common])


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
        *_prose(command.help or ""),
        "",
    ]
    # A verb of two words is a function of the same two, the other way round: `ensure_partitions`.
    function = "_".join(reversed(verb.split()))
    if function in api.__all__:
        lines += [f"As a function: [`pgsluice.api.{function}`](library.md#{function}).", ""]
    records = (item.get_help_record(context) for item in command.params)
    rows = [(f"`{left}`", _sentence(right)) for left, right in filter(None, records)]
    if rows:
        lines.append(_table(("option", ""), rows))
    return "\n".join(lines)


def _verbs_of(verb: str, command: click.Command) -> Iterator[str]:
    """Describe a verb and, where it is a group, each of its own verbs."""
    yield _verb(verb, command)
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield _verb(f"{verb} {name}", inner)


# ------------------------------------------------------------------------------------------------------------- errors

_ERRORS_INTRO = """\
# Errors

Every error is a subclass of `pgsluice.errors.SluiceError` and has a `code` that does not change, an `exit_status`, a one-line
`message`, and perhaps a `detail` and a `hint`.
None of these texts holds a value, a key or a password: they name tables, columns, ordinals, counts and SQLSTATEs.
An error of the driver is never passed on, because its text quotes rows; ours is made from its SQLSTATE and the names in it.
"""

_SQLSTATES_INTRO = """\
## What is done about an SQLSTATE

`retry` and `reconnect` are tried again, three times by default, with a pause that doubles and a random share.
Everything else ends the table; `pause` means that the server is out of something and trying at once makes it worse.
A code stands before its class; what is in neither is permanent.
"""


def errors_page() -> str:
    """List every error class and the reactions to SQLSTATEs."""
    found = sorted(_errors(), key=lambda cls: (cls.exit_status, cls.code, cls.__name__))
    rows = [
        (f"[`{cls.code}`](#{cls.code})", str(cls.exit_status), f"`{cls.__name__}`", _first_sentence(cls))
        for cls in found
    ]
    states = [(f"`{state}`", reaction.value) for state, reaction in [*_CODES.items(), *_CLASSES.items()]]
    known = "\n".join(f"- `{reaction.value}`: {text}." for reaction, text in _reactions().items())
    return "\n".join(
        [
            _ERRORS_INTRO,
            _table(("code", "exit status", "class", "meaning"), rows),
            *(_error(code, list(classes)) for code, classes in groupby(found, key=lambda cls: cls.code)),
            _SQLSTATES_INTRO,
            known,
            "",
            _table(("SQLSTATE or class", "reaction"), states),
        ]
    )


def _errors() -> set[type[SluiceError]]:
    for module in pkgutil.walk_packages(pgsluice.__path__, "pgsluice."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: set[type[SluiceError]] = set()
    waiting: list[type[SluiceError]] = [SluiceError]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found |= {cls for cls in subclasses if cls.__module__.startswith("pgsluice.")}
    return {cls for cls in found if "code" in vars(cls)}


def _error(code: str, classes: list[type[SluiceError]]) -> str:
    lines = [f"## {code}", ""]
    for cls in classes:
        parents = [parent.__name__ for parent in cls.__mro__[1:] if issubclass(parent, SluiceError)]
        lines += [*_prose(inspect.getdoc(cls) or ""), ""]
        lines += [f"`{cls.__module__}.{cls.__name__}`, a `{parents[0]}`; exit status {cls.exit_status}.", ""]
    return "\n".join(lines)


def _reactions() -> dict[Reaction, str]:
    return {
        Reaction.RETRY: "the same transaction again",
        Reaction.RECONNECT: "a new connection, then the same transaction",
        Reaction.PAUSE: "not again before somebody looked",
        Reaction.PERMANENT: "the same statement will fail again",
    }


# ------------------------------------------------------------------------------------------------------------ library

_LIBRARY_INTRO = """\
# Library

`pgsluice.api` holds the verbs of the [command line](cli.md) as functions.
They are coroutines for an event loop; run one with `asyncio.run`.
A `Dsn` is made by `pgsluice.driver.Dsn.parse(text, role="source")`, a key by `pgsluice.config.key.load_key`.
`copy` leaves signals, core dumps and exit statuses to its caller; only the command `pgsluice copy` sets them.
`pgsluice.embedded.Server` runs a PostgreSQL server for tests and needs `pip install 'pgsluice[embedded]'`.
What writes a program's own rows is on the page of the [Writer](writer.md).
"""


def library_page() -> str:
    """Describe the functions and data of `pgsluice.api`."""
    functions = [name for name in api.__all__ if inspect.isfunction(getattr(api, name))]
    data = [name for name in api.__all__ if dataclasses.is_dataclass(getattr(api, name))]
    return "\n".join([_LIBRARY_INTRO, *map(_function, functions), *map(_dataclass, data)])


def _function(name: str) -> str:
    function = getattr(api, name)
    lines = [f"## {name}", "", *_signature(name, function), *_prose(inspect.getdoc(function) or ""), ""]
    if name in VERBS:
        lines += [f"As a command: [`pgsluice {name}`](cli.md#{name}).", ""]
    return "\n".join(lines)


def _signature(name: str, function: Any) -> list[str]:
    signature = inspect.signature(function)
    arguments = []
    has_star = False
    for item in signature.parameters.values():
        if item.name == "self":
            continue
        if item.kind is inspect.Parameter.KEYWORD_ONLY and not has_star:
            has_star = True
            arguments.append("    *,")
        arguments.append(f"    {item.name}: {item.annotation}{_default(item.default)},")
    if function.__name__ == "__init__":
        head, tail = f"class {name}(", ")"
    else:
        word = "async def" if inspect.iscoroutinefunction(function) else "def"
        head, tail = f"{word} {name}(", f") -> {signature.return_annotation}"
    return ["```text", *([head, *arguments, tail] if arguments else [head + tail]), "```", ""]


def _dataclass(name: str) -> str:
    return _fields(getattr(api, name))


def _fields(cls: Any) -> str:
    rows = [(f"`{item.name}`", f"`{item.type}`", _field_default(item)) for item in dataclasses.fields(cls)]
    text = _prose(inspect.getdoc(cls) or "")
    return "\n".join([f"## {cls.__name__}", "", *text, "", _table(("field", "type", "default"), rows)])


def _default(value: object) -> str:
    return "" if value is inspect.Parameter.empty else f" = {value!r}"


def _field_default(item: dataclasses.Field[object]) -> str:
    if item.default is not dataclasses.MISSING:
        return f"`{item.default!r}`"
    factory = item.default_factory
    if factory is dataclasses.MISSING:
        return ""
    name = getattr(factory, "__name__", "made")
    return f"`{factory()!r}`" if name == "<lambda>" else f"`{name}()`"


# ------------------------------------------------------------------------------------------------------------- writer

_WRITER_INTRO = """\
# Writer

What a program writes its own rows with; the [tutorial](../writer.md) shows it at work.
All names are of the package: `from pgsluice import Writer, Table`.
`Partitions` is on the page of the [library](library.md#partitions), as are the command line's verbs as functions.

The **context** of a writer is `"live"` or `"backfill"`.
Live rows may be there already, and commits wait for the disk where the session says so.
A backfill's rows are new: strategies that overwrite give way to COPY unless `Table(backfill=...)` names another, commits do not wait (`synchronous_commit = off`), and batches run side by side.
"""

_STRATEGIES_INTRO = """\
## Strategies

A strategy is one way to write; `Table(strategy="...")` names it, `"auto"` has it chosen from the catalog.

- **needs a key**: whether rows must have a conflict key: the primary key, or a unique index that `key` names.
- **may be repeated**: whether sending the same rows again leaves the same rows. Batches of the others carry a number, or a cursor, so that one whose answer was lost is not written twice.
- **quiet**: whether a row that needs no change costs no lock, no transaction id and no WAL.
"""

_REPEATS = {
    "first": "the first one is sent",
    "last": "the last one is sent",
    "sent": "all are sent",
    None: "the last one is sent; with policies or `newer_by` they are written one after the other",
}
# What may come out of a writer's calls.
_WRITER_ERRORS = (
    "PlanRefusedError",
    "RowRefusedError",
    "CursorMovedError",
    "RejectLimitError",
    "ServerError",
    "ConnectionLostError",
)

_WARNINGS_INTRO = """\
## Warnings

What `explain()` warns of; `plan.warnings` has them with their codes.
None of them keeps rows from being written.
"""


def writer_page() -> str:
    """Describe the Writer, what is told to it, and every strategy by its promises."""
    settings = (pgsluice.Table, pgsluice.Rejects, pgsluice.WriterSettings)
    return "\n".join(
        [
            _WRITER_INTRO,
            _class(pgsluice.Writer),
            _class(pgsluice.Batch, only=("write",)),
            _class(pgsluice.BlockingWriter, only=()),
            _class(pgsluice.Flushed),
            *map(_fields, settings),
            "## Policies\n",
            "What a column of a row that is there becomes.\n",
            _table(("policy", "it becomes"), [(f"`{name}`", f"{text}.") for name, text in POLICIES.items()]),
            _strategies(),
            _WARNINGS_INTRO,
            _table(("code", "meaning"), [(f"`{code}`", f"{text}.") for code, text in WARNINGS.items()]),
            "## Errors\n",
            "Each has a section on the page of [errors](errors.md).\n",
            _table(("class", "meaning"), [_error_row(name) for name in _WRITER_ERRORS]),
        ]
    )


#: What a writer makes; nobody calls them.
_MADE_BY_WRITERS = ("Batch", "Flushed")


def _class(cls: type, *, only: tuple[str, ...] | None = None) -> str:
    head = [] if cls.__name__ in _MADE_BY_WRITERS else _signature(cls.__name__, cls.__init__)
    lines = [f"## {cls.__name__}", "", *head, *_prose(inspect.getdoc(cls) or ""), ""]
    for name, item in vars(cls).items():
        method = item.fget if isinstance(item, property) else item
        if name.startswith("_") or not inspect.isfunction(method) or (only is not None and name not in only):
            continue
        head = [] if isinstance(item, property) else _signature(name, inspect.unwrap(method))
        lines += [f"### {name}", "", *head, *_prose(inspect.getdoc(method) or ""), ""]
    return "\n".join(lines)


def _strategies() -> str:
    rows = [
        (
            f"[`{item.name}`](#{item.name})",
            f"{item.promises.on_conflict}",
            _yes(item.promises.needs_key),
            _yes(item.promises.is_repeatable),
            _yes(item.promises.is_quiet),
        )
        for item in STRATEGIES
    ]
    head = ("strategy", "on conflict", "needs a key", "may be repeated", "quiet")
    return "\n".join([_STRATEGIES_INTRO, _table(head, rows), *map(_strategy, STRATEGIES)])


def _strategy(item: Strategy) -> str:
    promises = item.promises
    policies = ", ".join(f"`{name}`" for name in item.policies)
    facts = [
        ("on conflict", f"{promises.on_conflict}"),
        ("costs", promises.cost),
        ("rows of one key in a batch", _REPEATS[promises.repeats]),
        (
            "policies",
            f"{policies}; by default `{item.default_policy}`" if promises.needs_key else "none: nothing is changed",
        ),
        ("races", promises.races),
        ("cannot", "; ".join(promises.cannot) or "-"),
    ]
    return "\n".join([f"### {item.name}", "", f"{item.summary}.", "", _table(("promise", ""), facts)])


def _error_row(name: str) -> tuple[str, str]:
    (cls,) = (cls for cls in _errors() if cls.__name__ == name)
    return f"[`{name}`](errors.md#{cls.code})", _first_sentence(cls)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


# --------------------------------------------------------------------------------------------------------------- text


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _prose(text: str) -> Iterator[str]:
    """One sentence a line, paragraphs as they are."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(text).strip())):
        if number:
            yield ""
        # An example is indented; how far, a paragraph's first line no longer shows behind another.
        if paragraph.startswith("    "):
            yield from ("```python", *textwrap.dedent(paragraph).splitlines(), "```")
            continue
        yield from re.split(r"(?<=[.!?]) (?=[A-Z`])", " ".join(paragraph.split()))


def _first_sentence(cls: type[SluiceError]) -> str:
    return (inspect.getdoc(cls) or "").partition("\n")[0]


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _wrapped(text: str) -> Iterator[str]:
    for line in text.strip().splitlines():
        yield from textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


if __name__ == "__main__":
    sys.exit(main())
