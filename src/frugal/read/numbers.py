"""Numbers as people write them: ``1.2k``, ``1.500``, ``2 lakh``, ``a couple of dozen``.

A dot or comma before exactly three digits parts thousands in one language and decimals in another.
What is counted comes whole, so a count reads ``1.500`` as 1,500; a measure (seconds, per cent)
reads it as one and a half. A ``Quantity`` therefore keeps both readings until its unit is known.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from msgspec.structs import replace

from frugal.model.brief import Value
from frugal.read.words import Kind, Words, one_of

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: Decimal(value) for value, word in enumerate(_UNITS.split())} | {
    word: Decimal(20 + 10 * step) for step, word in enumerate(_TENS.split())
}
_SCALES = {
    word: Decimal(value)
    for words, value in (
        ("dozen dozens", 12),
        ("hundred", 100),
        ("thousand thousands tsd tausend mille k", 1_000),
        ("lakh lakhs lac", 100_000),
        ("million millions millionen mio mn mm m", 1_000_000),
        ("crore crores", 10_000_000),
        ("billion billions bn b", 1_000_000_000),
    )
    for word in words.split()
}
#: Letters that are a scale only where they touch their number: ``30k``, not ``30 k``.
_LETTERS = one_of("k m b mm")
#: What may follow ``5m`` where it means five million rather than five minutes or metres.
_AFTER_MILLION = one_of(
    "/ per a an each every daily monthly weekly nightly payouts payments transfers transactions"
    " requests - to"
)
#: How many words may open a quantity: "no more than about".
OPENING_WORDS = 4
#: Words without a number of their own, and the range each is taken as.
_VAGUE = {
    "tens": (Decimal(10), Decimal(99)),
    "dozens": (Decimal(24), Decimal(99)),
    "hundreds": (Decimal(100), Decimal(1_000)),
    "thousands": (Decimal(1_000), Decimal(10_000)),
    "millions": (Decimal(1_000_000), Decimal(10_000_000)),
}
_FEW = {"couple": Decimal(2), "few": Decimal(3), "several": Decimal(5), "handful": Decimal(5)}
_TO = one_of("- to until til till bis a ate or ~ through up")
_APPROXIMATE = one_of(
    "about around roughly approximately approx circa ca some ~ nearly almost maybe perhaps like"
    " say typically usually"
)
_ORDINAL = one_of("st nd rd th")
_VERSIONED = one_of("postgres postgresql pg mysql mariadb python node version v")


class Quantity(Value, frozen=True, kw_only=True):
    """A number or a range of numbers, and the words it is written in."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    measure_low: Decimal
    measure_high: Decimal
    vague: bool = False  #: a word such as "hundreds", taken as a range
    only_high: bool = False  #: "up to 500"
    only_low: bool = False  #: "at least 500"

    @property
    def measure(self) -> Decimal:
        """The larger end, read as a measure."""
        return self.measure_high


class _Number(Value, frozen=True):
    end: int
    count: Decimal
    measure: Decimal
    raw: Decimal  #: without its scale: 30 of "30k"
    scaled: bool = False
    vague_high: Decimal | None = None


@cache
def _grouped() -> re.Pattern[str]:
    """Thousands in threes, or in twos and a three as in India: ``1,234,567``, ``2,50,000``."""
    return re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}")


def parse(digits: str) -> tuple[Decimal, Decimal] | None:
    """Return what ``digits`` are as a count and as a measure; nothing for a version or an address.

    >>> parse("1.500"), parse("1,5"), parse("1.234.567,8"), parse("1.2.3")
    ((Decimal('1500'), Decimal('1.500')), (Decimal('1.5'), Decimal('1.5')), \
(Decimal('1234567.8'), Decimal('1234567.8')), None)
    """
    if digits.isdigit() or "e" in digits:
        value = Decimal(digits)
        return value, value
    marks = [mark for mark in digits if mark in ".,'"]
    if len(set(marks)) == 1:
        mark, plain = marks[0], digits.replace(marks[0], ",")
        if _grouped().fullmatch(plain) and not digits.startswith("0"):
            count = Decimal(digits.replace(mark, ""))
            decimal = len(marks) == 1 and mark == "."
            return count, Decimal(digits) if decimal else count
        if len(marks) > 1 or mark == "'":
            return None
        value = Decimal(plain.replace(",", "."))
        return value, value
    last = marks[-1]
    if marks.count(last) > 1 or len(set(marks)) > 2:
        return None
    whole, _, part = digits.rpartition(last)
    plain = re.sub(r"[.,']", ",", whole)
    if not _grouped().fullmatch(plain):
        return None
    value = Decimal(plain.replace(",", "") + "." + part)
    return value, value


