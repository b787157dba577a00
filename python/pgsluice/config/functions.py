"""Finds the Python functions that rules name as masks."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from pgsluice.errors import UsageError

MaskFunction = Callable[[list[str]], list[str | None]]


def load_function(path: str) -> MaskFunction:
    """Import a function given as `package.module:function`.

    Raises UsageError where there is none, or where its module cannot be imported.
    """
    module, _, name = path.partition(":")
    try:
        function = getattr(import_module(module), name)
    except Exception:  # noqa: BLE001 - whatever the user's module raises, its text is not ours to show
        function = None
    if not callable(function):
        raise UsageError(
            f'cannot find the mask function "{path}"',
            hint="Give it as python:package.module:function, importable from where pgsluice runs.",
        )
    return function  # type: ignore[no-any-return]  # what it gives is checked value by value
