"""What a candidate costs: line items in FOCUS's words, and the parts nobody has a price for.

``list_*`` figures have every free allowance off; ``effective_cost`` is what the account would pay
with the allowances it has. Nothing is rounded here: sub-cent lines are kept, the reader's eye is
rounded for once, when shown.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value


class LineItem(Value, frozen=True, kw_only=True):
    """One meter of one part. Names follow FOCUS; ``formula`` carries the numbers it came from."""

    placement: str
    service: str
    sku_id: str
    sku_meter: str
    region_id: str
    pricing_quantity: Decimal
    pricing_unit: str
    list_unit_price: Decimal
    list_cost: Decimal
    effective_cost: Decimal
    formula: str
    effective_date: str
    source: str
    basis: str  #: listed or documented
    existing: bool = False


class UnpricedPart(Value, frozen=True, kw_only=True):
    """A part, or one meter of it, that has no price here. It makes a total a lower bound."""

    placement: str
    service: str
    meter: str
    reason: str


class Estimate(Value, frozen=True, kw_only=True):
    """A month of one candidate, or of the stack as it is."""

    region_id: str
    lines: tuple[LineItem, ...]
    unpriced: tuple[UnpricedPart, ...] = ()

    @property
    def list_monthly(self) -> Decimal:
        return sum((line.list_cost for line in self.lines), Decimal(0))

    @property
    def effective_monthly(self) -> Decimal:
        return sum((line.effective_cost for line in self.lines), Decimal(0))

    @property
    def complete(self) -> bool:
        return not self.unpriced
