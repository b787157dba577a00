"""The source: an invented ledger that closes again and again. Each close says what happened and how things stand after.

Numbers decide everything, so every run sees the same chain, and a test can work out what must be in the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

KINDS = ("native", "trustline", "contract", "token")
ACCOUNTS = 50
TRANSFERS_PER_LEDGER = 20
#: The table of balances of each kind.
TABLES = {
    "native": "native_balances",
    "trustline": "trustlines",
    "contract": "contract_balances",
    "token": "token_balances",
}

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Transfer:
    """One movement of an asset."""

    ledger: int
    number: int
    kind: str
    payer: int
    payee: int
    asset: str
    amount: int


@dataclass
class State:
    """All balances after some ledger."""

    balances: dict[tuple[str, tuple[Any, ...]], tuple[int, int]] = field(default_factory=dict)

    def apply(self, moved: Transfer) -> list[tuple[str, tuple[Any, ...]]]:
        """Move what a transfer moves; give the keys that changed."""
        keys = []
        for holder, amount in ((moved.payer, -moved.amount), (moved.payee, moved.amount)):
            key = (TABLES[moved.kind], _key(moved, holder))
            before, _ = self.balances.get(key, (0, 0))
            self.balances[key] = (before + amount, moved.ledger)
            keys.append(key)
        return keys

    def rows(self, keys: Iterator[tuple[str, tuple[Any, ...]]] | None = None) -> Rows:
        """Rows of the tables of balances: of these keys, or all."""
        found: Rows = defaultdict(list)
        for table, key in self.balances if keys is None else keys:
            found[table].append((*key, *self.balances[table, key]))
        return found


@dataclass(frozen=True)
class Close:
    """A closed ledger: its transfers, and the balances that they changed, as they are afterwards."""

    number: int
    transfers: list[Transfer]
    balances: Rows


def transfers(ledger: int) -> list[Transfer]:
    """What happened in a ledger."""
    return [_transfer(ledger, number) for number in range(TRANSFERS_PER_LEDGER)]


def state_before(ledger: int) -> State:
    """How things stood before a ledger."""
    state = State()
    for number in range(1, ledger):
        for moved in transfers(number):
            state.apply(moved)
    return state


def closes(first: int, end: int) -> Iterator[Close]:
    """The ledgers from `first` up to `end`, without it, one after the other."""
    state = state_before(first)
    for ledger in range(first, end):
        happened = transfers(ledger)
        changed = {key for moved in happened for key in state.apply(moved)}
        yield Close(ledger, happened, state.rows(iter(changed)))


def _transfer(ledger: int, number: int) -> Transfer:
    kind = KINDS[(ledger + number) % 4]
    payer = (ledger * 7 + number * 13) % ACCOUNTS
    return Transfer(
        ledger=ledger,
        number=number,
        kind=kind,
        payer=payer,
        payee=(payer + 1 + (ledger * 3 + number) % (ACCOUNTS - 1)) % ACCOUNTS,
        asset="XLM" if kind == "native" else f"{kind}-{(ledger + 3 * number) % 5}",
        amount=1 + (ledger * number) % 97,
    )


def _key(moved: Transfer, holder: int) -> tuple[Any, ...]:
    if moved.kind == "native":
        return (holder,)
    return (moved.asset, holder) if moved.kind == "token" else (holder, moved.asset)
