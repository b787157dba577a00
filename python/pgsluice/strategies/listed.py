"""Lists every strategy: adding one is a file beside this one and a row here."""

from __future__ import annotations

from pgsluice.errors import UsageError, in_quotes
from pgsluice.strategies import accumulate, copy_in, cte_upsert, ignore, merge, quiet_upsert, staged, upsert
from pgsluice.strategies.shape import Strategy

STRATEGIES: tuple[Strategy, ...] = (
    copy_in.STRATEGY,
    ignore.STRATEGY,
    upsert.STRATEGY,
    accumulate.STRATEGY,
    quiet_upsert.STRATEGY,
    cte_upsert.STRATEGY,
    merge.STRATEGY,
    staged.STRATEGY,
)
_BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}


def strategy(name: str) -> Strategy:
    """Give a strategy by its name. Raises UsageError for a name that is none."""
    if name not in _BY_NAME:
        raise UsageError(
            f"unrecognized strategy {in_quotes(name)}", hint=f"Strategies are {', '.join(_BY_NAME)}, and auto."
        )
    return _BY_NAME[name]
