"""Data transfer: what leaves AWS for the internet, and what crosses Availability Zones.

Billed per GB sent; what comes in is not. The first 100 GB a month to the internet are free for
every account, all services together. A function, a Fargate task and an EC2 instance pay it; a
Lightsail instance has an allowance in its plan instead. Which parts send out is read off the graph:
the requests of every link that leaves over a public path, and the answers to calls that come in.

A call to a public address in the same Region is counted at the internet's price too. AWS bills it
lower, so this is an upper bound.

Worked number (us-east-1, allowance off): 6,083 calls of 2 KiB are 0.0116 GB at $0.09 = $0.001044.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount
from frugal.model.graph import Verb
from frugal.model.load import KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.service import (
    Allowance,
    Example,
    Part,
    Row,
    Said,
    Service,
    Usage,
)

OFFER = "AWSDataTransfer"
INTERNET_OUT = Meter(
    offer=OFFER,
    usage_type="DataTransfer-Out-Bytes",
    name="DataTransfer External Outbound",
    unit="GB",
)
BETWEEN_ZONES = Meter(offer=OFFER, usage_type="DataTransfer-Regional-Bytes", unit="GB")

_REQUESTS = (Verb.CALLS, Verb.CALLS_OUT, Verb.CONNECTS)
_ANSWERS = (Verb.CALLS, Verb.NOTIFIES)


def gib_out(part: Part) -> Amount:
    """Return the GiB a month a part sends over public paths: its requests, and its answers."""
    total: Amount = ZERO
    for link in part.outgoing(*_REQUESTS):
        if link.path == "public":
            total = link.per_month * (link.request_kib / KIB_PER_GIB) + total
    for link in part.incoming(*_ANSWERS):
        if link.path == "public":
            total = link.per_month * (link.response_kib / KIB_PER_GIB) + total
    return total


def gib_in(part: Part) -> Amount:
    """Return the GiB a month a part takes in over public paths."""
    total: Amount = ZERO
    for link in part.outgoing(*_REQUESTS):
        if link.path == "public":
            total = link.per_month * (link.response_kib / KIB_PER_GIB) + total
    for link in part.incoming(*_ANSWERS):
        if link.path == "public":
            total = link.per_month * (link.request_kib / KIB_PER_GIB) + total
    return total


def internet_out(part: Part) -> Iterator[Usage]:
    """Yield what a part that has no transfer allowance of its own pays for sending."""
    if any(
        link.path == "public" for link in (*part.outgoing(*_REQUESTS), *part.incoming(*_ANSWERS))
    ):
        yield Usage(INTERNET_OUT, gib_out(part), "bytes sent over public paths")


def between_regions() -> Meter:
    """Return the meter of transfer to another Region: its rows have no usable range in the list."""
    return Meter(offer=OFFER, documented_item="transfer to another Region", unit="GB")


class DataTransferInputs(Value, frozen=True, kw_only=True):
    """What leaves a Region or a zone; what comes in from the internet is not billed."""

    internet_out_gb: Said = None  #: GB sent to the internet
    between_zones_gb: Said = None  #: GB from one zone to another; each direction is billed
    between_regions_gb: Said = None  #: GB sent to another Region: unpriced


class DataTransfer(Service):
    id = "data_transfer"
    name = "AWS data transfer"
    category = "Networking"
    offer = OFFER
    allowances = (
        Allowance(
            id="internet-egress",
            quantity=limit("freetier-data-transfer-gb").number,
            meters=(INTERNET_OUT,),
            source=limit("freetier-data-transfer-gb").source,
        ),
    )
    examples = (
        Example(
            quantities=((INTERNET_OUT, Decimal("0.0116")),),
            cost=Decimal("0.001044"),
        ),
    )

    inputs = DataTransferInputs

    def used(self, inputs: DataTransferInputs, hours: Decimal) -> Iterable[Usage]:
        for meter, amount, each, why in (
            (INTERNET_OUT, inputs.internet_out_gb, 1, "sent to the internet"),
            (
                BETWEEN_ZONES,
                inputs.between_zones_gb,
                2,
                "billed in both directions",
            ),
            (between_regions(), inputs.between_regions_gb, 1, "sent to another Region"),
        ):
            if amount is not None:
                yield Usage(meter, amount * each, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(BETWEEN_ZONES, part.number("gib_between_zones") * 2, "billed in each direction")

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Between zones", value=f"{part.placement['gib_between_zones']} GiB a month")


SERVICE = DataTransfer()
