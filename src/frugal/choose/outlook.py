"""The outlook: what would change the answer, and by how much.

Break-evens, ceilings and flips are solved on the formulas that price. The scale map weighs again at
many volumes; the range of the months, and what plausible answers move, are drawn from months as
they may come. That takes some tenth of a second, so only where there is time for trials as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from frugal.choose.break_even import break_evens
from frugal.choose.ceilings import ceilings
from frugal.choose.flips import connection_flips, discrete_flips, numeric_flips
from frugal.choose.ground import Ground
from frugal.choose.inputs import LIMITING, PRICED
from frugal.choose.landscape import Landscape
from frugal.choose.questions import Unknown, questions
from frugal.choose.weighing import Weighed
from frugal.model.decision import BreakEven, Ceiling, Flip, Question
from frugal.model.ranges import CostRange, Reach

if TYPE_CHECKING:
    from frugal.choose.plausible import Answers
    from frugal.choose.trying import Trials


class Outlook(NamedTuple):
    break_evens: tuple[BreakEven, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    flips: tuple[Flip, ...] = ()
    questions: tuple[Question, ...] = ()
    reaches: tuple[Reach, ...] = ()
    cost_range: CostRange | None = None


def outlook(
    ground: Ground,
    chosen: Weighed,
    options: Sequence[Weighed],
    *,
    simulated: bool = False,
    trials: Trials | None = None,
) -> Outlook:
    """Return break-evens between the options, ceilings, flips, and what to ask.

    Args:
        ground: what is weighed.
        chosen: what is recommended.
        options: what is shown beside it, the chosen one first.
        simulated: whether to weigh every volume too, and to draw months: their range, and what
            answers would move.
        trials: what the chosen design survived; None: answers are judged by money alone.
    """
    compared = _compared(ground, options)
    evens: list[BreakEven] = []
    limits: tuple[Ceiling, ...] = ()
    flips: list[Flip] = []
    unknowns: list[Unknown] = []
    answers = _answers(ground, chosen) if simulated else None
    reaches: tuple[Reach, ...] = ()
    for read in (*PRICED, *LIMITING):
        given = read(ground.scene)
        if given.put is None:
            continue
        landscape = Landscape(ground, given)
        found = tuple(numeric_flips(landscape, chosen))
        flips += found
        if given.assumed:
            now = "unknown" if given.now is None else f"{given.now.normalize():f} {given.unit}"
            plausible = answers.numbers(landscape) if answers is not None else ()
            unknowns.append(Unknown(given.id, now, found, plausible))
        if read in PRICED:
            evens += break_evens(landscape, compared)
        if not limits:  # the volume is the first
            limits = ceilings(ground, landscape)
            reaches = _reaches(ground, landscape, limits) if simulated else ()
    for turned in (*connection_flips(ground, chosen), *discrete_flips(ground, chosen)):
        change, flip, _ = turned
        if flip.pattern != chosen.candidate.pattern:
            flips.append(flip)
        if change.assumed:
            plausible = answers.other(turned) if answers is not None else ()
            unknowns.append(Unknown(change.id, change.now, (flip,), plausible))
    if answers is not None and trials is not None:
        unknowns = answers.with_risks(unknowns, trials)
    return Outlook(
        tuple(evens),
        limits,
        tuple(flips),
        questions(unknowns, chosen),
        reaches,
        answers.cost_range if answers is not None else None,
    )


def _answers(ground: Ground, chosen: Weighed) -> Answers:
    from frugal.choose.plausible import Answers  # the months, which nobody else needs

    return Answers(ground, chosen)


def _reaches(ground: Ground, volumes: Landscape, limits: tuple[Ceiling, ...]) -> tuple[Reach, ...]:
    from frugal.choose.scale_map import scale_map

    return scale_map(ground, volumes, limits)


def _compared(ground: Ground, options: Sequence[Weighed]) -> list[str]:
    """Return the patterns whose costs are compared: the options, and every full one that holds."""
    shown = [one.candidate.pattern for one in options]
    return shown + sorted({one.candidate.pattern for one in ground.feasible if one.full} - {*shown})
