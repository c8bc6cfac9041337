"""Rows of price list, from the two kinds of file we read, in one shape.

*Gathered* files have one row per price dimension, with AWS's description, usage type, both or
neither, and say where each was read. *Official* files are the ones AWS publishes per offer and
Region (``.../current/eu-central-1/index.csv``): usage types, no description of the dimension.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.price_list.bulk import DATE, REAL_REGION, Heading, Product, Rate
from frugal.price_list.bulk_csv import is_official_csv, read_csv

#: The short code of a Region that its usage types begin with.
#: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-region-billing-codes.html
REGION_PREFIXES = {
    "af-south-1": ("AFS1",),
    "ap-east-1": ("APE1",),
    "ap-east-2": ("APE2",),
    "ap-northeast-1": ("APN1",),
    "ap-northeast-2": ("APN2",),
    "ap-northeast-3": ("APN3",),
    "ap-south-1": ("APS3",),
    "ap-south-2": ("APS5",),
    "ap-southeast-1": ("APS1",),
    "ap-southeast-2": ("APS2",),
    "ap-southeast-3": ("APS4",),
    "ap-southeast-4": ("APS6",),
    "ap-southeast-5": ("APS7",),
    "ap-southeast-6": ("APS8",),
    "ap-southeast-7": ("APS9",),
    "ca-central-1": ("CAN1",),
    "ca-west-1": ("CAN2",),
    "eu-central-1": ("EUC1",),
    "eu-north-1": ("EUN1",),
    "eu-south-1": ("EUS1",),
    "eu-west-1": ("EU", "EUW1"),  # EU in older services, EUW1 in newer ones
    "eu-west-2": ("EUW2",),
    "eu-west-3": ("EUW3",),
    "me-south-1": ("MES1",),
    "mx-central-1": ("MXC1",),
    "sa-east-1": ("SAE1",),
    "us-east-1": ("USE1",),  # or nothing at all, in older services
    "us-east-2": ("USE2",),
    "us-west-1": ("USW1",),
    "us-west-2": ("USW2",),
}
#: Usage types that us-east-1 spells differently: what other Regions call it, and our one name.
RENAMED = {("AWSQueueService", "Requests-Tier1"): "Requests-RBP"}
SAME_DIMENSION = " (description of the same dimension in us-east-1)"
ATTRIBUTES = re.compile(r"\s*\[(.*)\]$")
#: Of a Region that is not in the table: a prefix is three letters and a digit (``ILC1-``).
OTHER_PREFIX = re.compile(r"^[A-Z]{3}\d-")
NUMBER_BOUND = Decimal(10) ** 18
FIRST_BYTES = 200  #: enough to tell one kind of file from another


class Row(Value, frozen=True, kw_only=True):
    """One rate of one product in one Region; ``begin`` is ``None`` where the band is not known."""

    offer: str
    region: str
    sku: str
    usage_type: str  #: without the Region's prefix
    operation: str
    group: str
    name: str
    attributes: str
    unit: str
    begin: Decimal | None
    end: Decimal | None  #: ``None`` with a known ``begin``: without end
    usd: Decimal
    date: str
    source: str
    rate_code: str = ""
    regionless: str = ""


def without_region(offer: str, region: str, usage_type: str) -> str:
    """Return a usage type as it is called in every Region.

    >>> without_region("AWSLambda", "eu-west-1", "EU-Lambda-GB-Second")
    'Lambda-GB-Second'
    >>> without_region("AmazonDynamoDB", "us-east-1", "IA-ReadRequestUnits")
    'IA-ReadRequestUnits'
    """
    for prefix in REGION_PREFIXES.get(region, ()):
        usage_type = usage_type.removeprefix(f"{prefix}-")
    if region not in REGION_PREFIXES and REAL_REGION.match(region):
        usage_type = OTHER_PREFIX.sub("", usage_type)
    return RENAMED.get((offer, usage_type), usage_type)


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a price file of either kind."""
    with path.open("rb") as file:
        official = is_official_csv(file.read(FIRST_BYTES))
    return read_official(path) if official else read_gathered(path)


