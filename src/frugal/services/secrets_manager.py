"""AWS Secrets Manager.

Billed per secret and month, and per 10,000 API calls. What it adds over Parameter Store is managed
rotation, which no payout partner here supports, and replication.

Worked number (us-east-1): two secrets are $0.80 a month before a single call.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.graph import Link, Role, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Example,
    Habit,
    Hidden,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    WorstUse,
    margin,
    metered,
    served_by,
)
from frugal.services.worst_day import DAY_SECONDS
from frugal.services.worst_out import reads

SECRETS = Meter(
    offer="AWSSecretsManager",
    usage_type="AWSSecretsManager-Secrets",
    name="Secret",
    unit="secret-month",
)
REQUESTS = Meter(
    offer="AWSSecretsManager",
    usage_type="AWSSecretsManagerAPIRequest",
    name="API Request",
    unit="request",
)


class SecretsManagerInputs(Value, frozen=True, kw_only=True):
    """Secrets, and what reads them."""

    secrets: Said = None  #: kept the whole month
    requests: Decimal = Decimal(0)  #: API calls a month


class SecretsManager(Service):
    id = "secrets_manager"
    name = "AWS Secrets Manager"
    category = "Security, Identity, and Compliance"
    offer = "AWSSecretsManager"
    examples = (Example(quantities=((SECRETS, Decimal(2)),), cost=Decimal("0.80")),)

    inputs = SecretsManagerInputs

    resource_types = (
        "AWS::SecretsManager::Secret",
        "aws_secretsmanager_secret",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        yield Declared({"secrets": Decimal(1)}, needs=("requests",))

    def used(self, inputs: SecretsManagerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield metered(SECRETS, inputs.secrets, "kept the whole month", needs="secrets")
        if inputs.requests:
            yield Usage(REQUESTS, inputs.requests, "one a call")

    def usage(self, part: Part) -> Iterable[Usage]:
        count = part.number("count")
        yield Usage(SECRETS, count, "secrets kept the whole month")
        yield Usage(REQUESTS, part.per_month_in(Verb.READS) * count, "one call a read")

    def limits(self, part: Part) -> Iterable[Margin]:
        yield margin(
            part,
            "secret-size",
            "bytes of the largest secret (a key pair and an address)",
            part.number("bytes_max"),
            limit("secretsmanager-secret-size-bytes"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.READS:
            yield Statement(
                actions=("secretsmanager:GetSecretValue",),
                resource="arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:payouts/*",
            )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        quota = limit("secretsmanager-getsecretvalue-tps").number
        for attack in Attack:
            most = reads(part, guards, attack, days, quota)
            asked = min(most.amount * part.number("count"), quota * days * DAY_SECONDS)
            yield WorstUse(attack, REQUESTS, asked, most.why, most.stoppable)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Secrets", value=str(part.placement["count"]))
        yield Row(name="Rotation", value="by hand: no managed rotation exists for a partner's key")

    def encryption(self, part: Part) -> str:
        return "the AWS-managed key aws/secretsmanager"

    def habits(self, part: Part) -> Iterable[Habit]:
        yield Habit(
            item="Parameter Store instead of Secrets Manager",
            applied=False,
            why="this design keeps its secrets in Secrets Manager, paid by the secret and month",
            otherwise=served_by(part.placement, "parameter_store"),
        )

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        for part in parts:
            placement = part.placement
            if placement.role is not Role.SECRET:
                continue
            yield Hidden(
                topic="keys",
                what=f"Secrets Manager, {placement['count']} secrets",
                parts=(served_by(placement, self.id),),
                comes_with="a template that keeps every secret there",
                avoided_by="Parameter Store keeps them encrypted for the price of the decryption",
                paid_by=self.paying(parts),
            )


SERVICE = SecretsManager()
