"""Scaled and full trials agree: 20,000 payouts in full, and 2,000 that each stand for ten.

The outage of the partner is tried out: a calm morning, four hours of backlog, and how it drains. A
design has the settings that it would have at that volume.

What agrees how well, and why not better:

- **paid**: to a thousandth.
- **latency**: half of all payouts to a quarter, or to half a tick where a schedule starts the work:
  with ten times as many payouts some arrive while a run is still at work. The slow tail, made by
  the outage, to an eighth.
- **drained**: within the time in which the partner resolves one inconclusive payout: the last one
  decides, and which one that is, is chance.
- **backlog**: less by up to a third where scaled, never more. While the partner is silent the
  breaker tries one round now and then; a replayed payout in it is unknown, and no backlog, for ten.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from frugal.choose.breaking import rising_of
from frugal.faults import fault
from frugal.model.behaviour import Schedule
from frugal.model.load import load_of
from frugal.model.trial import Tried
from frugal.patterns import Scene
from frugal.price_list.lookup import open_snapshot
from frugal.read import load_brief
from frugal.simulate.break_points import Rising
from frugal.simulate.plan import Plan
from frugal.simulate.trial import try_out
from frugal.survey import assume

STORY = Path(__file__).parents[1] / "golden" / "stories" / "01-first" / "brief.yaml"
VOLUME, SCALED = 20_000, 2_000


@cache
def rising() -> dict[str, Rising]:
    brief, stack = load_brief(STORY)
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    return {one.pattern: one for one in rising_of(scene, open_snapshot())}


def tick_seconds(plan: Plan) -> float:
    every = [
        float(part.behaviour.every_seconds.value)
        for part in plan.parts
        if isinstance(part.behaviour, Schedule)
    ]
    return max(every, default=0.0)


def paid(tried: Tried) -> float:
    return tried.totals.settled / tried.totals.asked


#: A ticking function, a worker that is woken, a queue whose batches start runs.
@pytest.mark.parametrize("pattern", ["function_through_backend", "api_destination", "queue"])
def test_scaled_and_full_agree(pattern: str) -> None:
    """The same outage, twice: everything that is promised or shown comes out alike."""
    plan, outage = rising()[pattern].at(Decimal(VOLUME)), fault("partner_down")
    full = try_out(plan, outage, 1, payouts_most=VOLUME)
    scaled = try_out(plan, outage, 1, payouts_most=SCALED)
    assert full.ratio == Decimal(1)
    assert scaled.ratio == Decimal(VOLUME // SCALED)
    assert full.totals.asked == scaled.totals.asked * scaled.ratio == VOLUME

    assert paid(scaled) == pytest.approx(paid(full), abs=0.001)
    assert full.latency
    assert scaled.latency
    half = max(0.25 * float(full.latency.p50), tick_seconds(plan) / 2)
    assert float(scaled.latency.p50) == pytest.approx(float(full.latency.p50), abs=half)
    assert float(scaled.latency.p90) == pytest.approx(float(full.latency.p90), rel=0.125)
    assert float(scaled.latency.p99) == pytest.approx(float(full.latency.p99), rel=0.125)

    assert full.drained_seconds is not None
    assert scaled.drained_seconds is not None
    resolution = float(plan.counterpart.resolution_seconds.value)
    assert float(scaled.drained_seconds) == pytest.approx(
        float(full.drained_seconds), abs=resolution
    )
    backlog = float(scaled.peaks.backlog_payouts * scaled.ratio / full.peaks.backlog_payouts)
    assert 0.67 <= backlog <= 1.05
    assert {one.promise for one in scaled.broken} == {one.promise for one in full.broken}
