"""How many payouts, when: volumes, peaks, runs, growth and the partner's rate limit.

All of them are a number and a period; what tells them apart is the words around: ``peaks of``,
``allows``, ``10x at month end``, ``grows``. Numbers of other things (connections, gigabytes,
dollars, users) are left alone.
"""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal

from frugal.model.brief import Timing, Value
from frugal.read.findings import OTHER, Findings, Topic
from frugal.read.numbers import Quantity, plain
from frugal.read.periods import DAYS_PER_MONTH, period, runs
from frugal.read.times import DAYS, SECONDS, TIMING
from frugal.read.words import Kind, Words, one_of


class Rate(Value, frozen=True, kw_only=True):
    """A number and a period; ``None`` is what a correction left out and an earlier rate has."""

    low: Decimal | None
    high: Decimal | None
    per: str | None
    only_high: bool = False
    only_low: bool = False
    vague: bool = False
    of_payouts: bool = False
    usual: bool = False  #: "usually 120", beside another number


VOLUME: Topic[Rate] = Topic("volume.payouts_per_day")
PEAK: Topic[Decimal] = Topic("volume.peak_per_second")
LARGEST_DAY: Topic[Rate] = Topic("promises.largest_day_payouts")
RUNS: Topic[Decimal] = Topic("volume.runs_per_day")
PER_RUN: Topic[Rate] = Topic("payouts per run")
LIMIT: Topic[Decimal] = Topic("partner.requests_per_second")
BATCH_ITEMS: Topic[int] = Topic("partner.batch_items_max")

PER_SECOND = {"second": Decimal(1), "minute": Decimal(60), "hour": Decimal(3600)}
_PER_SECOND = {**PER_SECOND, "day": Decimal(86400), "night": Decimal(86400)}

PAYOUTS = one_of(
    "payout payouts payment payments disbursement disbursements transfer transfers withdrawal"
    " withdrawals transaction transactions settlements remittances remittance auszahlungen"
    " zahlungen paiements pagos pagamentos pagamenti uitbetalingen cashouts virements"
)
_OTHERS = one_of(
    "connection connections function functions invocation invocations rule rules user users"
    " server servers instance instances gb retry retries attempt attempts people developers days"
    " day mb regions region containers container tables rows lambdas kb gib mib kib tb vcpu"
    " vcpus cpu cpus core cores percent dollars euros usd eur gbp engineers months years year"
    " week weeks hours nodes shards azs zones ram memory lightsail"
)
_CALLS = one_of("request requests call calls req reqs tps rps qps api")
_STOPPERS = one_of(
    "from through via with in on at to for by and or but is are per each every a an / during"
    " over using we i it they that which sometimes then until as max daily nightly weekly"
    " monthly hourly yearly of come arrive twice once within between the no not out into today"
)
PEAK_WORDS = one_of(
    "peak peaks peaking burst bursts bursting spike spikes spiking busiest busy worst friday"
    " fridays payday paydays holiday holidays sometimes occasionally season christmas rush"
    " maximum"
)
_LIMIT = one_of(
    "limit limits limited limiting allow allows allowed cap capped throttle throttles throttled"
    " throttling quota rate ceiling max accepts accept permits permit maximum limite tolerates"
)
GROW_WORDS = one_of(
    "grow grows growing growth increase increases increasing yoy mom rising rises expanding"
    " year-over-year"
)
_FUTURE = one_of("eventually someday future later might could if plan expect scale next")
_PAST = one_of("used previously formerly last before were was did")


