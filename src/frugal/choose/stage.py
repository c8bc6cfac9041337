"""The choice: hard checks, exact prices, the rule of preference, and the reasons.

Until designs are tried out under faults, promises are judged by the hard checks alone; the document
says so.
"""

from __future__ import annotations

from frugal.choose import options as side_by_side
from frugal.choose.checks import unknown_wishes
from frugal.choose.faults import shared_faults
from frugal.choose.ground import Ground
from frugal.choose.infeasible import nothing_feasible
from frugal.choose.outlook import Outlook, outlook
from frugal.choose.rank import by_cost, handed_over, recommended
from frugal.choose.rejections import rejections
from frugal.model.decision import Decision
from frugal.patterns import Scene
from frugal.price_list.lookup import PriceList
from frugal.propose import Proposal


def choose(scene: Scene, proposal: Proposal, prices: PriceList, *, ahead: bool = True) -> Decision:
    """Return the cheapest design that keeps every promise, and why nothing else is the answer.

    Args:
        scene: the Brief, the Stack and the load.
        proposal: what could be built.
        prices: the price list.
        ahead: whether to look ahead too: break-evens, ceilings, flips and questions. The choice
            itself is the same without, in a fraction of the time.

    Raises:
        NothingFeasible: no candidate keeps every promise; says which number binds, and the
            nearest demand that would be feasible.
    """
    ground = Ground(scene, proposal, prices)
    weighed, feasible, pricer = ground.weighed, ground.feasible, ground.pricer
    if not feasible:
        raise nothing_feasible(ground)
    chosen = recommended(scene.brief, feasible)
    rows = side_by_side.shown(scene, feasible, chosen)
    shown = [one for one, _ in rows]
    full = [side_by_side.option(scene, one, label, pricer) for one, label in rows]
    cheapest = min(handed_over(feasible), key=by_cost)
    beyond = outlook(ground, chosen, shown) if ahead else Outlook()
    return Decision(
        region=scene.brief.region.value,
        weighed=len(weighed),
        feasible=len(feasible),
        chosen=full[0],
        cheapest=next(
            (o for o, one in zip(full, shown, strict=True) if one is cheapest),
            side_by_side.option(scene, cheapest, "cheapest", pricer),
        ),
        options=tuple(full),
        baseline=side_by_side.baseline(scene, prices),
        rejections=rejections(scene.brief, weighed, chosen),
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
    )