def read_gathered(path: Path) -> Iterator[Row]:
    """Yield the rows of one gathered file, in its order."""
    with path.open(newline="", encoding="utf-8") as file:
        for line, cells in enumerate(csv.DictReader(file), start=2):
            where = f"{path.name}:{line}"
            try:
                yield _gathered(cells)
            except (KeyError, InvalidOperation, TypeError, AttributeError, ValueError) as error:
                raise BadRequest("a price row cannot be read", where=where) from error


def plain_source(source: str) -> str:
    """Return where something was read without the numbers of the index it was found through.

    >>> plain_source("(repository not named by the index; stored-file id 12):notes@2026-06-27")
    '(repository not named):notes@2026-06-27'
    """
    source = re.sub(r"stored-file (?:index )?id \d+[;,]?\s*", "", source)
    return re.sub(r" by the index;?|\s*\(\)|;? *(?=\))", "", source).strip()


def _gathered(cells: dict[str, str]) -> Row:
    description = cells["description"].removesuffix(SAME_DIMENSION)
    # "dimension | description in the official list": the first is the name in every Region.
    name, _, _ = description.partition(" | ")
    attributes = ATTRIBUTES.search(name)
    begin, end = _band(cells["begin_range"], cells["end_range"])
    return Row(
        offer=cells["offer"],
        region=cells["region"],
        sku=cells["sku"],
        usage_type=without_region(cells["offer"], cells["region"], cells["usagetype"]),
        operation=cells["operation"],
        group=cells["group_or_family"],
        name=ATTRIBUTES.sub("", name).strip(),
        attributes=attributes.group(1) if attributes else "",
        unit=cells["unit"],
        begin=begin,
        end=end,
        usd=_number(cells["usd_per_unit"]).normalize(),
        date=_date(cells["effective_date"]),
        source=plain_source(
            f"{cells['source_repo']}:{cells['source_path']}@{cells['source_commit_date']}"
        ),
        rate_code=cells["rate_code"],
        regionless=cells["regionless_code"],
    )


def read_official(path: Path) -> Iterator[Row]:
    """Yield the on-demand rows, in dollars, of a file AWS publishes (CSV).

    Such a file has usage types and operations, and a sentence instead of the dimension's name.
    """
    heading: Heading | None = None
    products: dict[str, Product] = {}
    for _, found in read_csv(path):
        if isinstance(found, Heading):
            heading = found
        elif isinstance(found, Product):
            products[found.sku] = found
        elif not isinstance(found, str):
            sku, rates = found
            assert heading is not None
            if not products[sku].left_out:
                yield from official_rows(heading, products[sku], rates)


def official_rows(heading: Heading, product: Product, rates: Iterable[Rate]) -> Iterator[Row]:
    """Yield the rows of one product of an official file, those in dollars."""
    for rate in rates:
        if rate.currency != "USD":
            continue
        begin, end = _band(rate.begin, rate.end)
        yield Row(
            offer=heading.offer,
            region=product.region,
            sku=product.sku,
            usage_type=without_region(heading.offer, product.region, product.usage_type),
            operation=product.operation,
            group=product.group,
            name="",
            attributes=product.attributes,
            unit=rate.unit,
            begin=begin,
            end=end,
            usd=Decimal(rate.price),
            date=heading.date,
            source=f"{heading.offer} {heading.version} {product.region}",
            rate_code=f"{product.sku}.{rate.code}",
        )


def _band(begin: str, end: str) -> tuple[Decimal | None, Decimal | None]:
    if not begin or not end:
        return None, None
    return _number(begin), None if end == "Inf" else _number(end)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or not 0 <= number < NUMBER_BOUND:
        raise ValueError(f"{text} is no price and no quantity")
    return number


def _date(text: str) -> str:
    if not DATE.match(text) or len(text) != len("2026-01-01"):
        raise ValueError(f"{text} is no date")
    return text
