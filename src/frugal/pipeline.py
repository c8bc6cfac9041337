"""The line, as code: request -> Brief -> Stack -> Candidates -> Decision -> Design -> files.

Each step takes values and returns another type. Faces (the command line, later MCP and the web
page) call only what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from frugal.choose import choose
from frugal.design.stage import design as write_design
from frugal.model.brief import Brief
from frugal.model.decision import Decision
from frugal.model.design import Design
from frugal.model.errors import BadRequest
from frugal.model.load import load_of
from frugal.model.stack import Stack
from frugal.patterns import Scene
from frugal.price_list.lookup import PriceList, open_snapshot
from frugal.propose import propose
from frugal.read import Reading, load_brief, read, write_brief
from frugal.render.jsonout import design_json
from frugal.render.markdown import markdown
from frugal.survey import assume, merge, survey

if TYPE_CHECKING:
    from frugal.choose.trying import Progress
    from frugal.model.rehearsal import Rehearsal

__all__ = ["Reading", "answer", "answer_brief", "decide", "files_of", "read", "rehearse"]


def answer(
    request: str,
    *,
    stack_paths: Sequence[Path] = (),
    region: str | None = None,
    prices: PriceList | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Design:
    """Return the design for a request in a person's words, and files of their stack.

    Args:
        request: the words.
        stack_paths: files that describe the stack.
        region: the AWS Region, if the request names none.
        prices: the price list; None: the one the package carries.
        seed: of the trials that candidates must survive; None: judge by the hard checks alone.
        progress: told what is about to be tried.
    """
    reading = read(request, region=region)
    if reading.kind != "design":
        raise BadRequest(
            f"this asks for {_ASKED[reading.kind]}, which is `frugal {reading.kind}`'s work",
            where="request",
            hint=_HINTS.get(reading.kind, _NOT_YET),
        )
    stack = _surveyed(reading.stack, stack_paths)
    return design_of(reading.brief, stack, prices, seed=seed, progress=progress)


def answer_brief(
    path: Path,
    *,
    stack_paths: Sequence[Path] = (),
    prices: PriceList | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Design:
    """Return the design for a Brief kept in a file, as written by an earlier run and corrected."""
    brief, stack = load_brief(path)
    surveyed = _surveyed(stack, stack_paths)
    return design_of(brief, surveyed, prices, seed=seed, progress=progress)


def design_of(
    brief: Brief,
    stack: Stack,
    prices: PriceList | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Design:
    """Return the design for a Brief on a Stack."""
    prices = prices or open_snapshot()
    scene, decision = decide(brief, stack, prices, seed=seed, progress=progress)
    return write_design(scene, decision, prices)


def decide(
    brief: Brief,
    stack: Stack,
    prices: PriceList,
    *,
    ahead: bool = True,
    seed: int | None = None,
    progress: Progress | None = None,
) -> tuple[Scene, Decision]:
    """Return the choice among every candidate and why.

    Args:
        brief: what must be true.
        stack: what is there already.
        prices: the price list.
        ahead: whether to add what would flip the choice.
        seed: of the trials that candidates must survive; None: judge by the hard checks alone.
        progress: told what is about to be tried.
    """
    scene = Scene(brief=brief, stack=stack, load=load_of(brief))
    trials = None
    if seed is not None:
        from frugal.simulate.trials import Trials  # the simulator, and the runtime in it

        trials = Trials(scene, seed)
    proposal = propose(scene)
    decision = choose(scene, proposal, prices, ahead=ahead, trials=trials, progress=progress)
    return scene, decision


def rehearse(
    path: Path,
    *,
    days: int = 365,
    faults: Sequence[str] = (),
    seed: int = 1,
    payouts_most: int | None = None,
    break_points: bool = False,
    prices: PriceList | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Rehearsal:
    """Return what becomes of a written Design in so many days, under the faults they bring.

    Args:
        path: the Design's file, or its folder.
        days: how many.
        faults: ids of the only faults there are; none: all, as often as a year has them.
        seed: of all chance.
        payouts_most: replayed at most; None: as many as the rehearsal itself says.
        break_points: find the volume at which each full pattern breaks a promise, too.
        prices: the price list; None: the one the package carries.
        progress: told the stage, and how far it is of how far.
    """
    from frugal.choose.breaking import break_points_of
    from frugal.choose.weighing import pricer_for
    from frugal.simulate.year.rehearsal import rehearse as rehearse_year
    from frugal.simulate.year.rehearsing import asked_for

    prices = prices or open_snapshot()
    asked = asked_for(path, days=days, fault_names=faults, seed=seed, replayed_most=payouts_most)
    scene = asked.scene
    rehearsed = rehearse_year(
        asked,
        pricer_for(scene, prices),
        progress=partial(progress, "days") if progress else None,
    )
    if not break_points:
        return rehearsed
    shown = partial(progress, "break points") if progress else None
    points = break_points_of(scene, prices, seed, progress=shown)
    return msgspec.structs.replace(rehearsed, break_points=points)


#: What a request that is not for a design asks for, by the command that will answer it.
_ASKED = {"audit": "an audit", "compare": "a comparison", "price": "a price"}
_HINTS = {"price": "Ask it with the same words; for a design, say what must be paid out."}
_NOT_YET = "That command is not in this version; for a design, say what must be paid out."


def files_of(design: Design) -> dict[str, bytes]:
    """Return the results as files, by their name in the output folder."""
    return {
        "brief.yaml": write_brief(design.brief, design.stack).encode(),
        "design.md": markdown(design.document).encode(),
        "design.json": design_json(design),
    }


def _surveyed(said: Stack, paths: Sequence[Path]) -> Stack:
    return assume(merge(said, survey(paths)) if paths else said)
