"""The demo's shop, whose rules somebody wrote by hand: a second opinion on every column."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from proposing import Proposed

from commands import KEY, Shell
from pgsluice import api, demo
from pgsluice._core import Key
from pgsluice.catalog.read import read_catalog
from pgsluice.config.rules import parse_rules, read_rules
from pgsluice.driver import Dsn, connect
from pgsluice.plan.decisions import Decider
from servers import Database, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pgsluice.catalog.model import Catalog
    from pgsluice.embedded import Server

pytestmark = pytest.mark.db

HAND_WRITTEN = Path(demo.__file__).with_name("rules.toml")
SHOP = Path(demo.__file__).with_name("shop.sql")
UNDECIDED = re.compile(r'table "((?:[^"]|"")*)", column "((?:[^"]|"")*)" .* is neither masked nor kept')
HIDDEN_NOWHERE = {"keep", "generated"}


@pytest.fixture(scope="module")
def shop(source_server: Server) -> Iterator[Database]:
    with fresh_database(source_server, "shop") as database:
        database.execute(SHOP.read_text(encoding="utf-8"))
        yield database


@pytest.fixture(scope="module")
def proposed(shop: Database) -> Proposed:
    draft = asyncio.run(api.init(Dsn.parse(shop.dsn, role="source")))
    return Proposed(draft, tomllib.loads(draft.text))


def by_hand(catalog: Catalog) -> dict[tuple[str, str], str]:
    """The mask of every column of the hand-written rules, by table and column."""
    decider = Decider(catalog, read_rules(HAND_WRITTEN))
    return {
        (relation.label, name): decision.rule.mask
        for relation in catalog.relations
        if not relation.is_partition
        for name, decision in decider.decide(relation).items()
    }


async def catalog_of(database: Database) -> Catalog:
    connection = await connect(Dsn.parse(database.dsn, role="source"), role="source")
    try:
        return await read_catalog(connection)
    finally:
        await connection.close()


def test_shop_keeps_nothing_that_a_person_masked(shop: Database, proposed: Proposed) -> None:
    masked = {place for place, mask in by_hand(asyncio.run(catalog_of(shop))).items() if mask not in HIDDEN_NOWHERE}

    kept = {
        (table.relation.label, item.column.name)
        for table in proposed.draft.tables
        for item in table.columns
        if item.rule is not None and item.rule.mask == "keep"
    }

    assert len(masked) > 300
    assert masked & kept == set()


def test_shop_proposes_masks_for_most_that_a_person_masked(shop: Database, proposed: Proposed) -> None:
    """Columns without rows (the survey's 240 answers) are nobody's guess; of the others few are left open."""
    hand = by_hand(asyncio.run(catalog_of(shop)))
    both = [
        (hand[table.relation.label, item.column.name], item.rule)
        for table in proposed.draft.tables
        if table.relation.name not in {"survey_replies", "specimens"}
        for item in table.columns
    ]

    masked = [rule for mask, rule in both if mask not in HIDDEN_NOWHERE]
    kept = [rule for mask, rule in both if mask == "keep"]

    assert sum(rule is not None and rule.mask != "keep" for rule in masked) / len(masked) > 0.8
    assert sum(rule is not None and rule.mask == "keep" for rule in kept) / len(kept) > 0.55
    assert sum(rule is not None and rule.mask != "keep" for rule in kept) < 5


@pytest.mark.parametrize(
    ("column", "mask"),
    [
        ("customers.email", "email"), ("customers.alternative_emails", "email"), ("customers.full_name", "person-name"),
        ("customers.phone", "phone"), ("customers.street", "street"), ("customers.postcode", "postcode"),
        ("customers.iban", "iban"), ("customers.card_number", "card"), ("customers.birth_date", "shift-date"),
        ("customers.national_id", "digits"), ("customers.password_hash", "null"), ("customers.notes", "text"),
        ("customers.preferences", "json"), ("customers.signup_ip", "ip"), ("customers.router", "mac"),
        ("customers.id", "keep"), ("customers.public_id", "uuid"), ("employees.id", "key"), ("employees.home", "null"),
        ("orders.placed_on", "keep"), ("orders.status", "keep"), ("payments.method", "keep"),
        ("support_tickets.message", "text"), ("sessions.token", "token"), ("GiftCards.Empfänger", "person-name"),
    ],
)  # fmt: skip
def test_shop_column_gets_the_mask_that_fits(proposed: Proposed, column: str, mask: str) -> None:
    assert proposed.mask(f"shop.{column}") == mask


def test_shop_plan_asks_for_exactly_what_was_left_open(shop: Database, proposed: Proposed) -> None:
    rules = parse_rules(proposed.document, name="the proposal")

    plan = asyncio.run(api.plan(Dsn.parse(shop.dsn, role="source"), rules, Key(KEY)))

    places = (UNDECIDED.match(problem) for problem in plan.problems)
    asked = {(place[1], place[2]) for place in places if place is not None}
    catalog = asyncio.run(catalog_of(shop))
    roots = {relation.label: catalog.by_oid[relation.root_oid].label for relation in catalog.relations}
    asked_of_roots = {(roots[table], column.replace('""', '"')) for table, column in asked}
    left = {
        (table.relation.label, item.column.name)
        for table in proposed.draft.tables
        for item in table.columns
        if item.rule is None
    }
    following = {
        (table.relation.label, name): target for table in proposed.draft.tables for name, target in table.following
    }
    follow_open = {place for place, target in following.items() if tuple(target.rsplit(".", 1)) in left}
    assert [problem for problem in plan.problems if UNDECIDED.match(problem) is None] == []
    assert asked_of_roots == left | follow_open


def test_shop_is_proposed_alike_each_time(shop: Database, proposed: Proposed) -> None:
    again = asyncio.run(api.init(Dsn.parse(shop.dsn, role="source")))

    assert again.text == proposed.draft.text


def test_shop_file_says_of_each_rule_how_sure_it_is(proposed: Proposed) -> None:
    lines = [
        line for line in proposed.draft.text.splitlines() if " = " in line and not line.startswith(("#", "version"))
    ]
    plain = [line for line in lines if not line.startswith(("mask =", "otherwise =", "keys ="))]

    assert len(plain) > 100
    assert [line for line in plain if not re.search(r"  # (high|medium)", line)] == []
    opened = [line for line in proposed.draft.text.splitlines() if line.startswith("#?")]
    assert len(opened) == proposed.draft.open_count
    assert all(re.fullmatch(r"#\? .+ = .+  # .+: .+", line) for line in opened)


def test_shop_command_writes_once_and_says_what_to_do(shell: Shell, shop: Database) -> None:
    first = shell.run("init", f"--source={shop.dsn}")
    second = shell.run("init", f"--source={shop.dsn}")
    update = shell.run("init", f"--source={shop.dsn}", "--update", "--no-samples")

    assert first.status == 0, first.said
    assert first.stdout == ""
    assert "left to you" in first.stderr
    assert "pgsluice plan --rules rules.toml" in first.stderr
    assert second.status == 2
    assert "exists and is not overwritten" in second.stderr
    assert update.status == 0, update.said
    assert "nothing is new" in update.stderr
    assert (shell.directory / "rules.toml").read_text(encoding="utf-8").startswith("# Rules proposed by")
