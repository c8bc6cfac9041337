"""Amazon Lightsail object storage: a bucket with a plan.

Billed by the month for a plan that includes storage and transfer, and per GB beyond either. The
price list holds the rates beyond a plan but not the plans' own fees, and no page of AWS's that we
hold states them: so the fee comes out unpriced and a bucket's total is a lower bound.

Worked number (us-east-1): 10 GB kept beyond the plan at $0.023 and 5 GB sent beyond it at $0.09 are
$0.68, the plan's fee not among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.price_list.meter import Meter
from frugal.services.lightsail import OFFER, bucket_meter
from frugal.services.resource import Declared, NoPrice, Resource, Told
from frugal.services.service import Example, Service, Unsaid, Usage

#: By the storage a plan includes, in GB.
OVER_STORAGE = {
    gb: Meter(
        offer=OFFER,
        name=f"Lightsail Overages Storage{gb}GB-Storage-Overage per GB-Mo",
        unit="GB-month",
    )
    for gb in ("5", "100", "250")
}
#: The same three plans by the transfer they include, which is how the list names these rows.
OVER_TRANSFER = {
    gb: Meter(offer=OFFER, name=f"Storage {sent}GB Data Transfer Outbound to Global", unit="GB")
    for gb, sent in (("5", "25"), ("100", "250"), ("250", "500"))
}


#: Id of a plan -> the storage it includes (what GetBucketBundles of Lightsail's API names).
_BUNDLES = {"small_1_0": "5", "medium_1_0": "100", "large_1_0": "250"}


class LightsailBucketInputs(Value, frozen=True, kw_only=True):
    """Buckets of one plan, named by the storage it includes; all amounts are beyond the plan."""

    plan_storage_gb: Literal["5", "100", "250"] = "5"
    buckets: Decimal = ONE
    storage_over_gb: Decimal = ZERO
    transfer_over_gb: Decimal = ZERO


class LightsailBucket(Service):
    id = "lightsail_bucket"
    name = "Amazon Lightsail object storage"
    category = "Storage"
    offer = OFFER
    known_as = ("lightsail_object_storage",)
    inputs = LightsailBucketInputs
    examples = (
        Example(
            quantities=((OVER_STORAGE["5"], Decimal(10)), (OVER_TRANSFER["5"], Decimal(5))),
            cost=Decimal("0.68"),
        ),
    )

    resource_types = (
        "AWS::Lightsail::Bucket",
        "aws_lightsail_bucket",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        bundle = resource.known_text("bundle_id") or ""
        if bundle not in _BUNDLES:
            yield NoPrice(f"the plan `{bundle[:40]}` has no price in the list")
        else:
            yield Declared({"plan_storage_gb": _BUNDLES[bundle]})

    def used(self, inputs: LightsailBucketInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        plan = inputs.plan_storage_gb
        yield Usage(bucket_meter(), inputs.buckets, "the plan's fee")
        if inputs.storage_over_gb:
            yield Usage(OVER_STORAGE[plan], inputs.storage_over_gb, "kept beyond the plan")
        if inputs.transfer_over_gb:
            yield Usage(OVER_TRANSFER[plan], inputs.transfer_over_gb, "sent beyond the plan")


SERVICE = LightsailBucket()
