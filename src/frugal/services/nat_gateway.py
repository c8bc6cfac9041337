"""NAT gateway: the price of reaching the internet from a VPC.

Billed per hour and per GB in both directions, beside the public IPv4 address it holds; one lives in
one Availability Zone. A function in a VPC that must reach a partner needs one (a public subnet does
not help), and it cannot be used over a peering.

Worked number (us-east-1): 730 h x $0.045 = $32.85, and its address 730 h x $0.005 = $3.65: $36.500
a month before the first byte, more than everything else in a small payout design together.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount
from frugal.model.graph import Role, Verb, placed
from frugal.model.load import HOURS_PER_MONTH, KIB_PER_GIB
from frugal.model.stack import Stack
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ONE_ERROR
from frugal.services.public_ipv4 import IN_USE
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Hidden,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Unsaid,
    Usage,
    WorstUse,
    margin,
    metered,
)
from frugal.services.worst_day import routed_gib

HOURS = Meter(
    offer="AmazonEC2",
    usage_type="NatGateway-Hours",
    name="Hourly charge for NAT Gateways",
    unit="hour",
)
BYTES = Meter(
    offer="AmazonEC2",
    usage_type="NatGateway-Bytes",
    name="Charge for per GB data processed by NatGateways",
    unit="GB",
)


class NatGatewayInputs(Value, frozen=True, kw_only=True):
    """NAT gateways. The public IPv4 address each holds is billed apart."""

    gateways: Decimal = Decimal(1)
    hours: Said = None  #: hours one is kept; default: the month
    processed_gb: Said = None  #: GB through it, both directions together
    public_addresses: Decimal = ZERO  #: addresses of one gateway; with one each, say 1


class NatGateway(Service):
    id = "nat_gateway"
    name = "NAT gateway"
    category = "Networking"
    offer = "AmazonEC2"
    known_as = ("nat",)
    examples = (
        Example(
            quantities=((HOURS, HOURS_PER_MONTH), (IN_USE, HOURS_PER_MONTH)),
            cost=Decimal("36.500"),
        ),
    )

    inputs = NatGatewayInputs

    resource_types = (
        "AWS::EC2::NatGateway",
        "aws_nat_gateway",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        # The address of a public one is an Elastic IP, a resource of its own.
        yield Declared({})

    def used(self, inputs: NatGatewayInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kept = inputs.gateways * (hours if inputs.hours is None else inputs.hours)
        yield Usage(HOURS, kept, f"{inputs.gateways} gateway(s), every hour")
        yield metered(BYTES, inputs.processed_gb, "both directions", needs="processed_gb")
        if inputs.public_addresses:
            yield Usage(IN_USE, kept * inputs.public_addresses, "their public IPv4 addresses")

    def usage(self, part: Part) -> Iterable[Usage]:
        zones = part.number("zones")
        yield Usage(HOURS, zones * HOURS_PER_MONTH, f"{zones} gateway(s), every hour of the month")
        yield Usage(IN_USE, zones * HOURS_PER_MONTH, "its public IPv4 address")
        yield Usage(BYTES, self._gib(part), "both directions are processed")

    def _gib(self, part: Part) -> Amount:
        total: Amount = ZERO
        for link in part.incoming(Verb.ROUTES):
            total = link.per_month * ((link.request_kib + link.response_kib) / KIB_PER_GIB) + total
        return total

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        if stack.nat_gateways is not None and stack.nat_gateways.value:
            hours = HOURS_PER_MONTH * stack.nat_gateways.value
            yield Usage(HOURS, hours, "gateways that are there, every hour of the month")
            yield Usage(IN_USE, hours, "their public IPv4 addresses")

    def limits(self, part: Part) -> Iterable[Margin]:
        per_address = limit("nat-gateway-connections")
        yield margin(
            part,
            "nat-connections",
            "connections to the partner at the same time at the peak",
            part.load.payouts_per_second_peak * part.load.partner_seconds_mean,
            per_address,
            remedy="more addresses on the gateway",
        )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-ports",
            metric="AWS/NATGateway/ErrorPortAllocation",
            rule=ONE_ERROR,
            why="connections to the partner are refused",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the Availability Zone of the gateway is lost",
            effect="no way out to the partner",
            mitigation="payouts stay due; a gateway in a second zone doubles the price",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        for attack in Attack:
            moved = sum(
                (
                    routed_gib(part.other(link.source), guards, attack, days)
                    for link in part.incoming(Verb.ROUTES)
                ),
                ZERO,
            )
            if moved:
                yield WorstUse(attack, BYTES, moved, "what the functions behind it can move")

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Gateways", value=str(part.placement["zones"]))

    def single_point_of_failure(self, part: Part) -> str:
        return "one gateway in one Availability Zone" if part.number("zones") == 1 else ""

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        in_vpc = any(part.placement.get("vpc") for part in parts)
        yield Hidden(
            topic="way out",
            what="NAT gateway in one zone, with its address (two zones: twice that)",
            parts=(placed("hidden-nat", Role.NETWORK, self.id, zones=1),),
            comes_with="a function in a VPC that has to reach the partner",
            avoided_by="what stands in a VPC here has another way out"
            if in_vpc
            else "nothing that calls the partner stands in a VPC",
            paid_by=self.paying(parts),
        )


SERVICE = NatGateway()
