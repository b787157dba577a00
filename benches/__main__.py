"""The command `python -m benches`: runs workloads, prints each table, keeps the results."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benches import (
    m1_users,
    m2_events,
    m3_database,
    m4_masks,
    m5_memory,
    records,
    startup,
    thousand,
    tuples,
    u1_upserts,
    u2_round_trips,
    u3_quiet,
    u4_counters,
    u5_staging,
)
from benches.scale import FULL, QUICK, Scale
from benches.stage import QUICK_SETTINGS, SETTINGS, running_stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.records import Record

WITHOUT_SERVER = {"start": startup.run, "M4": m4_masks.run}
WITH_SERVER = {
    "M1": m1_users.run,
    "M2": m2_events.run,
    "M3": m3_database.run,
    "M5": m5_memory.run,
    "thousand": thousand.run,
    "U1": u1_upserts.run,
    "U2": u2_round_trips.run,
    "U3": u3_quiet.run,
    "U4": u4_counters.run,
    "U5": u5_staging.run,
    "tuples": tuples.run,
}


def main(words: Sequence[str] | None = None) -> None:
    """Run the workloads that were asked for."""
    arguments = _parser().parse_args(words)
    scale = _scale(arguments)
    directory: Path | None = arguments.results or (None if arguments.quick else records.DIRECTORY)
    for record in _measure(arguments.only or [*WITHOUT_SERVER, *WITH_SERVER], scale, is_quick=arguments.quick):
        print(f"\n{record.workload}: {record.title}\n{records.table(record.headings, record.cells)}", flush=True)
        if directory is not None:
            # At once, so that a later workload that fails takes nothing with it.
            records.append([record], directory)


def _measure(workloads: Sequence[str], scale: Scale, *, is_quick: bool) -> Iterator[Record]:
    for name in workloads:
        if name in WITHOUT_SERVER:
            yield from WITHOUT_SERVER[name](scale)
    if not set(workloads) & set(WITH_SERVER):
        return
    with running_stage(QUICK_SETTINGS if is_quick else SETTINGS) as stage:
        for name in workloads:
            if name in WITH_SERVER:
                yield from WITH_SERVER[name](stage, scale)


def _scale(arguments: argparse.Namespace) -> Scale:
    given = {
        "users": arguments.users,
        "events": arguments.events,
        "pairs": arguments.pairs,
        "rounds": arguments.pairs,
        "memory_rows_large": arguments.memory_rows,
    }
    return replace(QUICK if arguments.quick else FULL, **{name: n for name, n in given.items() if n is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches", description=sys.modules[__name__].__doc__)
    choices = [*WITHOUT_SERVER, *WITH_SERVER]
    parser.add_argument("--only", action="append", choices=choices, help="only this workload; repeatable")
    parser.add_argument("--quick", action="store_true", help="a few rows, to see that it runs; results are not kept")
    parser.add_argument("--pairs", type=int, help=f"runs in turn (default {FULL.pairs}, of the Writer {FULL.rounds})")
    parser.add_argument("--users", type=int, metavar="ROWS", help=f"rows of users in M1 (default {FULL.users:,})")
    parser.add_argument("--events", type=int, metavar="ROWS", help=f"rows of events in M2 (default {FULL.events:,})")
    parser.add_argument(
        "--memory-rows",
        type=int,
        metavar="ROWS",
        help=f"rows of M5's large tables (default {FULL.memory_rows_large:,})",
    )
    parser.add_argument("--results", type=Path, metavar="DIRECTORY", help="where results are kept")
    return parser


if __name__ == "__main__":
    main()
