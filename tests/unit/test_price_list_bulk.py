"""AWS's own files, JSON and CSV, come out as products and rates, or as one error with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from frugal.model.errors import BadRequest
from frugal.price_list.bulk import (
    NO_REGION,
    NOT_SHARED,
    OTHER_TERMS,
    Heading,
    Product,
    Rate,
    rate_of,
)
from frugal.price_list.bulk_csv import read_csv
from frugal.price_list.bulk_json import WINDOW, Read, read_json

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"
LAMBDA = SAMPLES / "AWSLambda-us-east-1.json"
IRELAND = SAMPLES / "AWSLambda-eu-west-1.csv"


def things(reads: list[Read], kind: type) -> list[Any]:
    return [found for _, found in reads if isinstance(found, kind)]


def rates(reads: list[Read]) -> dict[str, tuple[Rate, ...]]:
    return dict(things(reads, tuple))


def test_a_json_file_gives_its_heading_first() -> None:
    """Offer, version and publication date stand before anything else."""
    first, *_ = read_json(LAMBDA)
    assert first == (0, Heading(offer="AWSLambda", version="20261115000000", date="2026-11-15"))


def test_tiers_and_free_tiers_are_kept_and_reserved_terms_are_not() -> None:
    """On-demand terms and ``A429C66SYZ`` are prices; ``terms.Reserved`` is stepped over."""
    found = rates(list(read_json(LAMBDA)))
    assert [(r.begin, r.end, r.price) for r in found["SAMPLEARMSECOND1"]] == [
        ("7500000000", "Inf", "0.000011"),
        ("0", "7500000000", "0.000012"),
    ]
    assert [(r.code, r.price) for r in found["ZQVCC2M69R4S79XS"]] == [
        ("A429C66SYZ.SB2VSFF4TP", "0")
    ]
    assert all("NQ3QZPMQV9" not in rate.code for of_sku in found.values() for rate in of_sku)


def test_a_product_says_its_region_group_and_why_it_is_left_out() -> None:
    """Region by code or ``Any``; the group or else the family; a reason instead of a guess."""
    found = {product.sku: product for product in things(list(read_json(LAMBDA)), Product)}
    assert found["ZQVCC2M69R4S79XS"].region == "Any"
    assert (found["SAMPLENOFAMILY01"].region, found["SAMPLENOFAMILY01"].group) == ("us-east-1", "")
    assert found["SAMPLEUNKNOWN001"].left_out == NO_REGION


def test_of_instances_only_the_ordinary_are_kept() -> None:
    """Dedicated hosts, reserved capacity and software are left out, and volumes are not."""
    found = things(list(read_json(SAMPLES / "AmazonEC2-us-east-1.json")), Product)
    kept = {product.sku: product.instance for product in found if not product.left_out}
    assert kept == {"SAMPLET4GMICRO01": "t4g.micro Linux", "SAMPLEVOLUMEGP31": ""}
    assert {product.left_out for product in found} == {"", NOT_SHARED}


def test_yuan_are_not_dollars() -> None:
    """A Chinese file's prices keep their currency."""
    ((rate,),) = rates(list(read_json(SAMPLES / "AWSLambda-cn-north-1.json"))).values()
    assert (rate.currency, rate.price) == ("CNY", "0.00000136")


def test_a_csv_file_of_2021_gives_regions_by_location_and_related_skus() -> None:
    """Without a Region column the location's name decides; ``RelatedTo`` is kept."""
    reads = list(read_csv(IRELAND))
    found = {product.sku: product for product in things(reads, Product)}
    assert {sku: product.region for sku, product in found.items()} == {
        "SAMPLEIRELANDREQ": "eu-west-1",
        "SAMPLEIRELANDGBS": "eu-west-1",
        "4VCGJ7EG8PJVZG7S": "Any",
    }
    assert found["SAMPLEIRELANDREQ"].attributes == "RelatedTo: ZQVCC2M69R4S79XS"
    assert [found for _, found in reads if isinstance(found, str)] == [OTHER_TERMS]


def test_a_spreadsheets_first_line_is_stepped_over(tmp_path: Path) -> None:
    """``sep=,`` before the heading changes nothing."""
    path = tmp_path / "offer.csv"
    path.write_bytes(b"sep=,\n" + IRELAND.read_bytes())
    assert [found for _, found in read_csv(path)] == [found for _, found in read_csv(IRELAND)]


@pytest.mark.parametrize("indent", [None, 0, 2, 4])
def test_spaces_and_texts_with_braces_change_nothing(tmp_path: Path, indent: int | None) -> None:
    """The reader sees JSON, not AWS's habits: any layout, braces and quotes inside of texts."""
    content = json.loads(LAMBDA.read_text())
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(content, indent=indent, separators=(",", ":")))
    assert [found for _, found in read_json(path)] == [found for _, found in read_json(LAMBDA)]


