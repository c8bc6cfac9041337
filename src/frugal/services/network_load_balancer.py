"""Network Load Balancer.

Billed per hour, used or not, and per capacity unit (NLCU) and hour: the largest of new connections,
active connections and GB an hour, each against what one unit holds of the protocol. TLS ends here
at sixteen times the price of passing TCP on. Facing the internet, it holds a public IPv4 address in
each zone, which is billed with it.

Capacity units are worked out from the month's averages, as AWS's calculator does; a load that comes
in bursts uses more of them.

Worked number (us-east-1): 730 h x $0.0225 = $16.425 and one NLCU all the time at $0.006 = $4.38:
$20.805.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.services.load_balancer import NETWORK_HOURS, NETWORK_LCU_HOURS, OFFER
from frugal.services.public_ipv4 import IN_USE
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, times

SOURCE = "https://aws.amazon.com/elasticloadbalancing/pricing/"


class CapacityUnit(Value, frozen=True, kw_only=True):
    """What one unit holds of each dimension; the fullest dimension decides."""

    new_connections_per_second: Decimal
    active_connections: Decimal
    gb_per_hour: Decimal


#: From SOURCE: UDP flows and TLS connections weigh more than TCP's.
NLCU = {
    "tcp": CapacityUnit(
        new_connections_per_second=Decimal(800),
        active_connections=Decimal(100_000),
        gb_per_hour=ONE,
    ),
    "udp": CapacityUnit(
        new_connections_per_second=Decimal(400),
        active_connections=Decimal(50_000),
        gb_per_hour=ONE,
    ),
    "tls": CapacityUnit(
        new_connections_per_second=Decimal(50),
        active_connections=Decimal(3_000),
        gb_per_hour=ONE,
    ),
}


def capacity_units(
    unit: CapacityUnit, new_per_second: Said, active: Said, gb: Said, hours: Decimal
) -> Decimal | None:
    """Return the units in use on average, or ``None`` where no dimension is said."""
    shares = (
        (new_per_second, unit.new_connections_per_second),
        (active, unit.active_connections),
        (gb, unit.gb_per_hour * hours),
    )
    return max((said / holds for said, holds in shares if said is not None), default=None)


class NetworkLoadBalancerInputs(Value, frozen=True, kw_only=True):
    """Balancers of one kind. Capacity units are for each: as said, or from what passes."""

    load_balancers: Decimal = ONE
    capacity_units: Said = None  #: on average
    protocol: Literal["tcp", "udp", "tls"] = "tcp"
    new_connections_per_second: Said = None
    active_connections: Said = None  #: sampled each minute
    processed_gb: Said = None  #: in the month
    public_addresses: Decimal = ZERO  #: for each: one a zone, where it faces the internet


class NetworkLoadBalancer(Service):
    id = "network_load_balancer"
    name = "Network Load Balancer"
    category = "Networking"
    offer = OFFER
    known_as = ("nlb",)
    inputs = NetworkLoadBalancerInputs
    examples = (
        Example(
            quantities=((NETWORK_HOURS, HOURS_PER_MONTH), (NETWORK_LCU_HOURS, HOURS_PER_MONTH)),
            cost=Decimal("20.805"),
        ),
    )

    def used(self, inputs: NetworkLoadBalancerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        count = inputs.load_balancers
        yield Usage(NETWORK_HOURS, count * hours, "every hour of the month")
        units = inputs.capacity_units
        if units is None:
            units = capacity_units(
                NLCU[inputs.protocol],
                inputs.new_connections_per_second,
                inputs.active_connections,
                inputs.processed_gb,
                hours,
            )
        yield metered(
            NETWORK_LCU_HOURS,
            times(units, count, hours),
            "capacity units, on average",
            needs="capacity_units, new_connections_per_second, active_connections or processed_gb",
        )
        if inputs.public_addresses:
            yield Usage(IN_USE, inputs.public_addresses * count * hours, "an address in each zone")


SERVICE = NetworkLoadBalancer()
