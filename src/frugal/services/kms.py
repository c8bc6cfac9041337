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

from frugal.model.graph import Role, placed
from frugal.price_list.meter import Meter
from frugal.services.service import Allowance, Example, Hidden, Part, Row, Service, Usage

#: AWS's list names three kinds of request; only this name fits an ordinary, symmetric one.
REQUESTS = Meter(offer="awskms", name="API request - Non Free Tier", unit="request")
KEYS = Meter(offer="awskms", name="Encryption Key", unit="key-month")


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
