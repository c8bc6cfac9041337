"""Growth (``10% a month``, ``doubling every year``) and multiples (``10x at month end``)."""

from __future__ import annotations

from decimal import Decimal

from frugal.read.findings import Findings, Topic
from frugal.read.numbers import Quantity, plain
from frugal.read.periods import period
from frugal.read.volume import GROW_WORDS, LARGEST_DAY, PEAK_WORDS
from frugal.read.words import Words, one_of

GROWTH: Topic[Decimal] = Topic("volume.growth_per_year")
MULTIPLE: Topic[Decimal] = Topic("largest day as a multiple")

_PER_YEAR = {"month": 12, "quarter": 4, "year": 1, "week": 52}
_MONTHS = one_of("november december january")  # when trade is heaviest; only beside a multiple
_FACTORS = {
    word: Decimal(factor)
    for words, factor in (
        ("double doubles doubling doubled", "2"),
        ("triple triples tripling tripled", "3"),
        ("quadruple quadruples quadrupling", "4"),
        ("halve halves halving", "0.5"),
    )
    for word in words.split()
}


def find_multiples(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find ``10x at month end``, ``triple on Fridays``."""
    words = findings.words
    spots = [
        (one.start, one.end + 1, one.measure)
        for one in quantities
        if words.at(one.end) in {"x", "times", "×", "fold"}
    ]
    spots += [
        (place, place + 1, _FACTORS[token.text])
        for place, token in enumerate(words.tokens)
        if token.text in _FACTORS
    ]
    for start, end, factor in sorted(spots):
        if not findings.free(start, end):
            continue
        near = words.near(start, end)
        first, last = near.start, near.stop
        fragment = {words.at(place) for place in near}
        text = " ".join(words.at(place) for place in near)
        if (
            not fragment & (PEAK_WORDS | _MONTHS)
            and "month end" not in text
            and "end of" not in text
        ):
            continue
        helping = [
            place
            for place in range(first, last)
            if words.at(place)
            in PEAK_WORDS | _MONTHS | {"at", "on", "end", "of", "month", "the", "black", "volume"}
        ]
        factor = plain(factor)
        said = f"{LARGEST_DAY.name} = {factor} × the daily high"
        findings.add(MULTIPLE, factor, start, end, said, also=helping)


def find_growth(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find ``growing 10% a month`` and ``doubling every year``, put per year."""
    words = findings.words
    for one in quantities:
        percent = words.at(one.end) in {"%", "percent", "pct"}
        times = words.at(one.end) in {"x", "times", "fold"}
        if not (percent or times) or not findings.free(one.start, one.end + 1):
            continue
        near = words.near(one.start, one.end)
        first, last = near.start, near.stop
        signed = percent and words.at(one.start - 1) == "+"
        if not signed and not {words.at(place) for place in near} & GROW_WORDS:
            continue
        factor = 1 + one.measure / 100 if percent else one.measure
        _growth(findings, one.start, one.end + 1, factor, (first, last))
    for place, token in enumerate(words.tokens):
        if token.text in _FACTORS and findings.free(place, place + 1):
            near = words.near(place, place + 1)
            found = _growth_period(words, place + 1, near.stop)
            if found is not None:
                span = (near.start, near.stop)
                _growth(findings, place, place + 1, _FACTORS[token.text], span)


def _growth_period(words: Words, start: int, end: int) -> tuple[str, int, int] | None:
    for place in range(start, end):
        found = period(words, place)
        if found is not None and found[0] in _PER_YEAR:
            return found[0], place, found[1]
        if words.at(place) in {"yoy", "annually"}:
            return "year", place, place + 1
        if words.at(place) == "mom":
            return "month", place, place + 1
    return None


def _growth(
    findings: Findings, start: int, end: int, factor: Decimal, span: tuple[int, int]
) -> None:
    words = findings.words
    found = _growth_period(words, end, span[1]) or _growth_period(words, span[0], start)
    also = [place for place in range(*span) if words.at(place) in GROW_WORDS | {"by", "of"}]
    per, note = "year", "no period given: a year is assumed"
    if found is not None:
        per, note = found[0], ""
        also += range(found[1], found[2])
    value = plain((factor ** _PER_YEAR[per] - 1).quantize(Decimal("0.0001")))
    text = f"{GROWTH.name} = {value}"
    findings.add(GROWTH, value, start, end, text, also=also, note=note)
