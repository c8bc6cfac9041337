"""Hours, days and time zones: windows, deadlines, durations and working days."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from frugal.model.brief import Timing, Value
from frugal.read.findings import Findings, Topic
from frugal.read.numbers import Quantity
from frugal.read.words import Kind, Lexicon, one_of, phrases


class Window(Value, frozen=True, kw_only=True):
    hours: Decimal
    start: str | None = None
    assumed: str = ""  #: why the hours are not the person's own


WINDOW: Topic[Window] = Topic("volume.window_hours")
TIME_ZONE: Topic[str] = Topic("volume.time_zone")
DAYS: Topic[Decimal] = Topic("volume.days_per_week")
DEADLINE: Topic[str] = Topic("promises.daily_deadline")
PAID_WITHIN: Topic[Decimal] = Topic("promises.paid_within_hours")
REAL_TIME_SECONDS: Topic[Decimal] = Topic("promises.real_time_seconds")
TIMING: Topic[Timing] = Topic("timing")
DRAIN: Topic[Decimal] = Topic("promises.drain_within_hours")

HOUR = Decimal(3600)
SECONDS = {
    unit: Decimal(seconds)
    for units, seconds in (
        ("ms millisecond milliseconds millis msec", "0.001"),
        ("s sec secs second seconds sekunde sekunden seconde secondes segundo segundos", "1"),
        ("m min mins minute minutes minuten minuto minutos", "60"),
        ("h hr hrs hour hours stunde stunden heure heures hora horas", "3600"),
        ("d day days tag tage jour jours dia dias", "86400"),
        ("week weeks wk", "604800"),
    )
    for unit in units.split()
}

_ABBREVIATIONS = one_of(
    "et est edt ct cst cdt mst mdt pt pst pdt utc gmt bst cet cest mez eet eest ist jst sgt hkt"
    " aest aedt brt zulu"
)

_NOT_AT_WEEKENDS = one_of("no not never closed except without down unavailable")
_BUSINESS = phrases(
    "business hours|office hours|working hours|work hours|banking hours|bank hours|9 to 5|9 - 5",
    True,
)


@cache
def _zones() -> Lexicon[str]:
    """IANA names; a city's where the abbreviation is used in several countries."""
    return Lexicon(
        {
            **phrases("new york|eastern|et|est|edt|us eastern", "America/New_York"),
            **phrases("chicago|central time|ct|cst|cdt|us central", "America/Chicago"),
            **phrases("denver|mountain|mst|mdt", "America/Denver"),
            **phrases(
                "los angeles|pacific|pt|pst|pdt|san francisco|us pacific|seattle",
                "America/Los_Angeles",
            ),
            **phrases("utc|gmt|zulu", "UTC"),
            **phrases("london|uk|bst", "Europe/London"),
            **phrases("cet|cest|berlin|german|frankfurt|mez|central european", "Europe/Berlin"),
            **phrases("paris", "Europe/Paris"),
            **phrases("madrid", "Europe/Madrid"),
            **phrases("eet|eest", "Europe/Athens"),
            **phrases("dublin|irish", "Europe/Dublin"),
            **phrases("ist|india|indian|mumbai", "Asia/Kolkata"),
            **phrases("jst|tokyo|japan", "Asia/Tokyo"),
            **phrases("singapore|sgt", "Asia/Singapore"),
            **phrases("hong kong|hkt", "Asia/Hong_Kong"),
            **phrases("sydney|aest|aedt", "Australia/Sydney"),
            **phrases("sao paulo|brasilia|brt", "America/Sao_Paulo"),
            **phrases("toronto", "America/Toronto"),
        }
    )


def _each_day_names() -> dict[str, Decimal]:
    """Return ``every Friday`` and the like: one day a week."""
    names = sorted(one_of("monday tuesday wednesday thursday friday saturday sunday"))
    return {f"{each} {name}": Decimal(1) for each in ("every", "each") for name in names}


@cache
def _days() -> Lexicon[Decimal]:
    return Lexicon(
        {
            **phrases(
                "weekday|weekdays|business day|business days|working day"
                "|working days|workday|workdays"
                "|monday to friday|mon to fri|mon - fri|mon fri|monday friday|monday - friday"
                "|monday through friday|monday thru friday|5 days a week|five days a week"
                "|5 days per week|5 days / week|werktags|werktag|montag bis freitag|banking days"
                "|no weekends|not on weekends|except weekends|excluding weekends",
                Decimal(5),
            ),
            **phrases(
                "monday to saturday|mon - sat|mon to sat|monday through saturday|6 days a week"
                "|six days a week|6 days per week",
                Decimal(6),
            ),
            **phrases(
                "24/7|7 days a week|seven days a week|including weekends|weekends included",
                Decimal(7),
            ),
            **phrases("24/7/365|around the clock", Decimal(7)),
            **_each_day_names(),
            **phrases("weekends only|only on weekends|only weekends", Decimal(2)),
        }
    )


