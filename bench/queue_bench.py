"""Events a second of a plain queue: our loop beside SimPy and SimFaaS. Prints; never asserts.

    python bench/queue_bench.py [--jobs 500000] [--runs 3]

An event is an arrival, or a departure, of one job, whatever a library needs inside for it. The
seconds are processor seconds of a whole run: drawing the times, simulating, and keeping each job's
wait; working out means afterwards is not in it. Everybody draws exponential times from Python's own
generator, but SimFaaS, which has its own. One process, one core; each figure is the median of some
runs.

Goal: 1,000,000 events a second on the first queue.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

ROOT = Path(__file__).parents[1]
# The environment of this benchmark has the other libraries, and not ours.
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "oracle")]

import queue_formulas as theory  # noqa: E402

from frugal.simulate.queue.plain import simulate_queue  # noqa: E402
from frugal.simulate.queue.queue_function import FunctionLimits, FunctionRun, simulate_function  # noqa: E402
from frugal.simulate.queue.queue_run import QueueRun  # noqa: E402
from frugal.simulate.queue.spreads import Exponential  # noqa: E402

GOAL = 1_000_000
SEED = 7
#: SimFaaS keeps all of a run in arrays and takes longer for each event; it gets fewer jobs.
FEWER = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One simulator on one queue."""

    who: str
    events: int
    seconds: tuple[float, ...]
    found: str

    def __str__(self) -> str:
        rates = sorted(self.events / one for one in self.seconds)
        spread = f"{rates[0]:,.0f} .. {rates[-1]:,.0f}"
        return f"  {self.who:<46}{median(rates):>11,.0f}{spread:>25}   {self.found}"


def timed(runs: int, run: Callable[[], Any]) -> tuple[tuple[float, ...], Any]:
    """Return the seconds of each run, and what the last one found."""
    seconds, found = [], None
    for _ in range(runs):
        found = None
        gc.collect()
        began = process_time()
        found = run()
        seconds.append(process_time() - began)
    return tuple(seconds), found


# A queue with a line: M/M/c -----------------------------------------------------------------------


def ours(load: float, servers: int | None, jobs: int, runs: int) -> Line:
    seconds, run = timed(
        runs,
        lambda: simulate_queue(
            Exponential(mean=1.0 / load), Exponential(mean=1.0), servers, jobs, SEED
        ),
    )
    assert isinstance(run, QueueRun)
    return Line(
        "frugal",
        run.events,
        seconds,
        f"wait {run.wait}  busy {run.busy}  in line {run.queue_length}",
    )


def simpy_waits(load: float, servers: int, jobs: int) -> list[float]:
    """As SimPy's own examples do it: a process a job, and a resource."""
    import simpy

    gap, work = Random(f"arrivals {SEED}"), Random(f"services {SEED}")
    world = simpy.Environment()
    lanes = simpy.Resource(world, servers)
    waits: list[float] = []

    def job() -> Any:
        came = world.now
        with lanes.request() as lane:
            yield lane
            waits.append(world.now - came)
            yield world.timeout(work.expovariate(1.0))

    def arriving() -> Any:
        for _ in range(jobs):
            yield world.timeout(gap.expovariate(load))
            world.process(job())

    world.process(arriving())
    world.run()
    return waits


def simpy_lean_waits(load: float, servers: int, jobs: int) -> list[float]:
    """As lean as SimPy allows: nothing but time-outs, the same program as ours."""
    import simpy

    gap, work = Random(f"arrivals {SEED}"), Random(f"services {SEED}")
    world = simpy.Environment()
    line: deque[float] = deque()
    waits: list[float] = []
    idle = servers

    def begin(came: float) -> None:
        waits.append(world.now - came)
        world.timeout(work.expovariate(1.0)).callbacks.append(depart)

    def depart(_: object) -> None:
        nonlocal idle
        if line:
            begin(line.popleft())
        else:
            idle += 1

    def arriving() -> Any:
        nonlocal idle
        for _ in range(jobs):
            yield world.timeout(gap.expovariate(load))
            if idle:
                idle -= 1
                begin(world.now)
            else:
                line.append(world.now)

    world.process(arriving())
    world.run()
    return waits


