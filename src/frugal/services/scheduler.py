"""Amazon EventBridge Scheduler.

Billed per invocation, after 14 million free a month that are a $0 first band of the same SKU.
Precise to 60 s, at least once, with time zones; it invokes a function *asynchronously*, so the
function's errors never reach the schedule's dead-letter queue. It cannot call an API destination:
it puts an event on a bus, and a rule does.

Worked number (us-east-1, allowance off): every 5 minutes is 8,760 invocations at $0.000001 =
$0.008760.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Schedule
from frugal.model.brief import Direction, Timing, Value
from frugal.model.graph import Verb, placed
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import ONE_ERROR
from frugal.services.in_time import ours, setting, twice
from frugal.services.resource import Declared, Resource, Told
from frugal.services.schedule_rate import firings
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Habit,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Unsaid,
    Usage,
    WorstUse,
    metered,
)
from frugal.services.worst_day import TWICE, many, ticks

INVOCATIONS = Meter(offer="AWSEvents", name="Scheduled Invocation", unit="invocation")

#: Retry policy of a schedule: the next tick does the same work, so a retried one adds nothing.
RETRIES = 0
RETRY_AGE_SECONDS = 60


class SchedulerInputs(Value, frozen=True, kw_only=True):
    """Schedules of an account."""

    invocations: Said = None  #: times a schedule fires in a month


class Scheduler(Service):
    id = "scheduler"
    name = "Amazon EventBridge Scheduler"
    category = "Integration"
    offer = "AWSEvents"
    known_as = ("eventbridge_scheduler", "eventbridge")
    examples = (Example(quantities=((INVOCATIONS, Decimal(8760)),), cost=Decimal("0.008760")),)

    inputs = SchedulerInputs

    resource_types = (
        "AWS::Scheduler::Schedule",
        "aws_scheduler_schedule",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        off = resource.known_text("state") == "DISABLED"
        schedule = resource.known_text("schedule_expression") or ""
        yield Declared({"invocations": Decimal(0) if off else firings(schedule, hours)})

    def used(self, inputs: SchedulerInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        yield metered(INVOCATIONS, inputs.invocations, "one a firing", needs="invocations")

    def usage(self, part: Part) -> Iterable[Usage]:
        for link in part.outgoing():
            if link.verb in (Verb.INVOKES_ASYNC, Verb.SENDS, Verb.SCHEDULES):
                yield Usage(INVOCATIONS, link.per_month, "one invocation a tick")

    def limits(self, part: Part) -> Iterable[Margin]:
        cadence = part.brief.partner.lookup_interval_minutes
        if cadence is not None and part.brief.direction.value is Direction.SEND:
            yield Margin(
                check="lookup-cadence",
                placement=part.id,
                what="minutes between ticks, against the partner's look-up cadence",
                used=part.number("interval_minutes"),
                limit=cadence.value,
                unit="minutes",
                source=cadence.source,
                basis=cadence.basis.value,
                remedy="a shorter interval",
            )
        asked = part.brief.partner.polling_interval_minutes
        received = part.brief.direction.value is Direction.RECEIVE
        if asked is not None and received and not part.placement.get("sweep"):
            yield Margin(
                check="polling-interval",
                placement=part.id,
                what="minutes between looks at the partner's list, against the interval asked for",
                used=part.number("interval_minutes"),
                limit=asked.value,
                unit="minutes",
                source=asked.source,
                basis=asked.basis.value,
                remedy="a shorter interval",
            )
        promised = part.brief.promises.real_time_seconds
        # a sweep only picks up what an event has missed; the event is what keeps the promise
        sweep = bool(part.placement.get("sweep"))
        if part.brief.timing.value is Timing.REAL_TIME and promised is not None and not sweep:
            precision = limit("scheduler-precision-seconds")
            yield Margin(
                check="real-time",
                placement=part.id,
                what="seconds a payout may wait for its tick, which itself may be late",
                used=part.number("interval_minutes") * 60 + precision.number,
                limit=promised.value,
                unit="seconds",
                source=precision.source,
                remedy="an event-driven pattern",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-dropped",
            metric="AWS/Scheduler/InvocationDroppedCount",
            rule=ONE_ERROR,
            why="a tick was given up: nothing is paid until the next one",
        )

    def behaviour(self, part: Part) -> Schedule:
        return Schedule(
            every_seconds=setting(part, "interval_minutes", times=60),
            late_seconds_most=limit("scheduler-precision-seconds").number_fact,
            twice_share=twice("scheduler-at-least-once"),
            retry_seconds_most=ours(RETRY_AGE_SECONDS, "the schedule's retry policy"),
            retries_most=ours(RETRIES, "the schedule's retry policy"),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a tick fires twice, late, or (local times in spring) not at all",
            effect="due payouts are looked at twice, or later",
            mitigation="what is due is a time in the ledger, not the tick: a second tick finds "
            "nothing, the next tick finds everything a missed one left",
        )

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        fired = ticks(part, days) * TWICE * (RETRIES + 1)
        for attack in Attack:
            if attack is not Attack.UNAUTHENTICATED:
                yield WorstUse(attack, INVOCATIONS, fired, f"{many(fired)} firings, each twice")

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(
            name="Schedule",
            value=_rate(part.number("interval_minutes")),
            why="as often as the partner's look-up cadence asks",
        )
        yield Row(name="Flexible time window", value="OFF")
        yield Row(
            name="Retry policy",
            value=f"{RETRIES} retries, event age {RETRY_AGE_SECONDS} s",
            why="the next tick does the same work; a retried one adds nothing",
        )
        yield Row(name="Time zone", value="UTC (a rate, not a local time, so no run is skipped)")

    def habits(self, part: Part) -> Iterable[Habit]:
        yield Habit(
            item="Scheduler instead of a scheduled rule",
            applied=True,
            why="scheduled rules are AWS's older kind, UTC only and without a dead-letter queue of "
            "their own; where they cost less, this is what the newer kind costs more",
            otherwise=placed(part.id, part.placement.role, "eventbridge", scheduled=True),
        )


def _rate(minutes: Decimal) -> str:
    """Return the schedule expression; AWS wants the singular for one."""
    return f"rate({minutes} minute{'' if minutes == 1 else 's'})"


SERVICE = Scheduler()
