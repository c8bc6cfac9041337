"""How long frugal takes, beside its goals. Prints; never asserts: a busy machine is not a bug.

Whole processes are what a person waits for: interpreter, imports, work and writing. Warm calls
are what a server or a search waits for. Each figure is the median of several runs with the
smallest and the largest, because one run on a shared machine says little.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
REQUEST = (ROOT / "examples" / "first-request.txt").read_text(encoding="utf-8").strip()

PROCESSES = 7
WARM_SECONDS = 1.0  #: how long each warm call is repeated
WARM_CALLS_MIN = 5
HEAVIEST = 10
MIB = 1024 * 1024
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  #: what the system counts ru_maxrss in


class Figure(NamedTuple):
    """One line of the table, in its own unit."""

    what: str
    values: tuple[float, ...]
    unit: str
    bound: str = ""

    def __str__(self) -> str:
        middle, low, high = median(self.values), min(self.values), max(self.values)
        return (
            f"{self.what:<44}{middle:>9.1f} {self.unit:<4}"
            f"{f'{low:.1f} .. {high:.1f}':>18}   {self.bound}"
        )


def process(*arguments: str, flags: tuple[str, ...] = ()) -> tuple[float, float]:
    """Run Python with ``arguments`` and return (wall milliseconds, peak MiB).

    Linux counts the memory of the process that starts another into the other's peak, so this
    module imports nothing of frugal until all processes are measured.
    """
    started = perf_counter()
    child = subprocess.Popen(
        [sys.executable, *flags, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    wall = (perf_counter() - started) * 1000
    child.returncode = os.waitstatus_to_exitcode(status)  # reaped here, not by Popen
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)!r} ended with exit code {child.returncode}")
    return wall, used.ru_maxrss * RSS_UNIT / MIB


def processes(
    what: str, arguments: tuple[str, ...], wall: str = "", peak: str = ""
) -> list[Figure]:
    """Return wall time and peak memory of several runs, after one that writes the bytecode."""
    process(*arguments)
    runs = [process(*arguments) for _ in range(PROCESSES)]
    return [
        Figure(what, tuple(run[0] for run in runs), "ms", wall),
        Figure(f"{what}, peak memory", tuple(run[1] for run in runs), "MiB", peak),
    ]


def warm(what: str, call: Callable[[], object], bound: str = "") -> Figure:
    """Return the time of one call in a process that has made it before."""
    call()
    values: list[float] = []
    until = perf_counter() + WARM_SECONDS
    while perf_counter() < until or len(values) < WARM_CALLS_MIN:
        started = perf_counter()
        call()
        values.append((perf_counter() - started) * 1000)
    return Figure(what, tuple(values), "ms", bound)


def heaviest_imports(*arguments: str) -> list[tuple[float, str]]:
    """Return (own milliseconds, module) of the modules that cost most to import."""
    printed = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True
    ).stderr
    rows = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", printed, re.MULTILINE)
    return sorted(((int(own) / 1000, name) for own, name in rows), reverse=True)


def cold() -> list[Figure]:
    """Return what a person at a prompt waits for."""
    with tempfile.TemporaryDirectory() as out:
        design = ("-m", "frugal.cli", "design", REQUEST, "--out", out)
        untried = (*design, "--no-trials")
        return [
            processes("python -c pass (the floor)", ("-c", "pass"))[0],
            *processes("frugal design --no-trials", untried, "<= 600, goal 400", "<= 150"),
            processes("frugal design, with its trials", design, "<= 3000")[0],
            processes("frugal read", ("-m", "frugal.cli", "read", REQUEST))[0],
        ]


def warm_calls() -> list[Figure]:
    """Return what each further answer costs a process that has given one."""
    from frugal import pipeline
    from frugal.price_list.lookup import open_snapshot
    from frugal.survey import assume

    def read_to_choose(*, ahead: bool) -> object:
        reading = pipeline.read(REQUEST)
        stack = assume(reading.stack)
        return pipeline.decide(reading.brief, stack, open_snapshot(), ahead=ahead)

    def document() -> object:
        return pipeline.files_of(pipeline.answer(REQUEST))

    return [
        warm("read", lambda: pipeline.read(REQUEST), "<= 5"),
        warm("read to choose", lambda: read_to_choose(ahead=False), "<= 150"),
        warm("the same with flips and break-evens", lambda: read_to_choose(ahead=True)),
        warm("request to files, the whole document", document, "<= 500, goal 100"),
    ]


def main() -> None:
    """Print the table, then the modules that cost most on the way to a cold answer."""
    print(f"{'':<44}{'median':>9}     {'min .. max':>18}   bound")
    for figure in [*cold(), *warm_calls()]:
        print(figure, flush=True)
    with tempfile.TemporaryDirectory() as out:
        rows = heaviest_imports("-m", "frugal.cli", "design", REQUEST, "--no-trials", "--out", out)
    total = sum(own for own, _ in rows)
    print(f"\nimports of a cold design: {len(rows)} modules, {total:.0f} ms; the heaviest, ms each")
    for own, name in rows[:HEAVIEST]:
        print(f"  {own:6.1f}  {name}")


if __name__ == "__main__":
    main()
