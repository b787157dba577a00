"""Owns the error of this room, and the texts that name a table or a partition in it."""

from __future__ import annotations

from typing import ClassVar

from pgsluice.errors import SluiceError, in_quotes


class PartitionsError(SluiceError):
    """The partitions of a table do not fit what is declared, or what is there forbids to make or detach one."""

    code: ClassVar[str] = "partitions"
    exit_status: ClassVar[int] = 3
    # Whether a key is to blame that no partition can hold, whatever is declared.
    is_about_key: bool = False


def of_key(message: str, hint: str | None = None) -> PartitionsError:
    """Make the error of a key that no partition can hold."""
    error = PartitionsError(message, hint=hint)
    error.is_about_key = True
    return error


def of_table(schema: str, name: str) -> str:
    """Give `table "a.b"` as messages begin."""
    return f"table {in_quotes(f'{schema}.{name}')}"
