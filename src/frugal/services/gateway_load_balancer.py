"""Gateway Load Balancer.

Billed per hour in each Availability Zone it is switched on in, and per capacity unit (GLCU) and
hour: the largest of new connections, active connections and GB an hour. Its endpoints in the VPCs
whose traffic it inspects are billed by themselves, per hour and GB, as VPC endpoints are.

Worked number (us-east-1): one zone for 730 h x $0.0125 = $9.125 and one GLCU all the time at $0.004
= $2.92: $12.045.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.load_balancer import OFFER
from frugal.services.network_load_balancer import CapacityUnit, capacity_units
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered, times

HOURS = Meter(offer=OFFER, name="Gateway Load Balancer Hours", unit="hour")
#: The list gives this row the unit "Hrs"; its name says it is capacity units by the hour.
GLCU_HOURS = Meter(offer=OFFER, name="Gateway Load Balancer LCU Hours", unit="hour")
ENDPOINT_HOURS = Meter(
    offer="AmazonVPC",
    name="Hourly charge for AWS Gateway Load Balancer VPC Endpoint per Hrs",
    unit="hour",
)
ENDPOINT_GB = Meter(
    offer="AmazonVPC",
    name="Charge for per GB data processed by AWS Gateway Load Balancer VPC Endpoint per GB",
    unit="GB",
)
#: https://aws.amazon.com/elasticloadbalancing/pricing/
GLCU = CapacityUnit(
    new_connections_per_second=Decimal(600),
    active_connections=Decimal(60_000),
    gb_per_hour=ONE,
)


class GatewayLoadBalancerInputs(Value, frozen=True, kw_only=True):
    """One balancer, and the endpoints that lead to it. Units as said, or from what passes."""

    zones: Decimal = ONE
    capacity_units: Said = None  #: on average
    new_connections_per_second: Said = None
    active_connections: Said = None  #: sampled each minute
    processed_gb: Said = None  #: in the month
    endpoints: Decimal = ZERO  #: one a zone of each VPC
    endpoint_gb: Decimal = ZERO  #: what passes them in the month


class GatewayLoadBalancer(Service):
    id = "gateway_load_balancer"
    name = "Gateway Load Balancer"
    category = "Networking"
    offer = OFFER
    known_as = ("gwlb",)
    inputs = GatewayLoadBalancerInputs
    examples = (
        Example(
            quantities=((HOURS, HOURS_PER_MONTH), (GLCU_HOURS, HOURS_PER_MONTH)),
            cost=Decimal("12.045"),
        ),
    )

    def used(self, inputs: GatewayLoadBalancerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield Usage(HOURS, inputs.zones * hours, "every hour, in each zone")
        units = inputs.capacity_units
        if units is None:
            units = capacity_units(
                GLCU,
                inputs.new_connections_per_second,
                inputs.active_connections,
                inputs.processed_gb,
                hours,
            )
        yield metered(
            GLCU_HOURS,
            times(units, hours),
            "capacity units, on average",
            needs="capacity_units, new_connections_per_second, active_connections or processed_gb",
        )
        if inputs.endpoints:
            yield Usage(ENDPOINT_HOURS, inputs.endpoints * hours, "endpoints, every hour")
        if inputs.endpoint_gb:
            yield Usage(ENDPOINT_GB, inputs.endpoint_gb, "what passes the endpoints")


SERVICE = GatewayLoadBalancer()
