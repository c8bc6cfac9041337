"""Periods after a number: ``per day``, ``/s``, ``nightly``, ``pro Tag``, ``twice a day``."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from frugal.read.numbers import quantity
from frugal.read.words import Lexicon, Words, phrases

_UNITS = {
    **phrases("s|sec|second|seconds|sekunde|seconde|segundo|secondo", "second"),
    **phrases("m|min|minute|minuto", "minute"),
    **phrases("h|hr|hour|stunde|heure|hora|ora|uur", "hour"),
    **phrases("d|day|calendar day|24 hours|24h|24 h|tag|jour|dia|giorno|dag", "day"),
    **phrases(
        "weekday|business day|working day|work day|workday|banking day|werktag|jour ouvre",
        "workday",
    ),
    **phrases("night|nacht|nuit|noche|evening", "night"),
    **phrases("week|wk|w|woche|semaine|semana|settimana", "week"),
    **phrases("month|mo|mth|monat|mois|mes|mese|maand", "month"),
    **phrases("quarter|quartal|trimestre", "quarter"),
    **phrases("year|yr|annum|jahr|an|ano|anno", "year"),
    **phrases("run|batch|time|go|cycle|job|execution|file", "run"),
}
_ADVERBS = {
    **phrases("daily|taglich|quotidiens|quotidiennement|diarios|diario|a day|dagelijks", "day"),
    **phrases("nightly|overnight|every night|each night", "night"),
    **phrases("hourly|stundlich", "hour"),
    **phrases("weekly|wochentlich|hebdomadaires|semanales", "week"),
    **phrases("monthly|monatlich|mensuels|mensuales", "month"),
    **phrases("quarterly", "quarter"),
    **phrases("yearly|annually|annual|jahrlich", "year"),
    **phrases("rps|tps|qps|req/s|tx/s", "second"),
    **phrases("tpm|rpm", "minute"),
    **phrases("at a time|each time|every time", "run"),
    **phrases("am tag|al dia|al giorno|par jour|por dia|pro tag|per dag|die woche", "day"),
    **phrases("al mes|im monat|par mois|por mes", "month"),
    **phrases("in der woche|par semaine|por semana|a la semana", "week"),
    **phrases("je stunde|pro stunde|par heure|por hora", "hour"),
}
_JOINTS = {"/", "per", "a", "an", "each", "every", "pro", "par", "por", "je", "in a", "p"}
_TIMES = {"once": Decimal(1), "twice": Decimal(2), "thrice": Decimal(3)}

HOURS_PER_MONTH = Decimal(730)  #: AWS's convention, 8,760 / 12
DAYS_PER_MONTH = HOURS_PER_MONTH / 24


@cache
def _units() -> Lexicon[str]:
    return Lexicon(_UNITS)


@cache
def _adverbs() -> Lexicon[str]:
    return Lexicon(_ADVERBS)


def period(words: Words, place: int) -> tuple[str, int] | None:
    """Return the period that starts at ``place``, and where it ends."""
    if words.at(place) in {"in", "over"} and words.at(place + 1) in {"a", "each", "one"}:
        place += 1
        if words.at(place) == "one":
            return None
    if words.at(place) in _JOINTS:
        found = _units().match(words, place + 1)
        if found is not None and not (found[0] == "year" and words.at(place + 1) == "an"):
            return found
    return _adverbs().match(words, place)


def runs(words: Words, place: int) -> tuple[Decimal, int] | None:
    """Return how many runs a day ``twice a day`` or ``every 6 hours`` are, and where it ends."""
    word = words.at(place)
    if word in _TIMES:
        return _runs_of(words, _TIMES[word], place + 1)
    if word in {"every", "each", "alle"}:
        found = quantity(words, place + 1)
        if found is None:
            return None
        seconds = {"minute": 60, "minutes": 60, "min": 60, "mins": 60}.get(words.at(found.end))
        if words.at(found.end) in {"hours", "hour", "hrs", "h", "stunden"}:
            seconds = 3600
        if not seconds or not found.measure:
            return None
        return Decimal(86400) / (found.measure * seconds), found.end + 1
    found = quantity(words, place)
    if found is not None and words.at(found.end) in {"times", "x", "runs", "mal", "fois", "veces"}:
        return _runs_of(words, found.high, found.end + 1)
    return None


def _runs_of(words: Words, times: Decimal, place: int) -> tuple[Decimal, int] | None:
    per = period(words, place)
    if per is None or per[0] not in {"day", "night", "workday", "hour"}:
        return None
    return times * (24 if per[0] == "hour" else 1), per[1]
