"""Payouts a second for one worker: the runtime beside DBOS and procrastinate, in one run.

    python bench/payouts/bench.py [--quick] [--only NAME ...] [--runs 3] [--lean]

Every candidate does the same work on the same Postgres against the same partner, the sandbox with
all faults off: N payouts come in 100 to a commit, one worker process pays them over HTTP with a
signature, and each ends as settled with the partner's id in a committed row. Every run has a fresh
database and fresh books. After it the two must agree: N settled, N calls, N keys. Prints; asserts
only that.

Worker, partner and Postgres share this machine's processors, so the rates are of the whole.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import function_size
import psutil
import work
from server import Counters, Server, fsync_milliseconds, postgres

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
SANDBOX_LATENCY = "0.001,0.002"  #: seconds, the middle and the slow end
GOAL = 3.0  #: times the better of the others

#: Name, payouts in a run, payouts in a quick run. Ours is last, so that it is compared.
CANDIDATES = (("dbos", 2000, 300), ("procrastinate", 3000, 1000), ("payouts", 5000, 1000))
OURS = "payouts"

UNEQUAL = """\
What is not equal
- dbos: a crash loses no step that ended; a send under way is made again with the same key. It
  remembers every step's result. No look-up, attempt, history of states, or books.
- procrastinate: a job whose worker died stays `doing` until someone retries stalled jobs (not run
  here); the send is then made again with the same key. No attempt, look-up, history, or books.
- payouts: the send is committed before it is made, with its attempt; every change of state has a
  history row and a balanced entry; leases are fenced. A crash leaves up to a batch of payouts in
  `sending`; each is looked up before anything is sent again. Its rows are committed a batch at a
  time, which is where the speed comes from: the others commit every step of every payout.
