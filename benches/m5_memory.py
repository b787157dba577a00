"""M5: peak memory of the copying process, at two sizes of two tables and with one very large value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches import m1_users, m2_events
from benches.pairs import Spread
from benches.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.scale import Scale
    from benches.stage import Stage

DOCUMENTS = """version = 1
[tables."public.documents".columns]
id = "keep"
note = "text"
body = { mask = "keep", reason = "made for the figure" }
"""
DOCUMENT_ROWS = 1_000


def run(stage: Stage, scale: Scale) -> Iterator[Record]:
    """Measure all of them; each is copied several times, for memory has its spread too."""
    users, events = m1_users.FIVE.format(meta=m1_users.KEPT), m2_events.RULES.format(user_id="key")
    cells, figures = [], {}
    for table, rules in (("users", users), ("events", events)):
        peaks = []
        for rows in (scale.memory_rows, scale.memory_rows_large):
            peaks.append(_peak(stage, table, rows, rules, scale))
            figures[f"{table}, {rows:,} rows"] = vars(peaks[-1])
            stage.drop_table(table)
        growth = peaks[1].median / peaks[0].median
        figures[f"{table}, growth"] = {"ratio": growth}
        cells.append((f"{table}, {scale.memory_rows:,} rows", peaks[0].text(0), ""))
        cells.append((f"{table}, {scale.memory_rows_large:,} rows", peaks[1].text(0), f"{growth:.2f}"))
    peak = _peak(stage, "documents", DOCUMENT_ROWS, DOCUMENTS, scale)
    stage.drop_table("documents")
    figures["documents, one value of 100 MB"] = vars(peak)
    cells.append((f"documents, {DOCUMENT_ROWS:,} rows, one value of 100 MB", peak.text(0), ""))
    yield Record(
        workload="M5",
        title="peak memory of the copying process",
        setting={"runs": f"{scale.memory_runs} of each, median (least-most)"},
        headings=("table", "peak MiB", "times the smaller table"),
        cells=tuple(cells),
        figures=figures,
        server={"version": stage.server_version, "settings": dict(stage.settings)},
    )


def _peak(stage: Stage, table: str, rows: int, rules: str, scale: Scale) -> Spread:
    stage.make_table(table, table, rows)
    command = [stage.copy_command(table, rules)]
    return Spread.of([stage.run(table, command).rss_bytes_max / 2**20 for _ in range(scale.memory_runs)])
