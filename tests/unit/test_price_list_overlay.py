"""AWS's files laid over a snapshot: newer prices, known names, and nothing lost without a word."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from frugal.model.errors import BadRequest, PriceNotFound
from frugal.price_list.bulk import NOT_SHARED
from frugal.price_list.container import Container
from frugal.price_list.intake import Imported, import_path
from frugal.price_list.lookup import SNAPSHOT, PriceList, open_snapshot
from frugal.price_list.meter import Meter
from frugal.price_list.packing import check
from frugal.price_list.product import Listed
from frugal.price_list.rows import REGION_PREFIXES

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"
HOME, ABROAD = "us-east-1", "eu-central-1"
REQUEST = Meter(offer="AWSLambda", usage_type="Request", name="Lambda Requests", unit="request")
QUEUE = Meter(offer="AWSQueueService", usage_type="Requests-RBP", unit="request")
BOX = Meter(
    offer="AmazonEC2",
    usage_type="BoxUsage:t4g.micro",
    name="On Demand Linux t4g.micro Instance Hour",
    unit="hour",
)


def laid(tmp_path: Path, *names: str, below: Path | None = SNAPSHOT) -> tuple[PriceList, Imported]:
    source = tmp_path / "in"
    source.mkdir()
    for name in names:
        (source / name).write_bytes((SAMPLES / name).read_bytes())
    target = tmp_path / "prices.bin"
    done = import_path(source, target, below=below)
    assert check(target) == done.id
    return PriceList(target), done


def test_a_price_is_renewed_and_its_name_stays(tmp_path: Path) -> None:
    """The file knows no name; both names of the meter still find the one price, the new one."""
    prices, _ = laid(tmp_path, "AWSLambda-us-east-1.json")
    found = prices.find(REQUEST, HOME)
    assert (found.first_paid_usd, found.effective_date) == (Decimal("0.00000025"), "2026-11-15")
    assert found.name == "Lambda Requests"
    assert found.source == "AWSLambda 20261115000000 us-east-1"


def test_what_no_file_speaks_of_stays_byte_for_byte(tmp_path: Path) -> None:
    """Only the blocks of the offer and Region, and the tables, are written anew."""
    prices, _ = laid(tmp_path, "AWSLambda-us-east-1.json")
    before, after = Container(SNAPSHOT), Container(tmp_path / "prices.bin")
    differing = {key for key in after.keys if key not in before.keys}
    differing |= {key for key in before.keys if before.read(key) != after.read(key)}
    assert differing == {
        "bands",
        "files",
        "sources",
        "offer/AWSLambda",
        "price/AWSLambda/us-east-1",
        "price/AWSLambda/Any",
    }
    assert prices.find(REQUEST, ABROAD) == open_snapshot().find(REQUEST, ABROAD)


def test_an_older_file_gives_no_price(tmp_path: Path) -> None:
    """A file from before the snapshot's reading leaves the newer price."""
    text = (SAMPLES / "AWSLambda-us-east-1.json").read_text()
    path = tmp_path / "old.json"
    path.write_text(text.replace("2026", "2020"))
    import_path(path, tmp_path / "prices.bin", below=SNAPSHOT)
    found = PriceList(tmp_path / "prices.bin").find(REQUEST, HOME)
    assert found.tiers == open_snapshot().find(REQUEST, HOME).tiers


def test_a_reading_without_a_sku_joins_the_sku_of_its_instance(tmp_path: Path) -> None:
    """EC2 is known by name only; the official SKU takes the name and gives the price."""
    prices, done = laid(tmp_path, "AmazonEC2-us-east-1.json")
    found = prices.find(BOX, HOME)
    assert (found.sku, found.first_paid_usd) == ("SAMPLET4GMICRO01", Decimal("0.0099"))
    assert done.left_out == ((NOT_SHARED, 3),)


def test_a_new_sku_of_a_known_usage_type_takes_its_name_and_its_place(tmp_path: Path) -> None:
    """AWS gives a product a new SKU: the old one goes, also where the file is an excerpt."""
    prices, done = laid(tmp_path, "AWSQueueService-global.json")
    for region in (HOME, ABROAD):
        found = prices.find(QUEUE, region)
        assert found.sku.startswith("SAMPLEQUEUE")
        assert len(found.tiers) == 2
        assert found.name
    assert done.excerpts == (f"AWSQueueService {ABROAD}", f"AWSQueueService {HOME}")
    assert [gone.products for gone in done.gone] == [1, 1]


