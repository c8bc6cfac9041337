"""What every price of the carried snapshot must be, and what the package promises of it."""

from __future__ import annotations

import re
import time
import zlib
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

import msgspec
import pytest

from frugal.model.errors import PriceAmbiguous, PriceNotFound
from frugal.price_list.container import Container
from frugal.price_list.lookup import SNAPSHOT, PriceList, open_snapshot
from frugal.price_list.meter import Meter
from frugal.price_list.product import ListPrice

HOME = "us-east-1"
REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
PRICES = open_snapshot()
LAMBDA_ARM = Meter(
    offer="AWSLambda",
    usage_type="Lambda-GB-Second-ARM",
    name="Lambda Duration-ARM",
    unit="GB-second",
)


def shape(price: ListPrice) -> tuple[tuple[Decimal, Decimal | None, Decimal], ...]:
    return tuple((tier.begin, tier.end, tier.usd) for tier in price.tiers)


def test_the_snapshot_is_small() -> None:
    """The package stays light: under 5 MB of prices."""
    assert SNAPSHOT.stat().st_size < 5_000_000


def test_the_id_is_a_hash_of_the_content() -> None:
    """Whoever changes one byte of a block changes the id."""
    file, digest = Container(SNAPSHOT), sha256()
    for key in sorted(file.keys):
        plain = msgspec.json.encode(file.read(key), order="sorted")
        digest.update(f"{key}\0{len(plain)}\0".encode())
        digest.update(plain)
    assert digest.hexdigest() == PRICES.id
    assert zlib.crc32(SNAPSHOT.read_bytes())  # the file is whole and readable


@pytest.mark.parametrize("offer", PRICES.offers())
def test_every_usable_price_covers_all_use(offer: str) -> None:
    """Bands begin at 0, touch, end at infinity, and cost nothing negative, in every Region."""
    for region in PRICES.regions(offer):
        for price in PRICES.prices(offer, region):
            first, last = price.tiers[0], price.tiers[-1]
            assert (first.begin, last.end) == (Decimal(0), None), price
            assert all(one.end == two.begin for one, two in pairwise(price.tiers)), price
            assert all(tier.usd >= 0 for tier in price.tiers), price
            assert price.source
            assert re.match(r"^\d{4}-\d\d-\d\d$", price.effective_date)


def test_everything_unusable_says_why() -> None:
    """Rows that price nothing are kept with a reason, not dropped."""
    reasons = {
        reason
        for offer in PRICES.offers()
        for region in PRICES.regions(offer)
        for _, reason in PRICES.unusable(offer, region)
    }
    assert "its range is not known" in reasons
    assert "it is a free allowance, not a price" in reasons


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"])
def test_the_services_of_an_integration_are_listed(region: str) -> None:
    """The offers a design is made of have prices in the Regions people ask for."""
    wanted = (
        "AWSEvents AWSLambda AWSQueueService AWSSecretsManager AmazonCloudWatch AmazonEC2 "
        "AmazonLightsail AmazonRDS AmazonSNS AmazonStates AmazonVPC awskms"
    )
    for offer in wanted.split():
        assert PRICES.prices(offer, region), (offer, region)


def answer(meter: Meter, region: str) -> object:
    try:
        return shape(PRICES.find(meter, region))
    except PriceAmbiguous:
        return "ambiguous"
    except PriceNotFound:
        return None


def test_usage_type_and_name_find_the_same_price_everywhere() -> None:
    """A meter works through the official files' usage type and through the maps' name alike.

    RDS is apart: one usage type holds several engines there, so it may be ambiguous, and where a
    Region lists one engine of two it leads to that one. Its meters name the product.
    """
    compared = 0
    for offer in PRICES.offers():
        for price in PRICES.prices(offer, HOME):
            if not price.usage_type or not price.name:
                continue
            by_usage_type = Meter(
                offer=offer, usage_type=price.usage_type, operation=price.operation or None, unit=""
            )
            by_name = Meter(offer=offer, name=price.name, unit="")
            for region in filter(REGION.match, PRICES.regions(offer)):
                one, other = answer(by_usage_type, region), answer(by_name, region)
                if offer == "AmazonRDS" and (one == "ambiguous" or other is None):
                    continue
                assert one == other != "ambiguous", (by_usage_type, by_name, region)
                compared += one is not None
    assert compared > 5_000


def test_both_names_together_find_what_each_finds() -> None:
    """Naming a product fully is never worse than naming it by half, RDS included."""
    for offer in PRICES.offers():
        for price in PRICES.prices(offer, HOME):
            if PRICES.has(Meter(offer=offer, name=price.name, unit=""), HOME):
                full = Meter(
                    offer=offer,
                    usage_type=price.usage_type or None,
                    operation=price.operation or None,
                    name=price.name,
                    unit=price.unit,
                )
                assert shape(PRICES.find(full, HOME)) == shape(price), full


def test_conflicting_readings_are_listed() -> None:
    """A reading that contradicts a price is in the list of conflicts; today's snapshot has none."""
    assert PRICES.conflicts() == ()


def test_a_meter_that_names_several_products_is_refused() -> None:
    """``Metric`` is what two CloudWatch products are called: an error with both SKUs."""
    with pytest.raises(PriceAmbiguous, match=r"KG586CTNGQ4VRZKZ, XHAE6EHMNXHCECPU"):
        PRICES.find(Meter(offer="AmazonCloudWatch", name="Metric", unit=""), HOME)


def test_known_prices_come_out_to_the_last_digit() -> None:
    """Rates read from AWS's own files in other projects' tests, as a second opinion."""
    arm = PRICES.find(LAMBDA_ARM, HOME)
    assert arm.cost(Decimal(1_000_000)) == Decimal("13.3334")
    scheduler = PRICES.find(
        Meter(offer="AWSEvents", name="Scheduled Invocation", unit="invocation"), "eu-central-1"
    )
    assert scheduler.cost(Decimal(14_000_000)) == 0
    assert scheduler.without_allowance().cost(Decimal(1_000_000)) == Decimal("1.15")


def test_a_warm_lookup_takes_no_time() -> None:
    """Under 50 µs each, so that thousands of candidates can be priced."""
    PRICES.find(LAMBDA_ARM, HOME)
    begun = time.perf_counter()
    for _ in range(2_000):
        PRICES.find(LAMBDA_ARM, HOME)
    assert (time.perf_counter() - begun) / 2_000 < 50e-6


def test_a_cold_lookup_takes_milliseconds() -> None:
    """Opening the snapshot and one offer and Region is nothing a person notices."""
    begun = time.perf_counter()
    PriceList(SNAPSHOT).find(LAMBDA_ARM, "eu-central-1")
    assert time.perf_counter() - begun < 0.1
