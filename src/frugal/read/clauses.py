"""The request's own words in order, each piece with what became of it. Nothing is dropped.

A piece ends where its fragment ends (a comma, a full stop), or where words that were understood
meet words that were not. Small words that carry no demand of their own (*we*, *need*, *the*) go
with the piece beside them.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from frugal.model.brief import Clause
from frugal.read.findings import Findings, Found
from frugal.read.words import Kind, one_of

NOT_UNDERSTOOD = "not understood"
NOTHING_ASKED = "no demand in these words"

_SMALL = one_of(
    "through across amid paid a about above after all also although am an and any anyone"
    " anything approx approximately are as ask at aws amazon be because been being both but by"
    " came can come comes coming could currently deal deals do does doing done during each"
    " either else etc even ever every everything few first for from general get gets getting"
    " give given go goes going good got great had half handle handles handled has have having he"
    " hello help her here hi his how i i'd i'm i've if in into is it it's its just keep kind"
    " know let let's like likely look looking lot made main mainly make makes making many may"
    " maybe me mean might more most mostly much must my need needed needs new no't now of off ok"
    " okay on once one ones only onto or other our ours out over own part per perhaps please"
    " plus possible process processed processes processing provide put question quite rather"
    " really run running runs said same say see set setup shall she should so some something"
    " soon stack still such sure system take takes taken taking talk talks than thank thanks"
    " that that's the their them then there there's these they they're thing things think this"
    " those though thus time to today together too total two typically under until up upon us"
    " use used uses using usually via very want wants was way we we'd we'll we're we've well"
    " were what what's when where which while who whole why will wish with within work working"
    " works would yes yet you you'd your yours app application apps backend back end cloud"
    " current existing include includes included including infrastructure integrate integration"
    " integrates partner partners platform project service services side solution team tech"
    " technology api apis call calls volume volumes number amount amounts database db data"
    " server servers box instance instances host hosted hosting machine prod production"
    " environment region plan around roughly circa somewhere between amongst day days hour hours"
    " week month months year business company startup sellers customers users merchants drivers"
    " people recipients clients vendors creators contractors employees payees suppliers"
    " different various several able approach best option options questions answer problem use"
    " case right left next happen happens arrive arrives connect connects connected"
    " connection connections store stores stored save saves saved log logs money cash account"
    " accounts bank banks card cards marketplace"
    " evening evenings morning settles wir haben brauchen und mit von uber unsere die"
    " der das ein eine ist sind pro auf im zu je nous avons et les des du de le la un une est"
    " par avec pour sur chez tenemos y el los con en del"
)


_SYMBOLS = frozenset("-'/&*~+=…•:")


class _State(Enum):
    READ = "read"
    SMALL = "small"
    UNREAD = "unread"


def clauses_of(findings: Findings) -> tuple[Clause, ...]:
    """Return the whole request cut into pieces, each with its reading."""
    words = findings.words
    if not len(words):
        return (Clause(words=words.text.strip(), note=NOT_UNDERSTOOD),)
    pieces = _pieces(findings)
    clauses: list[Clause] = []
    start = 0
    for index, (_, state) in enumerate(pieces):
        last = index + 1 == len(pieces)
        end = len(words.text) if last else words.tokens[pieces[index + 1][0]].start
        text = " ".join(words.text[start:end].split())
        start = end
        stop = len(words) if last else pieces[index + 1][0]
        clauses.append(_clause(findings, text, pieces[index][0], stop, state))
    return tuple(clauses)


def _clause(findings: Findings, text: str, start: int, stop: int, state: _State) -> Clause:
    owners: list[Found[Any]] = []
    for place in range(start, stop):
        owner = findings.owners[place]
        if owner is not None and owner not in owners:
            owners.append(owner)
    understood = [line for one in owners if not one.dropped for line in one.understood]
    notes = list(dict.fromkeys(one.note for one in owners if one.note))
    if not understood and not notes:
        notes = [NOTHING_ASKED if state is _State.SMALL else NOT_UNDERSTOOD]
    return Clause(words=text, understood=tuple(dict.fromkeys(understood)), note="; ".join(notes))


def _pieces(findings: Findings) -> list[tuple[int, _State]]:
    """Return where each piece starts, and what it is."""
    words = findings.words
    runs: list[tuple[int, _State]] = []
    group = -1
    for place in range(len(words)):
        state = _state(findings, place)
        new_fragment = words.fragments[place] != group
        closing = words.at(place) not in "(["
        if words.kind(place) in {Kind.BREAK, Kind.STOP} and (closing or not new_fragment):
            continue
        group = words.fragments[place]
        if not runs or new_fragment:
            runs.append((place, state))
        elif state is _State.SMALL or state is runs[-1][1]:
            continue
        elif runs[-1][1] is _State.SMALL and _starts_fragment(findings, runs[-1][0], place):
            runs[-1] = (runs[-1][0], state)
        else:
            runs.append((place, state))
    return _joined(runs)


def _starts_fragment(findings: Findings, start: int, place: int) -> bool:
    return findings.words.fragments[start] == findings.words.fragments[place]


def _joined(runs: list[tuple[int, _State]]) -> list[tuple[int, _State]]:
    """Give pieces of small words only to the piece after them, or before where none follows."""
    pieces: list[tuple[int, _State]] = []
    pending: int | None = None
    for start, state in runs:
        if state is _State.SMALL:
            pending = start if pending is None else pending
            continue
        pieces.append((start if pending is None else pending, state))
        pending = None
    if not pieces:
        return [(0, _State.SMALL)]
    return pieces


def _state(findings: Findings, place: int) -> _State:
    words = findings.words
    if findings.owners[place] is not None:
        return _State.READ
    kind = words.kind(place)
    if kind in {Kind.BREAK, Kind.STOP}:
        return _State.SMALL
    if kind is Kind.SYMBOL and words.at(place) in _SYMBOLS:
        return _State.SMALL
    return _State.SMALL if words.at(place) in _SMALL else _State.UNREAD
