"""AWS Systems Manager Parameter Store, standard parameters, SecureString.

Standard parameters carry no charge for storage or for calls at the default throughput; what is
billed is KMS, one Decrypt for each read of a SecureString under the AWS-managed key, which itself
costs nothing a month.

Worked number (us-east-1, allowance off): 1,000 reads are 1,000 KMS requests at $0.000003 =
$0.003000.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.graph import Link, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.kms import REQUESTS as KMS_REQUESTS
from frugal.services.resource import Declared, NoCharge, Resource, Told
from frugal.services.service import (
    Example,
    Failure,
    Habit,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Usage,
    WorstUse,
    margin,
    served_by,
)
from frugal.services.worst_out import reads

#: AWS's list leaves the unit blank; its size ($0.05 for 730) says parameter-hour.
ADVANCED = Meter(offer="AWSSystemsManager", name="Advanced Parameter", unit="parameter-hour")
ADVANCED_REQUESTS = Meter(
    offer="AWSSystemsManager",
    name="Advanced Parameter Standard Throughput per API Request",
    unit="request",
)
HIGHER_THROUGHPUT = Meter(
    offer="AWSSystemsManager",
    name="Parameter Higher Throughputper API Request",
    unit="request",
)


STANDARD_SOURCE = "https://aws.amazon.com/systems-manager/pricing/"


class ParameterStoreInputs(Value, frozen=True, kw_only=True):
    """Parameters. Standard ones carry no charge of their own."""

    secure_string_reads: Said = None  #: each is one KMS request
    advanced_parameters: Said = None  #: kept the whole month
    advanced_requests: Said = None  #: API calls on advanced parameters
    higher_throughput_requests: Said = None  #: API calls with higher throughput switched on


class ParameterStore(Service):
    id = "parameter_store"
    name = "AWS Systems Manager Parameter Store"
    category = "Management and Governance"
    offer = "AWSSystemsManager"
    known_as = ("ssm",)
    examples = (Example(quantities=((KMS_REQUESTS, Decimal(1000)),), cost=Decimal("0.003000")),)

    inputs = ParameterStoreInputs

    resource_types = (
        "AWS::SSM::Parameter",
        "aws_ssm_parameter",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        advanced = resource.known_text("tier") == "Advanced"
        secure = resource.known_text("type") == "SecureString"
        if not advanced and not secure and resource.known_text("tier") != "Intelligent-Tiering":
            yield NoCharge("a standard parameter is not billed", STANDARD_SOURCE)
            return
        needs = (
            *(("advanced_requests",) if advanced else ()),
            *(("secure_string_reads",) if secure else ()),
        )
        yield Declared({"advanced_parameters": Decimal(1) if advanced else None}, needs=needs)

    def used(self, inputs: ParameterStoreInputs, hours: Decimal) -> Iterable[Usage]:
        for meter, amount, each, why in (
            (KMS_REQUESTS, inputs.secure_string_reads, Decimal(1), "one KMS Decrypt a read"),
            (ADVANCED, inputs.advanced_parameters, hours, "advanced parameters x hours"),
            (ADVANCED_REQUESTS, inputs.advanced_requests, Decimal(1), "one a call"),
            (HIGHER_THROUGHPUT, inputs.higher_throughput_requests, Decimal(1), "one a call"),
        ):
            if amount is not None:
                yield Usage(meter, amount * each, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        yield Usage(
            KMS_REQUESTS,
            part.per_month_in(Verb.READS) * part.number("count"),
            "one KMS Decrypt a read of a SecureString; standard parameters themselves are free of "
            "charge",
        )

    def limits(self, part: Part) -> Iterable[Margin]:
        yield margin(
            part,
            "parameter-count",
            "standard parameters of this design",
            part.number("count"),
            limit("ssm-parameters-standard-max"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.READS:
            yield Statement(
                actions=("ssm:GetParameters",),
                resource="arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/payouts/*",
            )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a credential is rotated while runs are under way",
            effect="the partner answers 401",
            mitigation="401 is not a decline: the breaker opens, the credential is read again, the "
            "same key is sent later",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        quota = limit("ssm-get-tps-default").number
        for attack in Attack:
            most = reads(part, guards, attack, days, quota)
            asked = most.amount * part.number("count")
            yield WorstUse(attack, KMS_REQUESTS, asked, most.why, most.stoppable)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Type", value="SecureString, standard tier, key aws/ssm")
        yield Row(
            name="Rotation",
            value="by hand, runbook step; two versions are kept while the partner changes over",
            why="no managed rotation exists for a partner's key",
        )

    def encryption(self, part: Part) -> str:
        return "SecureString under the AWS-managed key aws/ssm"

    def habits(self, part: Part) -> Iterable[Habit]:
        yield Habit(
            item="Parameter Store instead of Secrets Manager",
            applied=True,
            why="the same encryption and permissions; managed rotation, which the other adds, does "
            "not exist for a partner's key",
            otherwise=served_by(part.placement, "secrets_manager"),
        )


SERVICE = ParameterStore()