def offer_file(folder: Path, offer: str, listed: dict[str, tuple[Listed, ...]]) -> Path:
    """Write products as AWS would publish them in one file, with the Region's prefixes."""
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for region, found in listed.items():
        prefix = "" if region == HOME else f"{REGION_PREFIXES[region][0]}-"
        for one in found:
            attributes = {
                "location": "somewhere",
                "regionCode": region,
                "usagetype": prefix + one.usage_type,
                "operation": one.operation,
            }
            products[one.sku] = {"sku": one.sku, "attributes": attributes}
            term = f"{one.sku}.JRTCKXETXF"
            terms[one.sku] = {
                term: {
                    "offerTermCode": "JRTCKXETXF",
                    "sku": one.sku,
                    "priceDimensions": {
                        f"{term}.{number}": {
                            "rateCode": f"{term}.{number}",
                            "unit": one.unit,
                            "beginRange": str(band.begin),
                            "endRange": "Inf" if band.end is None else str(band.end),
                            "pricePerUnit": {"USD": f"{band.price:f}"},
                        }
                        for number, band in enumerate(reversed(one.bands))
                    },
                }
            }
    path = folder / f"{offer}.json"
    path.write_text(
        json.dumps(
            {
                "offerCode": offer,
                "version": "20261201000000",
                "publicationDate": "2026-12-01T00:00:00Z",
                "products": products,
                "terms": {"OnDemand": terms},
            }
        )
    )
    return path


@pytest.mark.parametrize(
    "offer", ["AWSLambda", "AWSEvents", "AWSQueueService", "AmazonSNS", "AmazonStates"]
)
def test_either_name_finds_the_same_price_through_official_files(
    tmp_path: Path, offer: str
) -> None:
    """Usage type and description lead to one price, after AWS's own JSON as before it.

    The file is the carried list written in AWS's format, two Regions in one, a month newer.
    """
    carried = open_snapshot()
    listed = {
        region: tuple(
            one
            for one in carried.products(offer, region)
            if one.sku and one.usage_type and not one.unusable
        )
        for region in (HOME, ABROAD)
    }
    target = tmp_path / "prices.bin"
    done = import_path(offer_file(tmp_path, offer, listed), target, below=SNAPSHOT)
    assert done.products == sum(map(len, listed.values()))
    prices, compared = PriceList(target), 0
    for region, found in listed.items():
        for one in found:
            by_usage = Meter(
                offer=offer, usage_type=one.usage_type, operation=one.operation or None, unit=""
            )
            by_name = Meter(offer=offer, name=one.name, unit="")
            if not (carried.has(by_usage, region) and carried.has(by_name, region)):
                continue
            assert prices.find(by_usage, region) == prices.find(by_name, region)
            again = prices.find(by_name, region)
            assert again.effective_date == "2026-12-01"
            assert [(t.begin, t.end, t.usd) for t in again.tiers] == [
                (band.begin, band.end, band.price) for band in one.bands
            ]
            compared += 1
    assert compared >= 2


def test_yuan_are_kept_apart_and_never_found(tmp_path: Path) -> None:
    """A price in CNY can be looked at; asking for the meter there is an error that says so."""
    prices, done = laid(tmp_path, "AWSLambda-cn-north-1.json")
    assert (done.products, done.apart) == (0, 1)
    (one,) = prices.in_currency("CNY", "AWSLambda", "cn-north-1")
    assert (one.currency, one.bands[0].price) == ("CNY", Decimal("0.00000136"))
    with pytest.raises(PriceNotFound) as error:
        prices.find(REQUEST, "cn-north-1")
    assert "CNY" in error.value.hint


