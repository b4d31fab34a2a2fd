"""What processes cost, from ``/proc``: CPU seconds, proportional memory, threads of whole trees."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Sums over a process and its descendants, those that ended and were waited for included."""

    cpu_seconds: float
    pss_bytes: int
    threads: int
    processes: int


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def tree(root: int) -> list[int]:
    """Return a process and its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cost(roots: list[int], *, memory: bool = False) -> Cost:
    """Measure the trees of some processes; memory reads ``smaps_rollup``, which takes time."""
    cpu, pss, threads, count = 0.0, 0, 0, 0
    for pid in {pid for root in roots for pid in tree(root)}:
        try:
            fields = _stat(pid)
            # utime, stime, cutime, cstime: a child that ended counts with its parent.
            cpu += sum(int(field) for field in fields[11:15]) / TICK
            threads += int(fields[17])
            count += 1
            if memory:
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        pss += int(line.split()[1]) * 1024
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Cost(cpu, pss, threads, count)


def withheld() -> float:
    """Return for how many CPU seconds so far the host gave this machine's cores to others."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(fields[8]) / TICK


def load() -> str:
    """Return the machine's load, so that a reader can judge the figures."""
    return Path("/proc/loadavg").read_text().strip()
