"""From findings to a Brief: stated values first, then defaults, assumed and with their reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from frugal.model.brief import Brief, Clause, Direction, FreeTier, Promises, Timing, Volume
from frugal.model.errors import BadRequest
from frugal.read.amounts import BUDGET, CURRENCY, LARGEST
from frugal.read.findings import Findings, Found, Topic, clash
from frugal.read.growth import GROWTH, MULTIPLE
from frugal.read.intent import COMPLIANCE, DIRECTION, FREE_TIER
from frugal.read.numbers import plain
from frugal.read.partner_words import WEBHOOKS
from frugal.read.places import AREA, REGION, RESIDENCY, inside, region_of
from frugal.read.stack_parts import PART, Say
from frugal.read.terms import stated_fact, terms_of
from frugal.read.times import (
    DAYS,
    DEADLINE,
    DRAIN,
    PAID_WITHIN,
    REAL_TIME_SECONDS,
    START,
    TIME_ZONE,
    TIMING,
    WINDOW,
)
from frugal.read.volume import (
    LARGEST_DAY,
    PEAK,
    PER_RUN,
    RUNS,
    VOLUME,
    Rate,
    per_day,
)
from payouts.facts import Basis, Fact, assumed, stated

DEFAULT_REGION = "us-east-1"
#: Two volumes this close say the same thing twice (150 a day, about 4,500 a month).
_SAME = Decimal("1.15")


def brief_of(findings: Findings, clauses: tuple[Clause, ...], region: str | None) -> Brief:
    """Return the Brief of what was found; a contradiction is an error that names the words."""
    timing, real_time = _timing(findings)
    volume = _volume(findings, timing.value)
    return Brief(
        request=findings.words.text,
        direction=_direction(findings),
        timing=timing,
        volume=volume,
        partner=terms_of(findings),
        promises=_promises(findings, volume, real_time),
        region=_region(findings, region),
        free_tier=stated_fact(findings, FREE_TIER)
        or assumed(FreeTier.ALWAYS, "every account has the allowances that never end"),
        budget_monthly=stated_fact(findings, BUDGET),
        compliance=_listed(findings, COMPLIANCE),
        residency=stated_fact(findings, RESIDENCY),
        must_not=_parts(findings, Say.MUST_NOT),
        must_use=_parts(findings, Say.MUST_USE),
        preference=_preference(findings),
        clauses=clauses,
    )


def _listed(findings: Findings, topic: Topic[str]) -> tuple[Fact[str], ...]:
    seen = {one.value: stated(one.value, one.said) for one in reversed(findings.all(topic))}
    return tuple(seen[value] for value in sorted(seen))


def _parts(findings: Findings, say: Say) -> tuple[Fact[str], ...]:
    facts: dict[str, Fact[str]] = {}
    for one in findings.all(PART):
        if one.value.say is say:
            facts.setdefault(one.value.id, stated(one.value.id, one.said))
    return tuple(facts.values())


#: Parts a person may prefer, and the kind of pattern each stands for.
_KINDS = {
    "lambda": "scheduled_function",
    "serverless": "scheduled_function",
    "scheduler": "scheduled_function",
    "eventbridge": "scheduled_function",
    "sqs": "queue",
    "docker": "container_worker",
    "container": "container_worker",
    "cron": "container_worker",
    "event_driven": "event_function",
    "fargate": "always_on",
    "ecs": "always_on",
}


def _preference(findings: Findings) -> tuple[Fact[str], ...]:
    kinds: dict[str, Fact[str]] = {}
    for fact in _parts(findings, Say.PREFER):
        if fact.value in _KINDS:
            kinds.setdefault(_KINDS[fact.value], stated(_KINDS[fact.value], fact.source))
    return tuple(kinds.values())


def _direction(findings: Findings) -> Fact[Direction]:
    standing = findings.all(DIRECTION)
    for direction in (Direction.SEND, Direction.RECEIVE):  # who sends reconciles as well
        for one in standing:
            if one.value is direction:
                return stated(direction, one.said)
    webhooks = [one for one in findings.all(WEBHOOKS) if one.value]
    if webhooks and findings.words.at(webhooks[0].end) == "from":
        return stated(Direction.RECEIVE, webhooks[0].said)
    return assumed(
        Direction.SEND,
        "it is not said whether payouts are sent through the partner or received from it",
    )


def _timing(findings: Findings) -> tuple[Fact[Timing], Fact[Decimal] | None]:
    seconds = stated_fact(findings, REAL_TIME_SECONDS)
    found = findings.one(TIMING)
    if found is None and seconds is not None:
        return stated(Timing.REAL_TIME, seconds.source), seconds
    if found is None:
        runs = findings.all(RUNS)
        if runs:
            return stated(Timing.BATCH, runs[0].said), None
        return assumed(Timing.BATCH, "nothing asks for real time"), None
    if found.value is Timing.REAL_TIME:
        why = "real time without a number: paid 10 seconds after it is asked for"
        return stated(Timing.REAL_TIME, found.said), seconds or assumed(Decimal(10), why)
    if seconds is not None:
        raise clash(found, findings.all(REAL_TIME_SECONDS)[0])
    return stated(Timing.BATCH, found.said), None


def _volume(findings: Findings, timing: Timing) -> Volume:
    _settle_days(findings)
    days, window = findings.one(DAYS), findings.one(WINDOW)
    rate = _one_volume(findings)
    days_fact = stated_fact(findings, DAYS) or _days_by_default(window, rate)
    hours_fact, start = _window(findings, window, rate)
    low, high = _ends(findings, rate, days_fact.value, hours_fact.value)
    zone = stated_fact(findings, TIME_ZONE)
    timed = start is not None or findings.all(DEADLINE)
    if zone is None and timed:
        zone = assumed("UTC", "no time zone is said")
    assert days is None or days_fact.basis is Basis.STATED
    return Volume(
        payouts_per_day_low=low,
        payouts_per_day_high=high,
        days_per_week=days_fact,
        window_hours=hours_fact,
        window_start=start,
        time_zone=zone,
        runs_per_day=_runs(findings, rate, timing),
        peak_per_second=stated_fact(findings, PEAK),
        growth_per_year=stated_fact(findings, GROWTH),
    )


def _settle_days(findings: Findings) -> None:
    """Let ``24/7`` speak of the system where other words say when payouts come."""
    standing = findings.all(DAYS)
    if any(one.value != 7 for one in standing):
        for one in standing:
            if one.value == 7:
                one.dropped, one.note = True, "when the system runs, not when payouts come"


def _days_by_default(window: Found[Any] | None, rate: Found[Rate] | None) -> Fact[Decimal]:
    if window is not None and window.value.assumed:
        return assumed(Decimal(5), window.value.assumed)
    if rate is not None and rate.value.per == "workday":
        return stated(Decimal(5), rate.said)
    return assumed(Decimal(7), "no days are said: payouts come every day")


def _window(
    findings: Findings, window: Found[Any] | None, rate: Found[Rate] | None
) -> tuple[Fact[Decimal], Fact[str] | None]:
    start = stated_fact(findings, START)
    if window is not None and window.value.assumed:
        why = window.value.assumed
        return assumed(window.value.hours, why), start or assumed(window.value.start, why)
    if window is not None:
        own = stated(window.value.start, window.said) if window.value.start else None
        return stated(window.value.hours, window.said), start or own
    if rate is not None and rate.value.per == "night":
        return assumed(Decimal(8), "a night is taken as eight hours"), start
    return assumed(Decimal(24), "no hours are said: payouts come due over the whole day"), start


def _runs(findings: Findings, rate: Found[Rate] | None, timing: Timing) -> Fact[Decimal] | None:
    runs = stated_fact(findings, RUNS)
    if runs is None and rate is not None and rate.value.per == "night" and timing is Timing.BATCH:
        return stated(Decimal(1), rate.said)
    if runs is None and findings.any(PER_RUN) and _nightly(findings):
        return stated(Decimal(1), findings.all(TIMING)[0].said)
    return runs


def _one_volume(findings: Findings) -> Found[Rate] | None:
    """Return the one volume: corrections merged in, a repeated one once, two different refused."""
    last: Found[Rate] | None = None
    for one in findings.all(VOLUME):
        if last is None:
            last = one
            continue
        if findings.corrected(last, one) or one.value.low is None or last.value.low is None:
            findings.drop(last, one)
            _merge(one, last)
            last = one
        elif one.value.usual:
            _merge_usual(one, last)
            last = one
        elif _agree(one.value, last.value):
            one.note = one.note or "agrees with the volume said before"
        elif one.value.of_payouts != last.value.of_payouts:
            other, last = (one, last) if last.value.of_payouts else (last, one)
            _set_aside(other, "another volume; the one of payouts is used")
        elif one.value.only_high and not last.value.only_high:
            _set_aside(one, "taken as the largest day")
            findings.add(LARGEST_DAY, one.value, one.start, one.end)
        else:
            raise clash(last, one)
    if last is not None and last.value.low is None:
        _set_aside(last, "a period without a number")
        return None
    return last


def _set_aside(one: Found[Rate], note: str) -> None:
    one.dropped, one.note = True, note


def _merge(one: Found[Rate], last: Found[Rate]) -> None:
    """Fill what a correction leaves out from the volume it corrects."""
    new, old = one.value, last.value
    one.value = Rate(
        low=old.low if new.low is None else new.low,
        high=old.high if new.high is None else new.high,
        per=new.per or old.per,
        only_high=new.only_high if new.low is not None else old.only_high,
        only_low=new.only_low if new.low is not None else old.only_low,
        vague=new.vague if new.low is not None else old.vague,
        of_payouts=new.of_payouts or old.of_payouts,
    )
    one.said = f"{last.said}, {one.said}"


def _merge_usual(one: Found[Rate], last: Found[Rate]) -> None:
    """Make a range of ``max 200`` and ``usually 120``: both stay said."""
    values = (one.value.low, one.value.high, last.value.low, last.value.high)
    ends = [value for value in values if value is not None]
    one.value = Rate(low=min(ends), high=max(ends), per=last.value.per, of_payouts=True)
    one.said = f"{last.said}, {one.said}"


def _agree(one: Rate, other: Rate) -> bool:
    """Say if two volumes overlap once both are put per day."""
    low, high = per_day(one, Decimal(7), Decimal(24))
    other_low, other_high = per_day(other, Decimal(7), Decimal(24))
    return low <= other_high * _SAME and other_low <= high * _SAME


def _ends(
    findings: Findings, found: Found[Rate] | None, days: Decimal, hours: Decimal
) -> tuple[Fact[Decimal], Fact[Decimal]]:
    runs, per_run = findings.one(RUNS), findings.one(PER_RUN)
    times = runs.value if runs is not None else Decimal(1)
    if found is None and per_run is not None:
        found = per_run
        if runs is None and not _nightly(findings):
            why = f"“{found.said}”, and one run a day is assumed"
            low, high = per_day(found.value, days, hours)
            return assumed(low, why), assumed(high, why)
    if found is None:
        why = "no volume is said; 100 a day is a round number to start from"
        return assumed(Decimal(100), why), assumed(Decimal(100), why)
    rate, said = found.value, found.said
    if rate.per is None and runs is not None:
        rate = Rate(
            **{name: getattr(rate, name) for name in rate.__struct_fields__} | {"per": "run"}
        )
    low, high = per_day(rate, days, hours, times)
    if rate.vague:
        why = f"“{said}” taken as {low:,f} to {high:,f}"
        return assumed(low, why), assumed(high, why)
    if rate.per is None:
        why = f"“{said}” without a period is taken as a day's"
        return assumed(low, why), assumed(high, why)
    if rate.only_high:
        return assumed(high, f"“{said}” gives the upper end only; priced as if reached"), stated(
            high, said
        )
    if rate.only_low:
        why = f"“{said}” gives the lower end only; twice that is sized for"
        return stated(low, said), assumed(high * 2, why)
    return stated(low, said), stated(high, said)


def _nightly(findings: Findings) -> bool:
    """Say if the words for the timing mean one run a day."""
    timing = findings.one(TIMING)
    return timing is not None and any(
        word in timing.said.lower() for word in ("night", "daily", "once", "end of day", "eod")
    )


def _promises(findings: Findings, volume: Volume, real_time: Fact[Decimal] | None) -> Promises:
    largest = findings.one(LARGEST)
    currency = _currency(findings)
    drain = Decimal(2)
    return Promises(
        paid_within_hours=stated_fact(findings, PAID_WITHIN)
        or assumed(Decimal(24), "paid within a day of being due, where nothing else is promised"),
        real_time_seconds=real_time,
        drain_within_hours=stated_fact(findings, DRAIN)
        or assumed(drain, "what piles up while the partner is down is gone two hours after"),
        largest_payout=stated(largest.value.value, largest.said)
        if largest is not None
        else assumed(Decimal(10_000), "no amount is said; a round number above most payouts"),
        largest_day_payouts=_largest_day(findings, volume),
        currency=currency,
        daily_deadline=stated_fact(findings, DEADLINE),
    )


def _currency(findings: Findings) -> Fact[str]:
    """Return the currency of the payouts; budgets and plans are AWS's and do not count."""
    found = findings.one(CURRENCY)
    if found is not None:
        return stated(found.value, found.said)
    if "€" in findings.words.text:
        return assumed("EUR", "no payout's currency is said, and amounts are in euros")
    return assumed("USD", "no payout's currency is said")