def test_free_tier_skus_are_allowances(tmp_path: Path) -> None:
    """``Any`` with term ``A429C66SYZ``: an allowance with its SKU, never a price of zero."""
    prices, _ = laid(tmp_path, "AWSLambda-us-east-1.json", "AWSLambda-eu-west-1.csv", below=None)
    meter = Meter(offer="AWSLambda", usage_type="Global-Request", unit="request", listed_in="Any")
    found = prices.allowance(meter)
    assert (found.quantity, found.sku) == (Decimal(1_000_000), "ZQVCC2M69R4S79XS")
    with pytest.raises(PriceNotFound, match="allowance"):
        prices.find(meter, HOME)


def test_the_same_files_make_the_same_id(tmp_path: Path) -> None:
    """Whenever and wherever they are laid, in whatever order they are found."""
    ids = set()
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        ids.add(laid(folder, *sorted(p.name for p in SAMPLES.iterdir()))[1].id)
    assert len(ids) == 1


def test_one_sku_with_two_prices_is_refused_with_both_places(tmp_path: Path) -> None:
    """A line repeated with another price: neither is chosen, and nothing is written."""
    lines = (SAMPLES / "AWSLambda-eu-west-1.csv").read_text().splitlines(keepends=True)
    path = tmp_path / "twice.csv"
    path.write_text("".join([*lines, lines[6].replace("0.0000002600", "0.0000009900")]))
    with pytest.raises(BadRequest, match=r"SAMPLEIRELANDREQ is listed twice.*at 7 and at 12"):
        import_path(path, tmp_path / "prices.bin", below=SNAPSHOT)
    assert [file.name for file in tmp_path.iterdir()] == ["twice.csv"]


def test_one_line_twice_is_one_line(tmp_path: Path) -> None:
    """Repeated alike, it is no trouble."""
    lines = (SAMPLES / "AWSLambda-eu-west-1.csv").read_text().splitlines(keepends=True)
    path = tmp_path / "twice.csv"
    path.write_text("".join([*lines, lines[6]]))
    assert import_path(path, tmp_path / "prices.bin").products == 3


def test_a_failed_import_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A damaged second file: the target keeps its bytes and nothing is left beside it."""
    target = tmp_path / "prices.bin"
    import_path(SAMPLES, target, below=SNAPSHOT)
    before = target.read_bytes()
    source = tmp_path / "in"
    source.mkdir()
    text = (SAMPLES / "AWSLambda-us-east-1.json").read_text()
    (source / "a.json").write_text(text)
    (source / "b.json").write_text(text[:-200])
    with pytest.raises(BadRequest, match=r"b\.json, byte"):
        import_path(source, target, below=SNAPSHOT)
    assert target.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in", "prices.bin"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "hello"),
        ("region_index.json", '{"regions": {}}'),
        ("index.json", '{"offers": {"AWSLambda": {"offerCode": "AWSLambda"}}}'),
        ("empty.json", ""),
        ("list.json", "[1, 2]"),
    ],
)
def test_what_is_no_price_list_is_said_to_be_none(tmp_path: Path, name: str, content: str) -> None:
    """Any other file is refused by name."""
    (tmp_path / name).write_text(content)
    with pytest.raises(BadRequest, match=f"{name}: this is no price list"):
        import_path(tmp_path / name, tmp_path / "prices.bin")
    with pytest.raises(BadRequest, match="no price list is there"):
        import_path(tmp_path, tmp_path / "prices.bin")


def test_an_offer_without_prices_says_what_was_left_out(tmp_path: Path) -> None:
    """Reserved terms alone price nothing: an error with the counts, not an empty list."""
    lines = (SAMPLES / "AWSLambda-eu-west-1.csv").read_text().splitlines(keepends=True)
    path = tmp_path / "reserved.csv"
    path.write_text("".join([*lines[:6], lines[10]]))
    with pytest.raises(BadRequest, match="no on-demand price is in it") as error:
        import_path(path, tmp_path / "prices.bin")
    assert "1 left out: reserved" in error.value.hint


def test_a_snapshot_is_taken_if_its_content_is_its_id(tmp_path: Path) -> None:
    """A colleague's snapshot comes in whole, a damaged one does not."""
    target = tmp_path / "prices.bin"
    assert import_path(SNAPSHOT, target).id == open_snapshot().id
    damaged = tmp_path / "damaged.bin"
    content = bytearray(SNAPSHOT.read_bytes())
    content[-3] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(BadRequest, match=r"damaged|its id"):
        import_path(damaged, target)
