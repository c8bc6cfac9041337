"""Classic Load Balancer, of the previous generation.

Billed per hour, used or not, and per GB that passes; it knows no capacity units. Facing the
internet, it holds public IPv4 addresses, which are billed with it.

Worked number (us-east-1): 730 h x $0.025 = $18.25 and 100 GB at $0.008 = $0.80: $19.05.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.load_balancer import OFFER
from frugal.services.public_ipv4 import IN_USE
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered

HOURS = Meter(offer=OFFER, name="Classic Load Balancer Hours", unit="hour")
PROCESSED_GB = Meter(offer=OFFER, name="Classic Load Balancer Data", unit="GB")


class ClassicLoadBalancerInputs(Value, frozen=True, kw_only=True):
    load_balancers: Decimal = ONE
    processed_gb: Said = None  #: in the month, all balancers together
    public_addresses: Decimal = ZERO  #: for each: one a zone, where it faces the internet


class ClassicLoadBalancer(Service):
    id = "classic_load_balancer"
    name = "Classic Load Balancer"
    category = "Networking"
    offer = OFFER
    known_as = ("clb",)
    inputs = ClassicLoadBalancerInputs
    examples = (
        Example(
            quantities=((HOURS, HOURS_PER_MONTH), (PROCESSED_GB, Decimal(100))),
            cost=Decimal("19.05"),
        ),
    )

    resource_types = (
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "aws_elb",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        inside = resource.known_text("scheme") == "internal" or resource.known_flag("internal")
        count = ZERO if inside else resource.zones("subnets", "availability_zones")
        yield Declared({"public_addresses": count})

    def used(self, inputs: ClassicLoadBalancerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        count = inputs.load_balancers
        yield Usage(HOURS, count * hours, "every hour of the month")
        yield metered(PROCESSED_GB, inputs.processed_gb, "what passes", needs="processed_gb")
        if inputs.public_addresses:
            yield Usage(IN_USE, inputs.public_addresses * count * hours, "an address in each zone")


SERVICE = ClassicLoadBalancer()
