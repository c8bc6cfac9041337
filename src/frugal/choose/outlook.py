"""The outlook: what would change the answer, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from frugal.choose.break_even import break_evens
from frugal.choose.ceilings import ceilings
from frugal.choose.flips import connection_flips, discrete_flips, numeric_flips
from frugal.choose.ground import Ground
from frugal.choose.inputs import LIMITING, PRICED
from frugal.choose.landscape import Landscape
from frugal.choose.questions import Unknown, questions
from frugal.choose.weighing import Weighed
from frugal.model.decision import BreakEven, Ceiling, Flip, Question


class Outlook(NamedTuple):
    break_evens: tuple[BreakEven, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    flips: tuple[Flip, ...] = ()
    questions: tuple[Question, ...] = ()


def outlook(ground: Ground, chosen: Weighed, options: Sequence[Weighed]) -> Outlook:
    """Return break-evens between the options, ceilings, flips, and what to ask."""
    compared = _compared(ground, options)
    evens: list[BreakEven] = []
    limits: tuple[Ceiling, ...] = ()
    flips: list[Flip] = []
    unknowns: list[Unknown] = []
    for read in (*PRICED, *LIMITING):
        given = read(ground.scene)
        if given.put is None:
            continue
        landscape = Landscape(ground, given)
        found = tuple(numeric_flips(landscape, chosen))
        flips += found
        if given.assumed:
            now = "unknown" if given.now is None else f"{given.now.normalize():f} {given.unit}"
            unknowns.append(Unknown(given.id, now, found))
        if read in PRICED:
            evens += break_evens(landscape, compared)
        if not limits:  # the volume is the first
            limits = ceilings(ground, landscape)
    for change, flip in (*connection_flips(ground, chosen), *discrete_flips(ground, chosen)):
        if flip.pattern != chosen.candidate.pattern:
            flips.append(flip)
        if change.assumed:
            unknowns.append(Unknown(change.id, change.now, (flip,)))
    return Outlook(tuple(evens), limits, tuple(flips), questions(unknowns, chosen))


def _compared(ground: Ground, options: Sequence[Weighed]) -> list[str]:
    """Return the patterns whose costs are compared: the options, and every full one that holds."""
    shown = [one.candidate.pattern for one in options]
    return shown + sorted({one.candidate.pattern for one in ground.feasible if one.full} - {*shown})
