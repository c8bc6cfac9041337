"""A function's queue against theory where it has an answer, and against a naive second simulator.

Turning away is Erlang B whatever the services are; endless concurrency is as many busy as the load;
cold starts of quick work are the gaps longer than the idle time. Together, with time limits and
repeats, nothing closed is known: there every attempt must be the naive simulator's.
"""

from __future__ import annotations

from collections import Counter
from math import comb, exp, isnan
from random import Random

import queue_formulas as theory
from hypothesis import given
from hypothesis import strategies as st
from naive_queue import naive_attempts

from frugal.simulate.queue.plain import drawn, simulate_queue
from frugal.simulate.queue.queue_function import FunctionLimits, simulate_function
from frugal.simulate.queue.queue_run import Interval
from frugal.simulate.queue.spreads import (
    Constant,
    Exponential,
    Hyperexponential,
    LogNormal,
    Spread,
)

SERVICES: tuple[Spread, ...] = (
    Exponential(mean=0.8),
    Constant(mean=0.8),
    Hyperexponential(mean=0.8, variation=6.0),
    LogNormal(p50=0.6, p99=3.0),
)


def enough(intervals: list[Interval], truths: list[float]) -> bool:
    """Whether so many intervals cover that as few would have a chance above 1 in 10,000."""
    count = len(intervals)
    covering = sum(one.covers(truth) for one, truth in zip(intervals, truths, strict=True))
    chance = sum(comb(count, n) * 0.93**n * 0.07 ** (count - n) for n in range(covering + 1))
    return chance > 1e-4


def test_what_is_turned_away_is_erlang_b() -> None:
    """With a cap and no line the share lost depends on the mean service alone."""
    lost, truths = [], []
    for number, service in enumerate(SERVICES):
        for most, load in ((1, 0.5), (4, 3.2), (10, 9.0)):
            limits = FunctionLimits(concurrency_most=most, waiting_most=0)
            arrival = Exponential(mean=service.mean / load)
            run = simulate_function(arrival, service, limits, 20_000, seed=number)
            lost.append(run.lost)
            truths.append(theory.erlang_b(most, load))
    assert enough(lost, truths)
    assert not enough(lost, [1.1 * truth for truth in truths])


def test_without_a_cap_as_many_run_as_the_load() -> None:
    """M/G/infinity: nobody waits, and the mean number at work is rate times service."""
    running = []
    for number, service in enumerate(SERVICES):
        run = simulate_function(
            Exponential(mean=service.mean / 5.0), service, FunctionLimits(), 20_000, seed=number
        )
        running.append(run.running)
        assert run.waiting.mean == 0.0
    assert enough(running, [5.0] * len(SERVICES))


def test_cold_starts_of_quick_work_are_the_long_gaps() -> None:
    """Work that takes next to no time starts cold after a gap above the idle time: exp(-rate T)."""
    cold, truths = [], []
    for number, idle in enumerate((1.0, 10.0, 30.0, 60.0)):
        limits = FunctionLimits(cold_seconds=0.0, idle_seconds=idle)
        arrival, service = Exponential(mean=20.0), Constant(mean=1e-9)
        cold.append(simulate_function(arrival, service, limits, 20_000, seed=number).cold)
        truths.append(exp(-idle / 20.0))
    assert enough(cold, truths)


def test_cold_starts_keep_environments_busy_as_little_has_it() -> None:
    """At work on average: the rate times a service and the cold starts of a job."""
    limits = FunctionLimits(cold_seconds=2.0, idle_seconds=3.0)
    run = simulate_function(
        Exponential(mean=1.0), Exponential(mean=0.8), limits, 40_000, seed=3, warm_up_share=0.0
    )
    busy = sum(one.ended - one.began for one in run.attempts) / run.arrived[-1]
    assert run.running.covers(busy)
    assert run.running.covers(0.8 + 2.0 * run.cold.mean)
    assert run.running.mean < run.environments.mean


@given(service=st.sampled_from(SERVICES), servers=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_a_cap_alone_is_a_plain_queue(service: Spread, servers: int, seed: int) -> None:
    """A function that only has a concurrency limit ends every job when a plain queue does."""
    arrival = Exponential(mean=service.mean / servers)
    plain = simulate_queue(arrival, service, servers, 100, seed)
    limits = FunctionLimits(concurrency_most=servers)
    assert simulate_function(arrival, service, limits, 100, seed).ended == plain.ended


LIMITS = st.builds(
    FunctionLimits,
    concurrency_most=st.none() | st.integers(1, 4),
    cold_seconds=st.sampled_from([0.0, 0.37]),
    idle_seconds=st.sampled_from([0.0, 1.3, 17.0, float("inf")]),
    waiting_most=st.none() | st.integers(0, 3),
    time_limit_seconds=st.sampled_from([0.9, 2.1, float("inf")]),
    retries_most=st.integers(0, 3),
    retry_wait_seconds=st.sampled_from([0.21, 4.3]),
)


@given(
    limits=LIMITS,
    service=st.sampled_from((SERVICES[0], SERVICES[2], SERVICES[3])),
    load=st.floats(0.1, 6.0),
    jobs=st.integers(1, 60),
    seed=st.integers(0, 2**32),
)
def test_every_attempt_is_that_of_the_naive_simulator(
    limits: FunctionLimits, service: Spread, load: float, jobs: int, seed: int
) -> None:
    """When it was tried, began and ended, in which environment, cold or warm: all the same."""
    arrival = Exponential(mean=service.mean / load)
    run = simulate_function(arrival, service, limits, jobs, seed)
    gaps = drawn(arrival, jobs, Random(f"arrivals {seed}"))
    works = service.stream(Random(f"services {seed}"))
    naive = naive_attempts(gaps, works, limits)
    # Compared as text, to the last bit: nan is no number and equals nothing.
    assert sorted(map(repr, run.attempts)) == sorted(map(repr, naive))


@given(limits=LIMITS, load=st.floats(0.5, 8.0), seed=st.integers(0, 2**32))
def test_every_job_is_done_once_or_given_up(limits: FunctionLimits, load: float, seed: int) -> None:
    """Jobs = done + given up; none is tried more often than allowed; the cap holds."""
    run = simulate_function(
        Exponential(mean=1.0 / load), Exponential(mean=1.0), limits, 80, seed, warm_up_share=0.0
    )
    tries = Counter(one.job for one in run.attempts)
    done = Counter(one.job for one in run.attempts if one.done)
    given_up = [job for job in range(80) if isnan(run.ended[job])]
    assert sorted([*done, *given_up]) == list(range(80))
    assert set(done.values()) <= {1}
    assert max(tries.values()) <= 1 + limits.retries_most
    assert all(tries[job] == 1 + limits.retries_most for job in given_up)
    assert run.concurrency_peak <= (limits.concurrency_most or 80)
    assert run.events == len(run.attempts) + sum(not one.turned_away for one in run.attempts)
