"""Laws of a price with bands: they add up, more use never costs less, allowances only lower it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from frugal.price_list.product import ListPrice, Tier
from payouts.facts import Basis

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=3)
RATES = st.decimals(min_value=0, max_value=100, places=8)


@st.composite
def prices(draw: st.DrawFn) -> ListPrice:
    cuts = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    edges = [Decimal(0), *map(Decimal, cuts)]
    tiers = tuple(
        Tier(begin=begin, end=end, usd=draw(RATES))
        for begin, end in zip(edges, [*edges[1:], None], strict=True)
    )
    return ListPrice(
        offer="Offer",
        region="us-east-1",
        sku="SKU",
        usage_type="",
        operation="",
        name="",
        group="",
        attributes="",
        unit="",
        tiers=tiers,
        effective_date="2026-01-01",
        confirmed_date="",
        source="a test",
        basis=Basis.LISTED,
    )


@given(prices(), AMOUNTS, AMOUNTS)
def test_more_use_never_costs_less(price: ListPrice, one: Decimal, other: Decimal) -> None:
    """Cost grows with use, whatever the bands' rates are."""
    assert price.cost(min(one, other)) <= price.cost(max(one, other))


@given(prices(), AMOUNTS)
def test_the_bands_add_up_to_the_whole(price: ListPrice, quantity: Decimal) -> None:
    """Cost is the sum of each band's share, and the shares are all of the use."""
    shares = [
        max(Decimal(0), min(quantity, quantity if t.end is None else t.end) - t.begin)
        for t in price.tiers
    ]
    assert sum(shares) == quantity
    parts = (share * tier.usd for share, tier in zip(shares, price.tiers, strict=True))
    assert sum(parts, Decimal(0)) == price.cost(quantity)


@given(prices())
def test_no_use_costs_nothing_and_cost_has_no_jumps(price: ListPrice) -> None:
    """At zero the cost is zero; one more unit costs exactly the rate of its band."""
    assert price.cost(Decimal(0)) == 0
    for tier in price.tiers:
        assert price.cost(tier.begin + 1) - price.cost(tier.begin) == tier.usd


@given(prices(), AMOUNTS)
def test_an_allowance_only_lowers_the_bill(price: ListPrice, quantity: Decimal) -> None:
    """Without its allowance a price is never lower, covers all use, and has no free first band."""
    bare = price.without_allowance()
    assert bare.cost(quantity) >= price.cost(quantity)
    assert (bare.tiers[0].begin, bare.tiers[-1].end) == (Decimal(0), None)
    if price.tiers[0].usd == 0 and len(price.tiers) > 1:
        assert bare.tiers[0].usd == price.tiers[1].usd
        assert bare.cost(price.tiers[1].begin) == price.tiers[1].begin * price.tiers[1].usd
    else:
        assert bare == price


@given(prices())
def test_the_first_paid_rate_is_the_lowest_band_that_costs(price: ListPrice) -> None:
    """A free band is not the price of the product."""
    paid = [tier.usd for tier in price.tiers if tier.usd]
    assert price.first_paid_usd == (paid[0] if paid else 0)
