"""What a part can be made to do in a day: events, runs, seconds and bytes, whatever happens.

A function's day is bounded twice: by what feeds it (a schedule fires so often, a message may be
received so often) and by how many environments it may have, each busy for all of the day. The
smaller holds. Everything here is an upper bound, so that no simulated day may exceed it; where a
number is not AWS's or the design's own it is assumed on the far side and listed in ``ASSUMED``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from frugal.aws_facts import limit
from frugal.model.curve import ONE, ZERO
from frugal.model.graph import Link, Role, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.data_transfer import INTERNET_OUT
from frugal.services.service import Part, WorstUse, whole

DAY_SECONDS = Decimal(86400)
#: What is delivered "at least once" comes at most twice, through all the hops of one event.
TWICE = Decimal(2)
#: CPU time of one vCPU that a signed call over an open TLS connection takes at the least.
CALL_CPU_SECONDS = Decimal("0.0001")
#: Calls that a run makes to our own backend or database for one payout, at most: three sentences to
#: begin with, and three a round that carries at least one. The partner is called once a run.
CALLS_PER_ITEM = Decimal(6)
_ASKED = (Verb.CALLS, Verb.CONNECTS)
#: A request may be larger than the mean that its link is drawn with.
LARGER = Decimal(2)
#: What a run writes when it is not flooding: its own lines, Lambda's, and one traceback.
LOG_KIB_PER_RUN = Decimal(4)
LOG_KIB_PER_ITEM = Decimal(4)
#: A producer's SDK tries one send so often.
SENDS_OF_ONE = Decimal(3)
#: A run lasts at least what is billed.
RUN_SECONDS = limit("lambda-billing-granularity-ms").number / 1000

#: Every number above that nobody documents, for the reader.
ASSUMED = (
    "AWS names no number for at least once: an event is taken to come twice at most.",
    "One signed call over an open connection takes at least 0.1 ms of a vCPU (0.43 ms were "
    "measured, in Python).",
    "A program in a loop repeats the calls that it has, each at most twice its mean size.",
    "Logs leave an environment no faster than its network bandwidth; AWS names no other limit.",
    "A run that does not flood writes at most 4 KiB, and 4 KiB more for each payout.",
    "A producer tries one send three times, a container that crashes starts again once a second, "
    "and an alarm changes its state once a minute at most.",
    "Quotas are AWS's defaults for large Regions; who has one raised raises the bound with it.",
)


class Runs(NamedTuple):
    """The most a function can run: how often, and for how long altogether, INIT included."""

    runs: Decimal
    seconds: Decimal
    items: Decimal  #: payouts and messages that all of them take on together
    why: str
    stoppable: bool


class Flow(NamedTuple):
    """What one link can start. ``runs`` is ``None`` where only the environments bound it."""

    runs: Decimal | None
    at_once: Decimal
    per_second: Decimal  #: runs that one environment takes on in a second
    items: Decimal | None  #: taken on by all of them; ``None``: so many as each may take
    why: str
    stoppable: bool = True


def many(amount: Decimal) -> str:
    return f"{amount:,.0f}"


# -- functions -----------------------------------------------------------------------------------


def environments(part: Part, guards: Guards) -> Decimal:
    """Return how many environments a function may have at the same time."""
    polled = any(True for _ in part.incoming(Verb.POLLS))
    most = limit("lambda-concurrency-account-default").number
    # a polled function's setting is its queue's MaximumConcurrency, which is the queue's
    own = part.placement.get("concurrency")
    if own is not None and not polled and "concurrency" not in guards.without:
        most = min(most, part.number("concurrency"))
    if guards.reserved_concurrency is not None:
        least = limit("lambda-sqs-reserved-concurrency-min").number if polled else ONE
        most = min(most, max(Decimal(guards.reserved_concurrency), least))
    return most


def longest_seconds(part: Part) -> Decimal:
    """Return what one run can be billed for: its start at the limit, then its time-out."""
    return part.number("timeout_seconds") + limit("lambda-init-max-seconds").number


def event_age_seconds(guards: Guards) -> Decimal:
    most = limit("lambda-async-event-age-max-seconds").number
    return most if guards.event_age_seconds is None else Decimal(guards.event_age_seconds)


def runs_most(part: Part, guards: Guards, attack: Attack, days: Decimal) -> Runs | None:
    """Return the most a function can run in so many days; None: the attack does not reach it."""
    most, window = environments(part, guards), days * DAY_SECONDS
    longest = longest_seconds(part)
    runs = seconds = items = ZERO
    fed, stoppable, each = [], True, part.number("items_per_run")
    for flow in flows(part, guards, attack, days):
        busy = min(flow.at_once, most) * window
        started = busy * flow.per_second
        if flow.runs is not None:
            started = min(started, flow.runs)
        runs += started
        seconds += min(busy, started * longest)
        items += started * each if flow.items is None else min(flow.items, started * each)
        stoppable = stoppable and flow.stoppable
        fed.append(flow.why)
    if not fed:
        return None
    if seconds >= most * window:
        why = f"{many(most)} environments, busy all the time"
        return Runs(runs, most * window, items, why, stoppable)
    return Runs(
        runs, seconds, items, f"{'; '.join(fed)}; each at most {many(longest)} s", stoppable
    )


def flows(part: Part, guards: Guards, attack: Attack, days: Decimal) -> Iterator[Flow]:
    """Yield what each link can start of a function."""
    most = environments(part, guards)
    at_a_door = limit("lambda-requests-per-environment").number
    for link in part.incoming(Verb.INVOKES, Verb.INVOKES_ASYNC, Verb.POLLS):
        source = part.other(link.source)
        if source.placement.role is Role.RECEIVER:
            knocked = knocks(source, guards, days)
            why = f"{many(knocked)} requests"
            yield Flow(knocked, most, at_a_door, None, why, stoppable=False)
        elif attack is Attack.UNAUTHENTICATED:
            continue  # the handler refuses before it reads the body: nothing is passed on
        elif link.verb is Verb.POLLS:
            at_once = source.number("max_concurrency")
            received = receives(source, guards, attack, days)
            why = f"a batch on each of {many(at_once)} pollers at a time"
            if received is not None:
                why = f"{many(received)} receives of messages"
            yield Flow(received, at_once, at_a_door, received, why)
        elif source.placement.role is Role.ORCHESTRATOR:
            from frugal.services.step_functions import steps_most

            called = steps_most(source, attack, days)
            why = f"{many(called)} steps of the workflow"
            yield Flow(called, most, at_a_door, None, why)
        elif source.placement.role is Role.TRIGGER:
            tries = retries(guards) + 1
            spill = event_age_seconds(guards) + longest_seconds(part)
            events = ticks(source, days, spill) * TWICE
            why = f"{many(events)} events of the schedule, {many(tries)} tries each"
            yield Flow(events * tries, most, 1 / RUN_SECONDS, None, why)
        else:
            why = "a caller without a limit of its own"
            yield Flow(None, most, 1 / RUN_SECONDS, None, why)


def retries(guards: Guards) -> Decimal:
    """Return the further attempts of an asynchronous event that failed."""
    default = limit("lambda-async-retries-default").number
    return default if guards.retries is None else Decimal(guards.retries)


def ticks(schedule: Part, days: Decimal, spill: Decimal = ZERO) -> Decimal:
    """Return firings of which something may still be under way in the days looked at."""
    late = limit("scheduler-precision-seconds").number
    return whole((days * DAY_SECONDS + late + spill) / (schedule.number("interval_minutes") * 60))


def calls_most(part: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal | None:
    """Return the calls a program in a loop can make; None: nothing known bounds them."""
    if part.placement.service == "aws_lambda":
        runs = runs_most(part, guards, attack, days)
        share = part.number("memory_mb") / limit("lambda-memory-mb-per-vcpu").number
        return ZERO if runs is None else runs.seconds * share / CALL_CPU_SECONDS
    cpus = _vcpus(part)
    return None if cpus is None else days * DAY_SECONDS * cpus / CALL_CPU_SECONDS


def _vcpus(part: Part) -> Decimal | None:
    """Return the vCPUs of the box a container runs on, where they are known."""
    from frugal.services.lightsail import plan_of

    instance = part.stack.instance
    if instance is None:
        return None
    if instance.vcpus is not None:
        return instance.vcpus.value
    plan = plan_of(part.stack)
    return None if plan is None else plan.vcpus


def function_worst(
    part: Part, guards: Guards, days: Decimal, requests: Meter, duration: Meter
) -> Iterator[WorstUse]:
    """Yield the most of requests, GB-seconds and bytes out that a function can use."""
    gib = part.number("memory_mb") / 1024
    public = [link for link in _calls_out(part) if link.path == "public"]
    for attack in Attack:
        runs = runs_most(part, guards, attack, days)
        if runs is None:
            continue
        yield WorstUse(attack, requests, runs.runs, runs.why, runs.stoppable)
        yield WorstUse(attack, duration, runs.seconds * gib, runs.why, runs.stoppable)
        if public and attack is not Attack.UNAUTHENTICATED:
            sent = _gib_out(part, public, guards, attack, days)
            yield WorstUse(attack, INTERNET_OUT, sent, runs.why, runs.stoppable)


def gib_per_second() -> Decimal:
    """Return what one environment's network carries, each way."""
    return limit("lambda-network-bandwidth-mbps").number * 1_000_000 / 8 / 1024**3


