"""Amazon Route 53: zones, queries and health checks.

Billed per hosted zone and month, not prorated (a zone deleted within 12 hours is free), per DNS
query by its routing policy, and per health check. Queries to alias records that point at AWS
resources are free. Prices are the same everywhere: AWS lists them once, outside any Region.

The first fifty basic checks of AWS endpoints are free; the list has that price without the range it
holds for, so a check of an AWS endpoint comes out unpriced rather than guessed.

Worked number: two hosted zones at $0.50 and three million standard queries at $0.0000004 are $2.20.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered

OFFER = "AmazonRoute53"
#: AWS lists what is not priced by Region under this name.
EVERYWHERE = "Any"
ZONES = Meter(
    offer=OFFER,
    usage_type="HostedZone",
    name="DNS Zone",
    unit="zone-month",
    listed_in=EVERYWHERE,
)
QUERIES = Meter(
    offer=OFFER,
    usage_type="DNS-Queries",
    name="Query Standard External",
    unit="query",
    listed_in=EVERYWHERE,
)
#: Queries answered by a routing policy that costs more, by the name of their input.
ROUTED_QUERIES = {
    policy: Meter(offer=OFFER, name=f"Query {name} External", unit="query", listed_in=EVERYWHERE)
    for policy, name in (
        ("latency_queries", "Latency Based Routing"),
        ("geolocation_queries", "Geo DNS"),
        ("geoproximity_queries", "Geoproximity"),
        ("ip_based_queries", "IP Based Routing"),
    )
}
CHECKS_AWS = Meter(
    offer=OFFER, name="Basic Health checks AWS per Mo", unit="check-month", listed_in=EVERYWHERE
)
CHECKS_ELSEWHERE = Meter(
    offer=OFFER,
    name="Basic Health checks External Non AWS per Mo",
    unit="check-month",
    listed_in=EVERYWHERE,
)
FEATURES_AWS = Meter(
    offer=OFFER,
    name="Optional Health Check Features AWS per Mo",
    unit="feature-month",
    listed_in=EVERYWHERE,
)
FEATURES_ELSEWHERE = Meter(
    offer=OFFER,
    name="Optional Health Check Features External Non AWS per Mo",
    unit="feature-month",
    listed_in=EVERYWHERE,
)
TRAFFIC_POLICIES = Meter(
    offer=OFFER,
    name="Basic Traffic Flow Routing per Mo",
    unit="policy-record-month",
    listed_in=EVERYWHERE,
)
RECORDS_OVER = Meter(
    offer=OFFER, name="Route53 RRSets per Mo", unit="record-month", listed_in=EVERYWHERE
)


class Route53Inputs(Value, frozen=True, kw_only=True):
    """A month of DNS. Queries of alias records to AWS resources are free: leave them out."""

    hosted_zones: Decimal = ONE
    queries: Said = None  #: standard routing: simple, weighted, failover
    latency_queries: Decimal = ZERO
    geolocation_queries: Decimal = ZERO
    geoproximity_queries: Decimal = ZERO
    ip_based_queries: Decimal = ZERO
    health_checks_aws: Decimal = ZERO  #: of endpoints in AWS
    health_checks_elsewhere: Decimal = ZERO
    #: Optional features of those checks: HTTPS, string matching, fast interval, latency.
    health_check_features_aws: Decimal = ZERO
    health_check_features_elsewhere: Decimal = ZERO
    traffic_policy_records: Decimal = ZERO
    records_over_10000: Decimal = ZERO  #: in a zone


class Route53(Service):
    id = "route53"
    name = "Amazon Route 53"
    category = "Networking"
    offer = OFFER
    known_as = ("route_53", "dns")
    inputs = Route53Inputs
    examples = (
        Example(
            quantities=((ZONES, Decimal(2)), (QUERIES, Decimal(3_000_000))), cost=Decimal("2.20")
        ),
    )

    resource_types = (
        "AWS::Route53::HostedZone",
        "aws_route53_zone",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({})

    def used(self, inputs: Route53Inputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield Usage(ZONES, inputs.hosted_zones, "hosted zones, the whole month")
        yield metered(QUERIES, inputs.queries, "queries, standard routing", needs="queries")
        for policy, meter in ROUTED_QUERIES.items():
            if asked := getattr(inputs, policy):
                yield Usage(meter, asked, policy.replace("_", " "))
        for meter, amount, why in (
            (CHECKS_AWS, inputs.health_checks_aws, "health checks of AWS endpoints"),
            (CHECKS_ELSEWHERE, inputs.health_checks_elsewhere, "health checks outside AWS"),
            (FEATURES_AWS, inputs.health_check_features_aws, "optional features of those in AWS"),
            (
                FEATURES_ELSEWHERE,
                inputs.health_check_features_elsewhere,
                "optional features of those outside AWS",
            ),
            (TRAFFIC_POLICIES, inputs.traffic_policy_records, "traffic policy records"),
            (RECORDS_OVER, inputs.records_over_10000, "records beyond 10,000 in a zone"),
        ):
            if amount:
                yield Usage(meter, amount, why)


SERVICE = Route53()
