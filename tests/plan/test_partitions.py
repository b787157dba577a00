"""Partitions whose rows the target would put elsewhere are refused before the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands import KEEP

if TYPE_CHECKING:
    from planning import Planner

pytestmark = pytest.mark.db

# The hash of an enum is the hash of its label's number, which is another one in each database.
SOURCE = """
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE DOMAIN good_mood AS mood;
CREATE TABLE t (mood {kind}, id int) PARTITION BY {method} (mood);
CREATE TABLE t_1 PARTITION OF t {bound} PARTITION BY LIST (id);
CREATE TABLE t_1_1 PARTITION OF t_1 FOR VALUES IN (1);
"""
HASH = {"method": "HASH", "bound": "FOR VALUES WITH (MODULUS 1, REMAINDER 0)"}


@pytest.mark.parametrize("kind", ["mood", "good_mood"])
def test_plan_partition_by_hash_of_an_enum_is_refused(plan: Planner, kind: str) -> None:
    made = plan(SOURCE.format(kind=kind, **HASH), KEEP)

    (problem,) = made.problems
    assert problem.startswith('table "public.t_1_1", column "mood" decides the partition by the hash of an enum')


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        (SOURCE.format(kind="text", **HASH), KEEP),
        (SOURCE.format(kind="mood", method="LIST", bound="FOR VALUES IN ('sad')"), KEEP),
        (SOURCE.format(kind="mood", **HASH), KEEP + '[tables."public.t_1_1"]\nrows = "none"\n'),
    ],
    ids=["hash of text", "list of an enum", "no rows"],
)
def test_plan_partition_that_rows_find_again_is_taken(plan: Planner, source: str, rules: str) -> None:
    assert plan(source, rules).problems == ()
