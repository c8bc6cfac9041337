"""What can be said of a whole snapshot: how old it is, what is behind a price, what changed.

Values for a face to show; nothing here prints, and nothing looks at a clock: how many days old a
date is depends on today, which the face passes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from frugal.model.brief import Value
from frugal.price_list.lookup import PriceList
from frugal.price_list.product import Band, Listed


class StatusRow(Value, frozen=True, kw_only=True):
    """One offer in one Region."""

    offer: str
    region: str
    prices: int  #: SKUs that can price something
    unusable: int  #: SKUs that are listed and cannot, each with a reason
    oldest: str  #: effective date of the oldest of them
    newest: str
    currency: str = "USD"


class Change(Value, frozen=True, kw_only=True):
    """One product that two snapshots do not say the same of."""

    kind: Literal["added", "changed", "removed"]
    offer: str
    region: str
    sku: str
    called: str
    unit: str
    before: tuple[Band, ...]
    after: tuple[Band, ...]


def status(prices: PriceList) -> tuple[StatusRow, ...]:
    """Return how many prices there are and how old, by offer and Region."""
    rows = []
    for offer in prices.offers():
        for region in prices.regions(offer):
            found = prices.products(offer, region)
            usable = [one for one in found if not one.unusable]
            dates = [max(one.effective_date, one.confirmed_date) for one in usable or found]
            rows.append(
                StatusRow(
                    offer=offer,
                    region=region,
                    prices=len(usable),
                    unusable=len(found) - len(usable),
                    oldest=min(dates, default=""),
                    newest=max(dates, default=""),
                )
            )
    for currency, offer, region in prices.apart():
        products = prices.in_currency(currency, offer, region)
        dates = [one.effective_date for one in products]
        rows.append(
            StatusRow(
                offer=offer,
                region=region,
                prices=len(products),
                unusable=0,
                oldest=min(dates, default=""),
                newest=max(dates, default=""),
                currency=currency,
            )
        )
    return tuple(rows)


def oldest(rows: tuple[StatusRow, ...]) -> str:
    """Return the oldest effective date; empty where there is none."""
    return min((row.oldest for row in rows if row.oldest), default="")


def days_old(effective_date: str, today: date) -> int:
    """Return the age of a price.

    >>> days_old("2026-10-01", date(2026, 11, 1))
    31
    """
    return (today - date.fromisoformat(effective_date)).days


def show(prices: PriceList, query: str, region: str | None = None) -> tuple[Listed, ...]:
    """Return the products in which every word of ``query`` occurs, usable or not.

    Words are looked for in offer, SKU, usage type, operation, name and group.
    """
    words = query.lower().split()
    found = []
    for one in _all(prices, region):
        said = (one.offer, one.sku, one.usage_type, one.operation, one.name, one.group)
        text = " ".join(said).lower()
        if all(word in text for word in words):
            found.append(one)
    return tuple(found)


def _all(prices: PriceList, region: str | None) -> Iterator[Listed]:
    for offer in prices.offers():
        for place in prices.regions(offer):
            if region in (None, place):
                yield from prices.products(offer, place)
    for currency, offer, place in prices.apart():
        if region in (None, place):
            yield from prices.in_currency(currency, offer, place)


def diff(before: PriceList, after: PriceList) -> tuple[Change, ...]:
    """Return what is priced differently, by offer, Region and SKU.

    Compared are rates and ranges of what can price something. A newer date alone is no change.
    """
    changes: list[Change] = []
    for offer in sorted({*before.offers(), *after.offers()}):
        for region in sorted({*before.regions(offer), *after.regions(offer)}):
            one, other = _usable(before, offer, region), _usable(after, offer, region)
            for key in sorted({*one, *other}):
                changes.extend(_compared(one.get(key), other.get(key)))
    return tuple(changes)


def _usable(prices: PriceList, offer: str, region: str) -> dict[tuple[str, ...], Listed]:
    """Products by SKU; those without one by what else names them."""
    return {
        (one.sku,) if one.sku else ("", one.usage_type, one.operation, one.name): one
        for one in prices.products(offer, region)
        if not one.unusable
    }


def _compared(one: Listed | None, other: Listed | None) -> Iterator[Change]:
    said = other or one
    assert said is not None
    if one is not None and other is not None:
        if one.bands == other.bands:
            return
        kind: Literal["added", "changed", "removed"] = "changed"
    else:
        kind = "removed" if one is not None else "added"
    yield Change(
        kind=kind,
        offer=said.offer,
        region=said.region,
        sku=said.sku,
        called=said.usage_type or said.name,
        unit=said.unit,
        before=one.bands if one is not None else (),
        after=other.bands if other is not None else (),
    )