def find_rates(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find every number with a period, and what it is the rate of."""
    _find_runs(findings)
    numbers = frozenset(place for one in quantities for place in range(one.start, one.end))
    for one in quantities:
        if findings.free(one.start, one.end):
            _rate(findings, one, numbers)
    _find_corrected_periods(findings)


def _rate(findings: Findings, one: Quantity, numbers: frozenset[int]) -> None:
    words = findings.words
    if not _is_count(words, one):
        return
    noun_end = _noun_end(findings, one.end)
    nouns = {words.at(place) for place in range(one.end, noun_end)}
    if nouns & _OTHERS:
        return
    per, spots = _period_of(findings, one, noun_end, numbers)
    of_payouts = bool(nouns & PAYOUTS)
    before = _before(words, one.start)
    after = _after(findings, max(noun_end, *spots, one.end) if spots else noun_end)
    around = before | after
    rate = Rate(
        low=one.low,
        high=one.high,
        per=per,
        only_high=one.only_high,
        only_low=one.only_low,
        vague=one.vague,
        of_payouts=of_payouts,
    )
    span = (one.start, noun_end if nouns & (PAYOUTS | _CALLS) or per else one.end)
    opening = {words.at(place) for place in range(one.start, one.end)}
    if per in _PER_SECOND and _is_limit(words, one, per, nouns, around | opening):
        _limit(findings, one, _PER_SECOND[per], span, spots, before)
    elif (around | opening) & PEAK_WORDS or _at_month_end(words, one, noun_end):
        _peak(findings, rate, span, spots)
    elif per is None and not of_payouts and not _corrects(findings, one.start):
        _usual(findings, one, opening | before)
    elif per == "run" or (per is None and "batch" in around and of_payouts):
        _per_run(findings, rate, span, spots)
    elif (per or of_payouts) and around & _FUTURE and not _corrects(findings, one.start):
        note = "a later volume: the document shows 2, 5 and 10 times today's"
        findings.add(
            OTHER,
            "future",
            *span,
            note=note,
            also=[*spots, *_near(words, span, _FUTURE | GROW_WORDS)],
        )
    elif (per or of_payouts) and around & _PAST and "used" not in after:
        also = [*spots, *_near(words, span, _PAST | {"year", "month"})]
        findings.add(OTHER, "past", *span, note="a past volume, not used", also=also)
    else:
        text = f"volume = {_shown(rate)}"
        findings.add(VOLUME, rate, *span, text, also=spots)
        if per == "month" and (ordinal := _ordinal(words, span[1])) is not None:
            day = Rate(low=one.low, high=one.high, per="day")
            findings.add(LARGEST_DAY, day, *ordinal, f"{LARGEST_DAY.name} = {_shown(day)}")
        if per == "night":
            findings.add(TIMING, Timing.BATCH, min(spots), max(spots) + 1)


def _ordinal(words: Words, end: int) -> tuple[int, int] | None:
    """Return where a day of the month stands: ``on the 1st of each month``."""
    for place in words.near(end - 1, end, before=0, after=5):
        if words.at(place) in {"st", "nd", "rd", "th"} and words.touches(place):
            return place - 1, place + 1
    return None


_USUAL = one_of("usually typically normally average mostly generally")


def _usual(findings: Findings, one: Quantity, around: Set[str]) -> None:
    """Find ``usually 120`` beside a volume of the same sentence: the lower end of it."""
    earlier = findings.all(VOLUME)
    if not around & _USUAL or not earlier:
        return
    if findings.words.same_sentence(earlier[-1].start, one.start):
        rate = Rate(low=one.low, high=one.high, per=earlier[-1].value.per, usual=True)
        text = f"volume = usually {_shown(rate)}"
        findings.add(VOLUME, rate, one.start, one.end, text)


def _shown(rate: Rate) -> str:
    low, high = rate.low, rate.high
    if low is None or high is None:
        number = "the number before"
    elif low == high:
        number = f"{plain(high):,f}"
    else:
        number = f"{plain(low):,f} to {plain(high):,f}"
    return f"{number} per {rate.per}" if rate.per else number


def _is_count(words: Words, one: Quantity) -> bool:
    """Say if a number can count payouts: nothing next to it says that it measures something."""
    after = words.at(one.end)
    before = words.at(one.start - 1)
    if after in {"%", "$", "€", "£", "x", "x's", ":", "#"} and words.touches(one.end):
        return False
    if after in {"%", "€", "$", "£"} or after in _OTHERS:
        return False
    if after in SECONDS and after != "m":
        return False
    inside = {words.at(place) for place in range(one.start, one.end)}
    if inside & {"$", "€", "£", "₹", "¥"} or before in {
        "$",
        "€",
        "£",
        "₹",
        "¥",
        "#",
        "p",
        "usd",
        "eur",
        "gbp",
        "chf",
    }:
        return False
    if before in {"postgres", "postgresql", "pg", "version", "v", "python", "tls", "soc", "iso"}:
        return False
    return words.kind(one.end) is not Kind.TIME


def _noun_end(findings: Findings, place: int) -> int:
    """Return where the words that name what is counted end."""
    words = findings.words
    for end in range(place, min(place + 5, len(words))):
        if (
            words.kind(end) is not Kind.WORD
            or words.at(end) in _STOPPERS
            or findings.owners[end] is not None
            or period(words, end) is not None
        ):
            return end
        if words.at(end) in PAYOUTS and words.at(end + 1) not in PAYOUTS | _CALLS:
            return end + 1
    return min(place + 5, len(words)) if words.at(place) in PAYOUTS else place


def _period_of(
    findings: Findings, one: Quantity, noun_end: int, numbers: frozenset[int]
) -> tuple[str | None, list[int]]:
    """Return the period a number belongs to, and the words that say it."""
    words = findings.words
    for place in range(one.end, min(noun_end + 9, words.fragment_end(one.start))):
        if place in numbers:
            break
        if (found := _free_period(findings, place)) is not None:
            end = found[1] + (words.at(found[1]) in {"batch", "run", "runs", "job", "basis"})
            return found[0], list(range(place, end))
    for place in range(one.start - 1, max(words.fragment_start(one.start), one.start - 9) - 1, -1):
        if place in numbers:
            break
        found = _free_period(findings, place)
        if found is not None and found[1] <= one.start:
            return found[0], list(range(place, found[1]))
    if any(words.same_sentence(one.start, days.start) for days in findings.all(DAYS)):
        return "day", []  # "each weekday" was read as the days it comes on
    return None, []


def _free_period(findings: Findings, place: int) -> tuple[str, int] | None:
    found = period(findings.words, place)
    return found if found is not None and findings.free(place, found[1]) else None


def _before(words: Words, place: int) -> set[str]:
    start = max(words.fragment_start(place), place - 8)
    return {words.at(one) for one in range(start, place)}


def _near(words: Words, span: tuple[int, int], helping: Set[str]) -> list[int]:
    """Return the places of helping words in the fragment of a span."""
    places = words.near(*span)
    return [place for place in places if words.at(place) in helping]


def _after(findings: Findings, place: int) -> set[str]:
    """Return the words after ``place`` in its fragment, without those that name days."""
    words = findings.words
    if place >= len(words):
        return set()
    days = {spot for one in findings.all(DAYS) for spot in one.places}
    return {words.at(one) for one in words.near(place - 1, place, after=6) if one not in days}


def _is_limit(words: Words, one: Quantity, per: str, nouns: set[str], around: set[str]) -> bool:
    called = bool(nouns & _CALLS) or words.at(one.end) in _CALLS
    if around & PEAK_WORDS - {"maximum"}:
        return False
    if per in PER_SECOND and (around & _LIMIT or (called and not nouns & PAYOUTS)):
        return True
    if per in {"day", "night"}:
        return called and bool(around & _LIMIT)
    return words.at(one.start - 1) == "at" and per in {"second", "minute"}


def _limit(
    findings: Findings,
    one: Quantity,
    seconds: Decimal,
    span: tuple[int, int],
    spots: list[int],
    before: set[str],
) -> None:
    words = findings.words
    value = plain(one.high / seconds)
    helping = [
        place
        for place in range(max(words.fragment_start(one.start), one.start - 8), one.start)
        if words.at(place) in _LIMIT | _CALLS | {"at", "of", "is"}
    ]
    text = f"{LIMIT.name} = {value}"
    findings.add(LIMIT, value, *span, text, also=(*spots, *helping))


def _at_month_end(words: Words, one: Quantity, end: int) -> bool:
    text = " ".join(words.at(place) for place in words.near(one.start, end))
    return any(
        phrase in text
        for phrase in ("month end", "end of month", "end of the month", "black friday", "some days")
    )


def _peak(findings: Findings, rate: Rate, span: tuple[int, int], spots: list[int]) -> None:
    words = findings.words
    assert rate.high is not None
    helping = [
        place
        for place in words.near(*span)
        if words.at(place) in PEAK_WORDS | {"of", "at", "on", "end", "black", "some", "month"}
    ]
    if rate.per in PER_SECOND:
        value = plain(rate.high / PER_SECOND[rate.per])
        findings.add(PEAK, value, *span, f"{PEAK.name} = {value}", also=(*spots, *helping))
    else:
        text = f"{LARGEST_DAY.name} = {_shown(rate)}"
        findings.add(LARGEST_DAY, rate, *span, text, also=(*spots, *helping))


def _per_run(findings: Findings, rate: Rate, span: tuple[int, int], spots: list[int]) -> None:
    words = findings.words
    before = _before(words, span[0])
    partner_says = before & {"supports", "accepts", "support", "accept", "takes", "api", "allows"}
    if partner_says and rate.high is not None:
        items = int(rate.high)
        text = f"{BATCH_ITEMS.name} = {items}"
        findings.add(BATCH_ITEMS, items, *span, "partner.batch_api = true", text, also=spots)
        return
    findings.add(PER_RUN, rate, *span, f"volume = {_shown(rate)}", also=spots)


def _find_runs(findings: Findings) -> None:
    words = findings.words
    for place in range(len(words)):
        found = runs(words, place)
        if found is None or not findings.free(place, found[1]):
            continue
        nearby = _before(words, place)
        if nearby & {"poll", "polls", "polled", "polling", "check", "checks", "checking"}:
            continue
        value = plain(found[0])
        findings.add(RUNS, value, place, found[1], f"{RUNS.name} = {value}")


def _corrects(findings: Findings, place: int) -> bool:
    """Say if a correction stands just before ``place``."""
    return any(0 <= place - one <= 4 for one in findings.corrections)


def _find_corrected_periods(findings: Findings) -> None:
    """Find ``sorry, I meant per hour``: a new period for the number given before."""
    words = findings.words
    for correction in findings.corrections:
        for place in range(correction, min(correction + 6, len(words))):
            found = _free_period(findings, place)
            if found is None:
                continue
            rate = Rate(low=None, high=None, per=found[0])
            text = f"volume = {_shown(rate)}"
            findings.add(VOLUME, rate, place, found[1], text)
            break


def per_day(
    rate: Rate, days_per_week: Decimal, window_hours: Decimal, runs_per_day: Decimal = Decimal(1)
) -> tuple[Decimal, Decimal]:
    """Return the low and high number on a day on which payouts come, whatever the period."""
    assert rate.low is not None
    assert rate.high is not None
    share = days_per_week / 7
    factor = {
        "second": 3600 * window_hours,
        "minute": 60 * window_hours,
        "hour": window_hours,
        "week": 1 / days_per_week,
        "month": 1 / (DAYS_PER_MONTH * share),
        "quarter": 1 / (DAYS_PER_MONTH * 3 * share),
        "year": 1 / (365 * share),
        "run": runs_per_day,
    }.get(rate.per or "day", Decimal(1))
    return plain(rate.low * factor), plain(rate.high * factor)
