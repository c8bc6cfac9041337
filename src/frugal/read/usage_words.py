"""A question about a price, in words: what is used of which service, and how much.

    >>> question = usage_words("3 million Lambda requests at 1536 MB and 120 ms in us-east-1")
    >>> question.region, question.asked[0].service
    ('us-east-1', 'aws_lambda')
    >>> [(name, str(value)) for name, value in question.asked[0].given]
    [('requests', '3000000'), ('memory_mb', '1536'), ('duration_ms', '120')]

No word is guessed at. A number belongs to the service named within its own phrase ("2 million SQS
requests"), else to the last one named before it; its unit says which input it is. What is left over
is listed, and whoever asked sees it beside the price.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from frugal.model.brief import Value
from frugal.read.numbers import Quantity, quantities
from frugal.read.periods import HOURS_PER_MONTH, period
from frugal.read.places import REGIONS
from frugal.read.usage_terms import Term, field_of, services, settings, terms
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases

#: How many words may stand between a number and its unit: "3 million standard SQS requests".
_PHRASE = 4
#: A period as a fraction of a month, kept apart so that the product is exact.
_A_MONTH = {
    "second": (HOURS_PER_MONTH * 3600, 1),
    "minute": (HOURS_PER_MONTH * 60, 1),
    "hour": (HOURS_PER_MONTH, 1),
    "day": (HOURS_PER_MONTH, 24),
    "week": (HOURS_PER_MONTH, 168),
    "month": (Decimal(1), 1),
    "year": (Decimal(1), 12),
}
#: What may stand between a unit and the service it is of: "10 GB of logs".
_OF = one_of("of the in on to from through over into")
#: What may stand between a number and its unit, beside the service's own words.
_ADJECTIVES = one_of("standard custom more extra additional api new api of")
#: In a question about a price an ``m`` that touches its number is a million.
_MILLION = re.compile(r"(?<=\d)[mM](?![A-Za-z0-9])")
#: Words that say nothing about an amount.
_FILLERS = one_of(
    "a an the and or with at of in on for to per each every month monthly by plus from what how"
    " much does do would will cost costs price prices is are it i we our my us please aws amazon"
    " about roughly around approximately running run using use of each one memory ram size sized"
    " taking takes take duration long lasting architecture region total all together also ms mb"
    " single sent received data have has that which be if there me tell calculate estimate storage"
    " stored kept ingested processed traffic requests standard linux instance instances plan plans"
    " queue queues topic function functions through hour hours month's 24/7 24 7 az type class"
    " demand internet"
)
_WITHOUT = one_of("without no excluding ignoring minus")
_WITH = one_of("with including after applying always")


class Asked(Value, frozen=True, kw_only=True):
    """What is said of one service: its inputs, with values, and the words they stand in."""

    service: str
    given: tuple[tuple[str, Decimal | str], ...]
    words: str


class Question(Value, frozen=True, kw_only=True):
    """A question about a price, as far as it is understood."""

    asked: tuple[Asked, ...]
    region: str = ""
    free_tier: str = ""
    not_understood: tuple[str, ...] = ()


class _Heard:
    """One service as it is mentioned, and what has been said of it so far."""

    def __init__(self, service: str, start: int, end: int) -> None:
        self.service = service
        self.start = start
        self.end = end
        self.given: dict[str, Decimal | str] = {}


def usage_words(text: str) -> Question:
    """Read a question; raises ``BadRequest`` for text that is none."""
    words = Words(_MILLION.sub(" million", text))
    used: set[int] = set()
    region = _region(words, used)
    free_tier = _free_tier(words, used)
    heard = _mentions(words, used)
    for one in quantities(words):
        if not used & set(range(one.start, one.end)):
            _amount(words, one, heard, used)
    for mention in heard:
        _settings(words, mention, heard, used)
    return Question(
        asked=tuple(_asked(words, mention) for mention in _merged(heard)),
        region=region,
        free_tier=free_tier,
        not_understood=_left_over(words, used),
    )


@cache
def _cities() -> Lexicon[str]:
    """Return the places that can only mean one Region: "Frankfurt", "Ohio"."""
    return Lexicon({word: one.id for one in REGIONS for word in phrases(one.words, one.id)})


def _region(words: Words, used: set[int]) -> str:
    for place, token in enumerate(words.tokens):
        parts = token.text.split("-")
        if token.kind is Kind.NAME and len(parts) > 2 and parts[-1].isdigit():
            used.add(place)
            return token.text
    for start, end, region in _cities().scan(words):
        used |= set(range(start, end))
        return region
    return ""


def _free_tier(words: Words, used: set[int]) -> str:
    for place in range(len(words)):
        if words.at(place) != "free" or words.at(place + 1) not in {"tier", "allowance"}:
            continue
        used |= {place, place + 1}
        near = range(max(0, place - 3), place)
        for before in reversed(near):
            if words.at(before) in _WITHOUT | _WITH:
                used |= set(range(before, place))
                return "none" if words.at(before) in _WITHOUT else "always"
        return "always"
    return ""


def _mentions(words: Words, used: set[int]) -> list[_Heard]:
    heard: list[_Heard] = []
    for start, end, service in services().scan(words):
        if used & set(range(start, end)):
            continue
        heard.append(_Heard(service, start, end))
        used |= set(range(start, end))
    return heard


def _amount(words: Words, one: Quantity, heard: list[_Heard], used: set[int]) -> None:
    """Give a number to the service it is about, under the input its unit names."""
    for mention, within in _owners(words, one, heard):
        found = _unit(words, one, mention)
        if found is None or (within and not _of_it(words, found, mention)):
            continue
        term, unit_start, end = found
        amount = (one.high if term.rate and term.factor == 1 else one.measure) * term.factor
        if term.rate:
            per = period(words, end)
            if per is not None and per[0] in _A_MONTH:
                times, parts = _A_MONTH[per[0]]
                amount, end = amount * times / parts, per[1]
        if term.field in mention.given:  # the same again: another use of the service
            mention = _Heard(mention.service, one.start, one.start)
            heard.append(mention)
        mention.given[term.field] = amount
        used |= {*range(one.start, one.end), *range(unit_start, end)}
        return


def _owners(words: Words, one: Quantity, heard: list[_Heard]) -> list[tuple[_Heard, bool]]:
    """Return the services a number can be about, the likeliest first; is it in its phrase?"""
    within = [
        (mention, True)
        for mention in heard
        if one.end <= mention.start < one.end + _PHRASE
        and not _number_between(words, one.end, mention.start)
    ]
    before = [(mention, False) for mention in heard if mention.end <= one.start]
    after = [(mention, False) for mention in heard if mention.start >= one.end]
    return [*within, *reversed(before), *after[:1]]


def _number_between(words: Words, start: int, end: int) -> bool:
    return any(words.kind(place) is Kind.NUMBER for place in range(start, end))


def _of_it(words: Words, found: tuple[Term, int, int], mention: _Heard) -> bool:
    """Whether the unit is the service's: "SQS requests", "GB of logs", not "hours and an RDS"."""
    _, start, end = found
    return start >= mention.start or all(
        words.at(place) in _OF for place in range(end, mention.start)
    )


