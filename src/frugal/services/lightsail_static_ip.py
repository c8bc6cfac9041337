"""A static IPv4 address of Lightsail that is attached to nothing.

Billed per hour once it has been unattached for more than an hour; attached to an instance it is in
the plan's price. Left behind by a deleted instance it costs as much as a public address of EC2.

Worked number (us-east-1, the free hour off): 730 h x $0.005 = $3.65.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.lightsail import OFFER
from frugal.services.service import Example, Service, Unsaid, Usage

UNATTACHED_HOURS = Meter(
    offer=OFFER, usage_type="UnusedStaticIP", name="Lightsail unused static IP", unit="hour"
)


class LightsailStaticIPInputs(Value, frozen=True, kw_only=True):
    unattached: Decimal = ONE  #: addresses; attached ones cost nothing
    unattached_hours: Decimal | None = None  #: of the month, each; not said: all of it


class LightsailStaticIP(Service):
    id = "lightsail_static_ip"
    name = "Amazon Lightsail static IP address"
    category = "Networking"
    offer = OFFER
    inputs = LightsailStaticIPInputs
    examples = (
        Example(quantities=((UNATTACHED_HOURS, HOURS_PER_MONTH),), cost=Decimal("3.65")),
    )

    def used(self, inputs: LightsailStaticIPInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        each = hours if inputs.unattached_hours is None else inputs.unattached_hours
        yield Usage(UNATTACHED_HOURS, inputs.unattached * each, "hours attached to nothing")


SERVICE = LightsailStaticIP()