def plain(value: Decimal) -> Decimal:
    """Return ``value`` to six places without trailing zeros or an exponent.

    >>> plain(Decimal(24) / 7), plain(Decimal("1E+3"))
    (Decimal('3.428571'), Decimal('1000'))
    """
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    rounded = value.quantize(Decimal("0.000001"))
    return rounded.normalize() if rounded else value.normalize()


def _digits(words: Words, place: int) -> _Number | None:
    if words.kind(place) is not Kind.NUMBER:
        return None
    text, end = words.at(place), place + 1
    # 1 500 par jour: one to three digits, a space, exactly three
    while (
        len(text.split(" ")[0]) <= 3
        and words.kind(end) is Kind.NUMBER
        and len(words.at(end)) == 3
        and words.at(end).isdigit()
        and words.at(place).isdigit()
        and words.tokens[end].start == words.tokens[end - 1].end + 1
        and words.at(place - 1) not in _VERSIONED
    ):
        text += " " + words.at(end)
        end += 1
    values = parse(text.replace(" ", ""))
    return None if values is None else _Number(end, *values, raw=values[1])


def _spelled(words: Words, place: int) -> _Number | None:
    """Read number words that start at ``place``: ``twenty-five``, ``a couple of dozen``."""
    word, end = words.at(place), place + 1
    if word in {"a", "an", "the"} and (
        words.at(end) in {"dozen", "hundred", "thousand", "million", "billion", "lakh", "crore"}
        or words.at(end) in _FEW
    ):
        word, end = words.at(end), end + 1
        if word in _FEW:
            value = _FEW[word]
        else:
            value, end = Decimal(1), end - 1
    elif word == "half" and words.at(end) in {"a", "an"} and words.at(end + 1) in _SCALES:
        value, end = Decimal("0.5"), end + 1
    elif word in _VAGUE and words.at(place - 1) not in _SMALL:
        low, high = _VAGUE[word]
        if words.at(end) == "of" and words.at(end + 1) in {"thousands", "millions"}:
            scale, end = _SCALES[words.at(end + 1)], end + 2
            low, high = low * scale, high * scale
        return _Number(end, low, low, low, vague_high=high)
    elif word in {"dozen", "hundred", "thousand"}:
        value, end = Decimal(1), place
    elif word in {"few", "several"}:
        value = _FEW[word]
    elif word in _SMALL:
        value = _SMALL[word]
        following = _SMALL.get(words.at(end))
        if 20 <= value < 100 and following is not None and following < 10:
            value, end = value + following, end + 1
    else:
        return None
    if words.at(end) == "of" and words.at(end + 1) in _SCALES:
        end += 1
    while words.at(end) == "hundred":
        value, end = value * 100, end + 1
        rest = words.at(end + 1) if words.at(end) == "and" else words.at(end)
        if rest in _SMALL:
            end += 2 if words.at(end) == "and" else 1
            value += _SMALL[rest]
            following = _SMALL.get(words.at(end))
            if _SMALL[rest] >= 20 and following is not None and following < 10:
                value, end = value + following, end + 1
    return _Number(end, value, value, value)


def _scaled(words: Words, number: _Number) -> _Number:
    """Apply the scales that follow a number: ``1.2k``, ``30 thousand``, ``2 lakh``."""
    end, count, measure, scaled = number.end, number.count, number.measure, False
    while (scale := _SCALES.get(words.at(end))) is not None:
        letter = words.at(end) in _LETTERS
        if letter and not words.touches(end):
            break
        if words.at(end) == "m" and not _means_million(words, end + 1):
            break
        count = measure = measure * scale
        scaled = True
        end += 1
        if words.at(end) == "." and words.at(end - 1) in {"mio", "tsd"}:
            end += 1
    return replace(number, end=end, count=count, measure=measure, scaled=scaled)


def _means_million(words: Words, place: int) -> bool:
    return words.at(place) in _AFTER_MILLION


