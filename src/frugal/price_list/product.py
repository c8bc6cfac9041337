"""What one price of AWS's price list is, as a value.

AWS lists a *product* (a SKU) once per Region. Its price is one or more bands of a month's use: the
first 6 billion GB-seconds at one rate, the next 9 billion at another. A band whose rate is zero at
the bottom of a regional SKU is an allowance, and a comparison that must hold for accounts that have
used theirs up asks for the same price `without_allowance`.

Numbers are exact decimals as AWS prints them. Nothing here rounds.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value
from payouts.facts import Basis

ZERO = Decimal(0)


class Tier(Value, frozen=True, kw_only=True):
    """One band of use: each unit from ``begin`` to ``end`` (``None``: without end) is ``usd``."""

    begin: Decimal
    end: Decimal | None
    usd: Decimal
    rate_code: str = ""  #: AWS's ``SKU.term.band``, where the source gave it


class ListPrice(Value, frozen=True, kw_only=True):
    """The price of one product in one Region, with where it was read.

    ``tiers`` begin at 0, touch, and end at infinity: the importer keeps no other price usable.
    """

    offer: str
    region: str
    sku: str  #: empty where the source kept only the name
    usage_type: str  #: without the Region's prefix; empty where no source gave it
    operation: str
    name: str  #: AWS's description of the metered dimension
    group: str  #: AWS's group or product family
    attributes: str  #: AWS's attributes of the product, as ``key: value`` text
    unit: str  #: as AWS spells it; empty where no source gave it
    tiers: tuple[Tier, ...]
    effective_date: str  #: publication date of the list the tiers were read from
    confirmed_date: str  #: of a later reading that repeats one of the rates; may be empty
    source: str
    basis: Basis
    regionless: tuple[str, ...] = ()  #: AWS's codes of the same dimension in every Region

    def cost(self, quantity: Decimal) -> Decimal:
        """Return what ``quantity`` units of one month cost, exactly.

        >>> two = (Tier(begin=ZERO, end=Decimal(10), usd=Decimal(2)),
        ...        Tier(begin=Decimal(10), end=None, usd=Decimal(1)))
        >>> cost_over(two, Decimal(15))
        Decimal('25')
        """
        return cost_over(self.tiers, quantity)

    def without_allowance(self) -> ListPrice:
        """Return the same price for an account whose allowance is used up.

        A product that is free altogether stays free: that is a price, not an allowance.
        """
        first, *rest = self.tiers
        if first.usd != 0 or not rest:
            return self
        widened = Tier(
            begin=first.begin, end=rest[0].end, usd=rest[0].usd, rate_code=rest[0].rate_code
        )
        return ListPrice(
            **{name: getattr(self, name) for name in self.__struct_fields__ if name != "tiers"},
            tiers=(widened, *rest[1:]),
        )

    @property
    def first_paid_usd(self) -> Decimal:
        """The rate of the lowest band that is not free; zero where every band is free."""
        return next((tier.usd for tier in self.tiers if tier.usd > 0), ZERO)


class Band(Value, frozen=True, kw_only=True):
    """One band of use as listed, whatever the currency; ``begin`` is ``None`` if not known."""

    begin: Decimal | None
    end: Decimal | None  #: ``None`` with a known ``begin``: without end
    price: Decimal


class Listed(Value, frozen=True, kw_only=True):
    """One product with all that the list says of it, whether it can price anything or not."""

    offer: str
    region: str
    sku: str
    usage_type: str
    operation: str
    name: str
    group: str
    attributes: str
    unit: str
    bands: tuple[Band, ...]
    effective_date: str
    confirmed_date: str
    source: str
    currency: str = "USD"
    unusable: str = ""  #: why it prices nothing


class Allowance(Value, frozen=True, kw_only=True):
    """What an account gets free each month of one dimension, listed or documented by itself."""

    offer: str
    region: str  #: ``Any``: once for the account, over all Regions
    sku: str
    usage_type: str
    name: str
    unit: str
    quantity: Decimal
    effective_date: str
    source: str
    basis: Basis


def cost_over(tiers: tuple[Tier, ...], quantity: Decimal) -> Decimal:
    """Return the cost of a month's ``quantity`` over cumulative bands."""
    assert quantity >= 0, f"a month's use cannot be negative: {quantity}"
    total = ZERO
    for tier in tiers:
        if quantity <= tier.begin:
            break
        top = quantity if tier.end is None else min(quantity, tier.end)
        total += (top - tier.begin) * tier.usd
    return total
