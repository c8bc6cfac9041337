"""Queues reckoned by hand, and what a run says of itself."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from math import isnan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.behaviour import Function
from frugal.model.errors import BadRequest, NothingFeasible
from frugal.simulate.queue.plain import drawn, servers_for, simulate_queue
from frugal.simulate.queue.queue_function import FunctionLimits, limits_of, simulate_function
from frugal.simulate.queue.queue_run import BATCHES, Level, batches
from frugal.simulate.queue.spreads import (
    Constant,
    Erlang,
    Exponential,
    Hyperexponential,
    LogNormal,
    Replayed,
    Spread,
)
from payouts.facts import stated

HAND = Replayed((1.0, 0.5, 0.5, 4.0, 0.0))  # they come at 1, 1.5, 2, 6 and 6
WORK = Replayed((2.0, 1.0, 1.0, 2.0, 2.0))


def test_one_server_takes_them_in_the_order_they_came() -> None:
    """By hand: it is busy from 1 to 5 and from 6 to 10."""
    run = simulate_queue(HAND, WORK, 1, jobs=5, seed=0, warm_up_share=0.0)
    assert run.arrived == [1.0, 1.5, 2.0, 6.0, 6.0]
    assert run.waits == [0.0, 1.5, 2.0, 0.0, 2.0]
    assert run.ended == [3.0, 4.0, 5.0, 8.0, 10.0]
    assert run.events == 10
    assert run.wait.mean == pytest.approx(1.1)
    assert run.waited_longer(1.5).mean == pytest.approx(0.4)
    assert [run.wait_percentile(share) for share in (0, 40, 60, 80, 100)] == [0, 0, 1.5, 2, 2]


def test_two_servers_take_the_next_as_soon_as_one_is_free() -> None:
    """By hand: the third waits for the second to end, nobody else waits."""
    run = simulate_queue(HAND, WORK, 2, jobs=5, seed=0)
    assert run.waits == [0.0, 0.0, 0.5, 0.0, 0.0]


def test_as_many_servers_as_are_wanted() -> None:
    """Without a bound nobody waits."""
    run = simulate_queue(HAND, WORK, None, jobs=5, seed=0)
    assert run.waits == [0.0] * 5
    assert run.utilisation.mean == 0.0


def test_a_queue_that_cannot_keep_up_only_grows() -> None:
    """Twice as much work as one server does: each waits longer than who came before."""
    run = simulate_queue(Constant(mean=1.0), Constant(mean=2.0), 1, jobs=100, seed=0)
    assert run.waits == [float(number) for number in range(100)]


def test_the_same_seed_gives_the_same_run() -> None:
    """Same inputs, same times; another seed, others."""
    queue = Exponential(mean=1.0), Exponential(mean=0.7), 2, 500
    assert simulate_queue(*queue, seed=4).ended == simulate_queue(*queue, seed=4).ended
    assert simulate_queue(*queue, seed=4).ended != simulate_queue(*queue, seed=5).ended


def test_environments_start_cold_and_are_gone_when_idle_too_long() -> None:
    """By hand: two start cold at once, the newer serves the next, and 10 s later it is gone."""
    limits = FunctionLimits(cold_seconds=1.0, idle_seconds=10.0)
    gaps = Replayed((0.0, 0.0, 5.0, 18.0))
    run = simulate_function(gaps, Constant(mean=2.0), limits, jobs=4, seed=0, warm_up_share=0.0)
    assert run.ended == [3.0, 3.0, 7.0, 26.0]
    assert [(one.environment, one.cold) for one in run.attempts] == [
        (1, True),
        (2, True),
        (2, False),
        (3, True),
    ]
    assert run.cold.mean == 0.75
    assert run.concurrency_peak == 2


def test_the_time_limit_cuts_off_and_the_job_comes_again() -> None:
    """By hand: 9 s are cut at 5, again after 1 s and after 2 s more; the third is quick enough."""
    limits = FunctionLimits(
        cold_seconds=0.5, time_limit_seconds=5.0, retries_most=2, retry_wait_seconds=1.0
    )
    service = Replayed((9.0, 9.0, 3.0))
    run = simulate_function(Replayed((0.0,)), service, limits, jobs=1, seed=0)
    assert [one.at for one in run.attempts] == [0.0, 6.5, 14.0]
    assert all(one.cold for one in run.attempts)  # who was cut off leaves no warm environment
    assert run.ended == [17.5]
    assert run.events == 6


def test_who_finds_no_place_comes_again_until_given_up() -> None:
    """By hand: one runs, one waits, the third is turned away at 0, 1 and 3 s."""
    limits = FunctionLimits(
        concurrency_most=1, waiting_most=1, retries_most=2, retry_wait_seconds=1.0
    )
    gaps = Replayed((0.0, 0.0, 0.0))
    run = simulate_function(gaps, Constant(mean=10.0), limits, jobs=3, seed=0, warm_up_share=0.0)
    assert run.ended[:2] == [10.0, 20.0]
    assert isnan(run.ended[2])
    assert [one.at for one in run.attempts if one.turned_away] == [0.0, 1.0, 3.0]
    assert run.lost.mean == pytest.approx(1 / 3)
    assert run.turned_away.mean == 1.0


SPREADS: tuple[Spread, ...] = (
    Exponential(mean=3.0),
    Constant(mean=3.0),
    Erlang(mean=3.0, phases=4),
    Hyperexponential(mean=3.0, variation=1.0),
    Hyperexponential(mean=3.0, variation=5.0),
    LogNormal(p50=2.0, p99=9.0),
)


@pytest.mark.parametrize("spread", SPREADS, ids=repr)
def test_a_spread_draws_what_it_says(spread: Spread) -> None:
    """Mean and squared coefficient of variation of 100,000 draws are those it names."""
    found = Replayed(tuple(drawn(spread, 100_000, Random("spread"))))
    assert found.mean == pytest.approx(spread.mean, rel=0.02)
    assert found.variation == pytest.approx(spread.variation, rel=0.05)


def test_a_log_normal_spread_has_the_percentiles_it_was_given() -> None:
    """Half of all answers come within the median, 99 of 100 within the p99."""
    ordered = sorted(drawn(LogNormal(p50=0.4, p99=3.0), 100_000, Random("percentiles")))
    assert ordered[50_000] == pytest.approx(0.4, rel=0.02)
    assert ordered[99_000] == pytest.approx(3.0, rel=0.05)


@given(
    came=st.lists(st.integers(0, 50), max_size=12),
    stays=st.lists(st.integers(0, 30), min_size=12, max_size=12),
    first=st.integers(0, 60),
    seconds=st.integers(1, 40),
)
def test_a_level_is_what_counting_each_second_gives(
    came: list[int], stays: list[int], first: int, seconds: int
) -> None:
    """On whole seconds: the mean of how many are there in each of them."""
    there = [(at, at + stay) for at, stay in zip(came, stays, strict=False)]
    level = Level([at for at, _ in there], [gone for _, gone in there])
    counted = sum(
        at <= second < gone for second in range(first, first + seconds) for at, gone in there
    )
    assert level.mean(first, first + seconds) == pytest.approx(counted / seconds)


@given(jobs=st.integers(0, 5_000), share=st.floats(0.0, 0.9))
def test_batches_are_equal_and_end_with_the_last_job(jobs: int, share: float) -> None:
    """32 stretches of as many jobs, behind a warm-up of at least the share that was asked."""
    stretches = batches(jobs, share)
    if len(stretches) == BATCHES:
        assert stretches[0][0] >= int(jobs * share)
        assert len({end - first for first, end in stretches}) == 1
        assert all(a[1] == b[0] for a, b in pairwise(stretches))
    if jobs:
        assert stretches[-1][1] == jobs


def test_wrong_numbers_are_told_so() -> None:
    """No servers, no jobs, negative times and limits that cannot be are one clear error each."""
    good = Exponential(mean=1.0)
    with pytest.raises(BadRequest, match="0 servers"):
        simulate_queue(good, good, 0, jobs=1, seed=0)
    with pytest.raises(BadRequest, match="0 jobs"):
        simulate_function(good, good, FunctionLimits(), jobs=0, seed=0)
    with pytest.raises(BadRequest, match="the mean is -1"):
        Exponential(mean=-1.0)
    with pytest.raises(BadRequest, match="below the median"):
        LogNormal(p50=2.0, p99=1.0)
    with pytest.raises(BadRequest, match="at least 1"):
        Hyperexponential(mean=1.0, variation=0.5)
    with pytest.raises(BadRequest, match="negative"):
        Replayed((1.0, -1.0))
    with pytest.raises(BadRequest, match="2 durations are there for 3 jobs"):
        simulate_queue(Replayed((1.0, 1.0)), good, 1, jobs=3, seed=0)
    with pytest.raises(BadRequest, match="cannot be"):
        FunctionLimits(concurrency_most=0)


def test_a_wait_that_no_server_can_keep_is_told_so() -> None:
    """The search ends at the most servers that are allowed."""
    with pytest.raises(NothingFeasible, match="4 servers do not keep 99 %"):
        servers_for(Constant(mean=0.1), Constant(mean=1.0), 1.0, 99, 1_000, 0, servers_most=4)


def test_a_planned_function_has_the_limits_of_its_behaviour() -> None:
    """Every limit is the Fact of the same name, in seconds and whole numbers."""
    names = Function.__struct_fields__
    behaviour = Function(
        **{name: stated(Decimal(place + 1), name) for place, name in enumerate(names)}
    )
    limits = limits_of(behaviour)
    for name in ("concurrency_most", "cold_seconds", "idle_seconds", "time_limit_seconds"):
        assert getattr(limits, name) == names.index(name) + 1
    assert limits.retries_most == names.index("retries_most") + 1
    assert limits.retry_wait_seconds == names.index("retry_wait_seconds") + 1
    assert limits.waiting_most is None
