"""Trials as choosing asks for them: the plan of a candidate, what can be done to it, and results.

One ``Trials`` is for one scene and one seed. It runs and forgets; what a result means, and which
are worth keeping, is the chooser's affair.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

import msgspec

from frugal.faults import Fault, faults
from frugal.faults.fault import PartnerDown
from frugal.model.graph import Candidate
from frugal.model.trial import Tried
from frugal.patterns import Scene
from frugal.simulate.abreast import abreast
from frugal.simulate.alarms import Watchful
from frugal.simulate.learning import Learned, learn
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.reach import applies, hits
from frugal.simulate.trial import try_out
from frugal.simulate.watching import alarm_key, chosen_alarms

#: Calm days that alarms are learned from, beside the one that every design is tried out in and
#: the busiest that is promised.
CALM_DAYS_MORE = 2
#: Payouts that a trial replays when a design is chosen: the first request's one by one; of a
#: larger day each stands for several, so that choosing takes seconds at any volume. Rehearsals
#: replay more.
PAYOUTS_MOST = 250

_replace = msgspec.structs.replace


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
        return abreast(self._one, asked, Watchful, processes=self._processes)

    def learn(self, candidate: Candidate, plan: Plan, tried: Sequence[Tried]) -> Learned:
        """Return what a design's trials, and further calm days, say of its alarms."""
        with closing(self._calm_days(plan)) as days:
            calm = tuple(days)
        return learn(
            plan,
            {alarm_key(part, alarm) for part, alarm in chosen_alarms(candidate, self._scene)},
            tried,
            calm,
            {one.id for one in faults() if one.needs_a_person},
        )

    def _calm_days(self, plan: Plan) -> Generator[Tried, None, None]:
        """Yield days on which nothing is wrong: with other chance, and the busiest promised."""
        arrivals = plan.arrivals
        days = [(plan, self.seed + more) for more in range(1, CALM_DAYS_MORE + 1)]
        if arrivals.largest_day > arrivals.per_day:
            most = _replace(arrivals, per_day=arrivals.largest_day)
            days.append((_replace(plan, arrivals=most), self.seed))
        return abreast(self._calm_day, days, Watchful, processes=self._processes)

    def _calm_day(self, asked: tuple[Plan, int]) -> Tried:
        plan, seed = asked
        return try_out(
            plan,
            None,
            seed,
            payouts_most=PAYOUTS_MOST,
            alarms=plan.alarms,
            keep_heights=True,
        )

    def _one(self, asked: tuple[Plan, Fault | None]) -> Tried:
        plan, fault = asked
        drawn = fault is not None and any(isinstance(act, PartnerDown) for act in fault.acts)
        return try_out(
            plan,
            fault,
            self.seed,
            payouts_most=PAYOUTS_MOST,
            alarms=plan.alarms,
            detail=drawn,
            keep_heights=True,
        )
