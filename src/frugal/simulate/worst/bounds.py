"""The highest bill: what each attack can add to it in a day and in a month, as a bound.

Every part says how much of each meter it can be made to use and what stops it (``Service.worst``);
the exact engine prices that, on top of the account's ordinary month, tiers included. What a part
uses anyway is taken off. A meter that nothing stops is listed as such: it is not $0.

A day is a calendar day and a month one of 31 days, since AWS bills by calendar. Bounds are at list
price: an allowance can only lower them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from frugal.model.curve import ZERO
from frugal.model.graph import Candidate
from frugal.model.load import DAYS_PER_MONTH
from frugal.model.worst_case import Attack, Bound, Guards, NotBounded
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.price.usage import PartUsage, baseline_of, part_usage, parts_of
from frugal.price_list.lookup import PriceList
from frugal.price_list.meter import Meter
from frugal.price_list.product import ListPrice
from frugal.services import Part, Usage, WorstUse, service

ONE_DAY = Decimal(1)
LONGEST_MONTH_DAYS = Decimal(31)
#: Reasons shown beside a bound.
BINDS_SHOWN = 2

Uses: TypeAlias = tuple[tuple[Part, WorstUse], ...]


class Worst:
    """The bounds of one candidate; what does not change with the guards is worked out once."""

    def __init__(self, candidate: Candidate, scene: Scene, prices: PriceList, region: str) -> None:
        self.parts = parts_of(candidate, scene)
        rows = [row for part in self.parts for row in part_usage(part)]
        self._normal: dict[tuple[str, Meter], Decimal] = {}
        for row in rows:
            assert isinstance(row.usage.quantity, Decimal), "a bound needs numbers"
            key = row.placement, row.usage.meter
            self._normal[key] = self._normal.get(key, ZERO) + row.usage.quantity
        today = baseline_of(scene.stack)
        alone = Pricer(prices, region).listed([*today, *rows]).list_monthly
        assert isinstance(alone, Decimal)
        self.ordinary_month = alone  #: what the account pays with this design, as far as known
        self.pricer = Pricer(prices, region, (*today, *rows))

    def uses(self, guards: Guards, days: Decimal) -> Uses:
        """Return the most that every part can be made to use in so many days."""
        return tuple(
            (part, use)
            for part in self.parts
            for use in service(part.placement.service).worst(part, guards, days)
        )

    def bounds(self, guards: Guards, *, said: bool = True) -> tuple[Bound, ...]:
        """Return every attack's bound under these guards; ``said``: with what stops it."""
        day = self.uses(guards, ONE_DAY)
        month = self.uses(guards, LONGEST_MONTH_DAYS)
        return tuple(self._bound(attack, day, month, said=said) for attack in Attack)

    def _bound(self, attack: Attack, day: Uses, month: Uses, *, said: bool) -> Bound:
        of_day = [(part, use) for part, use in day if use.attack is attack]
        of_month = [(part, use) for part, use in month if use.attack is attack]
        return Bound(
            attack=attack,
            day=self.cost(of_day, ONE_DAY),
            month=self.cost(of_month, LONGEST_MONTH_DAYS),
            binds=self._binds(of_day) if said else (),
            not_bounded=tuple(self._not_bounded(of_day)),
        )

    def cost(self, uses: Iterable[tuple[Part, WorstUse]], days: Decimal) -> Decimal:
        """Return what these uses add to the bill, beyond what the same days cost anyway."""
        listed = self.pricer.listed(self.extra(uses, days))
        assert not listed.unpriced, "meters without a price are not bounded"
        assert isinstance(listed.list_monthly, Decimal)
        return listed.list_monthly

    def extra(self, uses: Iterable[tuple[Part, WorstUse]], days: Decimal) -> list[PartUsage]:
        """Return what is used beyond ordinary use, as far as it is bounded and has a price."""
        most: dict[tuple[str, Meter], Decimal] = {}
        parts: dict[str, Part] = {}
        for part, use in uses:
            if use.quantity is not None and self._priced(use.meter):
                key = part.id, use.meter
                most[key] = most.get(key, ZERO) + use.quantity
                parts[part.id] = part
        rows = []
        for (part_id, meter), quantity in most.items():
            ordinary = self._normal.get((part_id, meter), ZERO) * days / DAYS_PER_MONTH
            placement = parts[part_id].placement
            usage = Usage(meter, max(quantity - ordinary, ZERO), "beyond ordinary use")
            rows.append(PartUsage(part_id, placement.service, usage, placement.existing))
        return rows

    def _binds(self, uses: list[tuple[Part, WorstUse]]) -> tuple[str, ...]:
        """Return what stops the meters that cost most, each said once."""
        by_cost = sorted(
            ((self.cost([(part, use)], ONE_DAY), part.id, use.why) for part, use in uses),
            key=lambda one: (-one[0], one[1]),
        )
        said = dict.fromkeys(f"{part_id}: {why}" for cost, part_id, why in by_cost if cost)
        return tuple(said)[:BINDS_SHOWN]

    def _not_bounded(self, uses: list[tuple[Part, WorstUse]]) -> Iterable[NotBounded]:
        for part, use in uses:
            price = self.pricer.price(use.meter)
            if use.quantity is not None and isinstance(price, ListPrice):
                continue
            why = use.why if isinstance(price, ListPrice) else f"it has no price here: {price}"
            yield NotBounded(
                placement=part.id,
                meter=price.name if isinstance(price, ListPrice) else str(use.meter),
                why=why,
                existing=part.existing,
                unit=use.meter.unit,
                unit_usd=price.without_allowance().first_paid_usd
                if isinstance(price, ListPrice)
                else None,
            )

    def _priced(self, meter: Meter) -> bool:
        return isinstance(self.pricer.price(meter), ListPrice)
