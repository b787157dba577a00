"""What the plan says of keys and queries beside a partition key; no server is asked."""

from __future__ import annotations

import pytest

from pgsluice.plan.partition_advice import Query, advise

FITS = ("id", "at")


def codes(**facts: object) -> list[str]:
    return [advice.code for advice in advise("public.events", "at", **facts)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"unique_keys": [FITS], "conflict_columns": FITS}, []),
        ({"unique_keys": [FITS], "conflict_columns": ("at", "id")}, []),
        ({"unique_keys": [FITS], "conflict_columns": ("id",)}, ["conflict-without-partition-key"]),
        ({"unique_keys": [], "conflict_columns": FITS}, ["conflict-without-index"]),
        ({"has_primary_key": False}, ["no-primary-key"]),
        ({"queries": [Query(columns=("id",))]}, ["query-without-partition-key"]),
        ({"queries": [Query(columns=FITS)]}, []),
    ],
)
def test_advice_names_what_does_not_fit(facts: dict[str, object], expected: list[str]) -> None:
    assert codes(**facts) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("at >= $1 AND at < $2", []),
        ("e.at = now()", []),
        ("\"at\" > '2024-01-01'", []),
        ("AT BETWEEN $1 AND $2", []),
        ("at IN ($1, $2) OR (at > $3)", []),
        ("at = ANY ($1)", []),
        ("at > now() - interval '1 day' AND date_trunc('day', at) = $1", []),
        ("id = 5", ["query-without-partition-key"]),
        ("note = 'at'", ["query-without-partition-key"]),
        ("note = E'\\'at' AND id = 1 -- at", ["query-without-partition-key"]),
        ("/* at */ note = $x$ at $x$", ["query-without-partition-key"]),
        ('"At" = 1', ["query-without-partition-key"]),
        ("at() = 1", ["query-without-partition-key"]),
        ("date_trunc('day', at) = $1", ["partition-key-in-function"]),
        ("at::date = $1", ["partition-key-in-function"]),
        ("coalesce((at), $1) = $2", ["partition-key-in-function"]),
        ("", ["query-without-partition-key"]),
        ("'", ["query-without-partition-key"]),
        (")" * 50, ["query-without-partition-key"]),
    ],
)
def test_where_is_read_for_the_partition_key(where: str, expected: list[str]) -> None:
    assert codes(queries=[Query(where=where)]) == expected


def test_advice_holds_no_value_of_a_where() -> None:
    (advice,) = advise("public.events", "at", queries=[Query(where="email = 'someone@example.org'")])

    assert "someone" not in advice.text


def test_advice_offers_a_hash_of_what_is_asked_for() -> None:
    (advice,) = advise("public.events", "at", queries=[Query(columns=("host", "kind"))])

    assert 'hash of "host", "kind"' in advice.text
