"""Amazon Lightsail load balancer.

Billed per hour, balancing or not, capped each month at what 744 hours cost, certificates included;
there is no charge for what passes through, which counts towards the instances' transfer.

Worked number (us-east-1): 730 h x $0.024193548 = $17.66129004; from 744 h on it is the cap of $18.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.lightsail import CAP_HOURS, OFFER
from frugal.services.service import Example, Service, Unsaid, Usage

HOURS = Meter(offer=OFFER, name="Lightsail Load Balancer per Hrs", unit="hour")


class LightsailLoadBalancerInputs(Value, frozen=True, kw_only=True):
    load_balancers: Decimal = ONE
    hours_provisioned: Decimal | None = None  #: of the month; not said: all of it


class LightsailLoadBalancer(Service):
    id = "lightsail_load_balancer"
    name = "Amazon Lightsail load balancer"
    category = "Networking"
    offer = OFFER
    inputs = LightsailLoadBalancerInputs
    examples = (Example(quantities=((HOURS, HOURS_PER_MONTH),), cost=Decimal("17.66129004")),)

    def used(
        self, inputs: LightsailLoadBalancerInputs, hours: Decimal
    ) -> Iterable[Usage | Unsaid]:
        there = hours if inputs.hours_provisioned is None else inputs.hours_provisioned
        billed = min(there, CAP_HOURS)
        yield Usage(HOURS, billed * inputs.load_balancers, "every hour, at most the cap's 744")


SERVICE = LightsailLoadBalancer()
