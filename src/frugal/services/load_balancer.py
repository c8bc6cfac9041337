"""Application Load Balancer.

Billed per hour, used or not, and per LCU-hour, a measure of what passes; it holds a public IPv4
address in each of at least two zones. Behind it stand services that are always on; one that
balances nothing is a common leak.

Worked number (us-east-1): 730 h x $0.0225 = $16.425 and two addresses $7.30: $23.7250 a month
before the first request.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ZERO
from frugal.model.graph import Role, Verb, placed
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ERRORS_TWICE
from frugal.services.public_ipv4 import IN_USE
from frugal.services.resource import Declared, NoPrice, Resource, Told
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Hidden,
    Part,
    Row,
    Said,
    Service,
    Unsaid,
    Usage,
    metered,
    times,
)

OFFER = "AWSELB"
HOURS = Meter(
    offer=OFFER,
    usage_type="LoadBalancerUsage",
    operation="LoadBalancing:Application",
    name="Application Load Balancer Hours",
    unit="hour",
)
LCU_HOURS = Meter(
    offer=OFFER,
    usage_type="LCUUsage",
    operation="LoadBalancing:Application",
    name="Application Load Balancer LCU Hours",
    unit="LCU-hour",
)


NETWORK_HOURS = Meter(offer=OFFER, name="Network Load Balancer Hours", unit="hour")
#: AWS's list gives these the unit of an hour; what is counted is capacity units times hours.
NETWORK_LCU_HOURS = Meter(offer=OFFER, name="Network Load Balancer LCU Hours", unit="hour")


class LoadBalancerInputs(Value, frozen=True, kw_only=True):
    """Application Load Balancers. Their public IPv4 addresses are billed apart."""

    balancers: Decimal = Decimal(1)
    hours: Said = None  #: hours one is kept; default: the month
    capacity_units: Said = None  #: LCUs of one in use, mean of the hours; or what passes:
    new_connections_per_second: Said = None  #: 25 are one LCU
    active_connections: Said = None  #: 3,000 a minute are one LCU
    processed_gb: Said = None  #: in the month; 1 an hour is one LCU
    rule_evaluations_per_second: Said = None  #: beyond ten rules; 1,000 are one LCU
    public_addresses: Decimal = Decimal(0)  #: addresses of one


class LoadBalancer(Service):
    id = "load_balancer"
    name = "Application Load Balancer"
    category = "Networking"
    offer = OFFER
    known_as = ("alb", "elb")
    examples = (
        Example(
            quantities=((HOURS, HOURS_PER_MONTH), (IN_USE, HOURS_PER_MONTH * 2)),
            cost=Decimal("23.7250"),
        ),
    )

    inputs = LoadBalancerInputs

    resource_types = (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "aws_lb",
        "aws_alb",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = resource.known_text("type", "load_balancer_type") or "application"
        inside = resource.known_text("scheme") == "internal" or resource.known_flag("internal")
        count = ZERO if inside else resource.zones("subnets", "subnet_mappings", "subnet_mapping")
        if kind == "application":
            yield Declared({"public_addresses": count})
        elif kind == "network":
            yield Declared({"public_addresses": count}, service="network_load_balancer")
        else:
            yield NoPrice(f"load balancers of the kind {kind[:40]} are not priced from a template")

    def used(self, inputs: LoadBalancerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        each = hours if inputs.hours is None else inputs.hours
        kept = inputs.balancers * each
        yield Usage(HOURS, kept, f"{inputs.balancers} load balancer(s), every hour")
        units = times(_capacity_units(inputs, each), kept)
        needs = "capacity_units, or what passes through"
        yield metered(LCU_HOURS, units, "capacity units x hours", needs=needs)
        if inputs.public_addresses:
            yield Usage(IN_USE, kept * inputs.public_addresses, "their public IPv4 addresses")

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(HOURS, HOURS_PER_MONTH, "every hour of the month")
        yield Usage(IN_USE, part.number("zones") * HOURS_PER_MONTH, "an address in each zone")
        yield Usage(LCU_HOURS, part.number("lcus") * HOURS_PER_MONTH, "capacity units in use")

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-5xx",
            metric="AWS/ApplicationELB/HTTPCode_Target_5XX_Count",
            rule=ERRORS_TWICE,
            why="what stands behind it answers with errors",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="no healthy target",
            effect="every call is answered 503",
            mitigation="the caller tries again; what is due stays in the ledger",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Zones", value=str(part.placement["zones"]))

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        called = any(True for part in parts for _ in part.incoming(Verb.CALLS, Verb.NOTIFIES))
        yield Hidden(
            topic="way in",
            what="Application Load Balancer, idle, in two zones",
            parts=(placed("hidden-balancer", Role.NETWORK, self.id, zones=2, lcus=Decimal(0)),),
            comes_with="container services that a template puts behind one",
            avoided_by="what is called here answers on an address it has already"
            if called
            else "nothing here is called from outside",
            paid_by=self.paying(parts),
        )


def _capacity_units(inputs: LoadBalancerInputs, hours: Decimal) -> Decimal | None:
    """Return the LCUs of one balancer: as said, or those of its fullest dimension."""
    said = (
        (inputs.capacity_units, Decimal(1)),
        (inputs.new_connections_per_second, Decimal(25)),
        (inputs.active_connections, Decimal(3000)),
        (inputs.processed_gb, hours),
        (inputs.rule_evaluations_per_second, Decimal(1000)),
    )
    return max(
        (amount / holds for amount, holds in said if amount is not None and holds), default=None
    )


SERVICE = LoadBalancer()
