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
from frugal.model.behaviour import Queue
from frugal.model.brief import Value
from frugal.model.curve import ZERO, Amount, ceiling
from frugal.model.graph import Link, Role, Verb
from frugal.model.load import SECONDS_PER_MONTH
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import NOT_EMPTY, QUARTER, oldest_message
from frugal.services.in_time import ours, setting, twice
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
    WorstUse,
    margin,
    steps,
    whole,
)
from frugal.services.worst_day import DAY_SECONDS, many, receives, runs_most, sent
from frugal.services.worst_out import delivered

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
_NO_END = "sqs-standard-throughput"


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
                rule=NOT_EMPTY,
                why="a run or a message was given up on; its payout waits for a person",
                guards_money=True,
            )
            return
        yield Alarm(
            id=f"{part.id}-age",
            metric="AWS/SQS/ApproximateAgeOfOldestMessage",
            rule=oldest_message(part),
            says=QUARTER,
            why="messages wait longer than a drain may take",
            guards_money=True,
        )

    def behaviour(self, part: Part) -> Queue:
        if part.placement.role is Role.DEAD_LETTER:
            kept = limit("sqs-retention-max-seconds")
            return Queue(
                visibility_seconds=limit("sqs-visibility-default-seconds").number_fact,
                receives_most=None,
                retention_seconds=kept.number_fact,
                batch=ours(1, "nothing polls it: a person looks"),
                window_seconds=ours(0, "nothing polls it: a person looks"),
                concurrency_most=ours(0, "nothing polls it: a person looks"),
                twice_share=twice("sqs-standard-at-least-once"),
            )
        dead_lettered = any(True for _ in part.outgoing(Verb.DEAD_LETTERS))
        return Queue(
            visibility_seconds=setting(part, "visibility_seconds"),
            receives_most=setting(part, "max_receive_count") if dead_lettered else None,
            retention_seconds=limit("sqs-retention-default-seconds").number_fact,
            batch=setting(part, "batch_size"),
            window_seconds=setting(part, "batch_window_seconds"),
            concurrency_most=setting(part, "max_concurrency"),
            twice_share=twice("lambda-esm-at-least-once"),
            fifo=bool(part.placement.get("fifo")),
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

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        meter = FIFO if part.placement.get("fifo") else STANDARD
        for attack in Attack:
            if part.placement.role is Role.DEAD_LETTER:
                given_up = self._given_up(part, guards, attack, days)
                if given_up:
                    yield WorstUse(attack, meter, given_up, "every run and every message given up")
                continue
            put = sent(part, guards, attack, days)
            if put is None:
                why = "a program in a loop sends, and a queue takes a nearly unlimited number"
                yield WorstUse(attack, meter, None, f"{why} ({limit(_NO_END).source})")
                continue
            kib = max((link.request_kib for link in part.incoming(Verb.SENDS)), default=Decimal(1))
            asked, why = self._asked(part, guards, attack, days)
            total = put * steps(kib, CHUNK_KIB) + asked
            yield WorstUse(attack, meter, total, f"{many(put)} sends; {why}")

    def _asked(
        self, part: Part, guards: Guards, attack: Attack, days: Decimal
    ) -> tuple[Decimal, str]:
        """Return the receives and deletes of the pollers, ten messages a request at most."""
        window = days * DAY_SECONDS
        pollers = max(limit("lambda-sqs-poller-start").number, part.number("max_concurrency"))
        idle = pollers * window / limit("sqs-long-poll-max-seconds").number
        if attack is Attack.UNAUTHENTICATED:
            return idle, "empty polls"
        # a poller hands its batch over synchronously, so it receives no faster than runs begin
        batches = pollers * limit("lambda-requests-per-environment").number * window
        received = receives(part, guards, attack, days)
        if received is not None:
            batches = min(batches, received)
        each = steps(part.number("batch_size"), limit("sqs-batch-max-messages").number)
        return batches * each * 2 + idle, f"{many(batches)} batches received and deleted"

    def _dead(self, queue: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal:
        """Return the messages received too often: each but once, where their number is known."""
        kept = limit("sqs-retention-default-seconds").number / DAY_SECONDS
        messages = sent(queue, guards, attack, days + kept)
        batches, _ = self._asked(queue, guards, attack, days)
        received = batches * queue.number("batch_size")
        return received if messages is None else min(messages, received)

    def _given_up(self, part: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal:
        total = Decimal(0)
        for link in part.incoming(Verb.DEAD_LETTERS):
            source = part.other(link.source)
            if source.placement.service == self.id:
                total += self._dead(source, guards, attack, days)
                continue
            if source.placement.role is Role.BUS:
                total += delivered(source, days)
                continue
            runs = runs_most(source, guards, attack, days)
            total += runs.runs if runs is not None else Decimal(0)
        return total

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