def _unit(words: Words, one: Quantity, mention: _Heard) -> tuple[Term, int, int] | None:
    """Return what the unit of a number means, and the words it takes."""
    if mention.service == "lightsail" and "$" in (words.at(one.start), words.at(one.start - 1)):
        return Term("plan_usd"), one.end, one.end
    lexicon, own = terms(mention.service), settings(mention.service)
    for place in range(one.end, min(one.end + _PHRASE, len(words))):
        found = lexicon.match(words, place)
        named = mention.start <= place < mention.end
        # "10,000 Secrets Manager requests" counts no secrets: a name is taken whole or not at all
        if found is not None and not (named and found[1] < mention.end):
            return found[0], place, found[1]
        if not named and words.at(place) not in own and words.at(place) not in _ADJECTIVES:
            return None
    return None


def _settings(words: Words, mention: _Heard, heard: list[_Heard], used: set[int]) -> None:
    """Take words that set an input by themselves: ``arm``, ``FIFO``, an instance type."""
    later = [other.start for other in heard if other.start > mention.start]
    reach = range(max(0, mention.start - _PHRASE), min(later, default=len(words)))
    known = settings(mention.service)
    for place in reach:
        word = words.at(place)
        inside = mention.start <= place < mention.end
        if word in known and (inside or place not in used):
            field, value = known[word]
            mention.given.setdefault(field, value)
            used.add(place)
        if words.kind(place) is Kind.NAME and "." in word and place not in used:
            field = {"ec2": "instance_type", "rds": "instance_class"}.get(mention.service, "")
            if field and word.startswith("db.") == (mention.service == "rds"):
                mention.given.setdefault(field, word)
                used.add(place)


def _merged(heard: list[_Heard]) -> list[_Heard]:
    """Join mentions of one service that say different things of the same use."""
    kept: list[_Heard] = []
    for mention in heard:
        same = next((one for one in kept if one.service == mention.service), None)
        if same is None:
            kept.append(mention)
        elif not set(same.given) & set(mention.given):
            same.given |= mention.given
        else:
            kept.append(mention)
    return kept


def _asked(words: Words, mention: _Heard) -> Asked:
    return Asked(
        service=mention.service,
        given=tuple(
            (field_of(mention.service, field, mention.given), value)
            for field, value in mention.given.items()
        ),
        words=words.said(mention.start, mention.end),
    )


def _left_over(words: Words, used: set[int]) -> tuple[str, ...]:
    """Return the words nothing was made of, neighbours together."""
    phrases: list[str] = []
    start: int | None = None
    for place in range(len(words) + 1):
        over = (
            place < len(words)
            and place not in used
            and words.kind(place) in (Kind.WORD, Kind.NUMBER, Kind.NAME, Kind.TIME)
            and words.at(place) not in _FILLERS
        )
        if over and start is None:
            start = place
        if not over and start is not None:
            phrases.append(words.said(start, place))
            start = None
    return tuple(phrases)
