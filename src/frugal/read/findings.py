"""What was found in the words, and how later words correct or contradict earlier ones.

A matcher reports each thing it reads as a ``Found`` under a ``Topic`` and names the words it used.
A word belongs to one finding only, so the order of the matchers decides between two readings of
the same words, and a word that belongs to none was not understood.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec

from frugal.model.errors import BadRequest
from frugal.read.words import Words

Value = TypeVar("Value")


class Topic(msgspec.Struct, Generic[Value], frozen=True):
    """A thing a request can say once; ``name`` is the field of the Brief or Stack it fills."""

    name: str


#: Words that were read and change nothing; the note says why.
OTHER: Topic[str] = Topic("not used")


class Found(msgspec.Struct, Generic[Value], eq=False):
    """One thing read from the words ``start`` up to ``end``."""

    topic: Topic[Value]
    value: Value
    start: int
    end: int
    said: str
    understood: tuple[str, ...]
    note: str = ""
    dropped: bool = False
    places: list[int] = []  #: of its own words


class Findings:
    """Everything found so far."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.owners: list[Found[Any] | None] = [None] * len(words)
        self.found: list[Found[Any]] = []
        self.corrections: list[int] = []  #: places of "sorry, I meant", "actually"
        self._by_topic: dict[str, list[Found[Any]]] = {}

    def free(self, start: int, end: int) -> bool:
        """Say if no word from ``start`` up to ``end`` belongs to a finding yet."""
        return not any(self.owners[start:end])

    def add(
        self,
        topic: Topic[Value],
        value: Value,
        start: int,
        end: int,
        *understood: str,
        note: str = "",
        also: Iterable[int] = (),
    ) -> Found[Value]:
        """Report one finding; ``also`` are words outside the span that helped to read it."""
        one = Found(topic, value, start, end, "", understood, note)
        self.found.append(one)
        self._by_topic.setdefault(topic.name, []).append(one)
        own = [place for place in (*range(start, end), *also) if self.owners[place] in (None, one)]
        for place in own:
            self.owners[place] = one
        one.places = sorted({*range(start, end), *own})
        one.said = self._said(one.places)
        return one

    def _said(self, places: list[int]) -> str:
        """Return the words at these places; what stands between two of one fragment goes along."""
        words, parts, first = self.words, [], places[0]
        for before, place in itertools.pairwise(places):
            if not words.same_fragment(before, place):
                parts.append(words.said(first, before + 1))
                first = place
        parts.append(words.said(first, places[-1] + 1))
        return " … ".join(parts)

    def widen(self, one: Found[Any], places: Iterable[int]) -> None:
        """Let ``one`` own these words too, where they are still free."""
        for place in places:
            if 0 <= place < len(self.words) and self.owners[place] is None:
                self.owners[place] = one
                one.places.append(place)
        one.said = self._said(sorted(one.places))

    def all(self, topic: Topic[Value]) -> list[Found[Value]]:
        """Return what stands of a topic, in the order of the words."""
        of_topic = [one for one in self._by_topic.get(topic.name, ()) if not one.dropped]
        of_topic.sort(key=lambda one: one.start)
        return of_topic

    def any(self, topic: Topic[Any]) -> bool:
        return topic.name in self._by_topic

    def one(self, topic: Topic[Value]) -> Found[Value] | None:
        """Return the one value of a topic; two different ones are a contradiction.

        A later value replaces an earlier one only where a correction ("sorry, I meant") stands
        between them.
        """
        standing = self.all(topic)
        if not standing:
            return None
        last = standing[0]
        for one in standing[1:]:
            if one.value == last.value:
                continue
            if not self.corrected(last, one):
                raise clash(last, one)
            self.drop(last, one)
            last = one
        return last

    def first(self, topic: Topic[Value]) -> Found[Value] | None:
        """Return the first value of a topic, corrections applied; others are noted, not refused.

        For sizes of a stack: a second one is most likely of another thing, not a contradiction.
        """
        standing = self.all(topic)
        if not standing:
            return None
        chosen = standing[0]
        for one in standing[1:]:
            if self.corrected(chosen, one):
                self.drop(chosen, one)
                chosen = one
            elif one.value != chosen.value:
                one.dropped, one.note = True, f"not used: “{chosen.said}” is"
        return chosen

    def corrected(self, earlier: Found[Any], later: Found[Any]) -> bool:
        """Say if a correction stands between two findings, shortly before the later one."""
        return any(
            earlier.start < place <= later.start
            and self.words.sentences[later.start] - self.words.sentences[place] <= 1
            for place in self.corrections
        )

    def drop(self, earlier: Found[Any], later: Found[Any] | None = None) -> None:
        earlier.dropped = True
        earlier.note = f"replaced by “{later.said}”" if later else "taken back"


def clash(one: Found[Any], other: Found[Any]) -> BadRequest:
    return BadRequest(
        f"“{one.said}” and “{other.said}” contradict each other ({one.topic.name})",
        where="request",
        hint="Keep one of them, or say which holds: “sorry, I meant ...”",
    )