- The others sign and read with the few lines in `work.py`; payouts with its whole partner file."""


@dataclass(frozen=True, slots=True)
class Run:
    """One candidate, once."""

    count: int
    intake_seconds: float
    drain_seconds: float
    worker_cpu_seconds: float
    partner_cpu_seconds: float
    server: Counters
    others_share: float  #: of all processors' time, used meanwhile by what is not this benchmark

    @property
    def per_second(self) -> float:
        return self.count / (self.intake_seconds + self.drain_seconds)

    @property
    def cpu_each(self) -> float:
        """Processor seconds of a payout; the business's own for the intake are left out."""
        whole = self.worker_cpu_seconds + self.partner_cpu_seconds + self.server.cpu_seconds
        return whole / self.count


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's process, and its books."""

    address: str
    process: psutil.Process
    sandbox: bool

    def books(self) -> tuple[int, int, int]:
        """Return the sends it counted, those it refused or knew, and the keys it paid."""
        place = "/sandbox/summary" if self.sandbox else "/books"
        with urllib.request.urlopen(self.address + place) as answer:
            said = json.load(answer)
        if not self.sandbox:
            return said["calls"], said["refused"], said["paid"]
        odd = said["repeats"] + len(said["doubles"]) + sum(said["breaches"].values())
        return said["sends"], odd, len(said["paid_keys"])

    def cpu_seconds(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def partner(sandbox: bool) -> Iterator[Partner]:
    """Start a partner with empty books, and end it."""
    command = [str(HERE / "partner.py")]
    if sandbox:
        command = ["-m", "payouts.io.sandbox_server", "--latency", SANDBOX_LATENCY]
        command += ["--api-key", work.API_KEY, "--secret", work.SECRET.decode()]
    child = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        address = next(part for part in child.stdout.readline().split() if "://" in part)
        yield Partner(address, psutil.Process(child.pid), sandbox)
    finally:
        child.stdin.close()
        child.terminate()
        child.wait(timeout=10)


def phase(name: str, *arguments: str) -> object:
    """Run one phase of a candidate and return its answer."""
    done = subprocess.run(
        [sys.executable, str(HERE / "candidate.py"), name, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name} {arguments[0]} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_once(server: Server, name: str, count: int, sandbox: bool) -> Run:
    """Bring in and pay so many payouts, and let the partner's books judge."""
    address = server.fresh_database(name)
    phase(name, "prepare", address)
    server.run("checkpoint")
    with partner(sandbox) as other:
        before, other_before = server.counters(name), other.cpu_seconds()
        busy_before, idle_before, children_before = *machine(), children_seconds()
        intake = float(str(phase(name, "intake", address, str(count))))
        server.run("analyze", name)
        drained = phase(name, "drain", address, other.address, str(count))
        assert isinstance(drained, dict)
        used = server.counters(name).since(before)
        other_cpu = other.cpu_seconds() - other_before
        busy_after, idle_after = machine()
        busy, idle = busy_after - busy_before, idle_after - idle_before
        ours = used.cpu_seconds + other_cpu + children_seconds() - children_before
        settled, seen = phase(name, "verify", address), other.books()
    if settled != [count, count] or seen != (count, 0, count):
        raise SystemExit(f"{name}: settled and keys {settled}, partner {seen}, not {count} each")
    share = max(0.0, busy - ours) / (busy + idle)
    return Run(count, intake, drained["seconds"], drained["cpu_seconds"], other_cpu, used, share)


def machine() -> tuple[float, float]:
    """Return the seconds all processors together have been busy and idle."""
    used = psutil.cpu_times()
    idle = used.idle + getattr(used, "iowait", 0.0)
    # A guest's time is part of the user's time already.
    return sum(used) - idle - getattr(used, "guest", 0.0), idle


def children_seconds() -> float:
    """Return the processor time of the phases that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def line(name: str, runs: list[Run]) -> str:
    """Return one line of the table: the run in the middle by its rate, with the spread."""
    ordered = sorted(runs, key=lambda run: run.per_second)
    run = ordered[(len(ordered) - 1) // 2]
    each = 1000 / run.count
    spread = f"{ordered[0].per_second:,.0f}..{ordered[-1].per_second:,.0f}"
    return (
        f"{name:<41}{run.count:>6,}{run.per_second:>8,.0f}{spread:>14}"
        f"{run.count / run.drain_seconds:>9,.0f}{run.server.commits / run.count:>9.2f}"
        f"{run.server.wal_bytes / run.count:>9,.0f}{run.server.wal_fsyncs / run.count:>8.3f}"
        f"{run.worker_cpu_seconds * each:>9.2f}{run.server.cpu_seconds * each:>7.2f}"
        f"{run.partner_cpu_seconds * each:>9.2f}"
    )


def verdict(done: dict[str, list[Run]]) -> str:
    """Say how ours stands against the better of the others, in three readings.

    Rates suffer from whatever else the machine does, the fastest runs least; processor time is
    what a payout costs on any machine.
    """

    def times(of: Callable[[list[Run]], float]) -> str:
        figures = {name: of(runs) for name, runs in done.items()}
        ours = figures.pop(OURS)
        return f"{ours / max(figures.values()):.1f}"

    return (
        f"payouts against the better of the others (goal {GOAL:g} times): "
        f"{times(lambda runs: median(run.per_second for run in runs))} times as many a second by "
        f"the median,\n{times(lambda runs: max(run.per_second for run in runs))} by the fastest "
        f"runs; {times(lambda runs: 1 / median(run.cpu_each for run in runs))} times as many for "
        "one second of processor time (worker, Postgres and partner)."
    )


HEAD = (
    f"{'payouts, one worker':<41}{'N':>6}{'per s':>8}{'min..max':>14}{'drain/s':>9}"
    f"{'commits':>9}{'WAL B':>9}{'fsyncs':>8}{'CPU ms':>9}{'PG ms':>7}{'other ms':>9}"
)


def compare(only: list[str], runs: int, quick: bool, sandbox: bool) -> None:
    """Print the table, then how ours stands against the better of the others."""
    with postgres() as server:
        print(
            f"Postgres {server.version()}, Python {platform.python_version()}, "
            f"{os.cpu_count()} processors, fdatasync of 8 kB "
            f"{fsync_milliseconds(server.folder):.2f} ms; median of {runs} by rate, per payout\n"
        )
        counts = {name: few if quick else full for name, full, few in CANDIDATES if name in only}
        done: dict[str, list[Run]] = {name: [] for name in counts}
        # In turns, so that what else this machine does falls on all of them alike.
        for _ in range(runs):
            for name, count in counts.items():
                done[name].append(run_once(server, name, count, sandbox))
        print(HEAD)
        for name in counts:
            print(line(str(phase(name, "title", "")), done[name]))
    others = max(run.others_share for ran in done.values() for run in ran)
    print(
        "\nper s: intake and drain together. CPU: the worker's; PG: Postgres and its children's;"
        "\nother: the partner's. Every run: all settled, one call and one key per payout."
        f"\nother programs used up to {others:.0%} of this machine's processors during a run."
    )
    if OURS in done and len(done) > 1:
        print("\n" + verdict(done))
    print(f"\n{UNEQUAL}")


def main() -> None:
    names = [name for name, _, _ in CANDIDATES]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="once, with few payouts")
    parser.add_argument("--runs", type=int, default=None)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--lean", action="store_true", help="a partner cheaper than the sandbox")
    parser.add_argument("--no-size", action="store_true", help="leave the function's zip out")
    asked = parser.parse_args()
    compare(asked.only, asked.runs or (1 if asked.quick else 3), asked.quick, not asked.lean)
    if not asked.no_size:
        print()
        function_size.report()


if __name__ == "__main__":
    main()
