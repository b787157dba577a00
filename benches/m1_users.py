"""M1: copy `users` with five and with six masked columns, against the unmasked pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.copying import measure
from benches.processes import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.records import Record
    from benches.scale import Scale
    from benches.stage import Stage

FIVE = """version = 1
[tables."public.users".columns]
id = "keep"
email = "email"
full_name = "person-name"
phone = "phone"
birth = {{ mask = "shift-date", days = 30 }}
balance = "keep"
created = "keep"
active = "keep"
address = "street"
meta = {meta}
"""
KEPT = '{ mask = "keep", reason = "plan and tags" }'
JSON = '{ mask = "json", paths = { "$.ip" = "ip" }, otherwise = "keep" }'


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure both variants."""
    rows = scale.users
    stage.make_table("users", "users", rows)
    for workload, title, meta in (
        ("M1", "copy users, five of ten columns masked", KEPT),
        ("M1-json", "copy users, five columns and a path inside jsonb masked", JSON),
    ):
        rules = FIVE.format(meta=meta)
        record = measure(stage, workload, title, table="users", rows=rows, rules=rules, pairs=scale.pairs)
        _check_masked(stage, rules)
        yield record


def _check_masked(stage: Stage, rules: str) -> None:
    """A speed without masks would be no figure. A pair ends with the pipe, so copy once more and look."""
    stage.run("users", [stage.copy_command("users", rules)])
    kept = stage.value("SELECT count(*) FROM users WHERE email ~ '^user[0-9]+@example.com$' OR full_name ~ '^First'")
    if kept != "0":
        raise BenchError(f"expected no original email or name on the target, found {kept}")
