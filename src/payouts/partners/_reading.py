"""Reading what a partner wrote, without trusting it.

An answer decides about money, so it is read in one way or not at all: strict UTF-8, no name twice
in one object, no NaN, numbers exactly. Whatever else is in it (more fields, another order, numbers
written as text) is no reason to refuse it. Nothing here raises: what cannot be read is ``None``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from payouts.money import Money, MoneyError, minor_unit_exponent

#: The longest body that is read. A page of 200 transactions is about 200 KiB.
BODY_MAX = 4 * 1024 * 1024

#: The largest identifier of a partner's that is kept.
IDENTIFIER_MAX = 128

#: The longest number that is read: below the 28 digits to which ``decimal`` rounds by default. A
#: ledger's amount has at most 19.
_NUMBER_MAX = 27

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_DAYS = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?![0-9])"),
    re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])"),
    re.compile(r"(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})(?![0-9])"),
)
_SECONDS = re.compile(r"[0-9]{1,6}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._/-]+")


def json_in(body: bytes, longest: int = BODY_MAX) -> Any:
    """Return the JSON value of a body, ``None`` where there is none that reads in one way only."""
    if not body or len(body) > longest:
        return None
    try:
        return _decoder().decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


@cache
def _decoder() -> json.JSONDecoder:
    # ``json.loads`` with such arguments makes a new decoder for every answer.
    return json.JSONDecoder(
        parse_float=_exact,
        parse_int=_exact,
        parse_constant=_refuse,
        object_pairs_hook=_once,
    )


def object_in(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, an empty one where the value is something else."""
    return value if isinstance(value, dict) else {}


def identifier_in(value: Any) -> str | None:
    """Return an identifier as text (partners also write them as numbers), if it is a plain one."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = format(value, "f")
    if isinstance(value, str) and len(value) <= IDENTIFIER_MAX and _IDENTIFIER.fullmatch(value):
        return value
    return None


def number_in(value: Any) -> Decimal | None:
    """Return a number, also one that is written as text, exactly."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and len(value) <= _NUMBER_MAX and _NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def whole_in(value: Any) -> int | None:
    """Return a whole number that a ledger could hold."""
    number = number_in(value)
    if number is None or number.adjusted() > 18 or number != number.to_integral_value():
        return None
    return int(number)


def major_in(total: Any, currency: Any) -> Money | None:
    """Return an amount given in major units (``10.5`` dollars) if it is one of whole cents."""
    number = number_in(total)
    if number is None or not isinstance(currency, str) or number.adjusted() > 18:
        return None
    try:
        minor = number.scaleb(minor_unit_exponent(currency))
        return Money(int(minor), currency) if minor == minor.to_integral_value() else None
    except (MoneyError, ArithmeticError):
        return None


def minor_in(amount: Any, currency: Any) -> Money | None:
    """Return an amount given in minor units (``1050`` cents)."""
    minor = whole_in(amount)
    if minor is None or not isinstance(currency, str):
        return None
    try:
        return Money(minor, currency.upper())
    except MoneyError:
        return None


def label(text: Any, longest: int = 32) -> str:
    """Return a partner's word as a short text that is safe to store and to print."""
    if isinstance(text, Decimal):
        text = format(text, "f") if text.adjusted() < 18 else ""
    if not isinstance(text, str):
        return "-"
    return _UNSAFE.sub("_", text[:longest]) or "-"


def day_in(value: Any) -> str | None:
    """Return a date as ISO 8601, from that, from ``YYYYMMDD`` or from ``MM/DD/YYYY``."""
    text = value if isinstance(value, str) else label(value)
    for pattern in _DAYS:
        match = pattern.match(text)
        if match:
            try:
                return date(*(int(match[name]) for name in ("y", "m", "d"))).isoformat()
            except ValueError:
                return None
    return None


def seconds_in(headers: Mapping[str, str]) -> int | None:
    """Return what ``Retry-After`` says in seconds; one that names a date is not read."""
    text = headers.get("retry-after", "").strip()
    return int(text) if _SECONDS.fullmatch(text) else None


def _exact(text: str) -> Decimal | str:
    """Read a number; one of a length or size nobody pays in stays text, which is no number."""
    if len(text) > _NUMBER_MAX:
        return text
    number = Decimal(text)
    return number if abs(number.adjusted()) <= 60 else text


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
