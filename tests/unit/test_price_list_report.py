"""What is said of a snapshot: dates, the rows behind a price, what differs from another."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from frugal.price_list.intake import import_path
from frugal.price_list.lookup import SNAPSHOT, PriceList
from frugal.price_list.report import diff, oldest, show, status

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"


@pytest.fixture(scope="module")
def carried() -> PriceList:
    return PriceList(SNAPSHOT)


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> PriceList:
    target = tmp_path_factory.mktemp("prices") / "prices.bin"
    import_path(SAMPLES, target, below=SNAPSHOT)
    return PriceList(target)


def test_status_has_every_offer_and_region_once(renewed: PriceList) -> None:
    """Nothing listed is without a date, and yuan have a line of their own."""
    rows = status(renewed)
    assert len({(row.offer, row.region, row.currency) for row in rows}) == len(rows)
    assert {(row.offer, row.region) for row in rows if row.currency == "USD"} == {
        (offer, region) for offer in renewed.offers() for region in renewed.regions(offer)
    }
    assert all(row.oldest <= row.newest and row.oldest for row in rows)
    assert [row.region for row in rows if row.currency == "CNY"] == ["cn-north-1"]
    assert oldest(rows) == min(row.oldest for row in rows)


def test_status_counts_what_prices_nothing(carried: PriceList) -> None:
    """Usable and unusable are told apart, and together are all there is."""
    for row in status(carried)[:60]:
        assert row.prices == len(carried.prices(row.offer, row.region))
        assert row.unusable == len(carried.unusable(row.offer, row.region))


def test_show_finds_all_words_wherever_they_stand(renewed: PriceList) -> None:
    """SKU, usage type, name, offer: case does not matter, and every word must occur."""
    (one,) = show(renewed, "gu2zs9hvp6qtq7ke")
    assert (one.region, one.bands[0].price) == ("us-east-1", Decimal("0.00000025"))
    assert one in show(renewed, "LAMBDA requests", "us-east-1")
    assert show(renewed, "lambda requests nosuchword") == ()
    assert [found.currency for found in show(renewed, "awslambda", "cn-north-1")] == ["CNY"]


def test_show_says_why_a_row_prices_nothing(carried: PriceList) -> None:
    """What cannot be used is shown with its reason, not hidden."""
    (one,) = show(carried, "Global-Request awslambda")
    assert "allowance" in one.unusable


def test_a_snapshot_does_not_differ_from_itself(carried: PriceList, renewed: PriceList) -> None:
    """No change from nothing."""
    assert diff(carried, carried) == diff(renewed, renewed) == ()


def test_diff_is_the_same_backwards(carried: PriceList, renewed: PriceList) -> None:
    """Added becomes removed, before becomes after; and each product is told of once."""
    there, back = diff(carried, renewed), diff(renewed, carried)
    other = {"added": "removed", "removed": "added", "changed": "changed"}
    turned = {(c.offer, c.region, c.sku, c.called, other[c.kind], c.after, c.before) for c in there}
    assert turned == {(c.offer, c.region, c.sku, c.called, c.kind, c.before, c.after) for c in back}
    assert len({(c.offer, c.region, c.sku, c.called) for c in there}) == len(there)


def test_diff_shows_rates_before_and_after(carried: PriceList, renewed: PriceList) -> None:
    """A changed price, a new product and one that went."""
    changes = {change.sku: change for change in diff(carried, renewed)}
    request = changes["GU2ZS9HVP6QTQ7KE"]
    assert (request.kind, request.before[0].price, request.after[0].price) == (
        "changed",
        Decimal("0.0000002"),
        Decimal("0.00000025"),
    )
    assert changes["SAMPLENOFAMILY01"].kind == "added"
    assert {change.kind for change in changes.values()} == {"added", "changed", "removed"}
    assert [c.offer for c in diff(carried, renewed)] == sorted(
        c.offer for c in diff(carried, renewed)
    )