def routed_gib(part: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal:
    """Return what a function can move through a gateway, both directions together."""
    links = list(part.outgoing(Verb.ROUTES))
    asked = _gib_out(part, links, guards, attack, days)
    answered = _gib_out(part, links, guards, attack, days, answers=True)
    return asked + answered


def _calls_out(part: Part) -> list[Link]:
    return list(part.outgoing(Verb.CALLS, Verb.CALLS_OUT, Verb.CONNECTS))


def _gib_out(
    part: Part,
    links: list[Link],
    guards: Guards,
    attack: Attack,
    days: Decimal,
    *,
    answers: bool = False,
) -> Decimal:
    """Return the GiB of all requests (or answers) over these links: repeated without end where the
    program loops, for each payout of each run otherwise."""
    runs = runs_most(part, guards, attack, days)
    if runs is None:
        return ZERO
    sizes = [link.response_kib if answers else link.request_kib for link in links]
    if attack is Attack.LOOP:
        calls = calls_most(part, guards, attack, days) or ZERO
        kib = calls * max(sizes, default=ZERO)
    else:
        often = [CALLS_PER_ITEM if link.verb in _ASKED else ONE for link in links]
        of_one = (size * times for size, times in zip(sizes, often, strict=True))
        kib = runs.items * sum(of_one, ZERO)
    return min(kib * LARGER / KIB_PER_GIB, runs.seconds * gib_per_second())


# -- doors ---------------------------------------------------------------------------------------


def knocks(door: Part, guards: Guards, days: Decimal) -> Decimal:
    """Return the requests that a door to the internet lets in; what it refuses is not billed."""
    if guards.signed:
        return ZERO
    window = days * DAY_SECONDS
    if door.placement.service == "api_gateway":
        rate = limit("apigateway-throttle-rps").number
        if guards.requests_per_second is not None:
            rate = min(rate, guards.requests_per_second)
        return rate * window + min(rate, limit("apigateway-burst").number)
    link = next(door.outgoing(Verb.INVOKES))
    behind = environments(door.other(link.target), guards)
    return limit("lambda-requests-per-environment").number * behind * window


# -- queues --------------------------------------------------------------------------------------


def largest(part: Part, link: Link, days: Decimal) -> Decimal:
    """Return how often a link is used in days that are all as large as the largest promised."""
    assert isinstance(link.per_month, Decimal), "a bound needs a volume, not an open input"
    stated = part.brief.volume.payouts_per_day_high.value
    factor = part.brief.promises.largest_day_payouts.value / stated if stated else ONE
    return link.per_month / part.load.days * max(factor, ONE) * days


def sent(queue: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal | None:
    """Return the messages that can be put on a queue; None: nothing known bounds them."""
    total = ZERO
    for link in queue.incoming(Verb.SENDS):
        source = queue.other(link.source)
        if attack is Attack.LOOP:
            calls = calls_most(source, guards, attack, days)
            if calls is None:
                return None
            total += calls
        elif source.placement.service == "aws_lambda":
            runs = runs_most(source, guards, attack, days)
            # anyone may knock; the handler passes on nothing that it has not authenticated
            total += ZERO if runs is None else runs.items
        else:
            total += largest(queue, link, days) * SENDS_OF_ONE
    return ZERO if attack is Attack.UNAUTHENTICATED else total


def receives(queue: Part, guards: Guards, attack: Attack, days: Decimal) -> Decimal | None:
    """Return how often messages can be received; None: as often as there are pollers.

    A message that nothing can be done with comes back until it was received too often; without a
    dead-letter queue that is never. Those of earlier days may all still be there.
    """
    kept = any(True for _ in queue.outgoing(Verb.DEAD_LETTERS))
    if attack is Attack.LOOP or not kept or "dead-letters" in guards.without:
        return None
    retention = limit("sqs-retention-default-seconds").number / DAY_SECONDS
    messages = sent(queue, guards, attack, days + retention)
    return None if messages is None else messages * queue.number("max_receive_count") * TWICE
