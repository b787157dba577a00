"""Makes the page of the library from its functions."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from making.text import prose, table
from pgsluice import api
from pgsluice.cli.main import VERBS

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
    lines = [f"## {name}", "", *signature(name, function), *prose(inspect.getdoc(function) or ""), ""]
    if name in VERBS:
        lines += [f"As a command: [`pgsluice {name}`](cli.md#{name}).", ""]
    return "\n".join(lines)


def signature(name: str, function: Any) -> list[str]:
    """Show how a function is called, an argument a line where it is long."""
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
    return fields(getattr(api, name))


def fields(cls: Any) -> str:
    """Make the table of a dataclass: its fields with types and defaults."""
    rows = [(f"`{item.name}`", f"`{item.type}`", _field_default(item)) for item in dataclasses.fields(cls)]
    text = prose(inspect.getdoc(cls) or "")
    return "\n".join([f"## {cls.__name__}", "", *text, "", table(("field", "type", "default"), rows)])


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
