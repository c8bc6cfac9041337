"""The choice: hard checks, exact prices, trials under faults, the rule of preference, the reasons.

Without trials, promises are judged by the hard checks alone; the document says so. What would
change the answer (break-evens, ceilings, flips) is worked out on the hard checks either way: what
trials refused stays out of it, and nothing else is tried out for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.choose import options as side_by_side
from frugal.choose.checks import unknown_wishes
from frugal.choose.faults import shared_faults
from frugal.choose.ground import Ground
from frugal.choose.infeasible import nothing_feasible
from frugal.choose.outlook import Outlook, outlook
from frugal.choose.rank import by_cost, handed_over, recommended
from frugal.choose.rejections import rejections
from frugal.choose.weighing import Weighed
from frugal.model.decision import Decision, Option
from frugal.patterns import Scene
from frugal.price_list.lookup import PriceList
from frugal.propose import Proposal

if TYPE_CHECKING:
    from frugal.choose.trying import Progress, Trials, Trying


def choose(
    scene: Scene,
    proposal: Proposal,
    prices: PriceList,
    *,
    ahead: bool = True,
    trials: Trials | None = None,
    progress: Progress | None = None,
) -> Decision:
    """Return the cheapest design that keeps every promise, and why nothing else is the answer.

    Args:
        scene: the Brief, the Stack and the load.
        proposal: what could be built.
        prices: the price list.
        ahead: whether to look ahead too: break-evens, ceilings, flips and questions. The choice
            itself is the same without, in a fraction of the time.
        trials: what candidates are tried out with; None: they are judged by hard checks alone.
        progress: told what is about to be tried.

    Raises:
        NothingFeasible: no candidate keeps every promise; says which number binds, and the
            nearest demand that would be feasible, or which trial it did not survive.
    """
    ground = Ground(scene, proposal, prices)
    if not ground.feasible:
        raise nothing_feasible(ground)
    trying = _trying(ground, trials, progress)
    chosen, cheapest = _chosen(ground, trying)
    rows = side_by_side.shown(
        scene, ground.feasible, chosen, trying.stands if trying is not None else None
    )
    shown = [one for one, _ in rows]

    def option(one: Weighed, label: str) -> Option:
        count = trying.count(one) if trying is not None and one.full else 0
        return side_by_side.option(scene, one, label, ground.pricer, trials=count)

    full = [option(one, label) for one, label in rows]
    beyond = Outlook()
    if ahead:
        survived = trials if trying is not None and chosen.full else None
        beyond = outlook(ground, chosen, shown, simulated=trials is not None, trials=survived)
    decision = Decision(
        region=scene.brief.region.value,
        weighed=len(ground.weighed),
        feasible=len(ground.feasible),
        chosen=full[0],
        cheapest=next(
            (o for o, one in zip(full, shown, strict=True) if one is cheapest),
            option(cheapest, "cheapest"),
        ),
        options=tuple(full),
        baseline=side_by_side.baseline(scene, prices),
        rejections=rejections(scene.brief, ground.weighed, chosen),
        not_built=proposal.not_built,
        shared_faults=(
            *ground.own_faults.values(),
            *shared_faults(proposal.candidates, scene),
            *unknown_wishes(scene.brief),
        ),
        scales=side_by_side.scales(ground, shown),
        break_evens=beyond.break_evens,
        ceilings=beyond.ceilings,
        flips=beyond.flips,
        questions=beyond.questions,
        regions=side_by_side.regions(scene, chosen, prices),
        reaches=beyond.reaches,
        cost_range=beyond.cost_range,
    )
    if trials is None:
        return decision
    from frugal.choose.trying import with_trials

    return with_trials(decision, scene.brief, trials, trying, chosen)


def _trying(ground: Ground, trials: Trials | None, progress: Progress | None) -> Trying | None:
    """Return the trials of this choice; None where nobody asked, or none can judge the request."""
    if trials is None:
        return None
    from frugal.choose.trying import Trying, cannot_be_tried

    if cannot_be_tried(ground.scene.brief):
        return None
    return Trying(trials, ground.feasible, progress)


def _chosen(ground: Ground, trying: Trying | None) -> tuple[Weighed, Weighed]:
    """Return the choice, and the plain cheapest that keeps every promise."""
    brief = ground.scene.brief
    if trying is not None and trying.has_candidates:
        found = trying.choice(brief)
        trying.mark()
        if found is not None:
            return found
        if not ground.feasible:
            raise trying.nothing_survives()
    feasible = ground.feasible
    return recommended(brief, feasible), min(handed_over(feasible), key=by_cost)