def simpy_line(who: str, run: Callable[[], list[float]], jobs: int, runs: int) -> Line:
    seconds, waits = timed(runs, run)
    kept = waits[jobs // 10 :]
    return Line(f"SimPy, {who}", 2 * jobs, seconds, f"wait {sum(kept) / len(kept):.4g}")


def queue(load: float, servers: int, jobs: int, runs: int) -> float:
    """Print one M/M/c queue; returns our events a second."""
    wait = theory.wait_mmc(servers, load, 1.0)
    print(
        f"\nM/M/{servers} at {load / servers:.0%}, {jobs:,} jobs; by Erlang C: "
        f"wait {wait:.4g}  busy {load:.4g}  in line {wait * load:.4g}"
    )
    first = ours(load, servers, jobs, runs)
    print(first, flush=True)
    for who, waits in (
        ("a process a job and a Resource", simpy_waits),
        ("time-outs alone, our program", simpy_lean_waits),
    ):
        print(
            simpy_line(who, lambda waits=waits: waits(load, servers, jobs), jobs, runs), flush=True
        )
    return first.events / median(first.seconds)


# A function: an environment for each request ------------------------------------------------------


def our_function(load: float, limits: FunctionLimits, jobs: int, runs: int) -> Line:
    seconds, run = timed(
        runs,
        lambda: simulate_function(
            Exponential(mean=1.0 / load), Exponential(mean=1.0), limits, jobs, SEED
        ),
    )
    assert isinstance(run, FunctionRun)
    told = (
        f"lost {run.lost}"
        if limits.waiting_most == 0
        else f"cold {run.cold}  running {run.running}  there {run.environments}"
    )
    return Line("frugal", run.events, seconds, told)


def simfaas_function(load: float, limits: FunctionLimits, jobs: int, runs: int) -> Line:
    """SimFaaS ends at a time and not after so many jobs: it gets the time they take on average."""
    import numpy
    from simfaas.ServerlessSimulator import ServerlessSimulator
    from simfaas.SimProcess import ExpSimProcess

    class Cold(ExpSimProcess):  # type: ignore[misc]
        """A cold start, then the same service."""

        def generate_trace(self) -> float:
            return limits.cold_seconds + float(numpy.random.exponential(1.0))

    def run() -> Any:
        numpy.random.seed(SEED)
        simulator = ServerlessSimulator(
            arrival_rate=load,
            warm_service_rate=1.0,
            cold_service_process=Cold(rate=1.0),
            expiration_threshold=limits.idle_seconds,
            maximum_concurrency=limits.concurrency_most or 10**9,
            max_time=jobs / load,
        )
        simulator.generate_trace()
        return simulator

    seconds, done = timed(runs, run)
    lost, came = done.total_reject_count, done.total_req_count
    told = (
        f"lost {lost / came:.4g}"
        if limits.waiting_most == 0
        else f"cold {done.total_cold_count / came:.4g}  "
        f"running {done.get_average_server_running_count():.4g}  "
        f"there {done.get_average_server_count():.4g}"
    )
    return Line("SimFaaS", 2 * (came - lost) + lost, seconds, told)


def functions(load: float, jobs: int, runs: int) -> None:
    limits = FunctionLimits(cold_seconds=0.4, idle_seconds=20.0)
    print(
        f"\nA function: {load:g} requests/s of 1 s, cold start 0.4 s, idle environments go after "
        f"20 s; {jobs:,} jobs, SimFaaS {jobs // FEWER:,}"
    )
    line = our_function(load, limits, jobs, runs)
    print(line, flush=True)
    print(simfaas_function(load, limits, jobs // FEWER, runs), flush=True)
    # SimFaaS has no line, so its counterpart of a queue with four servers turns away.
    limits = FunctionLimits(concurrency_most=4, waiting_most=0)
    print(
        f"\nThe same with at most 4 at once and nobody waiting; by Erlang B: "
        f"lost {theory.erlang_b(4, load):.4g}"
    )
    print(our_function(load, limits, jobs, runs), flush=True)
    print(simfaas_function(load, limits, jobs // FEWER, runs), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, SimPy "
        f"{version('simpy')}, SimFaaS {version('simfaas')}; median of {asked.runs} by rate\n"
        f"  {'':<46}{'events/s':>11}{'least .. most':>25}   found, with its 95 % interval"
    )
    rate = queue(3.2, 4, asked.jobs, asked.runs)
    queue(0.9, 1, asked.jobs, asked.runs)
    queue(80.0, 100, asked.jobs, asked.runs)
    functions(3.2, asked.jobs // 2, asked.runs)
    print(f"\nM/M/4: {rate:,.0f} events a second, goal {GOAL:,}.")


if __name__ == "__main__":
    main()
