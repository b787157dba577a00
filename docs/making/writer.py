"""Makes the page of the Writer from its classes, strategies and warnings."""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

import inspect

import pgsluice
from making.errors import error_classes
from making.library import fields, signature
from making.text import first_sentence, prose, table
from pgsluice.config.table import POLICIES
from pgsluice.plan.writing_warnings import WARNINGS
from pgsluice.strategies.listed import STRATEGIES
from pgsluice.strategies.shape import Strategy

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
    settings = (pgsluice.Table, pgsluice.Rejects, pgsluice.WriterSettings, pgsluice.RetrySettings, pgsluice.Deadlines)
    return "\n".join(
        [
            _WRITER_INTRO,
            _class(pgsluice.Writer),
            _class(pgsluice.Batch, only=("write",)),
            _class(pgsluice.BlockingWriter, only=()),
            _class(pgsluice.Flushed),
            *map(fields, settings),
            "## Policies\n",
            "What a column of a row that is there becomes.\n",
            table(("policy", "it becomes"), [(f"`{name}`", f"{text}.") for name, text in POLICIES.items()]),
            _strategies(),
            _WARNINGS_INTRO,
            table(("code", "meaning"), [(f"`{code}`", f"{text}.") for code, text in WARNINGS.items()]),
            "## Errors\n",
            "Each has a section on the page of [errors](errors.md).\n",
            table(("class", "meaning"), [_error_row(name) for name in _WRITER_ERRORS]),
        ]
    )


#: What a writer makes; nobody calls them.
_MADE_BY_WRITERS = ("Batch", "Flushed")


def _class(cls: type, *, only: tuple[str, ...] | None = None) -> str:
    head = [] if cls.__name__ in _MADE_BY_WRITERS else signature(cls.__name__, cls.__init__)
    lines = [f"## {cls.__name__}", "", *head, *prose(inspect.getdoc(cls) or ""), ""]
    for name, item in vars(cls).items():
        method = item.fget if isinstance(item, property) else item
        if name.startswith("_") or not inspect.isfunction(method) or (only is not None and name not in only):
            continue
        head = [] if isinstance(item, property) else signature(name, inspect.unwrap(method))
        lines += [f"### {name}", "", *head, *prose(inspect.getdoc(method) or ""), ""]
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
    return "\n".join([_STRATEGIES_INTRO, table(head, rows), *map(_strategy, STRATEGIES)])


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
    return "\n".join([f"### {item.name}", "", f"{item.summary}.", "", table(("promise", ""), facts)])


def _error_row(name: str) -> tuple[str, str]:
    (cls,) = (cls for cls in error_classes() if cls.__name__ == name)
    return f"[`{name}`](errors.md#{cls.code})", first_sentence(cls)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
