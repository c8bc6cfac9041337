"""Amazon SNS: how an alarm reaches a person.

Billed per publish and per e-mail delivered; a million publishes and a thousand e-mails a month are
a $0 first band of the same SKUs. An alarm that is not subscribed to wakes nobody, so the topic and
its subscription belong to the design.

Worked number (us-east-1, allowances off): 20 notices are 20 publishes at $0.0000005 and 20 e-mails
at $0.00002, together $0.000410.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.load import KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.cloudwatch_alarms import SERVICE as CLOUDWATCH_ALARMS
from frugal.services.resource import Declared, NoPrice, Resource, Told
from frugal.services.service import (
    Example,
    Failure,
    Part,
    Row,
    Said,
    Service,
    Usage,
    WorstUse,
    steps,
)
from frugal.services.worst_day import DAY_SECONDS, many

OFFER = "AmazonSNS"
PUBLISHES = Meter(
    offer=OFFER, usage_type="Requests-Tier1", name="Amazon SNS API Requests", unit="request"
)
EMAILS = Meter(
    offer=OFFER,
    usage_type="DeliveryAttempts-SMTP",
    name="SNS Email and Email JSON Notifications",
    unit="notification",
)


HTTP = Meter(
    offer=OFFER, usage_type="DeliveryAttempts-HTTP", name="HTTP Notifications", unit="notification"
)
TO_SQS = Meter(
    offer=OFFER,
    usage_type="DeliveryAttempts-SQS",
    name="Amazon SQS Notifications",
    unit="notification",
)
TO_LAMBDA = Meter(
    offer=OFFER,
    usage_type="DeliveryAttempts-LAMBDA",
    name="AWS Lambda Notifications",
    unit="notification",
)
TO_FIREHOSE = Meter(offer=OFFER, name="Amazon Kinesis Data Firehose Messages", unit="notification")
#: Every push platform has a meter of its own at one rate; this one stands for them.
PUSH = Meter(
    offer=OFFER,
    name="Apple Push Notification Service APNS iOS Notifications",
    unit="notification",
)
FIFO_PUBLISHES = Meter(
    offer=OFFER, name="Amazon SNS FIFO API Requests per Requests", unit="request"
)
FIFO_PUBLISHED = Meter(offer=OFFER, name="SNS FIFO Publish Payload per GB", unit="GB")
FIFO_DELIVERIES = Meter(
    offer=OFFER, name="Amazon SNS FIFO Subscription Messages per Messages", unit="message"
)
FIFO_DELIVERED = Meter(
    offer=OFFER, name="Amazon SNS FIFO Subscription Messages Payload per GB", unit="GB"
)
CHUNK_KIB = Decimal(64)
#: An alarm is looked at once a minute at most, so it changes its state no faster. Assumed.
CHANGE_SECONDS = Decimal(60)


def sms_meter() -> Meter:
    """Return the meter of text messages: priced by country and carrier, so no list row answers."""
    return Meter(offer=OFFER, documented_item="SMS, by country and carrier", unit="message")


_TOPICS = ("AWS::SNS::Topic", "aws_sns_topic")
#: A subscription's protocol -> the input that counts its deliveries.
_DELIVERIES = {
    "application": "mobile_push_deliveries",
    "email": "email_deliveries",
    "email-json": "email_deliveries",
    "firehose": "firehose_deliveries",
    "http": "http_deliveries",
    "https": "http_deliveries",
    "lambda": "lambda_deliveries",
    "sms": "sms_messages",
    "sqs": "sqs_deliveries",
}


#: A FIFO topic's deliveries are billed by message; what is published is the topic's own line.
_FIFO_COPY = {"topic": "fifo", "publishes": ZERO}


class SNSInputs(Value, frozen=True, kw_only=True):
    """Topics of one kind, with their deliveries by kind of subscriber."""

    topic: Literal["standard", "fifo"] = "standard"
    publishes: Said = None  #: messages published a month
    message_kb: Decimal = Decimal(1)  #: size of one; standard: each 64 KB is billed as one
    email_deliveries: Said = None
    http_deliveries: Said = None  #: to HTTP and HTTPS endpoints
    sqs_deliveries: Said = None  #: to queues
    lambda_deliveries: Said = None  #: to functions
    firehose_deliveries: Said = None
    mobile_push_deliveries: Said = None
    sms_messages: Said = None  #: unpriced: the price differs by country and carrier


class SNS(Service):
    id = "sns"
    name = "Amazon SNS"
    category = "Integration"
    offer = OFFER
    examples = (
        Example(
            quantities=((PUBLISHES, Decimal(20)), (EMAILS, Decimal(20))),
            cost=Decimal("0.000410"),
        ),
    )

    inputs = SNSInputs

    resource_types = (
        "AWS::SNS::Topic",
        "aws_sns_topic",
        "AWS::SNS::Subscription",
        "aws_sns_topic_subscription",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if "ubscription" in resource.type:
            protocol = resource.known_text("protocol") or ""
            needs = _DELIVERIES.get(protocol, "")
            topic = resource.linked(_TOPICS, "topic_arn")
            fifo = topic is not None and topic.known_flag("fifo_topic")
            if not needs:
                yield NoPrice(
                    f"deliveries by {protocol or 'an unnamed protocol'} are not priced here"
                )
            else:
                kind = {
                    "topic": "fifo" if fifo else "standard",
                    "publishes": ZERO if fifo else None,
                }
                yield Declared(kind, needs=(needs,))
            return
        fifo = resource.known_flag("fifo_topic")
        yield Declared({"topic": "fifo" if fifo else "standard"}, needs=("publishes",))
        for block in resource.blocks("subscription"):
            protocol = block.known_text("protocol") or ""
            if protocol in _DELIVERIES:
                yield Declared({}, needs=(_DELIVERIES[protocol],), part=f"{protocol} subscription")

    def used(self, inputs: SNSInputs, hours: Decimal) -> Iterable[Usage]:
        if inputs.topic == "fifo":
            yield from self._fifo(inputs)
            return
        chunks = steps(inputs.message_kb, CHUNK_KIB)
        rows = (
            (PUBLISHES, inputs.publishes, chunks, "publishes, each 64 KB as one"),
            (EMAILS, inputs.email_deliveries, ONE, "e-mails"),
            (HTTP, inputs.http_deliveries, chunks, "to HTTP endpoints, each 64 KB as one"),
            (TO_SQS, inputs.sqs_deliveries, ONE, "to queues"),
            (TO_LAMBDA, inputs.lambda_deliveries, ONE, "to functions"),
            (TO_FIREHOSE, inputs.firehose_deliveries, ONE, "to Firehose"),
            (PUSH, inputs.mobile_push_deliveries, ONE, "mobile push"),
            (sms_meter(), inputs.sms_messages, ONE, "text messages"),
        )
        for meter, amount, size, why in rows:
            if amount is not None:
                yield Usage(meter, amount * size, why)

    def _fifo(self, inputs: SNSInputs) -> Iterable[Usage]:
        gib = inputs.message_kb / KIB_PER_GIB
        if inputs.publishes is not None:
            yield Usage(FIFO_PUBLISHES, inputs.publishes, "publishes")
            yield Usage(FIFO_PUBLISHED, inputs.publishes * gib, "payload published")
        others = (
            (inputs.email_deliveries, "e-mails"),
            (inputs.http_deliveries, "to HTTP endpoints"),
            (inputs.sqs_deliveries, "to queues"),
            (inputs.lambda_deliveries, "to functions"),
            (inputs.firehose_deliveries, "to Firehose"),
            (inputs.mobile_push_deliveries, "mobile push"),
            (inputs.sms_messages, "text messages"),
        )
        for amount, why in others:
            if amount is not None:
                yield Usage(FIFO_DELIVERIES, amount, why)
                yield Usage(FIFO_DELIVERED, amount * gib, f"payload: {why}")

    def usage(self, part: Part) -> Iterable[Usage]:
        notices = part.number("notices_per_month")
        yield Usage(PUBLISHES, notices, "one publish an alarm that changes state")
        yield Usage(EMAILS, notices, "one e-mail to one person each")

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the subscription was never confirmed",
            effect="alarms fire and nobody hears them",
            mitigation="the deployment ends with a test notice that a person must acknowledge",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        alarms = sum(
            len(tuple(CLOUDWATCH_ALARMS.chosen(part.other(placement.id))))
            for placement in part.candidate.placements
            if placement.service == CLOUDWATCH_ALARMS.id
        )
        told = alarms * days * DAY_SECONDS / CHANGE_SECONDS
        for attack in Attack:
            why = f"{many(told)} changes of {alarms} alarms, one a minute each"
            yield WorstUse(attack, PUBLISHES, told, why)
            yield WorstUse(attack, EMAILS, told, why)

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Topic", value="one, with an e-mail subscription", why="alarms wake a person"
        )

    def encryption(self, part: Part) -> str:
        return "in transit only; a notice names an alarm, never a payout"


SERVICE = SNS()
