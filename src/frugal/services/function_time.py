"""How long a function runs: what it is billed for, how long at worst, and how many at once.

A run is its start (INIT, where it is cold), a little work of its own, and waiting: for the backend,
the database, the partner. Work takes longer the less memory, since CPU comes in proportion; waiting
does not. Calls made several abreast are waited for together, as far as there is enough to do.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Function, Number
from frugal.model.curve import ONE, ZERO, Amount, at_most
from frugal.model.graph import Link, Verb
from frugal.services.in_time import in_words, ours, setting, twice
from frugal.services.service import Part
from payouts.facts import assumed

#: CPU seconds at one full vCPU to import psycopg, urllib3 and Powertools: measured, whole process,
#: median of 11, warm cache. AWS's own INIT adds to it; doubled for a cold disk (assumed).
INIT_CPU_SECONDS = Decimal("0.168") * 2
#: CPU seconds of the handler itself per run and per call it makes. Assumed until it is measured
#: in the trials; 1.5 ms of CPU per payout was measured for the same work in a plain loop.
RUN_CPU_SECONDS = Decimal("0.010")
CALL_CPU_SECONDS = Decimal("0.002")

#: After so long without an event an environment is taken away. Assumed: less than the interval
#: from which on a schedule's runs are counted as always cold.
IDLE_SECONDS = Decimal(240)

#: Between the end of one run's work and the next firing.
REST_SECONDS = Decimal(15)

#: Verbs by which a function waits for an answer, and so is billed.
WAITS = (
    Verb.CALLS,
    Verb.CALLS_OUT,
    Verb.CONNECTS,
    Verb.READS,
    Verb.SENDS,
    Verb.INVOKES,
    Verb.INVOKES_ASYNC,  # for the API's answer, not for what it starts
)
_STARTS = (Verb.INVOKES, Verb.INVOKES_ASYNC, Verb.NOTIFIES, Verb.POLLS)


def runs_of(part: Part) -> Amount:
    """Return invocations a month."""
    return part.per_month_in(*_STARTS)


def seconds_billed(part: Part) -> Amount:
    """Return seconds a month from INIT to the end of the handler, all runs together."""
    slow = _slowness(part)
    runs = runs_of(part)
    total = runs * (RUN_CPU_SECONDS * slow)
    total = runs * part.number("cold_share") * (INIT_CPU_SECONDS * slow) + total
    for link in part.outgoing(*WAITS):
        total = link.per_month * (CALL_CPU_SECONDS * slow) + total
        total = waits(part, link, runs) * link.seconds + total
    return total


def waits(part: Part, link: Link, runs: Amount) -> Amount:
    """Return how often a part waits for this link: calls abreast are waited for together.

    A round is only full where there is enough to do, so each run may have one that is not.
    """
    abreast = part.number("calls_abreast")
    if link.verb is not Verb.CALLS_OUT or abreast == ONE:
        return link.per_month
    return at_most(link.per_month, link.per_month / abreast + runs)


def longest_run_seconds(part: Part) -> Amount:
    """Return the longest run that can happen: every call at the partner's time-out."""
    slow = _slowness(part)
    fixed = (INIT_CPU_SECONDS + RUN_CPU_SECONDS) * slow
    if not any(True for _ in part.outgoing(Verb.CALLS_OUT)):
        return fixed + _held_seconds(part)
    rounds = part.number("items_per_run") / items_per_call(part) / part.number("calls_abreast")
    return fixed + rounds * (part.load.partner_timeout_seconds + CALL_CPU_SECONDS * slow)


def runs_at_once(part: Part) -> Amount:
    """Return the runs that are under way at the same time at the peak."""
    load = part.load
    if any(True for _ in part.outgoing(Verb.CALLS_OUT)):
        abreast = part.number("calls_abreast") * items_per_call(part)
        return load.payouts_per_second_peak * load.partner_seconds_mean / abreast
    held = _held_seconds(part) + RUN_CPU_SECONDS * _slowness(part)
    return load.payouts_per_second_peak * held / part.number("items_per_run")


def items_per_call(part: Part) -> Decimal:
    """Return the payouts or records one call to the partner carries."""
    return part.number("items_per_call") if part.placement.get("items_per_call") else ONE


def _held_seconds(part: Part) -> Decimal:
    """Return the seconds one of each of this part's calls takes together."""
    return sum(
        (link.seconds for link in part.outgoing(*WAITS) if isinstance(link.seconds, Decimal)), ZERO
    )


def _slowness(part: Part) -> Decimal:
    """Return how much longer CPU work takes than on a whole vCPU, which is all it can use."""
    return max(ONE, limit("lambda-memory-mb-per-vcpu").number / part.number("memory_mb"))


def function_in_time(part: Part) -> Function:
    """Return how a function behaves when it is started, busy, throttled or at fault."""
    return Function(
        cold_seconds=assumed(
            INIT_CPU_SECONDS * _slowness(part),
            "CPU seconds to import the runtime's libraries, measured, doubled for a cold disk, at "
            "the share of a vCPU that its memory gives",
        ),
        idle_seconds=assumed(
            IDLE_SECONDS,
            "AWS does not say how long an idle environment lives; a schedule of 5 minutes or more "
            "is counted as always cold",
        ),
        time_limit_seconds=setting(part, "timeout_seconds"),
        concurrency_most=_concurrency(part),
        requests_abreast=setting(part, "calls_abreast"),
        items_per_run=setting(part, "items_per_run"),
        work_seconds_most=work_seconds(part),
        retries_most=limit("lambda-async-retries-default").number_fact,
        retry_wait_seconds=in_words("lambda-async-retries-default", "1 minute, then 2 minutes", 60),
        event_age_seconds_most=limit("lambda-async-event-age-max-seconds").number_fact,
        throttle_wait_seconds_most=in_words("lambda-async-throttle-retry", "5 min", 300),
        twice_share=twice("lambda-async-duplicates"),
    )


def work_seconds(part: Part) -> Number | None:
    """Return how long one run of a schedule works while there is work: until the next one begins.

    The runtime's own tick ends after 45 s, which is right for a container that ticks again at once.
    A function that did the same would rest four minutes of five while a backlog waits.
    """
    intervals = [
        part.other(link.source).number("interval_minutes") * 60
        for link in part.incoming(Verb.INVOKES_ASYNC)
        if part.other(link.source).placement.get("interval_minutes") is not None
    ]
    if not intervals:
        return None
    longest = min(min(intervals) - REST_SECONDS, part.number("timeout_seconds"))
    return ours(longest, "the schedule's interval, less a rest so that two runs do not overlap")


def _concurrency(part: Part) -> Number:
    """Return the environments it may have: a queue's own cap is the queue's, not the function's."""
    polled = any(True for _ in part.incoming(Verb.POLLS))
    if part.placement.get("concurrency") is None or polled:
        return limit("lambda-concurrency-account-default").number_fact
    return setting(part, "concurrency")
