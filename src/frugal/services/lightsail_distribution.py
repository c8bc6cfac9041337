"""Amazon Lightsail content delivery: a distribution with a plan.

Billed by the month for a plan that includes transfer to viewers; what is sent beyond it is billed
per GB by the viewers' place, which is not reckoned here. A distribution is a global resource that
Lightsail keeps in us-east-1, and its plans are listed there, wherever the origin is.

Worked number: a distribution with 50 GB included is $2.50 a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE
from frugal.price_list.meter import Meter
from frugal.services.lightsail import OFFER
from frugal.services.resource import Declared, NoPrice, Resource, Told
from frugal.services.service import Example, Service, Unsaid, Usage

#: By the transfer a plan includes, in GB.
PLAN_FEES = {
    gb: Meter(
        offer=OFFER,
        name=f"Lightsail CDN bundle subscription fee up to {gb}GB",
        unit="plan-month",
        listed_in="us-east-1",
    )
    for gb in ("50", "200", "500")
}


#: Id of a plan -> the transfer it includes (what GetDistributionBundles of the API names).
_BUNDLES = {"small_1_0": "50", "medium_1_0": "200", "large_1_0": "500"}


class LightsailDistributionInputs(Value, frozen=True, kw_only=True):
    """Distributions of one plan, named by the transfer it includes."""

    plan_transfer_gb: Literal["50", "200", "500"] = "50"
    distributions: Decimal = ONE


class LightsailDistribution(Service):
    id = "lightsail_distribution"
    name = "Amazon Lightsail distribution"
    category = "Networking"
    offer = OFFER
    known_as = ("lightsail_cdn",)
    inputs = LightsailDistributionInputs
    examples = (Example(quantities=((PLAN_FEES["50"], ONE),), cost=Decimal("2.50")),)

    resource_types = (
        "AWS::Lightsail::Distribution",
        "aws_lightsail_distribution",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        bundle = resource.known_text("bundle_id") or ""
        if bundle not in _BUNDLES:
            yield NoPrice(f"the plan `{bundle[:40]}` has no price in the list")
        else:
            yield Declared({"plan_transfer_gb": _BUNDLES[bundle]})

    def used(self, inputs: LightsailDistributionInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield Usage(PLAN_FEES[inputs.plan_transfer_gb], inputs.distributions, "the plan's fee")


SERVICE = LightsailDistribution()
