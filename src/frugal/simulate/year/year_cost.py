"""What a rehearsed month costs: the ordinary formulas, fed with what was counted.

The candidate is built anew for a load that has the payouts, look-ups and seconds that really came;
then each link that the rehearsal counted gets its own count in the place of its formula's, and each
function the share of cold starts and the waiting time that it really had. Services price that as
they price a design; no formula is written here. What a rehearsal does not live through (logs, the
records that calls carry, reads of secrets by what is no function) follows the formulas.

A scaled rehearsal counts too few of some things and all of others, so there only the load is taken
from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from frugal.model.behaviour import Behaviour, Function
from frugal.model.errors import PriceNotFound
from frugal.model.estimate import Estimate, LineItem
from frugal.model.graph import Candidate, Link, Placement, Verb
from frugal.model.load import DAYS_PER_MONTH
from frugal.model.rehearsal import YearLine
from frugal.patterns import Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import usage_of
from frugal.simulate.plan import Plan
from frugal.simulate.year.lived import Lived, OverLink, Ran

_ZERO, _ONE = Decimal(0), Decimal(1)
#: Links on which a trial spends the time that their source waits; on others the formula's stands.
_TIMED = frozenset({Verb.CALLS, Verb.CALLS_OUT, Verb.CONNECTS, Verb.INVOKES})
#: Settings of a function that say what is measured here.
_COLD, _ABREAST, _NOTICES = "cold_share", "calls_abreast", "notices_per_month"

_replace = msgspec.structs.replace


class YearCost:
    """Prices the months of one rehearsal."""

    def __init__(self, candidate: Candidate, scene: Scene, plan: Plan, pricer: Pricer) -> None:
        self._candidate = candidate
        self._scene = scene
        self._plan = plan
        self._pricer = pricer

    def designed(self) -> Estimate:
        """Return the month as the design has it."""
        return self._estimate(self._candidate, self._scene)

    def month(self, lived: Lived, ratio: Decimal) -> Estimate:
        """Return a month of 730 hours that goes on as the days of a segment did."""
        built, scene = self.counted(lived, ratio)
        return self._estimate(built, scene)

    def counted(self, lived: Lived, ratio: Decimal) -> tuple[Candidate, Scene]:
        """Return the candidate with what was counted in the place of its formulas."""
        scene = self._scene_of(lived, ratio)
        candidate = self._candidate
        built = pattern(candidate.pattern).candidate(scene, dict(candidate.settings))
        notices = sum(one.times for one in lived.alarms)
        placements = tuple(
            _with(one, {_NOTICES: notices * self._months(lived)}) for one in built.placements
        )
        if ratio == _ONE:
            links = self._links(built, lived)
            placements = tuple(self._placement(one, lived) for one in placements)
            built = _replace(built, links=links)
        return _replace(built, placements=placements), scene

    def lines(
        self, months: Sequence[Estimate], lived: Sequence[Lived], designed: Estimate
    ) -> tuple[YearLine, ...]:
        """Return the cost of all days, line by line, beside the design's."""
        days = [Decimal(one.days) / DAYS_PER_MONTH for one in lived]
        whole = sum(days, _ZERO)
        by_month = [_by_line(month) for month in months]
        planned = _by_line(designed)
        keys = dict.fromkeys(key for lines in (planned, *by_month) for key in lines)
        return tuple(
            _line(key, [lines.get(key) for lines in by_month], days, planned.get(key), whole)
            for key in keys
        )

    # -- the load and the graph ------------------------------------------------------------------

    def _months(self, lived: Lived) -> Decimal:
        """Return what makes a month of what was counted."""
        return DAYS_PER_MONTH / lived.days

    def _scene_of(self, lived: Lived, ratio: Decimal) -> Scene:
        load, months = self._scene.load, self._months(lived)
        asked = Decimal(lived.asked_in_days)
        again = max(_ZERO, Decimal(lived.steps_in_days) / asked - 1) if asked else _ZERO
        return _replace(
            self._scene,
            load=_replace(
                load,
                payouts=asked * ratio * months,
                inconclusive_share=again,
                lookups_per_inconclusive=_ONE,
            ),
        )

    def _links(self, built: Candidate, lived: Lived) -> tuple[Link, ...]:
        months = self._months(lived)
        over = {one.place: one for one in lived.links}
        ran = {one.part: one for one in lived.parts}
        counted = self._counted_places(over)
        seconds = self._seconds(built, over, ran)
        links: list[Link] = []
        for place, link in enumerate(built.links):
            function = self._function(link.source)
            if place in counted:
                passed = over.get(place)
                times = 0.0 if passed is None else passed.times
                new = _replace(link, per_month=_number(times) * months)
                if place in seconds and times:
                    new = _replace(new, seconds=_number(seconds[place] / times))
                links.append(new)
            elif link.verb is Verb.READS and function is not None:
                cold = ran[link.source].cold if link.source in ran else 0.0
                links.append(_replace(link, per_month=_number(cold) * months))
            else:
                links.append(link)
        return tuple(links)

    def _counted_places(self, over: Mapping[int, OverLink]) -> frozenset[int]:
        """Return the links a rehearsal counts.

        Of several between the same two, the first counts the calls; others say what calls carry.
        """
        first: set[tuple[str, str, Verb]] = set()
        places = set(over)
        for link in self._plan.links:
            ends = (link.source, link.target, link.verb)
            if ends not in first:
                first.add(ends)
                places.add(link.place)
        return frozenset(places)

    def _seconds(
        self, built: Candidate, over: Mapping[int, OverLink], ran: Mapping[str, Ran]
    ) -> dict[int, float]:
        """Return the waiting time that each link stands for.

        A function also waits where no link says so: between rounds, for a lock, and until it is
        ended. That is put on the link it waits for most, so that all of it is billed.
        """
        found = {
            place: one.seconds
            for place, one in over.items()
            if built.links[place].verb in _TIMED and one.times
        }
        for part, worked in ran.items():
            function = self._function(part)
            own = [place for place in found if built.links[place].source == part]
            if function is None or not own:
                continue
            waited = worked.seconds - worked.cold * float(function.cold_seconds.value)
            unsaid = waited - sum(found[place] for place in own)
            found[max(own, key=lambda place: (found[place], -place))] += max(0.0, unsaid)
        return found

    def _placement(self, placement: Placement, lived: Lived) -> Placement:
        """Return a placement with what was measured of it."""
        if self._function(placement.id) is None:
            return placement
        ran = next((one for one in lived.parts if one.part == placement.id), None)
        share = _ZERO if ran is None or not ran.runs else _number(ran.cold / ran.runs)
        # Calls abreast were waited for together, and so they were counted: once.
        return _with(placement, {_COLD: share, _ABREAST: 1})

    def _function(self, part_id: str) -> Function | None:
        own: Behaviour | None = next(
            (part.behaviour for part in self._plan.parts if part.id == part_id), None
        )
        return own if isinstance(own, Function) else None

    def _estimate(self, candidate: Candidate, scene: Scene) -> Estimate:
        estimate = self._pricer.estimate(usage_of(candidate, scene))
        if estimate.unpriced:
            raise PriceNotFound("no price for " + ", ".join(one.meter for one in estimate.unpriced))
        return estimate


