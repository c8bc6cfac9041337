"""How long a function runs: what it is billed for, how long at worst, and how many at once.

A run is its start (INIT, where it is cold), a little work of its own, and waiting: for the backend,
the database, the partner. Work takes longer the less memory, since CPU comes in proportion; waiting
does not. Calls made several abreast are waited for together, as far as there is enough to do.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.curve import ONE, ZERO, Amount, at_most
from frugal.model.graph import Link, Verb
from frugal.services.service import Part

#: CPU seconds at one full vCPU to import psycopg, urllib3 and Powertools: measured, whole process,
#: median of 11, warm cache. AWS's own INIT adds to it; doubled for a cold disk (assumed).
INIT_CPU_SECONDS = Decimal("0.168") * 2
#: CPU seconds of the handler itself per run and per call it makes. Assumed until it is measured
#: in the trials; 1.5 ms of CPU per payout was measured for the same work in a plain loop.
RUN_CPU_SECONDS = Decimal("0.010")
CALL_CPU_SECONDS = Decimal("0.002")

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
