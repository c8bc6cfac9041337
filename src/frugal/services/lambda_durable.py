"""AWS Lambda durable functions: a function that waits without being billed for the wait.

Billed per durable operation (the execution 1, a step 1 and its retries, a wait 1), per GB written
and per GB-month kept of what is checkpointed, beside the function's own compute. A wait may last a
year, so the partner's 25 to 30 minutes fit. Lambda does not retry a failed durable execution.

The price of an operation is known second hand, for us-east-1; of data written and kept we found
none. What has no price is yielded all the same, so that the whole is shown as unpriced, not as
cheap.

Worked number (us-east-1, operations alone): 6,083 payouts of 2 operations are 12,166 at $0.000008 =
$0.097328.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.graph import Link, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ONE_ERROR
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    margin,
    metered,
)

OFFER = "AWSLambda"
OPERATIONS = Meter(
    offer=OFFER,
    documented_item="Lambda durable functions, durable operations",
    unit="per operation",
)
#: Not in any list we hold: looked up all the same, so that the part is reported as unpriced.
WRITTEN = Meter(offer=OFFER, documented_item="Lambda durable functions, data written", unit="GB")
#: What one step checkpoints. Assumed.
CHECKPOINT_KIB = Decimal(1)


class LambdaDurableInputs(Value, frozen=True, kw_only=True):
    """Durable operations; the function's own requests and time are ``aws_lambda``."""

    operations: Said = None  #: executions, steps with their retries, and waits
    written_gb: Said = None  #: GB checkpointed: unpriced


class LambdaDurable(Service):
    id = "lambda_durable"
    name = "AWS Lambda durable functions"
    category = "Compute"
    offer = OFFER
    known_as = ("durable_functions",)
    examples = (Example(quantities=((OPERATIONS, Decimal(12_166)),), cost=Decimal("0.097328")),)

    inputs = LambdaDurableInputs

    def used(self, inputs: LambdaDurableInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield metered(OPERATIONS, inputs.operations, "one each", needs="operations")
        yield metered(WRITTEN, inputs.written_gb, "checkpointed", needs="written_gb")

    def usage(self, part: Part) -> Iterable[Usage]:
        starts = part.per_month_in(Verb.INVOKES_ASYNC)
        for link in part.outgoing(Verb.INVOKES):
            yield Usage(
                OPERATIONS,
                link.per_month * 2,
                "the execution and its send; a wait and a step each look-up",
            )
            yield Usage(
                WRITTEN,
                (link.per_month + starts) * (CHECKPOINT_KIB / KIB_PER_GIB),
                "data written at each checkpoint",
            )

    def limits(self, part: Part) -> Iterable[Margin]:
        load = part.load
        yield margin(
            part,
            "start-rate",
            "executions started a second at the peak",
            load.payouts_per_second_peak,
            limit("lambda-durable-start-tps"),
            remedy="a queue and a ledger",
        )
        yield margin(
            part,
            "durable-operations",
            "operations of one execution that is looked up as often as allowed",
            load.lookups_per_inconclusive * 2 + 2,
            limit("lambda-durable-operations-max"),
        )
        yield margin(
            part,
            "open-executions",
            "executions open at once, if every payout were inconclusive",
            load.payouts_per_second_peak * (part.brief.partner.resolution_minutes.value * 60),
            limit("lambda-durable-running-max"),
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.INVOKES_ASYNC:
            for started in part.outgoing(Verb.INVOKES):
                yield Statement(
                    actions=("lambda:InvokeFunction",),
                    resource="arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:"
                    f"function:{started.target}",
                )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-dead-letters",
            metric="AWS/Lambda/DeadLetterErrors",
            rule=ONE_ERROR,
            why="a failed execution is not retried by Lambda; its payout waits",
            guards_money=True,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a step is replayed after its answer was lost",
            effect="the send may run again",
            mitigation="the key was stored before the first send; an open attempt is looked up",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Runtimes", value=limit("lambda-durable-runtimes").value)
        yield Row(name="Retry of an execution", value=limit("lambda-durable-no-auto-retry").value)

    def encryption(self, part: Part) -> str:
        return "AWS-owned key; checkpoints carry ids only"


SERVICE = LambdaDurable()
