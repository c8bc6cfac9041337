"""Finding a price is exact or an error that names what stands in the way."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from frugal.model.errors import PriceAmbiguous, PriceNotFound
from frugal.price_list.container import Damaged
from frugal.price_list.importer import build
from frugal.price_list.lookup import PriceList
from frugal.price_list.meter import Meter
from frugal.price_list.rows import Row
from frugal.price_list.units import same_unit
from payouts.facts import Basis

HOME, ABROAD = "us-east-1", "eu-central-1"


def row(region: str, sku: str, usd: str, **more: Any) -> Row:
    values: dict[str, Any] = {
        "usage_type": "",
        "operation": "",
        "group": "",
        "name": "",
        "attributes": "",
        "unit": "",
        "begin": Decimal(0),
        "end": None,
        "date": "2025-01-01",
        **more,
    }
    return Row(offer="Offer", region=region, sku=sku, usd=Decimal(usd), source="a test", **values)


def documented(region: str, item: str, usd: str, unit: str = "hour") -> dict[str, str]:
    return {
        "offer": "Offer",
        "region": region,
        "item": item,
        "unit": unit,
        "usd": usd,
        "date": "2026",
        "address": "https://example.com/page",
        "title": "A page",
    }


ROWS = (
    row(HOME, "H1", "1", usage_type="Use", name="Using", unit="Hrs", regionless="a"),
    row(ABROAD, "A1", "2", name="Using", regionless="a"),
    row(HOME, "H2", "3", usage_type="Twice", operation="One", name="Twice one"),
    row(HOME, "H3", "4", usage_type="Twice", operation="Two", name="Twice two"),
    row(HOME, "H4", "5", begin=None, usage_type="Unknown", name="Unknown"),
    row(HOME, "H5", "6", usage_type="LeftName"),
    row(HOME, "H6", "7", name="Right name"),
    row(HOME, "H7", "8", usage_type="AlikeName", date="2026-01-01"),
    row(HOME, "H8", "8", name="Alike name"),
    row(HOME, "H9", "9", regionless="only-a-hash"),
    row("Any", "F1", "0", usage_type="Global-Use", end=Decimal(100), unit="Hrs"),
)
PAGES = (
    documented(HOME, "page price", "0.5"),
    documented("all", "everywhere", "0.25"),
    documented("Any", "free: 1,000 things", "0", ""),
)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> PriceList:
    path: Path = tmp_path_factory.mktemp("prices") / "prices.bin"
    path.write_bytes(build(ROWS, PAGES))
    return PriceList(path)


def meter(**said: str) -> Meter:
    return Meter(**{"offer": "Offer", "unit": "", **said})


@pytest.mark.parametrize("region", [HOME, ABROAD])
def test_usage_type_and_name_lead_to_one_price(prices: PriceList, region: str) -> None:
    """Either name alone, and both together, find the same product in each Region."""
    by_usage_type = prices.find(meter(usage_type="Use"), region)
    assert by_usage_type == prices.find(meter(name="Using"), region)
    assert by_usage_type == prices.find(meter(usage_type="Use", name="Using"), region)
    assert by_usage_type.first_paid_usd == (1 if region == HOME else 2)


def test_several_products_are_an_error_that_names_them(prices: PriceList) -> None:
    """No first, no largest: both SKUs are named."""
    with pytest.raises(PriceAmbiguous, match=r"H2, H3"):
        prices.find(meter(usage_type="Twice"), HOME)


def test_the_operation_tells_them_apart(prices: PriceList) -> None:
    """With its operation, the usage type names one product."""
    assert prices.find(meter(usage_type="Twice", operation="Two"), HOME).sku == "H3"


def test_names_that_lead_to_unlike_prices_are_an_error(prices: PriceList) -> None:
    """If both ways find a price and the rates differ, both SKUs are named."""
    with pytest.raises(PriceAmbiguous, match=r"H5, H6"):
        prices.find(meter(usage_type="LeftName", name="Right name"), HOME)


def test_names_that_lead_to_like_prices_give_the_newer(prices: PriceList) -> None:
    """The list may hold one dimension twice; alike, the later reading stands."""
    assert prices.find(meter(usage_type="AlikeName", name="Alike name"), HOME).sku == "H7"


def test_a_product_called_otherwise_is_another_product(prices: PriceList) -> None:
    """A usage type that fits does not outweigh a name that contradicts."""
    with pytest.raises(PriceNotFound):
        prices.find(meter(usage_type="Use", name="Something else"), HOME)
    with pytest.raises(PriceAmbiguous, match=r"H1, H2"):
        prices.find(meter(usage_type="Use", name="Twice one"), HOME)


def test_a_dimension_without_names_is_found_by_its_code(prices: PriceList) -> None:
    """AWS's regionless code is the last way in."""
    assert prices.find(meter(regionless="only-a-hash"), HOME).sku == "H9"