def _with(placement: Placement, changed: Mapping[str, int | Decimal]) -> Placement:
    """Return a placement with other values of settings that it has."""
    settings = tuple((name, changed.get(name, value)) for name, value in placement.settings)
    return _replace(placement, settings=settings)


def _number(value: float) -> Decimal:
    return Decimal(repr(round(value, 6)))


_Key = tuple[str, str, str, int]


def _by_line(estimate: Estimate) -> dict[_Key, LineItem]:
    """Return an estimate's lines by part and meter, and by order where a part has one twice."""
    found: dict[_Key, LineItem] = {}
    for line in estimate.lines:
        number = 0
        while (key := (line.placement, line.service, line.sku_id, number)) in found:
            number += 1
        found[key] = line
    return found


def _line(
    key: _Key,
    months: Sequence[LineItem | None],
    days: Sequence[Decimal],
    planned: LineItem | None,
    whole: Decimal,
) -> YearLine:
    costs = [_ZERO if one is None else one.list_cost for one in months]
    some = next(one for one in (planned, *months) if one is not None)
    return YearLine(
        placement=key[0],
        service=key[1],
        sku_meter=some.sku_meter,
        pricing_unit=some.pricing_unit,
        pricing_quantity=sum(
            (
                one.pricing_quantity * share
                for one, share in zip(months, days, strict=True)
                if one is not None
            ),
            _ZERO,
        ),
        list_cost=sum((cost * share for cost, share in zip(costs, days, strict=True)), _ZERO),
        designed_cost=_ZERO if planned is None else planned.list_cost * whole,
        low=min(costs) * whole,
        high=max(costs) * whole,
    )
