"""Amazon CloudFront flat-rate plans.

Billed by the distribution and month, whatever passes within the plan's allowance; there is no
charge beyond it. What CloudFront bills by request and GB instead is not reckoned here.

The plans' prices are documented ones, since 2025-11-18; no offer of the price list holds them.

Worked number (every Region): two distributions on the Pro plan are $30.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.price_list.meter import Meter
from frugal.services.service import Example, Service, Usage

OFFER = "CloudFrontPlans"
_LAUNCHED = "(launched 2025-11-18), allowance"
PLANS = {
    plan: Meter(
        offer=OFFER,
        documented_item=f"CloudFront flat-rate plan {plan.title()} {_LAUNCHED} {allowance}, "
        "no overage charge",
        unit="distribution-month",
    )
    for plan, allowance in (
        ("free", "100 GB, 1M requests"),
        ("pro", "50 TB, 10M requests"),
        ("business", "50 TB, 125M requests"),
        ("premium", "50 TB, 500M requests"),
    )
}


class CloudFrontPlanInputs(Value, frozen=True, kw_only=True):
    """Distributions on one plan."""

    plan: Literal["free", "pro", "business", "premium"]
    distributions: Decimal = Decimal(1)


class CloudFrontPlan(Service):
    id = "cloudfront_plan"
    name = "Amazon CloudFront flat-rate plan"
    category = "Networking"
    offer = OFFER
    inputs = CloudFrontPlanInputs
    examples = (Example(quantities=((PLANS["pro"], Decimal(2)),), cost=Decimal("30")),)

    def used(self, inputs: CloudFrontPlanInputs, hours: Decimal) -> Iterable[Usage]:
        yield Usage(PLANS[inputs.plan], inputs.distributions, f"the {inputs.plan} plan, each")


SERVICE = CloudFrontPlan()
