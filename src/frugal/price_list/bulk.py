"""What AWS's published price files say, file by file and product by product, before any merging.

AWS publishes one *offer* file per service and Region, and one per service over all Regions, as JSON
and as CSV (``pricing.us-east-1.amazonaws.com/offers/v1.0/aws/...``). Both kinds come out of their
readers as the same two values: a `Product` and the `Rates` of a SKU.

What is kept and what is not:

- On-demand terms and free-tier terms are kept. Reserved terms and savings plans are other
  contracts.
- Of instances, those that anybody can start: shared tenancy, no pre-installed software, capacity in
  use. The others (dedicated hosts, reserved capacity) are most of EC2's list, and of no use here.
- Prices in yuan (``CNY``) are kept apart under their currency and are never found as dollars.
- A product whose Region cannot be told is left out, with that reason; it is not guessed.

A number is refused where it is not a plain decimal: a price that cannot be read stops the import,
because the other way out would be a part that costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.errors import BadRequest

ON_DEMAND = "JRTCKXETXF"
FREE_TIER = "A429C66SYZ"
KEPT_TERMS = frozenset({ON_DEMAND, FREE_TIER})
GLOBAL = "Any"
REAL_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")

#: ``0.0000166667`` and ``1.0E-4``; AWS's own have at most 10 places. Longer or larger is no price.
PRICE = re.compile(r"^\d{1,9}(\.\d{1,15})?([eE]-\d{1,2})?$", re.ASCII)
QUANTITY = re.compile(r"^\d{1,18}(\.\d{1,15})?$", re.ASCII)
CODE = re.compile(r"^[\w.:-]{1,100}$", re.ASCII)
CURRENCY = re.compile(r"^[A-Z]{3}$")
DATE = re.compile(r"^\d{4}-\d\d-\d\d")

#: How the list calls a Region in files from before it gave the Region's code (2021 and older).
LOCATIONS = {
    "Africa (Cape Town)": "af-south-1",
    "Asia Pacific (Hong Kong)": "ap-east-1",
    "Asia Pacific (Mumbai)": "ap-south-1",
    "Asia Pacific (Osaka)": "ap-northeast-3",
    "Asia Pacific (Seoul)": "ap-northeast-2",
    "Asia Pacific (Singapore)": "ap-southeast-1",
    "Asia Pacific (Sydney)": "ap-southeast-2",
    "Asia Pacific (Tokyo)": "ap-northeast-1",
    "Canada (Central)": "ca-central-1",
    "EU (Frankfurt)": "eu-central-1",
    "EU (Ireland)": "eu-west-1",
    "EU (London)": "eu-west-2",
    "EU (Milan)": "eu-south-1",
    "EU (Paris)": "eu-west-3",
    "EU (Stockholm)": "eu-north-1",
    "Middle East (Bahrain)": "me-south-1",
    "South America (Sao Paulo)": "sa-east-1",
    "US East (N. Virginia)": "us-east-1",
    "US East (Ohio)": "us-east-2",
    "US West (N. California)": "us-west-1",
    "US West (Oregon)": "us-west-2",
}

OTHER_TERMS = "reserved, or another contract than on demand"
NO_REGION = "its Region is not said"
NOT_SHARED = (
    "an instance on dedicated hardware, with software in its price, or as reserved capacity"
)
NO_PRICE = "listed without an on-demand price"
NO_PRODUCT = "a price of no product in the file"

Progress = Callable[[int, int], None]  #: bytes read, bytes in all


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


class Heading(Value, frozen=True, kw_only=True):
    """What a file says of itself."""

    offer: str
    version: str
    date: str  #: of publication, ``YYYY-MM-DD``


class Product(Value, frozen=True, kw_only=True):
    """One SKU as a file describes it; ``left_out`` says why it is not kept."""

    sku: str
    region: str = ""
    usage_type: str = ""  #: as AWS writes it, with the Region's prefix
    operation: str = ""
    group: str = ""
    attributes: str = ""
    instance: str = ""  #: ``m7g.large Linux``: what other sources know it by
    left_out: str = ""


class Rate(Value, frozen=True, kw_only=True):
    """One band of one SKU, in one currency; numbers are text that was checked to be decimal."""

    code: str  #: ``term.band``, AWS's rate code without the SKU
    begin: str
    end: str
    price: str
    unit: str
    currency: str


def heading_of(cells: dict[str, str], where: str) -> Heading:
    """Check what a file says of itself: ``offer``, ``version``, ``date``."""
    for key, form in (("offer", CODE), ("version", CODE), ("date", DATE)):
        if not form.match(cells.get(key, "")):
            raise BadRequest(
                f"the price file says no {_SAID[key]}",
                where=where,
                hint="Give a whole file as AWS publishes it",
            )
    return Heading(offer=cells["offer"], version=cells["version"], date=cells["date"][:10])


_SAID = {"offer": "offer code", "version": "version", "date": "publication date"}


def product_of(sku: str, family: str, said: dict[str, str], related: str = "") -> Product:
    """Return a product from its attributes, named as in the JSON files."""
    region = _region(said)
    left_out = NO_REGION if not region else NOT_SHARED if _is_special(said) else ""
    if left_out:
        return Product(sku=sku, left_out=left_out)
    told = {name: said.get(name, "") for name in _TOLD}
    told["RelatedTo"] = related
    return Product(
        sku=sku,
        region=region,
        usage_type=said.get("usagetype", ""),
        operation=said.get("operation", ""),
        group=said.get("group", "") or family,
        attributes="; ".join(f"{name}: {value}" for name, value in told.items() if value),
        instance=_instance(said),
    )


#: Attributes worth keeping: they tell products of one usage type apart.
_TOLD = ("operatingSystem", "databaseEngine", "deploymentOption", "fromLocation", "toLocation")
#: Attributes a reader must pass on; no other is looked at.
ATTRIBUTES = (
    *_TOLD,
    *("usagetype", "operation", "group", "location", "locationType", "regionCode"),
    *("instanceType", "tenancy", "preInstalledSw", "capacitystatus", "marketoption"),
)


def _region(said: dict[str, str]) -> str:
    """Return the Region's code, ``Any``, or the geography of an edge location."""
    code, location = said.get("regionCode", ""), said.get("location", "")
    if location == GLOBAL or code:
        return GLOBAL if location == GLOBAL else code
    if said.get("locationType") == "AWS Edge Location":
        return location
    return LOCATIONS.get(location, "")


