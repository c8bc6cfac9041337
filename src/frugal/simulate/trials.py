"""Trials as choosing asks for them: the plan of a candidate, what can be done to it, and results.

One ``Trials`` is for one scene and one seed. It runs and forgets; what a result means, and which
are worth keeping, is the chooser's affair.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from math import ceil

from frugal.faults import Fault, faults
from frugal.faults.fault import PartnerDown
from frugal.model.graph import Candidate
from frugal.model.trial import Tried
from frugal.patterns import Scene
from frugal.simulate.abreast import abreast
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.reach import applies, hits
from frugal.simulate.replay import PAYOUTS_MOST
from frugal.simulate.trial import try_out

_PAYOUTS_LEAST = 250
_SCALED = 10


class Trials:
    """What can be tried in one scene, with one seed."""

    def __init__(self, scene: Scene, seed: int, *, processes: int | None = None) -> None:
        self.seed = seed
        self._scene = scene
        self._processes = processes

    def plan(self, candidate: Candidate) -> Plan:
        """Return what a trial can notice of a candidate."""
        return plan_of(candidate, self._scene)

    def faults(self, plan: Plan) -> tuple[Fault, ...]:
        """Return the faults that can be done to a design."""
        return tuple(one for one in faults() if not applies(one, plan))

    def left_out(self, plan: Plan) -> tuple[tuple[str, str], ...]:
        """Return the faults that cannot be done to a design, each with the reason."""
        return tuple((one.id, why) for one in faults() if (why := applies(one, plan)))

    def hits(self, fault: Fault, plan: Plan) -> tuple[str, ...]:
        """Return the ids of the parts that a fault acts on."""
        return hits(fault, plan)

    def run(self, asked: Sequence[tuple[Plan, Fault | None]]) -> Generator[Tried, None, None]:
        """Yield the trials of designs under faults, in the order asked; None: in calm."""
        return abreast(self._one, asked, Tried, processes=self._processes)

    def _one(self, asked: tuple[Plan, Fault | None]) -> Tried:
        plan, fault = asked
        drawn = fault is not None and any(isinstance(act, PartnerDown) for act in fault.acts)
        return try_out(plan, fault, self.seed, payouts_most=payouts_most(plan), detail=drawn)


def payouts_most(plan: Plan) -> int:
    """Return how many payouts a trial replays when a design is chosen: a tenth of a day's.

    At least 250, so that the first request's are replayed one by one, and at most what any trial
    replays: so choosing a small design takes seconds, and a large one is not scaled to nothing.
    """
    return min(PAYOUTS_MOST, max(_PAYOUTS_LEAST, ceil(plan.arrivals.per_day / _SCALED)))
