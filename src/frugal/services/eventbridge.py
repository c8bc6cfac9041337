"""Amazon EventBridge: a custom event bus, its rules, and API destinations.

Billed per custom event put on a bus, one for every 64 KB of it, and per call an API destination
makes; rules and their matching are not billed. An API destination calls an HTTPS endpoint with a
stored credential, whose secret EventBridge keeps and pays for. It hangs up after 5 seconds and
tries again for 24 hours, so it is for our own endpoint, which answers 202 and works afterwards,
never for a partner's payout call.

Worked number (us-east-1): every 5 minutes is 8,760 events at $0.000001 and 8,760 calls at
$0.0000002, together $0.010512.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Bus
from frugal.model.brief import Value
from frugal.model.curve import ceiling
from frugal.model.graph import Link, Verb
from frugal.model.load import SECONDS_PER_MONTH
from frugal.model.stack import Stack
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ONE_ERROR
from frugal.services.in_time import TWICE_SHARE, ours
from frugal.services.resource import Declared, NoCharge, Resource, Told
from frugal.services.schedule_rate import firings
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
    Usage,
    WorstUse,
    margin,
    steps,
)
from frugal.services.worst_day import DAY_SECONDS, many
from frugal.services.worst_out import delivered, events_put
from payouts.facts import assumed

OFFER = "AWSEvents"
EVENTS = Meter(
    offer=OFFER,
    usage_type="Event-64K-Chunks",
    operation="PutEvents",
    name="CloudWatch Events Custom Event",
    unit="64 KiB chunk",
)
API_CALLS = Meter(offer=OFFER, name="CloudWatch Events APIDestination", unit="invocation")
SCHEDULED_RULES = Meter(
    offer=OFFER, documented_item="scheduled rule on the default bus", unit="invocation"
)
CHUNK_KIB = Decimal(64)
#: Retry policy of the rule's target: the next tick does the same work.
RETRIES = 2
RETRY_AGE_SECONDS = 300
#: From an event put on the bus to the call it makes. Assumed.
DELIVER_SECONDS = Decimal("0.5")


PARTNER_EVENTS = Meter(
    offer=OFFER,
    usage_type="Event-64K-Chunks",
    operation="ReceivedPartnerEvents",
    unit="64 KiB chunk",
)
#: To a bus of another account; straight to a target of another account.
CROSS_ACCOUNT = Meter(offer=OFFER, documented_item="cross-account delivery", unit="event")
CROSS_ACCOUNT_TARGETS = Meter(
    offer=OFFER,
    documented_item="cross-account invocations (custom; partner)",
    unit="64K chunk",
)
ARCHIVED = Meter(offer=OFFER, name="CloudWatch Events Archive Event", unit="GB")
ARCHIVE_STORED = Meter(offer=OFFER, name="CloudWatch Events Event Storage", unit="GB-month")
DISCOVERED = Meter(offer=OFFER, name="CloudWatch Events Discovery Event", unit="event")
DISCOVERY_KIB = Decimal(8)


class EventBridgeInputs(Value, frozen=True, kw_only=True):
    """Event buses; events of AWS's own services on the default bus are not billed."""

    custom_events: Said = None  #: events put on a bus in a month
    partner_events: Said = None  #: events received from a SaaS partner
    event_kb: Decimal = Decimal(1)  #: size of one event; each 64 KB is billed as one
    cross_account_events: Said = None  #: events sent on to a bus of another account
    cross_account_invocations: Said = None  #: events sent straight to another account's target
    archived_gb: Said = None  #: GB archived in the month
    archive_stored_gb: Said = None  #: GB-months in archives
    replayed_events: Said = None  #: events replayed, billed as custom events
    discovered_events: Said = None  #: events looked at by schema discovery, each 8 KB as one
    api_destination_calls: Said = None  #: calls API destinations make
    scheduled_rule_invocations: Said = None  #: runs of the older scheduled rules


