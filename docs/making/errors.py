"""Makes the page of errors from their classes."""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

import importlib
import inspect
import pkgutil
from itertools import groupby

import pgsluice
from making.text import first_sentence, prose, table
from pgsluice.driver.sqlstates import _CLASSES, _CODES, Reaction
from pgsluice.errors import SluiceError

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
    found = sorted(error_classes(), key=lambda cls: (cls.exit_status, cls.code, cls.__name__))
    rows = [
        (f"[`{cls.code}`](#{cls.code})", str(cls.exit_status), f"`{cls.__name__}`", first_sentence(cls))
        for cls in found
    ]
    states = [(f"`{state}`", reaction.value) for state, reaction in [*_CODES.items(), *_CLASSES.items()]]
    known = "\n".join(f"- `{reaction.value}`: {text}." for reaction, text in _reactions().items())
    return "\n".join(
        [
            _ERRORS_INTRO,
            table(("code", "exit status", "class", "meaning"), rows),
            *(_error(code, list(classes)) for code, classes in groupby(found, key=lambda cls: cls.code)),
            _SQLSTATES_INTRO,
            known,
            "",
            table(("SQLSTATE or class", "reaction"), states),
        ]
    )


def error_classes() -> set[type[SluiceError]]:
    """Give every error that a user can meet, wherever it is defined."""
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
        lines += [*prose(inspect.getdoc(cls) or ""), ""]
        lines += [f"`{cls.__module__}.{cls.__name__}`, a `{parents[0]}`; exit status {cls.exit_status}.", ""]
    return "\n".join(lines)


def _reactions() -> dict[Reaction, str]:
    return {
        Reaction.RETRY: "the same transaction again",
        Reaction.RECONNECT: "a new connection, then the same transaction",
        Reaction.PAUSE: "not again before somebody looked",
        Reaction.PERMANENT: "the same statement will fail again",
    }
