"""AWS Key Management Service.

Billed per customer managed key and month, and per request. AWS-managed keys (aws/ssm,
aws/secretsmanager) have no monthly charge; their requests count. The first 20,000 requests a month
are free for every account, all Regions together.

Worked number (us-east-1): one customer managed key is $1.00 a month; with 10,000 requests at
$0.000003 it is $1.030000.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.graph import Role, placed
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Allowance,
    Example,
    Hidden,
    Part,
    Row,
    Said,
    Service,
    Usage,
)

#: AWS's list names three kinds of request; only this name fits an ordinary, symmetric one.
REQUESTS = Meter(offer="awskms", name="API request - Non Free Tier", unit="request")
KEYS = Meter(offer="awskms", name="Encryption Key", unit="key-month")


ASYMMETRIC = Meter(offer="awskms", name="Asymmetric Requests except RSA_2048API", unit="request")
RSA_2048 = Meter(offer="awskms", name="Asymmetric Requests RSA_2048", unit="request")


class KeyManagementInputs(Value, frozen=True, kw_only=True):
    """Customer managed keys, and requests under any key."""

    keys: Said = None  #: customer managed, kept the whole month
    requests: Said = None  #: symmetric requests a month
    rsa_2048_requests: Said = None
    asymmetric_requests: Said = None  #: other than RSA 2048


class KeyManagement(Service):
    id = "kms"
    name = "AWS Key Management Service"
    category = "Security, Identity, and Compliance"
    offer = "awskms"
    allowances = (
        Allowance(
            id="kms-requests",
            quantity=Decimal(20_000),
            meters=(REQUESTS,),
            source="https://aws.amazon.com/kms/pricing/",
        ),
    )

    examples = (
        Example(
            quantities=((KEYS, Decimal(1)), (REQUESTS, Decimal(10_000))), cost=Decimal("1.030000")
        ),
    )

    inputs = KeyManagementInputs

    resource_types = (
        "AWS::KMS::Key",
        "aws_kms_key",
        "AWS::KMS::ReplicaKey",
        "aws_kms_replica_key",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({"keys": Decimal(1)}, needs=("requests",))

    def used(self, inputs: KeyManagementInputs, hours: Decimal) -> Iterable[Usage]:
        for meter, amount, why in (
            (KEYS, inputs.keys, "kept the whole month"),
            (REQUESTS, inputs.requests, "symmetric"),
            (RSA_2048, inputs.rsa_2048_requests, "RSA 2048"),
            (ASYMMETRIC, inputs.asymmetric_requests, "asymmetric, not RSA 2048"),
        ):
            if amount is not None:
                yield Usage(meter, amount, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(KEYS, part.number("keys"), "customer managed keys")

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Keys", value=str(part.placement["keys"]), why="customer managed")

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        yield Hidden(
            topic="keys",
            what="Customer managed key",
            parts=(placed("customer-key", Role.SECRET, self.id, keys=1),),
            comes_with="a rule that says customer managed, or a template that makes one",
            avoided_by="AWS-managed keys encrypt the same and cost nothing a month; nothing stated "
            "asks for a key of your own",
            paid_by=self.paying(parts),
        )


SERVICE = KeyManagement()
