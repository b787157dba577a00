"""Mask functions as users write them: good ones, and ones that go wrong in every way."""

from __future__ import annotations


def reverse(values: list[str]) -> list[str | None]:
    return [value[::-1] for value in values]


def nothing(values: list[str]) -> list[str | None]:
    return [None for _ in values]


def too_few(values: list[str]) -> list[str | None]:
    return [value[::-1] for value in values[1:]]


def too_long(values: list[str]) -> list[str | None]:
    return [value * 50 for value in values]


def wrong_type(values: list[str]) -> list[object]:
    return [42 for _ in values]


def no_list(values: list[str]) -> str:
    return values[0]


def with_nul(values: list[str]) -> list[str | None]:
    return [value + "\0" for value in values]


def surrogate(values: list[str]) -> list[str | None]:
    return [value + "\ud800" for value in values]


def raises(values: list[str]) -> list[str | None]:
    message = f"cannot mask {values[0]}"
    raise ValueError(message)


def raises_from(values: list[str]) -> list[str | None]:
    try:
        return [str(int(value)) for value in values]
    except ValueError as error:
        message = f"no number: {values!r}"
        raise RuntimeError(message) from error


def exits(values: list[str]) -> list[str | None]:
    raise SystemExit(values[0])


def raises_group(values: list[str]) -> list[str | None]:
    raise ExceptionGroup(values[0], [KeyError(values[0])])


not_callable = "a string"
