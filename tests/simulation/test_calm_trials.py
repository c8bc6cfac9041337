"""A day on which nothing is done to a design: every promise is kept, and everything adds up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frugal.faults import fault, fault_ids
from frugal.model.watch import Comparison, Missing, Rule, Statistic
from frugal.simulate.mechanisms.container import Container
from frugal.simulate.mechanisms.function import Function
from frugal.simulate.metrics import Watched
from frugal.simulate.plan import Plan
from frugal.simulate.reach import applies
from frugal.simulate.site import Site
from frugal.simulate.trial import try_out

Get = Callable[[str], dict[str, Plan]]


def _now(site: Site) -> float:
    return site.loop.now


@pytest.mark.parametrize("story", ["01-first", "02-real-time", "07-rds-frankfurt"])
def test_a_calm_day_keeps_every_promise(story: str, plans: Get, seed: int) -> None:
    """Each full pattern's best design pays everybody in time, and breaks no rule."""
    for pattern, plan in plans(story).items():
        tried = try_out(plan, None, seed, payouts_most=400)
        assert not tried.broken, f"{pattern}: {tried.broken}\n{tried.replay}"
        assert not tried.violations, tried.replay
        assert tried.totals.settled > tried.totals.asked * 0.9
        assert tried.totals.pending == tried.totals.lost == tried.totals.doubled == 0


@given(
    seed=st.integers(0, 10**9),
    fault_id=st.sampled_from(fault_ids()),
    pattern=st.sampled_from(["container_task", "queue", "function_through_backend"]),
)
@settings(max_examples=12)
def test_asked_for_is_the_sum_of_how_it_ended(
    seed: int, fault_id: str, pattern: str, plans: Get
) -> None:
    """Under any fault, with any seed; and what the trial says is the same the second time."""
    plan, one = plans("01-first")[pattern], fault(fault_id)
    if applies(one, plan):
        return
    tried = try_out(plan, one, seed, payouts_most=60)
    total = tried.totals
    ended = total.settled + total.declined + total.returned + total.held + total.pending
    assert total.asked == ended + total.lost
    again = try_out(plan, one, seed, payouts_most=60)
    assert msgspec.json.encode(again) == msgspec.json.encode(tried)


def test_ticks_left_out_change_nothing(plans: Get) -> None:
    """With every tick of a quiet day simulated: the same payouts at the same times, as many ticks.

    Leaving out what would find nothing to do is what makes a trial quick; it must not be seen.
    """
    for pattern, kind in (("function_through_backend", Function), ("container_task", Container)):
        plan = plans("01-first")[pattern]
        found = []
        for every_tick in (False, True):
            site = Site(plan, 5, payouts=12)
            if every_tick:
                for part in site.parts.values():
                    if isinstance(part, kind):
                        part.next_work = partial(_now, site)  # type: ignore[method-assign]
            site.start_up()
            site.loop.run(site.start + 6 * 3600.0)
            site.end()
            ticks = site.metrics.minutes("Payouts/Ticks")
            runs = sum(worked.runs for worked in site.traffic.parts.values())
            paid = sorted(
                (row.payout.reference, change.after)
                for row in site.ledger.rows.values()
                for change in row.history
            )
            found.append((paid, runs, sum(bucket.samples for bucket in ticks.values())))
        quick, slow = found
        assert quick[0] == slow[0]
        assert quick[1] == pytest.approx(slow[1], rel=0.02)
        assert quick[2] == pytest.approx(slow[2], rel=0.02)


def test_an_alarm_hears_a_worker_that_is_gone(plans: Get) -> None:
    """No ticks for five minutes rings for a lost instance, and never on a calm day.

    CloudWatch fetches more periods than it needs, so silence is heard some of them later.
    """
    plan = plans("01-first")["container_task"]
    silence = Watched(
        id="worker-silent",
        metric="Payouts/Ticks",
        rule=Rule(
            statistic=Statistic.SUM,
            comparison=Comparison.BELOW,
            threshold=Decimal(1),
            period_seconds=300,
            missing=Missing.BREACHING,
        ),
    )
    calm = try_out(plan, None, 3, alarms=(silence,))
    assert calm.alarms[0].times == 0
    lost = try_out(plan, fault("zone_lost"), 3, alarms=(silence,))
    (rung,) = lost.alarms
    assert rung.before == 0
    assert rung.first_after_seconds is not None
    assert 300 <= rung.first_after_seconds <= 1200


def test_a_trial_can_be_drawn(plans: Get) -> None:
    """With ``detail`` it has its timeline: what piles up during an outage is seen to drain."""
    tried = try_out(plans("01-first")["queue"], fault("partner_down"), 4, detail=True)
    assert tried.fault_began_hours is not None
    assert tried.fault_ended_hours is not None
    waiting = [point.due + point.unknown for point in tried.timeline]
    hours = [point.seconds / 3600 for point in tried.timeline]
    outage = [
        count
        for count, hour in zip(waiting, hours, strict=True)
        if float(tried.fault_began_hours) < hour < float(tried.fault_ended_hours)
    ]
    assert max(outage) > 10
    assert waiting[-1] == 0
    assert not try_out(plans("01-first")["queue"], None, 4).timeline