class EventBridge(Service):
    id = "eventbridge"
    name = "Amazon EventBridge"
    category = "Integration"
    offer = OFFER
    known_as = ("event_bus", "api_destination")
    examples = (
        Example(
            quantities=((EVENTS, Decimal(8760)), (API_CALLS, Decimal(8760))),
            cost=Decimal("0.010512"),
        ),
    )

    inputs = EventBridgeInputs

    resource_types = (
        "AWS::Events::Rule",
        "aws_cloudwatch_event_rule",
        "AWS::Events::EventBus",
        "aws_cloudwatch_event_bus",
        "AWS::Events::ApiDestination",
        "aws_cloudwatch_event_api_destination",
        "AWS::Events::Archive",
        "aws_cloudwatch_event_archive",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        kind = resource.type.removeprefix("AWS::Events::").removeprefix("aws_cloudwatch_event_")
        if kind in ("Rule", "rule"):
            schedule = resource.known_text("schedule_expression")
            if schedule is None:
                yield NoCharge("a rule is not billed; the events of its bus are")
                return
            runs = firings(schedule, hours)
            off = resource.known_text("state") == "DISABLED" or resource.flag("is_enabled") is False
            yield Declared({"scheduled_rule_invocations": Decimal(0) if off else runs})
        elif kind in ("EventBus", "bus"):
            partner = resource.get("event_source_name") is not None
            yield Declared({}, needs=("partner_events" if partner else "custom_events",))
        elif kind in ("Archive", "archive"):
            yield Declared({}, needs=("archived_gb", "archive_stored_gb"))
        else:
            yield Declared({}, needs=("api_destination_calls",))

    def used(self, inputs: EventBridgeInputs, hours: Decimal) -> Iterable[Usage]:
        chunks = steps(inputs.event_kb, CHUNK_KIB)
        discovered = steps(inputs.event_kb, DISCOVERY_KIB)
        one = Decimal(1)
        rows = (
            (EVENTS, inputs.custom_events, chunks, "custom events, each 64 KB as one"),
            (PARTNER_EVENTS, inputs.partner_events, chunks, "partner events, each 64 KB as one"),
            (CROSS_ACCOUNT, inputs.cross_account_events, one, "to another account's bus"),
            (CROSS_ACCOUNT_TARGETS, inputs.cross_account_invocations, chunks, "each 64 KB as one"),
            (ARCHIVED, inputs.archived_gb, one, "archived"),
            (ARCHIVE_STORED, inputs.archive_stored_gb, one, "kept in archives"),
            (EVENTS, inputs.replayed_events, chunks, "replayed, billed as custom events"),
            (DISCOVERED, inputs.discovered_events, discovered, "each 8 KB as one"),
            (API_CALLS, inputs.api_destination_calls, one, "one a call"),
            (SCHEDULED_RULES, inputs.scheduled_rule_invocations, one, "one a run"),
        )
        for meter, amount, size, why in rows:
            if amount is not None:
                yield Usage(meter, amount * size, why)

    def usage(self, part: Part) -> Iterable[Usage]:
        for link in part.incoming(Verb.SENDS):
            chunks = ceiling(max(link.request_kib, Decimal(1)) / CHUNK_KIB)
            yield Usage(EVENTS, link.per_month * chunks, "one custom event for every 64 KB put")
        for link in part.outgoing(Verb.CALLS):
            yield Usage(API_CALLS, link.per_month, "one call of the API destination an event")
        if part.placement.get("scheduled"):
            for link in part.outgoing():
                yield Usage(SCHEDULED_RULES, link.per_month, "a scheduled rule starts a run")

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        for rule in stack.rules:
            scheduled = rule.scheduled is None or rule.scheduled.value
            if rule.invocations_per_month is not None and scheduled:
                yield Usage(SCHEDULED_RULES, rule.invocations_per_month.value, f"rule {rule.name}")

    def limits(self, part: Part) -> Iterable[Margin]:
        for link in part.outgoing(Verb.CALLS):
            yield margin(
                part,
                "api-destination-time-limit",
                "seconds the endpoint takes to answer 202",
                link.seconds,
                limit("events-api-destination-timeout-seconds"),
                remedy="answer first and work afterwards, or a function",
            )
            yield margin(
                part,
                "api-destination-rate",
                "calls a second",
                link.per_month / SECONDS_PER_MONTH,
                limit("events-api-destination-rate-default"),
            )
        for link in part.incoming(Verb.SENDS):
            yield margin(
                part,
                "event-size",
                "MB of one event",
                link.request_kib / 1024,
                limit("events-putevents-request-mb"),
            )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.SENDS:
            yield Statement(
                actions=("events:PutEvents",),
                resource="arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/"
                + part.id,
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        if not any(True for _ in part.outgoing(Verb.CALLS)):
            return
        yield Alarm(
            id=f"{part.id}-failed",
            metric="AWS/Events/FailedInvocations",
            rule=ONE_ERROR,
            why="the backend refused a tick, or could not be reached: nothing is being paid",
            guards_money=True,
        )

    def behaviour(self, part: Part) -> Bus | None:
        if not any(True for _ in part.outgoing(Verb.CALLS)):
            return None
        return Bus(
            deliver_seconds=assumed(
                DELIVER_SECONDS, "AWS gives no figure from event to call; half a second"
            ),
            time_limit_seconds=limit("events-api-destination-timeout-seconds").number_fact,
            retry_seconds_most=ours(RETRY_AGE_SECONDS, "the rule target's retry policy"),
            retries_most=ours(RETRIES, "the rule target's retry policy"),
            requests_per_second_most=limit("events-api-destination-rate-default").number_fact,
            twice_share=assumed(
                TWICE_SHARE, "AWS's pages read here do not say how often; one in a thousand"
            ),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the endpoint is slow, down, or answers 401, 409, 429 or 5xx",
            effect="the same event is delivered again for up to 24 hours",
            mitigation="the endpoint only says that there may be work; what is due is in the "
            "ledger, so a tick that comes twice finds nothing to take",
        )
        yield Failure(
            what="an event is put on a bus that does not exist",
            effect="it is answered 200 and dropped",
            mitigation="bus and rule are in the template; the alarm on the oldest due payout",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        put = events_put(part, days)
        kib = max((link.request_kib for link in part.incoming(Verb.SENDS)), default=Decimal(1))
        called = min(
            delivered(part, days),
            limit("events-api-destination-rate-default").number * days * DAY_SECONDS,
        )
        for attack in Attack:
            if attack is Attack.UNAUTHENTICATED:
                continue
            yield WorstUse(attack, EVENTS, put * steps(kib, CHUNK_KIB), f"{many(put)} events")
            yield WorstUse(
                attack, API_CALLS, called, f"{many(put)} events, each with {RETRIES} retries"
            )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Bus",
            value=f"custom bus {part.id}",
            why="no other account or service puts events on it",
        )
        yield Row(name="Rule", value="source payouts.schedule, one target")
        yield Row(
            name="API destination",
            value="POST to the backend's endpoint, 5 s time-out",
            why="EventBridge Scheduler cannot call one directly",
        )
        yield Row(
            name="Retry policy",
            value=f"{RETRIES} retries, event age {RETRY_AGE_SECONDS} s",
            why="the next tick does the same work",
        )
        yield Row(
            name="Credential", value="API key in the connection's own secret", why="paid for by AWS"
        )

    def encryption(self, part: Part) -> str:
        return "AWS-owned key; an event carries no payout"


SERVICE = EventBridge()