@pytest.mark.parametrize("shift", range(0, 700, 37))
def test_the_window_may_end_anywhere(tmp_path: Path, shift: int) -> None:
    """A name, a text or an object that the window cuts is read whole."""
    text = LAMBDA.read_text()
    cut = text.index('"SAMPLEARMSECOND1" : {')
    padding = " " * (WINDOW - len(text[:cut].encode()) - shift)
    path = tmp_path / "offer.json"
    path.write_text(text[:cut] + padding + text[cut:])
    assert [found for _, found in read_json(path)] == [found for _, found in read_json(LAMBDA)]


def test_progress_ends_at_the_files_size() -> None:
    """The bar reaches its end, in both kinds of file."""
    for path, reader in ((LAMBDA, read_json), (IRELAND, read_csv)):
        seen: list[tuple[int, int]] = []
        list(reader(path, lambda done, total, seen=seen: seen.append((done, total))))  # type: ignore[misc]
        assert seen[-1] == (path.stat().st_size, path.stat().st_size)


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t[: len(t) // 2], "ends early"),
        (lambda t: t[:-3], "ends early"),
        (lambda t: "", "ends early"),
        (lambda t: t + "{}", "follows the end"),
        (lambda t: t.replace('"USD" : "0.0000002500"', '"USD" : 0.00000025'), "cannot be read"),
        (lambda t: t.replace("0.0000002500", "-1"), "is no price"),
        (lambda t: t.replace("0.0000002500", "NaN"), "is no price"),
        (lambda t: t.replace("0.0000002500", "1e99"), "is no price"),
        (lambda t: t.replace("0.0000002500", "9" * 40), "is no price"),
        (lambda t: t.replace("0.0000002500", ""), "is no price"),
        (lambda t: t.replace('"USD" : "0.0000002500"', ""), "is not whole"),
        (lambda t: t.replace('"endRange" : "7500000000"', '"endRange" : "0"'), "is no range"),
        (lambda t: t.replace('"sku" : "SAMPLENOFAMILY01"', '"sku" : "X"'), "calls itself"),
        (lambda t: t.replace('"usagetype" : "Request"', '"usagetype" : {}'), "cannot be read"),
        (lambda t: t.replace('"products" : {', '"products" : ['), "is missing"),
        (lambda t: t.replace('"publicationDate"', '"published"'), "no publication date"),
        (lambda t: t.replace('"AWSLambda",\n  "version"', '12,\n  "version"'), "heading cannot"),
        (lambda t: t.replace("BBBBBBBBB2", "AAAAAAAAA1"), "twice"),
        (lambda t: t.replace("Serverless", "\xff", 1), "cannot be read"),
        (lambda t: t.replace('"attributesList" : {}', '"x" : ' + "[" * 99), "nested too"),
    ],
)  # fmt: skip
def test_a_damaged_json_file_is_one_error_with_its_byte(
    tmp_path: Path, change: Change, says: str
) -> None:
    """Cut, mistyped, absurd or repeated: the error names the file and the byte."""
    path = tmp_path / "offer.json"
    text = LAMBDA.read_text()
    assert change(text) != text
    path.write_bytes(change(text).encode("latin-1"))
    with pytest.raises(BadRequest, match=rf"offer\.json, byte [\d,]+: .*{says}"):
        list(read_json(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"0.0000002600"', '"free"', r"csv:7: .*is no price"),
        ('"0.0000170000","USD"', '"0.0000170000"', r"csv:8: .*cells"),
        ('"PricePerUnit",', "", r"csv:6: .*no column PricePerUnit"),
        ('"EU-Request","","AWS Lambda"\n', '"EU-Request","', r"not whole|cells"),
        ("SAMPLEIRELANDREQ.JRTCKXETXF", "OTHER.JRTCKXETXF", r"csv:7: .*is not of SKU"),
    ],
)
def test_a_damaged_csv_file_is_one_error_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    """The same for CSV, with the line."""
    path = tmp_path / "offer.csv"
    text = IRELAND.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadRequest, match=says):
        list(read_csv(path))


@pytest.mark.parametrize(
    ("price", "exact"),
    [("0.0000166667", "0.0000166667"), ("1.0E-4", "0.0001"), ("0.0000000000", "0"), ("12", "12")],
)
def test_a_price_is_the_decimal_aws_prints(price: str, exact: str) -> None:
    """No digit is lost and none is made up."""
    rate = rate_of(
        sku="S", rate_code="S.T.B", begin="0", end="Inf", price=price, unit="", currency="USD"
    )
    assert rate.price == exact