def _is_special(said: dict[str, str]) -> bool:
    return (
        said.get("tenancy", "") not in ("", "NA", "Shared")
        or said.get("preInstalledSw", "") not in ("", "NA")
        or said.get("capacitystatus", "") not in ("", "NA", "Used")
        or said.get("marketoption", "") not in ("", "NA", "OnDemand")
    )


def _instance(said: dict[str, str]) -> str:
    """Return how `merge.instance_of` calls this instance, so that older readings join it."""
    kind, usage = said.get("instanceType", ""), said.get("usagetype", "")
    if said.get("operatingSystem") == "Linux" and "BoxUsage:" in usage:
        return f"{kind} Linux"
    engine, deployment = said.get("databaseEngine", ""), said.get("deploymentOption", "")
    if engine and re.search(r"(^|-)(Instance|Multi-AZ)Usage:", usage):
        return f"{kind} {engine} {deployment}"
    return ""


def rate_of(
    *, sku: str, rate_code: str, begin: str, end: str, price: str, unit: str, currency: str
) -> Rate:
    """Check one rate.

    Raises:
        ValueError: a number is none, or absurd, or the codes do not belong together.
    """
    _check(rate_code.startswith(f"{sku}."), f"rate code {rate_code[:60]!r} is not of SKU {sku}")
    _check(CODE.match(rate_code), f"{rate_code[:60]!r} is no rate code")
    _check(CURRENCY.match(currency), f"{currency[:20]!r} is no currency")
    _check(PRICE.match(price), f"{price[:60]!r} is no price")
    if begin or end:
        _check(QUANTITY.match(begin), f"{begin[:60]!r} is no beginning of a range")
        _check(end == "Inf" or QUANTITY.match(end), f"{end[:60]!r} is no end of a range")
        _check(end == "Inf" or Decimal(begin) < Decimal(end), f"{begin} to {end} is no range")
    return Rate(
        code=rate_code.removeprefix(f"{sku}."),
        begin=begin,
        end=end,
        price=f"{Decimal(price).normalize():f}",
        unit=unit,
        currency=currency,
    )


def _check(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
