"""What parts can be made to write, send out, deliver and read in a day, whatever happens.

The other half of ``worst_day``: what follows from how often functions and containers run.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from frugal.aws_facts import limit
from frugal.model.curve import ONE, ZERO
from frugal.model.graph import Link, Verb
from frugal.model.load import KIB_PER_GIB
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.service import Part, WorstUse
from frugal.services.worst_day import (
    CALLS_PER_ITEM,
    DAY_SECONDS,
    LARGER,
    LOG_KIB_PER_ITEM,
    LOG_KIB_PER_RUN,
    TWICE,
    calls_most,
    gib_per_second,
    many,
    runs_most,
    ticks,
)


class Most(NamedTuple):
    """An amount, what stops it, and whether it ends where a role is denied."""

    amount: Decimal
    why: str
    stoppable: bool = True


# -- logs ----------------------------------------------------------------------------------------


def log_gib(source: Part, guards: Guards, attack: Attack, days: Decimal) -> Most | None:
    """Return the GiB a part can write into its log, and what stops it."""
    quota = limit("cloudwatch-logs-putlogevents-tps").number * days * DAY_SECONDS
    quota_gib = quota * limit("cloudwatch-logs-batch-mb").number / 1024
    whole_account = Most(quota_gib, "the account's PutLogEvents quota, 1 MB each")
    if source.placement.service != "aws_lambda":
        if attack is Attack.UNAUTHENTICATED:
            return None
        if attack is Attack.LOG_FLOOD:
            return whole_account
        kib = wakes(source, days) * LOG_KIB_PER_RUN + _worked(source, days) * LOG_KIB_PER_ITEM
        return Most(kib / KIB_PER_GIB, "its starts and its payouts, each logged")
    runs = runs_most(source, guards, attack, days)
    if runs is None:
        return None
    if attack is Attack.LOG_FLOOD and not guards.log_level:
        gib = runs.seconds * gib_per_second()
        if gib >= quota_gib:
            return whole_account._replace(stoppable=runs.stoppable)
        why = f"an environment's bandwidth for {many(runs.seconds)} s of {runs.why}"
        return Most(gib, why, runs.stoppable)
    items = ZERO if attack is Attack.UNAUTHENTICATED else runs.items
    kib = runs.runs * LOG_KIB_PER_RUN + items * LOG_KIB_PER_ITEM
    return Most(kib / KIB_PER_GIB, f"the lines of each run: {runs.why}", runs.stoppable)


# -- containers and their box --------------------------------------------------------------------


def wakes(container: Part, days: Decimal) -> Decimal:
    """Return how often a container looks for work, or is started again: once a second or a tick."""
    every = ONE
    if container.placement.get("tick_seconds") is not None:
        every = container.number("tick_seconds")
    return days * DAY_SECONDS / min(every, ONE)


def _worked(container: Part, days: Decimal) -> Decimal:
    """Return the steps a worker takes when every payout is sent and looked up as often as it may
    be; what was due the day before may still be under way."""
    terms, load = container.brief.partner, container.load
    stated = container.brief.volume.payouts_per_day_high.value
    factor = container.brief.promises.largest_day_payouts.value / stated if stated else ONE
    assert isinstance(load.payouts_per_day, Decimal), "a bound needs a volume"
    payouts = load.payouts_per_day * max(factor, ONE) * (days + 1)
    return payouts * (1 + terms.send_retries_max.value + load.lookups_per_inconclusive)


def box_out(part: Part, meter: Meter, guards: Guards, days: Decimal) -> Iterator[WorstUse]:
    """Yield what a machine of the user's can send out under each attack."""
    for attack in Attack:
        use = _box_out(part, meter, guards, attack, days)
        if use is not None:
            yield use


def _box_out(
    part: Part, meter: Meter, guards: Guards, attack: Attack, days: Decimal
) -> WorstUse | None:
    """Return what it can send out under one attack; AWS names no speed of its port."""
    hosted = [
        part.other(placement.id)
        for placement in part.candidate.placements
        if placement.service in ("container", "postgres")
    ]
    if not hosted:
        return None
    open_end = WorstUse(
        attack,
        meter,
        None,
        "AWS names no speed of the instance's port, so nothing known stops what it sends",
        stoppable=False,
    )
    doors = [link for one in hosted for link in one.incoming() if link.path == "public"]
    leaving = [link for one in hosted for link in one.outgoing() if link.path in ("public", "aws")]
    if attack is Attack.UNAUTHENTICATED:
        return open_end if doors else None
    if attack is Attack.LOOP:
        return open_end if doors or leaving else None
    if attack is Attack.LOG_FLOOD and any(link.verb is Verb.LOGS for link in leaving):
        return open_end
    if any(link.verb in (Verb.NOTIFIES, Verb.CONNECTS) for link in doors):
        return open_end._replace(why="how often a caller that is not ours repeats is not known")
    kib = sum((_answered(part, link, guards, attack, days) for link in doors), ZERO)
    for one in hosted:
        calls = [link for link in one.outgoing(Verb.CALLS_OUT) if link.path == "public"]
        kib += _worked(one, days) * sum((link.request_kib for link in calls), ZERO)
    if not kib:
        return None
    why = "answers to repeated runs, and repeated requests, each as often as allowed"
    return WorstUse(attack, meter, kib * LARGER / KIB_PER_GIB, why, stoppable=False)


def _answered(part: Part, link: Link, guards: Guards, attack: Attack, days: Decimal) -> Decimal:
    """Return the KiB of answers to the calls of one link."""
    source = part.other(link.source)
    if source.placement.service == "aws_lambda":
        runs = runs_most(source, guards, attack, days)
        if runs is None:
            return ZERO
        return runs.items * CALLS_PER_ITEM * link.response_kib
    return delivered(source, days) * link.response_kib


def delivered(bus: Part, days: Decimal) -> Decimal:
    """Return the calls a bus makes: each event twice at most, each with all of its retries."""
    from frugal.services.eventbridge import RETRIES

    return events_put(bus, days) * (RETRIES + 1)


def events_put(bus: Part, days: Decimal) -> Decimal:
    """Return the events that schedules put on a bus."""
    from frugal.services.eventbridge import RETRY_AGE_SECONDS

    triggers = (bus.other(link.source) for link in bus.incoming(Verb.SENDS))
    return sum((ticks(one, days, Decimal(RETRY_AGE_SECONDS)) * TWICE for one in triggers), ZERO)


def reads(part: Part, guards: Guards, attack: Attack, days: Decimal, per_second: Decimal) -> Most:
    """Return how often credentials can be read: a quota of the account stops it."""
    quota = per_second * days * DAY_SECONDS
    total, stoppable = ZERO, True
    for link in part.incoming(Verb.READS):
        source = part.other(link.source)
        if attack is Attack.LOOP:
            calls = calls_most(source, guards, attack, days)
            total += quota if calls is None else calls
        elif source.placement.service == "aws_lambda":
            runs = runs_most(source, guards, attack, days)
            total += ZERO if runs is None else runs.runs
            stoppable = stoppable and (runs is None or runs.stoppable)
        elif attack is not Attack.UNAUTHENTICATED:
            total += wakes(source, days)
    if total >= quota:
        return Most(quota, f"the account's quota of {many(per_second)} reads/s", stoppable)
    return Most(total, "one read for each start", stoppable)
