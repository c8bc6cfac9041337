"""Interface VPC endpoints (AWS PrivateLink).

Billed per hour in each Availability Zone, and per GB. One endpoint reaches one AWS service from
inside a VPC without NAT; it never reaches a partner, unless the partner publishes a PrivateLink
service. With two services in two zones it costs nearly as much as a NAT gateway.

Worked number (us-east-1): one endpoint in one zone, 730 h x $0.01 = $7.30 a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount
from frugal.model.graph import Role, Verb, placed
from frugal.model.load import HOURS_PER_MONTH, KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, NoCharge, NoPrice, Resource, Told
from frugal.services.service import (
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
    metered,
)

OFFER = "AmazonVPC"
HOURS = Meter(offer=OFFER, name="Hourly charge for VPC Endpoints per Hrs", unit="hour")
BYTES = Meter(
    offer=OFFER, name="Charge for per GB data processed by VPC Endpoints per GB", unit="GB"
)


GATEWAY_SOURCE = (
    "https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-startup-security-baseline/"
    "wkld-12.html"
)


class VPCEndpointInputs(Value, frozen=True, kw_only=True):
    """Interface endpoints."""

    endpoints: Decimal = Decimal(1)
    zones: Decimal = Decimal(1)  #: Availability Zones each stands in
    hours: Said = None  #: default: the month
    processed_gb: Said = None  #: GB through them, both directions together


class VPCEndpoint(Service):
    id = "vpc_endpoint"
    name = "Interface VPC endpoint"
    category = "Networking"
    offer = OFFER
    known_as = ("privatelink", "interface_endpoint")
    examples = (Example(quantities=((HOURS, HOURS_PER_MONTH),), cost=Decimal("7.30")),)

    inputs = VPCEndpointInputs

    resource_types = (
        "AWS::EC2::VPCEndpoint",
        "aws_vpc_endpoint",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = resource.known_text("vpc_endpoint_type") or "Gateway"
        if kind == "Gateway":
            yield NoCharge("a gateway endpoint is not billed", GATEWAY_SOURCE)
        elif kind != "Interface":
            yield NoPrice(f"endpoints of the kind {kind[:40]} are not priced from a template")
        else:
            yield Declared({"zones": resource.zones("subnet_ids")})

    def used(self, inputs: VPCEndpointInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        kept = hours if inputs.hours is None else inputs.hours
        total = inputs.endpoints * inputs.zones * kept
        yield Usage(HOURS, total, f"{inputs.endpoints} x {inputs.zones} zone(s) x {kept} h")
        yield metered(BYTES, inputs.processed_gb, "both directions", needs="processed_gb")

    def usage(self, part: Part) -> Iterable[Usage]:
        hours = part.number("zones") * part.number("endpoints") * HOURS_PER_MONTH
        yield Usage(HOURS, hours, "endpoints x zones, every hour")
        total: Amount = ZERO
        for link in part.incoming(Verb.ROUTES):
            total = link.per_month * ((link.request_kib + link.response_kib) / KIB_PER_GIB) + total
        yield Usage(BYTES, total, "both directions are processed")

    def limits(self, part: Part) -> Iterable[Margin]:
        reach = limit("vpc-interface-endpoint-reach")
        partner = sum(1 for link in part.outgoing(Verb.CALLS_OUT))
        yield Margin(
            check="endpoint-reach",
            placement=part.id,
            what="calls to the partner through an endpoint that reaches AWS services only",
            used=Decimal(partner),
            limit=Decimal(0),
            unit="calls",
            source=reach.source,
            remedy="a NAT gateway, or a caller outside the VPC",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the zone of the endpoint is lost",
            effect="the service behind it cannot be reached from the VPC",
            mitigation="an endpoint in a second zone doubles the price",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Endpoints",
            value=f"{part.placement['endpoints']} in {part.placement['zones']} zone(s)",
        )

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        in_vpc = any(part.placement.get("vpc") for part in parts)
        yield Hidden(
            topic="way out",
            what="Interface endpoint, one, in one zone",
            parts=(placed("hidden-endpoint", Role.NETWORK, self.id, endpoints=1, zones=1),),
            comes_with="a function in a VPC that reads a secret or writes to a queue",
            avoided_by="it reaches AWS's services, never the partner"
            + ("" if in_vpc else ", and nothing here stands in a VPC"),
            paid_by=self.paying(parts),
        )


SERVICE = VPCEndpoint()