def _largest_day(findings: Findings, volume: Volume) -> Fact[Decimal]:
    high = volume.payouts_per_day_high.value
    multiple, largest = findings.one(MULTIPLE), findings.all(LARGEST_DAY)
    if largest:
        rate = largest[-1].value
        _, day = per_day(rate, Decimal(7), volume.window_hours.value)
        if rate.per in {"week", "month", "quarter", "year"}:
            day = high * 2
        return stated(max(day, high), largest[-1].said)
    if multiple is not None:
        return stated(plain(high * max(multiple.value, Decimal(1))), multiple.said)
    return assumed(plain(high * 2), "no largest day is said; twice the daily high")


def _region(findings: Findings, given: str | None) -> Fact[str]:
    residency = findings.one(RESIDENCY)
    fact = _chosen_region(findings, given, residency)
    if residency is not None and not inside(fact.value, residency.value):
        raise BadRequest(
            f"“{residency.said}” keeps data in {residency.value}, and the Region is {fact.value}",
            where="request",
            hint="Name a Region inside, or drop the residency",
        )
    return fact


def _chosen_region(
    findings: Findings, given: str | None, residency: Found[str] | None
) -> Fact[str]:
    if given is not None:
        return stated(given, f"--region {given}")
    found = findings.one(REGION)
    if found is not None:
        return stated(found.value, found.said)
    for area in (findings.one(AREA), residency):
        if area is not None and (region := region_of(area.value)) is not None:
            why = f"“{area.said}” has several Regions; the one with every service is taken"
            return assumed(region, why)
    return assumed(DEFAULT_REGION, "no Region is said; AWS's first and largest")
