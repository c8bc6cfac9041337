"""A request cut into words, each knowing where it stood.

Matching works on a *folded* copy of the text: lower case, accents off, every dash a hyphen, every
digit an ASCII digit, and exactly as long as the original, so that a place in one is the same
place in the other and what we quote back is what the person typed.

A hyphen or underscore between letters only parts two words (``real-time``, ``max_connections``);
between digits it is kept, because it makes a range. Names that carry digits or dots of their own
(``eu-central-1``, ``db.t4g.micro``, ``24/7``, dates, times of day) are one word each, so that no
later rule can mistake their digits for a quantity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from frugal.model.errors import BadRequest

Meaning = TypeVar("Meaning")

#: A request is a few sentences; a page is 3,000 characters. What is longer is a file for --stack.
CHARACTERS_MAX = 20_000


#: How many words to either side can still be about a number: a clause is rarely longer.
NEAR = 12


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"
    NAME = "name"  #: an identifier with digits that are no quantity
    TIME = "time"  #: a time of day
    SYMBOL = "symbol"
    BREAK = "break"  #: ends a fragment
    STOP = "stop"  #: ends a sentence


class Token(NamedTuple):
    text: str  #: folded
    start: int
    end: int
    kind: Kind


_TOKENS = r"""
  (?P<name>
      https?://[^\s,]+
    | (?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?[a-z]{4,12}-\d\b
    | (?:db\.|cache\.)?[a-z]{1,3}\d{1,2}[a-z]{0,3}(?:-[a-z]{1,6})?
      \.(?:nano|micro|small|medium|\d{0,2}x?large|metal)\b
    | \b24/7(?:/365)?\b
    | \b\d{4}-\d\d-\d\d\b | \b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b
    | \b(?:africa|america|asia|australia|europe|pacific)/[a-z]+(?:_[a-z]+)*\b
    | \b(?!\d{1,3}(?:\.\d{3}){3}\b)\d+(?:\.\d+){3}\b
  )
  | (?P<time>
      \b(?:[01]?\d|2[0-4]):[0-5]\d(?:\ ?[ap]\.?m\b)?
    | \b(?:1[0-2]|0?[1-9])\ ?[ap]\.?m\b
    | \b(?:[01]?\d|2[0-4])\ uhr\b | \b(?:[01]?\d|2[0-4])h(?:[0-5]\d)\b
  )
  | (?P<number> \d+(?:e\d{1,2}\b|(?:[.,']\d+)*) )
  | (?P<word> (?:usd|eur|gbp|chf|postgres|postgresql|pg)(?=\d) | [^\W\d_]+(?:'[^\W\d_]+)*\d*[a-z]? )
  | (?P<stop> [?!\n]|\.(?=\s|$|["')\]]) )
  | (?P<break> [,;()\[\]"]|(?<=\s)-(?=\s(?![\d$€£])) )
  | (?P<joint> (?<=\w)-(?=[^\W\d_]) )
  | (?P<symbol> [^\s\w] )
"""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣-"), "-")
_QUOTES = dict.fromkeys(map(ord, "‘’ʼ´`"), "'")
_TABLE = {**_DASHES, **_QUOTES}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_TOKENS, re.VERBOSE)


def fold(text: str) -> str:
    """Return ``text`` in lower case, plain digits, dashes and letters, of the same length.

    >>> fold("Zürich – ٣")
    'zurich - 3'
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


@cache
def _folded(character: str) -> str:
    if character.isascii():
        return character.lower()
    if ord(character) in _TABLE:
        return _TABLE[ord(character)]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace() or unicodedata.category(character) == "Cf":
        return " "
    plain = unicodedata.normalize("NFKD", character)[0].lower()
    return plain if len(plain) == 1 else character


def check(text: str) -> None:
    """Refuse text that is no request: empty, binary or huge."""
    if not text.strip():
        raise BadRequest(
            "the request is empty",
            hint="Say how many payouts, through which partner, on which stack",
        )
    if len(text) > CHARACTERS_MAX:
        raise BadRequest(
            f"the request has {len(text):,} characters, more than {CHARACTERS_MAX:,}",
            hint="Say it in a few sentences; give files with --stack",
        )
    for place, character in enumerate(text):
        if (
            unicodedata.category(character) in {"Cc", "Cs", "Cn", "Co"}
            and character not in "\t\r\n"
        ):
            raise BadRequest(
                f"the request is not text: character {place + 1} is U+{ord(character):04X}",
                hint="Give words; a binary file cannot be read",
            )


class Words:
    """The words of one request."""

    def __init__(self, text: str) -> None:
        check(text)
        self.text = text
        self.tokens = list(self._tokens(fold(text)))
        self.sentences = self._groups({Kind.STOP})
        self.fragments = self._groups({Kind.STOP, Kind.BREAK})
        self._bounds = self._spans(self.fragments, {Kind.STOP, Kind.BREAK})
        self._sentence_bounds = self._spans(self.sentences, set())

    @staticmethod
    def _tokens(folded: str) -> Iterator[Token]:
        for found in _pattern().finditer(folded):
            if found.lastgroup == "joint":  # real-time, 5-minute
                continue
            yield Token(found[0], found.start(), found.end(), Kind(found.lastgroup))

    def _groups(self, ends: set[Kind]) -> list[int]:
        """Return for each word the number of the sentence or fragment it stands in."""
        group, groups = 0, []
        for token in self.tokens:
            opens = token.kind in ends and token.text in "(["
            group += opens  # a bracket opens the group it stands in
            groups.append(group)
            group += token.kind in ends and not opens
        return groups

    def __len__(self) -> int:
        return len(self.tokens)

    def at(self, place: int) -> str:
        """Return the folded word at ``place``; nothing beyond either end."""
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def kind(self, place: int) -> Kind | None:
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else None

    def touches(self, place: int) -> bool:
        """Say if nothing stands between the word at ``place`` and the one before it."""
        return 0 < place < len(self.tokens) and (
            self.tokens[place].start == self.tokens[place - 1].end
        )

    def said(self, start: int, end: int) -> str:
        """Return the person's own words from ``start`` up to ``end``."""
        return " ".join(self.text[self.tokens[start].start : self.tokens[end - 1].end].split())

    def same_fragment(self, one: int, other: int) -> bool:
        return self.fragments[one] == self.fragments[other]

    def same_fragment_at(self, one: int, other: int) -> bool:
        """Like ``same_fragment``, for a place that may lie beyond the end."""
        return other < len(self.tokens) and self.same_fragment(one, other)

    def same_sentence(self, one: int, other: int) -> bool:
        return self.sentences[one] == self.sentences[other]

    def fragment_start(self, place: int) -> int:
        return self._bounds[self.fragments[place]][0]

    def fragment_end(self, place: int) -> int:
        """Return the end of the fragment, its closing mark left out."""
        return self._bounds[self.fragments[place]][1]

    def sentence(self, place: int) -> range:
        """Return the places of the sentence around ``place``."""
        return range(*self._sentence_bounds[self.sentences[place]])

    def near(self, start: int, end: int, before: int = NEAR, after: int = NEAR) -> range:
        """Return the places beside ``start`` up to ``end``, within the same fragment.

        The reach is bounded, so that a fragment of any length is read in linear time.
        """
        first, last = self._bounds[self.fragments[start]]
        return range(max(first, start - before), max(start, min(last, end + after)))

    def _spans(self, groups: list[int], marks: set[Kind]) -> dict[int, tuple[int, int]]:
        """Return where each group starts and ends, its closing marks left out."""
        spans: dict[int, tuple[int, int]] = {}
        for place, group in enumerate(groups):
            start, end = spans.get(group, (place, place))
            opens = self.tokens[place].text in "(["
            marked = self.tokens[place].kind in marks and not opens
            spans[group] = (start, end if marked else place + 1)
        return spans


class Lexicon(Generic[Meaning]):
    """Phrases and what each means; the longest phrase at a place wins."""

    def __init__(self, phrases: Mapping[str, Meaning]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
        for phrase, meaning in phrases.items():
            parts = tuple(phrase.split())
            self._by_first.setdefault(parts[0], []).append((parts, meaning))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def match(self, words: Words, place: int) -> tuple[Meaning, int] | None:
        """Return the meaning of the phrase that starts at ``place``, and where it ends."""
        for parts, meaning in self._by_first.get(words.at(place), ()):
            if all(words.at(place + step) == part for step, part in enumerate(parts)):
                return meaning, place + len(parts)
        return None

    def scan_before(self, words: Words, end: int) -> Iterator[tuple[int, int, Meaning]]:
        """Yield the phrases that end exactly at ``end``."""
        for place in range(max(0, end - 4), end):
            found = self.match(words, place)
            if found is not None and found[1] == end:
                yield place, end, found[0]

    def scan(self, words: Words) -> Iterator[tuple[int, int, Meaning]]:
        """Yield every phrase of the request, from left to right, as start, end and meaning."""
        place = 0
        while place < len(words):
            found = self.match(words, place)
            if found is None:
                place += 1
            else:
                yield place, found[1], found[0]
                place = found[1]


def one_of(text: str) -> frozenset[str]:
    """Return the words of ``text`` as a set to look words up in."""
    return frozenset(text.split())


def table(text: str) -> dict[str, str]:
    """Return the phrases of a table of ``meaning = phrase | phrase`` lines, each with its meaning.

    A line that starts with ``|`` goes on with the one above it.

    >>> table("sqs = sqs | sqs queue\\n    | queue")
    {'sqs': 'sqs', 'sqs queue': 'sqs', 'queue': 'sqs'}
    """
    meanings: dict[str, str] = {}
    meaning = ""
    for line in text.strip().splitlines():
        before, equals, after = line.partition("=")
        if equals:
            meaning = before.strip()
        listed = after if equals else before.strip().removeprefix("|")
        meanings |= phrases(listed, meaning)
    return meanings


def phrases(text: str, meaning: Meaning) -> dict[str, Meaning]:
    """Return a table that gives each phrase of ``text``, parted by ``|``, one meaning."""
    return {phrase.strip(): meaning for phrase in text.split("|")}
