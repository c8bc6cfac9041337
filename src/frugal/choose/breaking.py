"""Break points: each full pattern's ceiling, held against trials.

A pattern is tried out with the settings that reach its ceiling (the cheapest of them), so that the
formulas and the simulated AWS speak of the same candidate at every volume.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from frugal.choose.ceilings import SEARCHED_TO, ceilings
from frugal.choose.ground import Ground
from frugal.choose.inputs import volume
from frugal.choose.landscape import Landscape
from frugal.choose.opening import Opened
from frugal.model.curve import ZERO, curve_of, settled
from frugal.model.decision import Ceiling
from frugal.model.graph import Candidate
from frugal.model.rehearsal import BreakPoint
from frugal.patterns import Scene, pattern
from frugal.price_list.lookup import PriceList
from frugal.propose import propose
from frugal.simulate.abreast import abreast
from frugal.simulate.break_points import Rising, break_point
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.replay import PAYOUTS_MOST

#: Limits that a trial does not notice: what processors, memory, disks and gateways bear.
NOT_NOTICED = frozenset(
    {
        "batch-payload",
        "container-cpu",
        "container-transfer",
        "cpu-baseline",
        "cpu-headroom",
        "database-throughput",
        "function-memory",
        "instance-memory",
        "nat-connections",
    }
)


def break_points_of(
    scene: Scene,
    prices: PriceList,
    seed: int,
    *,
    payouts_most: int = PAYOUTS_MOST,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[BreakPoint, ...]:
    """Return where trials break each full pattern, by pattern, beside its ceiling."""
    rising = rising_of(scene, prices)

    def one(candidate: Rising) -> BreakPoint:
        return break_point(candidate, seed, payouts_most=payouts_most)

    found: list[BreakPoint] = []
    for point in abreast(one, rising, BreakPoint):
        found.append(point)
        if progress is not None:
            progress(len(found), len(rising))
    return tuple(found)


def rising_of(scene: Scene, prices: PriceList) -> tuple[Rising, ...]:
    """Return the candidate of each full pattern that reaches its ceiling."""
    ground = Ground(scene, propose(scene), prices)
    volumes = Landscape(ground, volume(scene))
    return tuple(
        _rising(volumes, scene, one)
        for one in ceilings(ground, volumes)
        if pattern(one.pattern).full and one.payouts_per_day != ZERO
    )


def _rising(volumes: Landscape, scene: Scene, ceiling: Ceiling) -> Rising:
    own, put = pattern(ceiling.pattern), volumes.input.put
    assert put is not None, "every scene has a volume"
    last = min(
        volumes.opened(ceiling.pattern),
        key=lambda one: (-(one.holds[-1][1] or SEARCHED_TO), one.weighed.cost),
    )
    settings = dict(last.weighed.candidate.settings)

    def built(x: Decimal) -> tuple[Candidate, Scene]:
        there = put(scene, x)
        return own.candidate(there, settings), there

    def at(x: Decimal) -> Plan:
        return plan_of(*built(x))

    timed, timed_binds = _timed(last)
    return Rising(
        pattern=ceiling.pattern,
        settings=last.weighed.candidate.id,
        at=at,
        ceiling=ceiling.payouts_per_day,
        binds=ceiling.check,
        timed=timed,
        timed_binds=timed_binds,
    )


def _timed(one: Opened) -> tuple[Decimal | None, str]:
    """Return where the first limit that a trial can notice is exceeded, and which it is."""
    places = [
        (settled(place), margin.check)
        for margin in one.margins
        if margin.check not in NOT_NOTICED
        for place, sign in curve_of(margin.used - margin.limit).signs()
        if sign > 0
    ]
    return min(places, default=(None, ""))
