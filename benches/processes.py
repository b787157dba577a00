"""Owns running commands and what they cost: wall time, CPU time and peak memory of whole processes."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
SAID_MAX = 2000


class BenchError(Exception):
    """A command that did not do what was to be measured."""


@dataclass(frozen=True)
class Cost:
    """What a command took; for a pipeline CPU time is the sum and memory the largest of its processes."""

    wall_s: float
    user_s: float
    sys_s: float
    rss_bytes_max: int
    # Of the server's processes while the command ran.
    server_cpu_s: float = 0.0
    # Of everybody else on the machine: how far the wall time can be trusted.
    others_cpu_s: float = 0.0

    @property
    def cpu_s(self) -> float:
        """User and system time of the command's own processes."""
        return self.user_s + self.sys_s


def run_pipeline(
    commands: Sequence[Sequence[str | Path]],
    *,
    environment: Mapping[str, str],
    postmaster_pid: int | None = None,
) -> Cost:
    """Run commands, each one's output the input of the next, to their end.

    Raises BenchError if one fails; its text quotes what it said, rows included: bench data are invented.
    """
    busy, server = busy_cpu_s(), server_cpu_s(postmaster_pid)
    started = time.perf_counter()
    running: list[subprocess.Popen[bytes]] = []
    for number, command in enumerate(commands, start=1):
        process = subprocess.Popen(
            [os.fspath(word) for word in command],
            stdin=running[-1].stdout if running else subprocess.DEVNULL,
            stdout=subprocess.PIPE if number < len(commands) else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(environment),
        )
        if running and running[-1].stdout:
            running[-1].stdout.close()  # The next process holds the other end.
        running.append(process)
    usages = []
    for process in running:
        # These say next to nothing, which a pipe holds, so that reading after the end is safe.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        usages.append(usage)
    wall_s = time.perf_counter() - started
    server = server_cpu_s(postmaster_pid) - server
    for process, command in zip(running, commands, strict=True):
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if process.stderr:
            process.stderr.close()
        if process.returncode != 0:
            raise BenchError(f"{command[0]} ended with status {process.returncode}: {said[-SAID_MAX:]}")
    user_s = sum(usage.ru_utime for usage in usages)
    sys_s = sum(usage.ru_stime for usage in usages)
    return Cost(
        wall_s=wall_s,
        user_s=user_s,
        sys_s=sys_s,
        rss_bytes_max=max(usage.ru_maxrss for usage in usages) * 1024,
        server_cpu_s=server,
        others_cpu_s=max(0.0, busy_cpu_s() - busy - server - user_s - sys_s),
    )


def server_cpu_s(postmaster_pid: int | None) -> float:
    """CPU time of a server since its start: its postmaster, the children that live, and those that ended."""
    if postmaster_pid is None:
        return 0.0
    while True:
        before = _stat(postmaster_pid)[1]
        total = sum(before) + sum(ticks for _, ticks in children(postmaster_pid))
        # A child that ended meanwhile would be missing on both sides.
        if _stat(postmaster_pid)[1][2:] == before[2:]:
            return total / CLOCK_TICKS


def children(parent_pid: int) -> Iterator[tuple[int, int]]:
    """Process ID and ticks of each process that has this parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent, ticks = _stat(int(entry.name))
            except OSError:  # It has ended.
                continue
            if parent == parent_pid:
                yield int(entry.name), ticks[0] + ticks[1]


def _stat(pid: int) -> tuple[int, tuple[int, int, int, int]]:
    """Parent, and ticks: user, system, and those of ended children (proc(5), fields 4 and 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), (int(fields[11]), int(fields[12]), int(fields[13]), int(fields[14]))


def busy_cpu_s() -> float:
    """CPU time of the whole machine that was not idle (proc(5), `/proc/stat`)."""
    line = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(word) for word in line[:8])
    return (user + nice + system + irq + softirq + steal) / CLOCK_TICKS
