"""Words that take back what was said before: ``sorry, I meant per hour``, ``scratch that``."""

from __future__ import annotations

from functools import cache

from frugal.read.findings import Findings, Topic
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases

CORRECTION: Topic[str] = Topic("correction")

_WORDS = (
    "sorry|i meant|we meant|sorry i meant|actually|scratch that|strike that|correction|make that"
    "|no wait|wait no|forget that|never mind|nevermind|ignore that|or rather|oops|i misspoke"
    "|to correct myself|let me correct that|should read|better make it|no make it|wait make it"
)
_TAKE_BACK = one_of("scratch strike forget")


@cache
def _lexicon() -> Lexicon[bool]:
    return Lexicon(phrases(_WORDS, True))


def find_corrections(findings: Findings) -> None:
    """Find corrections first, so that every other matcher can ask for them."""
    words = findings.words
    for place, end, _ in _lexicon().scan(words):
        if place == 0 and words.at(place) in {"sorry", "actually"}:
            continue  # a greeting, nothing to correct yet
        findings.add(CORRECTION, words.at(place), place, end, "corrects what was said before")
        findings.corrections.append(place)


def take_back(findings: Findings) -> None:
    """Drop the fragment before ``scratch that`` where nothing is put in its place."""
    words = findings.words
    for one in findings.all(CORRECTION):
        if one.value not in _TAKE_BACK:
            continue
        restated = any(
            other.start >= one.end
            and other.topic is not CORRECTION
            and words.sentences[other.start] - words.sentences[one.end - 1] <= 1
            for other in findings.found
        )
        if restated:
            continue
        groups, group = _taken_back(words, one.start)
        for other in findings.found:
            if group is not None and groups[other.start] == group:
                findings.drop(other)


def _taken_back(words: Words, place: int) -> tuple[list[int], int | None]:
    """Return what ``scratch that`` takes back: the sentence before, or the fragment before it."""
    opens = place == words.sentence(place).start
    groups = words.sentences if opens else words.fragments
    own = groups[place]
    for before in range(place - 1, -1, -1):
        if groups[before] != own and words.kind(before) not in {Kind.BREAK, Kind.STOP}:
            return groups, groups[before]
    return groups, None
