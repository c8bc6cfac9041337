"""Public IPv4 addresses.

Billed per hour, in use or idle, since February 2024. An address that comes with a Lightsail
instance is in its plan's price.

Worked number (us-east-1): 730 h x $0.005 = $3.650 a month each.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.graph import Role, placed
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Example,
    Hidden,
    Part,
    Row,
    Said,
    Service,
    Usage,
)

IN_USE = Meter(
    offer="AmazonVPC",
    name="Hourly charge for In use Public IPv4 Addresses per Hrs",
    unit="hour",
)


IDLE = Meter(
    offer="AmazonVPC",
    name="Hourly charge for Idle Public IPv4 Addresses per Hrs",
    unit="hour",
)


class PublicIPv4Inputs(Value, frozen=True, kw_only=True):
    """Addresses of one kind."""

    addresses: Decimal = Decimal(1)
    state: Literal["in_use", "idle"] = "in_use"
    hours: Said = None  #: default: the month


class PublicIPv4(Service):
    id = "public_ipv4"
    name = "Public IPv4 address"
    category = "Networking"
    offer = "AmazonVPC"
    examples = (Example(quantities=((IN_USE, HOURS_PER_MONTH),), cost=Decimal("3.650")),)

    inputs = PublicIPv4Inputs

    resource_types = (
        "AWS::EC2::EIP",
        "aws_eip",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({})

    def used(self, inputs: PublicIPv4Inputs, hours: Decimal) -> Iterable[Usage]:
        kept = hours if inputs.hours is None else inputs.hours
        meter = IDLE if inputs.state == "idle" else IN_USE
        yield Usage(meter, inputs.addresses * kept, f"{inputs.addresses} x {kept} h")

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(IN_USE, part.number("count") * HOURS_PER_MONTH, "addresses, every hour")

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Addresses", value=str(part.placement["count"]))

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        from frugal.services import service

        holder = next(
            (
                part.id
                for part in parts
                if not part.existing
                and any(
                    usage.meter == IN_USE for usage in service(part.placement.service).usage(part)
                )
            ),
            "",
        )
        yield Hidden(
            topic="addresses",
            what="Public IPv4 address, each",
            parts=(placed("hidden-address", Role.NETWORK, self.id, count=1),),
            comes_with="a NAT gateway, a load balancer, or a container with a public face",
            avoided_by="no new part of this design has an address of its own",
            paid_by=holder,
        )


SERVICE = PublicIPv4()