def _number(words: Words, place: int) -> _Number | None:
    number = _digits(words, place) or _spelled(words, place)
    return None if number is None else _scaled(words, number)


def quantity(words: Words, place: int) -> Quantity | None:
    """Read the number or range that starts exactly at ``place``, its opening words included."""
    start, only_high, only_low, between = place, False, False, False
    while place - start < OPENING_WORDS and (step := _opening(words, place)) is not None:
        length, kind = step
        only_high |= kind == "high"
        only_low |= kind == "low"
        between |= kind == "between"
        place += length
    place = _over_currency(words, place)
    first = _number(words, place)
    if first is None or (words.at(first.end) in _ORDINAL and words.touches(first.end)):
        return None
    low, measure_low = first.count, first.measure
    high, measure_high, end = low, measure_low, first.end
    if first.vague_high is not None:
        high = measure_high = first.vague_high
        if words.at(end) == "of":
            end += 1
    second = _second(words, end, between)
    if second is not None:
        if second.scaled and not first.scaled and first.raw < second.raw:
            low = measure_low = first.raw * (second.measure / second.raw)  # 100-200k
        high, measure_high, end = second.count, second.measure, second.end
        if low > high:
            low, high, measure_low, measure_high = high, low, measure_high, measure_low
    elif words.at(end) == "+" and words.touches(end):
        only_low, end = True, end + 1
    return Quantity(
        start=start,
        end=end,
        low=low,
        high=high,
        measure_low=measure_low,
        measure_high=measure_high,
        vague=first.vague_high is not None,
        only_high=only_high and second is None,
        only_low=only_low and second is None,
    )


def _second(words: Words, end: int, between: bool) -> _Number | None:
    """Read the other end of a range: ``-200``, ``to 200``, ``and 200`` after *between*."""
    joint = words.at(end)
    if joint == "and" and between:
        after = end + 1
    elif joint in _TO:
        after = end + 1
        if joint == "up" or (joint == "or" and words.at(after) == "up"):
            if words.at(after) == "up":
                after += 1
            if words.at(after) != "to":
                return None
            after += 1
        if joint == "-" and words.at(after) == "-":
            after += 1
        if joint == "a" and words.kind(after) is not Kind.NUMBER:
            return None
    else:
        return None
    while words.at(after) in _APPROXIMATE:
        after += 1
    return _number(words, _over_currency(words, after))


def _over_currency(words: Words, place: int) -> int:
    return place + 1 if words.at(place) in {"$", "€", "£", "₹", "¥"} else place


_OPENINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("no", "more", "than"), "high"),
    (("not", "more", "than"), "high"),
    (("no", "fewer", "than"), "low"),
    (("no", "less", "than"), "low"),
    (("as", "many", "as"), "high"),
    (("somewhere", "between"), "between"),
    (("up", "to"), "high"),
    (("at", "most"), "high"),
    (("at", "least"), "low"),
    (("more", "than"), "low"),
    (("less", "than"), "high"),
    (("fewer", "than"), "high"),
    (("bis", "zu"), "high"),
    (("between",), "between"),
    (("from",), "between"),
    (("under",), "high"),
    (("below",), "high"),
    (("max",), "high"),
    (("maximum",), "high"),
    (("over",), "low"),
    (("above",), "low"),
    (("min",), "low"),
    (("minimum",), "low"),
    (("<",), "high"),
    (("≤",), "high"),
    ((">",), "low"),
    (("≥",), "low"),
)


@cache
def _openings() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    table: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
    about = [((word,), "about") for word in sorted(_APPROXIMATE)]
    for entry in (*_OPENINGS, *about):
        table[entry[0][0]] = (*table.get(entry[0][0], ()), entry)
    return table


def _opening(words: Words, place: int) -> tuple[int, str] | None:
    for parts, kind in _openings().get(words.at(place), ()):
        if all(words.at(place + step) == part for step, part in enumerate(parts)):
            return len(parts), kind
    return None


def quantities(words: Words) -> tuple[Quantity, ...]:
    """Return every number or range of the request, from left to right, none overlapping."""
    found: list[Quantity] = []
    place = 0
    while place < len(words):
        one = quantity(words, place)
        if one is None:
            place += 1
        else:
            found.append(one)
            place = one.end
    return tuple(found)
