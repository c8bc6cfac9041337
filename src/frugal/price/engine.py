"""From usage to money, exactly.

AWS prices an account, not a part: bands and free allowances are shared by everything that uses the
same meter. So a candidate's cost is what the account would pay *more* than for the Stack alone:
cost(stack + candidate) - cost(stack), meter by meter. A meter without a price never costs $0: it is
returned by name, and whoever asked decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount, Curve, at_least, at_most, curve_of, tiered
from frugal.model.errors import PriceAmbiguous, PriceNotFound
from frugal.model.estimate import Estimate, LineItem, UnpricedPart
from frugal.price.usage import PartUsage
from frugal.price_list.lookup import PriceList
from frugal.price_list.meter import Meter
from frugal.price_list.product import ListPrice
from frugal.services import Allowance, service, service_ids

Tiers: TypeAlias = tuple[tuple[Decimal, Decimal | None, Decimal], ...]
Totals: TypeAlias = dict[Meter, Amount]


class Added(Value, frozen=True, kw_only=True):
    """What a candidate adds to the month: list price with every allowance off, and with them."""

    list_monthly: Amount
    effective_monthly: Amount
    unpriced: tuple[str, ...] = ()


class Listed(Value, frozen=True, kw_only=True):
    """What a candidate adds to the month at list price, every allowance off: what ranks it."""

    list_monthly: Amount
    unpriced: tuple[str, ...] = ()


class Pricer:
    """Prices usage in one Region, on top of what the Stack uses today.

    Args:
        prices: the price list.
        region: AWS Region id.
        baseline: what the Stack uses today.
        allowances: whether the account's always-free allowances apply to effective costs.
    """

    def __init__(
        self,
        prices: PriceList,
        region: str,
        baseline: Iterable[PartUsage] = (),
        *,
        allowances: bool = True,
    ) -> None:
        self.prices = prices
        self.region = region
        self.baseline = tuple(baseline)
        self.allowances = allowances
        self._found: dict[Meter, ListPrice | str] = {}
        self._list_tiers: dict[Meter, Tiers] = {}
        self._tiers: dict[Meter, Tiers] = {}
        self._base = totals(self.baseline)
        self._curves: dict[tuple[Meter, int], tuple[Curve, Curve]] = {}

    def price(self, meter: Meter) -> ListPrice | str:
        """Return the meter's price in this Region, or why there is none."""
        found = self._found.get(meter)
        if found is None:
            try:
                found = self.prices.find(meter, self.region)
            except (PriceNotFound, PriceAmbiguous) as trouble:
                found = str(trouble)
            else:
                self._tiers[meter] = _plain(found)
                self._list_tiers[meter] = _plain(found.without_allowance())
            self._found[meter] = found
        return found

    def added(self, usage: Iterable[PartUsage]) -> Added:
        """Return what this usage adds to the account's month."""
        rows = tuple(usage)
        listed = self.listed(rows)
        if listed.unpriced:
            return Added(list_monthly=ZERO, effective_monthly=ZERO, unpriced=listed.unpriced)
        return Added(
            list_monthly=listed.list_monthly, effective_monthly=self._effective_added(totals(rows))
        )

    def listed(self, usage: Iterable[PartUsage]) -> Listed:
        """Return the list price alone: all that ranking a thousand candidates needs."""
        total, curves = ZERO, []
        missing: list[str] = []
        for meter, quantity in totals(usage).items():
            tiers = self._list_tiers.get(meter)
            if tiers is None:
                if isinstance(self.price(meter), str):
                    missing.append(str(meter))
                    continue
                tiers = self._list_tiers[meter]
            if isinstance(quantity, Decimal):
                total += self._list_number(meter, quantity, tiers)
            else:
                curves.append(self._list_curve(meter, quantity, tiers))
        if missing:
            return Listed(list_monthly=ZERO, unpriced=tuple(missing))
        return Listed(list_monthly=sum(curves, total))

    def _list_number(self, meter: Meter, quantity: Decimal, tiers: Tiers) -> Decimal:
        if len(tiers) == 1:
            return quantity * tiers[0][2]
        base = self._base.get(meter)
        if base is None:
            cost = tiered(quantity, tiers)
        else:
            cost = tiered(_plus(quantity, base), tiers) - tiered(base, tiers)
        assert isinstance(cost, Decimal), "numbers cost a number"
        return cost

    def _list_curve(self, meter: Meter, quantity: Curve, tiers: Tiers) -> Curve:
        """Return the same for a curve, worked out once: candidates share most of their parts."""
        known = self._curves.get((meter, id(quantity)))
        if known is not None:
            return known[1]
        base = self._base.get(meter, ZERO)
        cost = curve_of(tiered(_plus(quantity, base), tiers) - tiered(base, tiers))
        # The quantity is kept with its cost, so its identity cannot become another's.
        self._curves[meter, id(quantity)] = (quantity, cost)
        return cost

    def _effective_added(self, new: Mapping[Meter, Amount]) -> Amount:
        """Return the same with allowances: those shared between meters, and $0 first bands."""
        together = dict(self._base_priced)
        for meter, quantity in new.items():
            together[meter] = _plus(quantity, together.get(meter, ZERO))
        total: Amount = -self._effective_base
        for meter, quantity in self._less_allowances(together).items():
            total = tiered(quantity, self._tiers[meter]) + total
        return total

    @cached_property
    def _base_priced(self) -> Totals:
        return {m: q for m, q in self._base.items() if not isinstance(self.price(m), str)}

    @cached_property
    def _effective_base(self) -> Decimal:
        total = ZERO
        for meter, quantity in self._less_allowances(self._base_priced).items():
            cost = tiered(quantity, self._tiers[meter])
            assert isinstance(cost, Decimal), "the Stack's own use is a number"
            total += cost
        return total

    def _less_allowances(self, used: Mapping[Meter, Amount]) -> Totals:
        """Return what is billed after the account-wide allowances."""
        if not self.allowances:
            return dict(used)
        billed = dict(used)
        for allowance in _allowances():
            left: Amount = allowance.quantity
            for meter in allowance.meters:
                quantity = billed.get(meter)
                if quantity is None:
                    continue
                billed[meter] = at_least(_minus(quantity, left), ZERO)
                left = at_least(_minus(left, at_most(quantity, left)), ZERO)
        return billed

    def estimate(self, usage: Iterable[PartUsage]) -> Estimate:
        """Return the line items of this usage alone, on top of the Stack's.

        Where parts share a meter, each pays its share of what they add together.
        """
        rows = tuple(usage)
        new = totals(rows)
        unpriced = tuple(
            UnpricedPart(
                placement=r.placement, service=r.service, meter=str(r.usage.meter), reason=why
            )
            for r in rows
            if isinstance(why := self.price(r.usage.meter), str)
        )
        priced = [row for row in rows if isinstance(self.price(row.usage.meter), ListPrice)]
        list_costs, effective_costs = self._by_meter(
            {m: new[m] for m in dict.fromkeys(row.usage.meter for row in priced)}
        )
        lines = []
        for row in priced:
            meter, quantity = row.usage.meter, row.usage.quantity
            price = self.price(meter)
            assert isinstance(price, ListPrice)
            assert isinstance(quantity, Decimal), "an estimate is made of numbers"
            total = new[meter]
            assert isinstance(total, Decimal)
            share = quantity / total if total else ZERO
            unit_price = price.without_allowance().first_paid_usd
            lines.append(
                LineItem(
                    placement=row.placement,
                    service=row.service,
                    sku_id=price.sku,
                    sku_meter=price.name or price.usage_type,
                    region_id=self.region,
                    pricing_quantity=quantity,
                    pricing_unit=price.unit or meter.unit,
                    list_unit_price=unit_price,
                    list_cost=list_costs[meter] * share,
                    effective_cost=effective_costs[meter] * share,
                    formula=row.usage.why,
                    effective_date=price.effective_date,
                    source=price.source,
                    basis=price.basis.value,
                    existing=row.existing,
                )
            )
        return Estimate(region_id=self.region, lines=tuple(lines), unpriced=unpriced)

    def _by_meter(
        self, new: Mapping[Meter, Amount]
    ) -> tuple[dict[Meter, Decimal], dict[Meter, Decimal]]:
        together = dict(self._base_priced)
        for meter, quantity in new.items():
            together[meter] = _plus(quantity, together.get(meter, ZERO))
        billed = self._less_allowances(together)
        base_billed = self._less_allowances(self._base_priced)
        list_costs, effective_costs = {}, {}
        for meter in new:
            base = self._base_priced.get(meter, ZERO)
            tiers = self._list_tiers[meter]
            listed = tiered(together[meter], tiers) - tiered(base, tiers)
            effective = tiered(billed[meter], self._tiers[meter]) - tiered(
                base_billed.get(meter, ZERO), self._tiers[meter]
            )
            assert isinstance(listed, Decimal)
            assert isinstance(effective, Decimal)
            list_costs[meter], effective_costs[meter] = listed, effective
        return list_costs, effective_costs


def totals(usage: Iterable[PartUsage]) -> Totals:
    """Return the use of each meter, all parts together, in the order first seen."""
    found: Totals = {}
    for row in usage:
        meter = row.usage.meter
        before = found.get(meter)
        found[meter] = row.usage.quantity if before is None else _plus(row.usage.quantity, before)
    return found


def _plus(one: Amount, other: Amount) -> Amount:
    return other + one


def _minus(one: Amount, other: Amount) -> Amount:
    return one - other


def _plain(price: ListPrice) -> Tiers:
    return tuple((tier.begin, tier.end, tier.usd) for tier in price.tiers)


def _allowances() -> tuple[Allowance, ...]:
    global _ALLOWANCES
    if _ALLOWANCES is None:
        _ALLOWANCES = tuple(
            allowance for id in service_ids() for allowance in service(id).allowances
        )
    return _ALLOWANCES


_ALLOWANCES: tuple[Allowance, ...] | None = None