def test_an_unknown_range_prices_nothing(prices: PriceList) -> None:
    """A rate whose band is not known is named, and refused."""
    with pytest.raises(PriceNotFound, match=r"H4 has no usable price: its range is not known"):
        prices.find(meter(usage_type="Unknown"), HOME)


def test_another_unit_is_refused(prices: PriceList) -> None:
    """A meter in requests does not take a price per hour; a blank unit claims nothing."""
    assert prices.has(meter(usage_type="Use", unit="hour"), HOME)
    with pytest.raises(PriceNotFound, match=r"priced per Hrs, not per request"):
        prices.find(meter(usage_type="Use", unit="request"), HOME)
    assert same_unit("request", "")


def test_what_is_missing_says_where_it_is(prices: PriceList) -> None:
    """An error names the Regions that have the meter, or what is spelled like it."""
    with pytest.raises(PriceNotFound, match=r"listed in us-east-1"):
        prices.find(meter(name="Right name"), ABROAD)
    with pytest.raises(PriceNotFound, match=r"Near it: Right name"):
        prices.find(meter(name="Right nme"), HOME)
    with pytest.raises(PriceNotFound, match=r"offers Offer"):
        prices.find(Meter(offer="Other", unit=""), HOME)


def test_a_page_prices_only_what_no_list_has(prices: PriceList) -> None:
    """Documented prices say so, hold in their Region or everywhere, and never beat the list."""
    page = prices.find(meter(documented_item="page price", unit="hour"), HOME)
    assert (page.basis, page.first_paid_usd) == (Basis.DOCUMENTED, Decimal("0.5"))
    assert "https://example.com/page" in page.source
    assert prices.find(meter(documented_item="everywhere"), ABROAD).first_paid_usd == Decimal(
        "0.25"
    )
    with pytest.raises(PriceNotFound, match=r"us-east-1 \(documented\)"):
        prices.find(meter(documented_item="page price"), ABROAD)
    listed = prices.find(meter(usage_type="Use", documented_item="page price"), HOME)
    assert listed.basis is Basis.LISTED


def test_an_allowance_is_no_price_and_a_price_no_allowance(prices: PriceList) -> None:
    """A free SKU gives its quantity; it is never a price of $0."""
    free = meter(usage_type="Global-Use", unit="hour")
    assert prices.allowance(free).quantity == 100
    assert prices.allowance(meter(documented_item="free: 1,000 things")).quantity == 1000
    with pytest.raises(PriceNotFound, match=r"allowance, not a price"):
        prices.find(free, "Any")
    with pytest.raises(PriceNotFound, match=r"no allowance"):
        prices.allowance(meter(usage_type="Use"), HOME)


def test_a_global_meter_ignores_the_region(prices: PriceList) -> None:
    """What AWS lists once for all Regions is found from any of them."""
    everywhere = meter(usage_type="Use", listed_in=HOME)
    assert prices.find(everywhere, ABROAD).region == HOME


def test_search_finds_by_every_word(prices: PriceList) -> None:
    """Search is for people: all words, in any of the names, usable prices only."""
    assert [p.sku for p in prices.search("Offer", HOME, "twice two")] == ["H3"]
    assert prices.search("Offer", HOME, "unknown") == ()


def test_a_damaged_snapshot_is_one_clear_line(tmp_path: Path) -> None:
    """Another file in the snapshot's place is refused by name."""
    path = tmp_path / "prices.bin"
    path.write_bytes(b"something else")
    with pytest.raises(Damaged, match=r"prices.bin"):
        PriceList(path)