@cache
def _business() -> Lexicon[bool]:
    return Lexicon(_BUSINESS)


@cache
def _time() -> re.Pattern[str]:
    return re.compile(r"(\d{1,2})(?::(\d\d)|h(\d\d))?\s?(?:([ap])\.?m|uhr)?")


def clock(text: str) -> str:
    """Return a time of day as HH:MM.

    >>> clock("9am"), clock("12 pm"), clock("17:30"), clock("24:00"), clock("17h45")
    ('09:00', '12:00', '17:30', '00:00', '17:45')
    """
    found = _time().match(text)
    assert found is not None, text
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4] == "p" else 0)
    return f"{hour % 24:02}:{minute:02}"


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def hours_between(start: str, end: str) -> Decimal:
    """Return the hours from one time of day to the next other one; a whole day if they are equal.

    >>> hours_between("22:00", "04:00"), hours_between("09:00", "17:00")
    (Decimal('6'), Decimal('8'))
    """
    minutes = (_minutes(end) - _minutes(start)) % 1440 or 1440
    return (Decimal(minutes) / 60).quantize(Decimal("0.01")).normalize() + 0


def find_times(findings: Findings) -> None:
    """Find time zones, windows between two times, deadlines and working days."""
    _find_times_of_day(findings)
    _find_named_deadlines(findings)
    _find_business_hours(findings)
    words = findings.words
    for place, end, days in _days().scan(words):
        if not findings.free(place, end):
            continue
        also = [place - 1] if words.at(place - 1) in {"each", "every", "on", "per", "only"} else []
        if words.at(place - 1) == "/" or words.at(end) == "only":
            also = [place - 1 if words.at(place - 1) == "/" else end]
        if words.at(place - 1) in {"within", "in"} or words.kind(place - 1) is Kind.NUMBER:
            continue  # "within 2 business days"
        findings.add(DAYS, days, place, end, f"volume.days_per_week = {days}", also=also)
    for place, token in enumerate(words.tokens):
        if token.text in {"weekend", "weekends"} and findings.free(place, place + 1):
            first = words.near(place, place).start
            spots = [one for one in range(first, place) if words.at(one) in _NOT_AT_WEEKENDS]
            if spots:
                text = "volume.days_per_week = 5"
                findings.add(DAYS, Decimal(5), spots[-1], place + 1, text)


#: Times of day that have a name.
_NAMED_TIMES = {
    **phrases("midnight|end of day|eod|end of the day", "23:59"),
    **phrases("noon|midday", "12:00"),
    **phrases("close of business|cob|end of business", "17:00"),
}


@cache
def _named_times() -> Lexicon[str]:
    return Lexicon(_NAMED_TIMES)


def _find_named_deadlines(findings: Findings) -> None:
    words = findings.words
    for place, end, time in _named_times().scan(words):
        if words.at(place - 1) in {"by", "before"} and findings.free(place - 1, end):
            text = f"promises.daily_deadline = {time}"
            findings.add(DEADLINE, time, place - 1, end, text)
            _zone(findings, end)


def _find_times_of_day(findings: Findings) -> None:
    words = findings.words
    place = 0
    while place < len(words):
        if words.kind(place) is not Kind.TIME:
            place += 1
            continue
        joint = place + 1
        zone_end = _zone(findings, joint)
        if zone_end is not None and words.at(zone_end) in {"-", "to", "and", "until"}:
            joint = zone_end
        second = (
            joint + 1 if words.at(joint) in {"-", "to", "and", "until", "till", "bis"} else joint
        )
        opening = words.at(place - 1)
        if words.kind(second) is Kind.TIME and (second > joint or joint == place + 1):
            _window(findings, place, second, opening)
            place = second + 1
        else:
            _deadline(findings, place, opening)
            place += 1
        _zone(findings, place)


def _window(findings: Findings, place: int, second: int, opening: str) -> None:
    words = findings.words
    start, end = clock(words.at(place)), clock(words.at(second))
    hours = hours_between(start, end)
    also = [place - 1] if opening in {"between", "from", "during", "at"} else []
    understood = (f"volume.window_hours = {hours}", f"volume.window_start = {start}")
    findings.add(
        WINDOW, Window(hours=hours, start=start), place, second + 1, *understood, also=also
    )


