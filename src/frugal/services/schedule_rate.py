"""How often a schedule fires in a month, from its ``rate``, ``cron`` or ``at`` expression.

EventBridge and EventBridge Scheduler share the expressions. The rate is the mean over a year, so
that no month is dearer for being long: ``cron(0 22 ? * MON-FRI *)`` fires on 5 of 7 days.
"""

from __future__ import annotations

import re
from decimal import Decimal

from frugal.services.resource import Unknown

_RATE = re.compile(r"^rate\(\s*(\d{1,6})\s+(minute|hour|day)s?\s*\)$", re.ASCII)
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEAR_DAYS = Decimal("365.25")


def firings(expression: str, hours: Decimal) -> Decimal | Unknown:
    """Return how often an expression fires in a month of so many hours.

    >>> firings("rate(5 minutes)", Decimal(730)), firings("cron(0 22 * * ? *)", Decimal(720))
    (Decimal('8760'), Decimal('30'))
    """
    text = expression.strip()
    if text.startswith("at("):
        return Decimal(1)
    rate = _RATE.match(text)
    if rate and int(rate[1]):
        return hours * 60 / (int(rate[1]) * _MINUTES[rate[2]])
    if text.startswith("cron(") and text.endswith(")"):
        fields = text[5:-1].upper().split()
        if len(fields) == 6:
            found = _cron(fields)
            if found is not None:
                return found * hours / 24
    return Unknown(f"the schedule `{text[:60]}` cannot be counted")


def _cron(fields: list[str]) -> Decimal | None:
    """Return the mean firings a day, or ``None`` for what is not counted (L, W, #, one year)."""
    minutes = _values(fields[0], 0, 59, ())
    hours = _values(fields[1], 0, 23, ())
    month_days = _values(fields[2], 1, 31, ())
    months = _values(fields[3], 1, 12, _MONTHS)
    week_days = _values(fields[4], 1, 7, _DAYS)
    if not (minutes and hours and month_days and months and week_days) or fields[5] != "*":
        return None
    if fields[4] in ("*", "?"):
        lengths = {2: Decimal("28.25"), 4: Decimal(30), 6: Decimal(30), 9: Decimal(30)}
        lengths[11] = Decimal(30)
        days = sum(
            (_days_in(month_days, lengths.get(month, Decimal(31))) for month in months), Decimal(0)
        )
        share = days / _YEAR_DAYS
        if len(month_days) == 31 and len(months) == 12:
            share = Decimal(1)
    elif len(months) == 12 and fields[2] in ("*", "?"):
        share = Decimal(len(week_days)) / 7
    else:
        return None
    return len(minutes) * len(hours) * share


def _days_in(month_days: set[int], length: Decimal) -> Decimal:
    whole = Decimal(sum(day <= int(length) for day in month_days))
    return whole + (length - int(length) if int(length) + 1 in month_days else 0)


def _values(field: str, low: int, high: int, names: tuple[str, ...]) -> set[int] | None:
    """Return the values a field stands for, or ``None`` where it says more than values."""
    if field in ("*", "?"):
        return set(range(low, high + 1))
    found: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, dash, last = span.partition("-")
        begin = low if first == "*" else _value(first, low, high, names)
        if begin is None or (step and (not step.isdecimal() or not int(step))):
            return None
        end = _value(last, low, high, names) if dash else (high if step or first == "*" else begin)
        if end is None or end < begin:
            return None
        found.update(range(begin, end + 1, int(step) if step else 1))
    return found


def _value(text: str, low: int, high: int, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + low
    return int(text) if text.isdecimal() and len(text) < 4 and low <= int(text) <= high else None
