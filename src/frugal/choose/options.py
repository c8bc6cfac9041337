"""What is shown beside the choice: two or three options in full, at larger volumes, elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from frugal.choose.ground import Ground
from frugal.choose.inputs import volume
from frugal.choose.rank import by_cost, place_of
from frugal.choose.weighing import Weighed, pricer_for, weigh
from frugal.model.decision import Option, RegionPrice, Scale
from frugal.model.estimate import Estimate
from frugal.model.graph import Candidate
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.price.usage import baseline_of, usage_of
from frugal.price_list.lookup import PriceList

OPTIONS_MAX = 3
FACTORS = (Decimal(2), Decimal(5), Decimal(10))
#: Regions priced beside an assumed one: another continent, and another price level at home.
_ELSEWHERE = ("us-east-1", "eu-central-1", "us-west-2", "eu-west-1")
_REGIONS_SHOWN = 2


def shown(
    scene: Scene,
    feasible: Sequence[Weighed],
    chosen: Weighed,
    stands: Callable[[Weighed], bool] | None = None,
) -> tuple[tuple[Weighed, str], ...]:
    """Return what to put side by side, the chosen first, each with why it is shown.

    One option a pattern: the same design with more memory is no alternative to anybody. Where
    trials are run, a full pattern is shown with its cheapest candidate that none of them refused.
    """
    rows: list[tuple[Weighed, str]] = [(chosen, "recommended")]
    upwards: dict[str, list[Weighed]] = {}
    for one in sorted(feasible, key=by_cost):
        upwards.setdefault(one.candidate.pattern, []).append(one)
    upwards.pop(chosen.candidate.pattern, None)
    others = [own[0] for own in upwards.values()]
    cheapest = min(feasible, key=by_cost)
    for one in others:
        if one is cheapest:
            rows.append((one, "cheapest"))
    rest = [one for one in others if one is not cheapest]
    rest.sort(key=lambda one: (not one.full, one.cost, place_of(scene.brief, one.pattern)))
    for one in rest:
        if len(rows) == OPTIONS_MAX:
            break
        if not one.full:
            rows.append((one, "priced only"))
            continue
        own = upwards[one.candidate.pattern]
        kept = one if stands is None else next(filter(stands, own), None)
        if kept is not None:
            rows.append((kept, "runner-up"))
    return tuple(rows)


def option(scene: Scene, one: Weighed, label: str, pricer: Pricer, *, trials: int = 0) -> Option:
    """Return one candidate priced in full; ``trials``: in how many it kept every promise."""
    own = one.pattern
    usage = usage_of(one.candidate, scene)
    estimate = pricer.estimate(usage)
    return Option(
        candidate=one.candidate,
        pattern_name=own.name,
        kind=own.kind.value,
        full=own.full,
        summary=own.said(scene.brief.direction.value),
        strengths=own.strengths,
        weaknesses=own.weaknesses,
        estimate=estimate,
        list_monthly=one.cost,
        effective_monthly=estimate.effective_monthly,
        label=label,
        trials=trials,
    )


def baseline(scene: Scene, prices: PriceList) -> Estimate:
    """Return what the Stack costs today, as far as it is known."""
    region = scene.brief.region.value
    return Pricer(prices, region).estimate(baseline_of(scene.stack))


def scales(ground: Ground, options: Sequence[Weighed]) -> tuple[Scale, ...]:
    """Return each option, its settings kept, at multiples of the volume."""
    scene = ground.scene
    per_day = volume(scene)
    assert per_day.put is not None
    assert per_day.now is not None
    rows: list[Scale] = []
    for one in options:
        for factor in FACTORS:
            larger = per_day.put(scene, per_day.now * factor)
            again = weigh(_rebuilt(one, larger), larger, ground.pricer, ground.own_faults)
            binds = again.broken[0] if again.broken else None
            rows.append(
                Scale(
                    pattern=one.candidate.pattern,
                    factor=factor,
                    payouts_per_day=per_day.now * factor,
                    list_monthly=again.cost,
                    binds=f"{binds.check}: {binds.what}" if binds else "",
                )
            )
    return tuple(rows)


def regions(scene: Scene, chosen: Weighed, prices: PriceList) -> tuple[RegionPrice, ...]:
    """Return the chosen design in two other Regions, where the Region is our assumption."""
    if not scene.brief.region.assumed:
        return ()
    usage = usage_of(chosen.candidate, scene)
    rows: list[RegionPrice] = []
    for region in _ELSEWHERE:
        if region == scene.brief.region.value or len(rows) == _REGIONS_SHOWN:
            continue
        listed = pricer_for(scene, prices, region).listed(usage)
        if listed.unpriced:
            note = f"no price here: {', '.join(listed.unpriced)}"
            rows.append(RegionPrice(region=region, list_monthly=None, note=note))
        else:
            assert isinstance(listed.list_monthly, Decimal)
            rows.append(RegionPrice(region=region, list_monthly=listed.list_monthly))
    return tuple(rows)


def _rebuilt(one: Weighed, scene: Scene) -> Candidate:
    return one.pattern.candidate(scene, dict(one.candidate.settings))
