"""Owns rows as a program has them: tuples of Python values, those that sql/users.sql and sql/events.sql make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

User = tuple[int, str, str, str, date, Decimal, datetime, bool, str, str]
Event = tuple[int, datetime, int, int, float]

_MOMENT, _DAY = datetime(2020, 1, 1, tzinfo=UTC), date(1950, 1, 1)


def users(numbers: Iterable[int]) -> list[User]:
    """Rows of users, ten columns; jsonb is text, which every driver takes."""
    return [
        (
            n,
            f"user{n}@example.com",
            f"First{n % 9973} Last{n % 99991}",
            f"+1-555-{n % 10000000:07}",
            _DAY + timedelta(days=n % 20000),
            Decimal(n * 7919 % 10000000).scaleb(-2),
            _MOMENT + timedelta(seconds=n),
            n % 3 == 0,
            f"{n % 9999} Main Street, Springfield, ZIP {n % 99999}",
            f'{{"plan": {n % 5}, "ip": "10.0.{n % 256}.{n % 251}", "tags": ["a", "b", {n % 17}]}}',
        )
        for n in numbers
    ]


def events(numbers: Iterable[int], *, shift: int = 0) -> list[Event]:
    """Rows of events, five columns; `shift` makes others of the same keys."""
    return [
        (n, _MOMENT + timedelta(seconds=n), n * 7919 % 1000003 + 1 + shift, n % 7, (n % 1000) / 7.0) for n in numbers
    ]
