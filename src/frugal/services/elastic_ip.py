"""Elastic IP addresses.

Billed per hour since February 2024, attached or idle, at one price: an Elastic IP is a public IPv4
address that one keeps. Addresses of a range brought to AWS are not billed; those of a contiguous
block that AWS provides cost more.

Worked number (us-east-1): one in use and one idle for 730 h are 1,460 hours at $0.005 = $7.30.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.public_ipv4 import IN_USE
from frugal.services.service import Example, Service, Unsaid, Usage, metered, times

IDLE = Meter(
    offer="AmazonVPC",
    name="Hourly charge for Idle Public IPv4 Addresses per Hrs",
    unit="hour",
)
CONTIGUOUS = Meter(
    offer="AmazonVPC",
    name="Hourly charge for IPv4 address in a contiguous block of IPv4 address per Hrs",
    unit="hour",
)


class ElasticIPInputs(Value, frozen=True, kw_only=True):
    """Addresses kept for the month, by what they do."""

    in_use: Decimal | None = None
    idle: Decimal = ZERO
    in_contiguous_block: Decimal = ZERO  #: of a block that AWS provides


class ElasticIP(Service):
    id = "elastic_ip"
    name = "Elastic IP address"
    category = "Networking"
    offer = "AmazonVPC"
    known_as = ("eip",)
    inputs = ElasticIPInputs
    examples = (
        Example(
            quantities=((IN_USE, HOURS_PER_MONTH), (IDLE, HOURS_PER_MONTH)), cost=Decimal("7.30")
        ),
    )

    def used(self, inputs: ElasticIPInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        if inputs.in_use is not None or not (inputs.idle or inputs.in_contiguous_block):
            in_use = times(inputs.in_use, hours)
            yield metered(IN_USE, in_use, "addresses in use", needs="in_use, or idle")
        if inputs.idle:
            yield Usage(IDLE, inputs.idle * hours, "addresses attached to nothing")
        if inputs.in_contiguous_block:
            yield Usage(
                CONTIGUOUS, inputs.in_contiguous_block * hours, "addresses of a contiguous block"
            )


SERVICE = ElasticIP()