def _deadline(findings: Findings, place: int, opening: str) -> None:
    words = findings.words
    time = clock(words.at(place))
    if opening in {"by", "before", "until", "till", "than"}:
        also = [place - 1]
        if words.at(place - 2) in _DONE:
            also.append(place - 2)
        understood = f"promises.daily_deadline = {time}"
        findings.add(DEADLINE, time, place, place + 1, understood, also=also)
    elif opening in {"at", "after", "from", "around", "starting"}:
        # the hour a run starts; how long its payouts may take stays open
        findings.add(
            START, time, place, place + 1, f"volume.window_start = {time}", also=[place - 1]
        )


_DONE = one_of("latest later out done finished paid sent completed settled")
START: Topic[str] = Topic("volume.window_start")


def _zone(findings: Findings, place: int) -> int | None:
    """Read the time zone right after a time, ``New York time``; return where it ends."""
    words = findings.words
    start = place + 1 if words.at(place) in {"(", "in"} else place
    token = words.tokens[start] if start < len(words) else None
    if token is None:
        return None
    if token.kind is Kind.NAME and "/" in token.text and token.text[0].isalpha():
        name = "/".join(_title(part) for part in token.text.split("/"))
        end = start + 1
    else:
        found = _zones().match(words, start)
        if found is None:
            return None
        name, end = found
        if words.at(end) in {"time", "timezone", "zone"}:
            end += 1
        elif words.at(end) in {"standard", "daylight"} and words.at(end + 1) == "time":
            end += 2
        elif token.text not in _ABBREVIATIONS:
            return None
    if findings.free(start, end):
        findings.add(TIME_ZONE, name, start, end, f"volume.time_zone = {name}")
    return end


def _title(part: str) -> str:
    return "_".join(word.capitalize() for word in part.split("_"))


def _find_business_hours(findings: Findings) -> None:
    words = findings.words
    for place, end, _ in _business().scan(words):
        if not findings.free(place, end):
            continue
        why = "business hours taken as 09:00 to 17:00 on working days"
        also = [place - 1] if words.at(place - 1) in {"in", "during", "within", "over"} else []
        findings.add(
            WINDOW,
            Window(hours=Decimal(8), start="09:00", assumed=why),
            place,
            end,
            "volume.window_hours = 8",
            "volume.days_per_week = 5",
            note=why,
            also=also,
        )
        _zone(findings, end)


def find_durations(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find ``within 2 hours``, ``in one hour``, ``in under 5 seconds``."""
    words = findings.words
    for one in quantities:
        unit = SECONDS.get(words.at(one.end))
        if unit is None or not findings.free(one.start, one.end + 1):
            continue
        if words.at(one.end + 1) in {"a", "per"} and words.at(one.end + 2) in {"week", "month"}:
            continue
        _duration(findings, one, unit)


def _duration(findings: Findings, one: Quantity, unit: Decimal) -> None:
    words = findings.words
    start, end = one.start, one.end + 1
    seconds = one.measure * unit
    opening = words.at(start - 1)
    fragment = range(words.near(start, end).start, start)
    before = {words.at(place) for place in fragment}
    within = opening == "within" or (opening in {"in", "after"} and one.only_high)
    within |= opening == "in" and words.at(start - 2) in {"paid", "settled", "sent", "done", "out"}
    hours = (seconds / HOUR).quantize(Decimal("0.0001")).normalize() + 0
    hours = hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours
    also = [start - 1, start - 2] if words.at(start - 2) in _DONE else [start - 1]
    if before & {"drain", "drained", "backlog", "recover", "recovery", "catch"} and (
        within or opening == "in"
    ):
        also += [place for place in fragment if words.at(place) in _DRAIN_WORDS]
        findings.add(DRAIN, hours, start, end, f"promises.drain_within_hours = {hours}", also=also)
    elif within and seconds <= 60:
        text = f"promises.real_time_seconds = {seconds.normalize() + 0:f}"
        findings.add(REAL_TIME_SECONDS, seconds, start, end, text, "timing = real_time", also=also)
    elif within:
        text = f"promises.paid_within_hours = {hours}"
        findings.add(PAID_WITHIN, hours, start, end, text, also=also)
    elif opening in {"in", "over", "during"} and Decimal(60) <= seconds < 86400:
        text = f"volume.window_hours = {hours}"
        findings.add(WINDOW, Window(hours=hours), start, end, text, also=also)


_DRAIN_WORDS = one_of("drain drained backlog recover recovery catch up cleared")
