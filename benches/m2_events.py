"""M2: copy `events` as it is and with a masked key, against the unmasked pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.copying import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.records import Record
    from benches.scale import Scale
    from benches.stage import Stage

RULES = """version = 1
[tables."public.events".columns]
id = "keep"
ts = "keep"
user_id = "{user_id}"
kind = "keep"
value = "keep"
"""


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure both variants."""
    rows = scale.events
    stage.make_table("events", "events", rows)
    for workload, title, mask in (
        ("M2", "copy events, nothing masked", "keep"),
        ("M2-key", "copy events, one key masked", "key"),
    ):
        rules = RULES.format(user_id=mask)
        yield measure(stage, workload, title, table="events", rows=rows, rules=rules, pairs=scale.pairs)
