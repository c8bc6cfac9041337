"""Amazon SQS.

Billed per request: each API call is one request for every 64 KB of it, batches of ten count once.
A message that is sent, received and deleted is three requests; long polls that come back empty are
requests too, and a Lambda event source polls for ever: two idle pollers of 20 s are 262,800
requests a month before the first message. One million requests a month are free, standard and FIFO
together.

Worked number (us-east-1, allowance off): 6,083 messages sent one by one are 6,083 requests at
$0.0000004 = $0.0024332; two idle pollers make 262,800 more, $0.1075532 in all.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount, ceiling
from frugal.model.graph import Link, Role, Verb
from frugal.model.load import SECONDS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.resource import Declared, Resource, Told
from frugal.services.service import (
    Alarm,
    Allowance,
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
    steps,
    whole,
)

STANDARD = Meter(
    offer="AWSQueueService",
    usage_type="Requests-RBP",
    name="Standard per Requests",
    unit="request",
)
FIFO = Meter(
    offer="AWSQueueService",
    usage_type="Requests-FIFO-RBP",
    name="FIFO first-in first-out per Requests",
    unit="request",
)
CHUNK_KIB = Decimal(64)


#: What a message with a group id on a standard queue costs on top ("fair queues").
FAIR = Meter(offer="AWSQueueService", usage_type="Requests-Fair-RBP", unit="request")


class SQSInputs(Value, frozen=True, kw_only=True):
    """Queues of one kind: their API requests, or the messages that go through them."""

    queue: Literal["standard", "fifo", "fair"] = "standard"
    requests: Said = None  #: API requests a month, whatever they do
    request_kb: Decimal = Decimal(1)  #: size of one request; each 64 KB is billed as one
    messages: Said = None  #: messages a month, each sent, received and deleted
    message_kb: Decimal = Decimal(1)  #: size of one message
    batch_size: Decimal = Decimal(1)  #: messages a request carries, 1 to 10
    empty_receives: Decimal = ZERO  #: receives that bring nothing


class SQS(Service):
    id = "sqs"
    name = "Amazon SQS"
    category = "Integration"
    offer = "AWSQueueService"
    allowances = (
        Allowance(
            id="sqs-requests",
            quantity=Decimal(1_000_000),
            meters=(STANDARD, FIFO),
            source="https://aws.amazon.com/sqs/pricing/",
        ),
    )

    examples = (
        Example(quantities=((STANDARD, Decimal(6083 + 262_800)),), cost=Decimal("0.1075532")),
    )

    inputs = SQSInputs

    resource_types = (
        "AWS::SQS::Queue",
        "aws_sqs_queue",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        fifo = resource.known_flag("fifo_queue")
        yield Declared({"queue": "fifo" if fifo else "standard"})

    def used(self, inputs: SQSInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        meter = FIFO if inputs.queue == "fifo" else STANDARD
        if inputs.requests is None and inputs.messages is None and not inputs.empty_receives:
            yield Unsaid(meter, "requests, or messages")
            return
        direct = (inputs.requests or ZERO) * steps(inputs.request_kb, CHUNK_KIB)
        together = max(inputs.batch_size, Decimal(1))
        batches = whole((inputs.messages or ZERO) / together)
        chunks = steps(inputs.message_kb * together, CHUNK_KIB)
        through = batches * (chunks * 2 + 1)
        total = direct + through + inputs.empty_receives
        why = "each 64 KB of a request as one"
        if inputs.messages:
            why += f"; a message is sent, received and deleted, {together} a request"
        yield Usage(meter, total, why)
        if inputs.queue == "fair":
            yield Usage(FAIR, total, "on top, for messages with a group id")

    def usage(self, part: Part) -> Iterable[Usage]:
        meter = FIFO if part.placement.get("fifo") else STANDARD
        for link in part.incoming(Verb.SENDS, Verb.DEAD_LETTERS):
            together = part.placement.get("send_batch", 1)
            assert isinstance(together, int)
            chunks = ceiling(max(link.request_kib * together, Decimal(1)) / CHUNK_KIB)
            yield Usage(
                meter,
                link.per_month * chunks / together,
                f"messages sent, {together} a request, each 64 KB a request",
            )
        for link in part.outgoing(Verb.POLLS):
            batch = part.number("batch_size")
            yield Usage(
                meter, link.per_month * 2, f"a receive and a delete for each batch of {batch}"
            )
            yield Usage(meter, self._idle_polls(part), "empty long polls of idle pollers")

    def _idle_polls(self, part: Part) -> Amount:
        pollers = limit("lambda-sqs-poller-idle").number
        return pollers * SECONDS_PER_MONTH / limit("sqs-long-poll-max-seconds").number

    def limits(self, part: Part) -> Iterable[Margin]:
        for link in part.incoming(Verb.SENDS):
            yield margin(
                part,
                "message-size",
                "bytes of one message",
                link.request_kib * 1024,
                limit("sqs-message-size-max-bytes"),
            )
        for link in part.outgoing(Verb.POLLS):
            yield from self._throughput(part)
            function = part.other(link.target)
            timeout = function.number("timeout_seconds")
            multiple = limit("lambda-sqs-visibility-multiple")
            yield Margin(
                check="visibility-time-out",
                placement=part.id,
                what="seconds of visibility needed: six times the function's time-out and the "
                "batch window",
                used=timeout * multiple.number + part.number("batch_window_seconds"),
                limit=part.number("visibility_seconds"),
                unit="seconds",
                source=multiple.source,
                remedy="a longer visibility time-out",
            )
            floor = limit("lambda-sqs-max-receive-count-min")
            yield Margin(
                check="receive-count",
                placement=part.id,
                what="receives a message needs before it may be dead-lettered",
                used=floor.number,
                limit=part.number("max_receive_count"),
                unit="receives",
                source=floor.source,
                remedy="a higher maxReceiveCount",
            )

    def _throughput(self, part: Part) -> Iterable[Margin]:
        batch, fifo = part.number("batch_size"), bool(part.placement.get("fifo"))
        size = "lambda-sqs-batch-size-max-fifo" if fifo else "lambda-sqs-batch-size-max-standard"
        yield margin(part, "batch-size", "messages a batch", batch, limit(size))
        message = max((link.request_kib for link in part.incoming(Verb.SENDS)), default=Decimal(1))
        yield margin(
            part,
            "batch-payload",
            "MB a batch hands to the function, every message at its size",
            batch * message / 1024,
            limit("lambda-payload-sync-mb"),
            remedy="smaller batches",
        )
        in_flight = "sqs-inflight-fifo" if fifo else "sqs-inflight-standard"
        yield margin(
            part,
            "messages-in-flight",
            "messages taken and not yet deleted, every function busy",
            part.number("max_concurrency") * batch,
            limit(in_flight),
            remedy="smaller batches, or less concurrency",
        )
        if fifo:
            yield margin(
                part,
                "fifo-throughput",
                "messages sent a second at the peak, one by one",
                part.load.payouts_per_second_peak,
                limit("sqs-fifo-tps"),
                remedy="a standard queue: the ledger keeps the order that matters",
            )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        arn = f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{part.id}"
        if link.verb in (Verb.SENDS, Verb.DEAD_LETTERS):
            yield Statement(actions=("sqs:SendMessage",), resource=arn)

    def alarms(self, part: Part) -> Iterable[Alarm]:
        if part.placement.role is Role.DEAD_LETTER:
            yield Alarm(
                id=f"{part.id}-not-empty",
                metric="AWS/SQS/ApproximateNumberOfMessagesVisible",
                threshold=">= 1",
                period_seconds=300,
                why="a run or a message was given up on; its payout waits for a person",
                guards_money=True,
            )
            return
        yield Alarm(
            id=f"{part.id}-age",
            metric="AWS/SQS/ApproximateAgeOfOldestMessage",
            threshold="> a quarter of the promised time",
            period_seconds=300,
            why="messages wait longer than a drain may take",
            guards_money=True,
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        if part.placement.role is Role.DEAD_LETTER:
            return
        yield Failure(
            what="a message is delivered twice, or again after a partial failure",
            effect="the same payout is asked for twice",
            mitigation="the message carries only the payout's id; the ledger's lease and stored "
            "key decide what is sent",
        )
        yield Failure(
            what="a poison message",
            effect="it is received again and again",
            mitigation="partial batch responses, then the dead-letter queue with its alarm; replay "
            "after 24 hours looks up, it never sends",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        get = part.placement.get
        kind = "FIFO" if get("fifo") else "standard"
        yield Row(name="Type", value=kind)
        if part.placement.role is Role.DEAD_LETTER:
            yield Row(name="Retention", value="14 days", why="the longest SQS keeps a message")
            return
        yield Row(
            name="Visibility time-out",
            value=f"{get('visibility_seconds')} s",
            why="six times the function's time-out, and the batch window",
        )
        yield Row(name="maxReceiveCount", value=str(get("max_receive_count")))
        yield Row(name="Batch size", value=str(get("batch_size")))
        yield Row(
            name="MaximumConcurrency",
            value=str(get("max_concurrency")),
            why="caps the calls on the partner without taking concurrency from other functions",
        )

    def encryption(self, part: Part) -> str:
        return "SSE-SQS (AWS-owned key); messages carry ids, no account data"


SERVICE = SQS()
