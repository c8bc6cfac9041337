"""A scaled trial has no more room than the real design, and no less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.simulate.scale import Scale, scaled

WORKERS = {
    "lanes": st.integers(1, 64),
    "items": st.integers(1, 1000),
    "concurrency": st.integers(1, 1000),
    "by_events": st.booleans(),
}


@given(**WORKERS)
def test_a_ratio_of_one_changes_nothing(
    lanes: int, items: int, concurrency: int, by_events: bool
) -> None:
    """Where one payout stands for itself, the worker is what it is."""
    scale = scaled(
        lanes=lanes, items=items, concurrency=concurrency, ratio=1.0, by_events=by_events
    )
    assert (scale.lanes, scale.items, scale.concurrency) == (lanes, items, concurrency)
    assert scale.within == scale.beyond == 1.0


@given(ratio=st.floats(1.0, 1e6), **WORKERS)
def test_a_worker_is_as_busy_as_it_really_would_be(
    lanes: int, items: int, concurrency: int, by_events: bool, ratio: float
) -> None:
    """Payouts a second that can be answered, times the ratio, are those of the real lanes."""
    scale = scaled(
        lanes=lanes, items=items, concurrency=concurrency, ratio=ratio, by_events=by_events
    )
    answer_seconds, payouts = 2.0, 7
    busy = scale.busy_seconds(
        lane_seconds=payouts * answer_seconds, payouts=payouts, round_payouts=50, round_seconds=0.0
    )
    a_second = scale.concurrency * payouts / busy
    assert a_second * ratio == pytest.approx(concurrency * lanes / answer_seconds)


@given(ratio=st.floats(1.0, 1e6), **WORKERS)
def test_nothing_falls_below_one(
    lanes: int, items: int, concurrency: int, by_events: bool, ratio: float
) -> None:
    """There is always a lane, a payout to take, and a run; and never more than there really is."""
    scale = scaled(
        lanes=lanes, items=items, concurrency=concurrency, ratio=ratio, by_events=by_events
    )
    assert 1 <= scale.lanes <= lanes
    assert 1 <= scale.items <= items
    assert 1 <= scale.concurrency <= concurrency


def test_batches_shrink_before_runs_do() -> None:
    """Ten payouts a batch at 1 to 4: as many runs, fewer in each; one a batch: fewer runs."""
    batches = scaled(lanes=10, items=10, concurrency=8, ratio=4.0, by_events=True)
    assert (batches.items, batches.concurrency) == (3, 8)
    singles = scaled(lanes=1, items=1, concurrency=8, ratio=4.0, by_events=True)
    assert (singles.items, singles.concurrency) == (1, 2)


def test_each_round_costs_its_sentences() -> None:
    """Ten payouts in rounds of five pay for two rounds, whoever replays them."""
    scale = Scale(within=10.0, real_items=50)
    busy = scale.busy_seconds(lane_seconds=0.0, payouts=1, round_payouts=5, round_seconds=0.6)
    assert busy == pytest.approx(1.2)
