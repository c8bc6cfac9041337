"""Amazon ECR, private repositories.

Billed per GB-month of images kept, each layer once a repository; pulls inside the Region are not
billed, pulls over the internet are data transfer. Images nobody runs any more stay until a
lifecycle policy deletes them, which is how this line grows. An account of the first twelve months
has 500 MB free; that is no allowance for everybody, so it is not taken off here.

Worked number (us-east-1): 5 GB of images are 5 GB-months at $0.10 = $0.50.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import Example, Said, Service, Unsaid, Usage, metered

STORAGE = Meter(
    offer="AmazonECR",
    usage_type="TimedStorage-ByteHrs",
    name="EC2 Container Registry",
    unit="GB-month",
)


class ECRInputs(Value, frozen=True, kw_only=True):
    storage_gb: Said = None  #: of images, on average over the month


class ECR(Service):
    id = "ecr"
    name = "Amazon ECR"
    category = "Compute"
    offer = "AmazonECR"
    known_as = ("container_registry",)
    inputs = ECRInputs
    examples = (Example(quantities=((STORAGE, Decimal(5)),), cost=Decimal("0.50")),)

    resource_types = (
        "AWS::ECR::Repository",
        "aws_ecr_repository",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({})

    def used(self, inputs: ECRInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield metered(STORAGE, inputs.storage_gb, "images kept", needs="storage_gb")


SERVICE = ECR()
