"""Choosing again, naively: nothing kept, nothing opened, nothing shared with the stage.

Written from the rules, for reading rather than speed: every candidate is built, asked and priced by
itself with plain parts; prices are looked up one by one and bands walked one unit of the table at a
time; the order of preference is a list of words. Where this and ``frugal.choose`` disagree, one of
them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import product
from typing import NamedTuple

import msgspec

from frugal.model.brief import Timing
from frugal.model.errors import PriceAmbiguous, PriceNotFound
from frugal.model.graph import Candidate, Role
from frugal.patterns import Scene, pattern, patterns
from frugal.price_list.lookup import PriceList
from frugal.price_list.meter import Meter
from frugal.services import Part, Usage, service, service_ids

#: The order of preference, as the design page has it.
PREFERENCE = [
    "scheduled_function",
    "function_through_backend",
    "container_worker",
    "queue",
    "event_function",
    "always_on",
]


class Judged(NamedTuple):
    candidate: Candidate
    cost: Decimal | None  #: None: a part has no price
    broken: frozenset[str]  #: ids of the checks it fails

    @property
    def feasible(self) -> bool:
        return self.cost is not None and not self.broken


def every_candidate(scene: Scene) -> Iterator[Candidate]:
    for one in patterns():
        if one.fits(scene):
            continue
        choices = one.choices(scene)
        for values in product(*choices.values()):
            yield one.candidate(scene, dict(zip(choices, values, strict=True)))


def judge(scene: Scene, candidates: Iterable[Candidate], prices: PriceList) -> list[Judged]:
    rows = list(candidates)
    excused = _excused(scene, rows)
    return [
        Judged(one, _cost(scene, one, prices), frozenset(_broken(scene, one) - excused))
        for one in rows
    ]


def choice(scene: Scene, judged: Iterable[Judged]) -> Judged | None:
    """Return the choice: within a dollar of the cheapest full one, the most preferred kind."""
    feasible = [one for one in judged if one.feasible]
    rivals = [one for one in feasible if pattern(one.candidate.pattern).full] or feasible
    best: Judged | None = None
    for one in rivals:
        if any(other.cost + 1 < one.cost for other in rivals):  # type: ignore[operator]
            continue
        if best is None or _better(scene, one, best):
            best = one
    return best


def _better(scene: Scene, one: Judged, best: Judged) -> bool:
    mine, its = _standing(scene, one), _standing(scene, best)
    if mine != its:
        return mine < its
    assert one.cost is not None
    assert best.cost is not None
    if one.cost != best.cost:
        return one.cost < best.cost
    return one.candidate.pattern < best.candidate.pattern  # equal settings: the first listed


def _standing(scene: Scene, one: Judged) -> float:
    own = pattern(one.candidate.pattern)
    place = float(PREFERENCE.index(own.kind.value))
    asked_at_once = scene.brief.timing.value is Timing.REAL_TIME
    reacts_at_once = own.real_time or own.kind.value == "event_function"
    if asked_at_once and reacts_at_once and 0 < place < PREFERENCE.index("always_on"):
        return 0.5 if own.kind.value == "event_function" else 0.5 + place / 100
    return place


def _parts(scene: Scene, candidate: Candidate) -> Iterator[Part]:
    for placement in candidate.placements:
        yield Part(placement, candidate, scene.load, scene.brief, scene.stack)


def _broken(scene: Scene, candidate: Candidate) -> set[str]:
    found = set()
    for part in _parts(scene, candidate):
        own = service(part.placement.service)
        for margin in own.limits(part):
            if margin.used > margin.limit:
                found.add(margin.check)
        if not part.existing and own.single_point_of_failure(part):
            found.add("new-single-point-of-failure")
        if not part.existing and not part.placement.get("sweep"):
            interval = part.placement.get("interval_minutes")
            if interval is not None and scene.brief.timing.value is not Timing.REAL_TIME:
                hours = Decimal(interval) / 60 + scene.load.partner_timeout_seconds / 3600
                if hours > scene.brief.promises.paid_within_hours.value:
                    found.add("paid-within")
    return found


def _excused(scene: Scene, candidates: list[Candidate]) -> set[str]:
    """Return the checks that the Stack's own parts fail in every pattern with nothing to do."""
    idle_load = msgspec.structs.replace(
        scene.load,
        payouts=Decimal(0),
        payouts_per_second_peak=Decimal(0),
        payouts_per_day=Decimal(0),
    )
    idle = Scene(brief=scene.brief, stack=scene.stack, load=idle_load)
    failed: dict[str, list[bool]] = {}
    seen = set()
    for candidate in candidates:
        if candidate.pattern in seen:
            continue
        seen.add(candidate.pattern)
        alone = msgspec.structs.replace(candidate, links=())
        for part in _parts(idle, alone):
            if part.existing and part.placement.role is not Role.PARTNER:
                for margin in service(part.placement.service).limits(part):
                    failed.setdefault(margin.check, []).append(margin.used > margin.limit)
    return {check for check, answers in failed.items() if all(answers)}


def _cost(scene: Scene, candidate: Candidate, prices: PriceList) -> Decimal | None:
    """Return what the account pays more than for the Stack alone, allowances off."""
    today: dict[Meter, Decimal] = {}
    for id in service_ids():
        for usage in service(id).baseline(scene.stack):
            _count(today, usage)
    new: dict[Meter, Decimal] = {}
    for part in _parts(scene, candidate):
        for usage in service(part.placement.service).usage(part):
            _count(new, usage)
    total = Decimal(0)
    for meter, quantity in new.items():
        bands = _bands(meter, scene.brief.region.value, prices)
        if bands is None:
            return None
        before = today.get(meter, Decimal(0))
        total += _walk(before + quantity, bands) - _walk(before, bands)
    return total


def _count(found: dict[Meter, Decimal], usage: Usage) -> None:
    assert isinstance(usage.quantity, Decimal)
    found[usage.meter] = found.get(usage.meter, Decimal(0)) + usage.quantity


def _bands(
    meter: Meter, region: str, prices: PriceList
) -> list[tuple[Decimal | None, Decimal]] | None:
    """Return where each band ends and its price; a free first band costs as the second does."""
    try:
        tiers = prices.find(meter, region).tiers
    except (PriceNotFound, PriceAmbiguous):
        return None
    bands = [(tier.end, tier.usd) for tier in tiers]
    if len(bands) > 1 and bands[0][1] == 0:
        bands[0] = (bands[0][0], bands[1][1])
    return bands


def _walk(quantity: Decimal, bands: list[tuple[Decimal | None, Decimal]]) -> Decimal:
    """Pay for a quantity from the bottom band up."""
    paid, cost = Decimal(0), Decimal(0)
    for end, price in bands:
        here = quantity - paid if end is None else min(quantity, end) - paid
        if here <= 0:
            break
        cost += here * price
        paid += here
    return cost
