"""The risk of an answer: the design as it is, tried out where the answer is true.

One trial an answer, with the partner gone for a while: it is calm before, and what piles up has to
be worked off after, so most of what an answer can break breaks there. More would take longer than
the answer is worth. A design that no trial could tell from the one that survived is not tried
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal

from frugal.choose.trying import Trials
from frugal.choose.weighing import Weighed
from frugal.faults import Fault
from frugal.faults.fault import PartnerDown
from frugal.model.trial import Tried
from frugal.patterns import Scene
from frugal.simulate.plan import Plan, plan_of


def risks(chosen: Weighed, trials: Trials, scenes: Sequence[Scene]) -> tuple[str, ...]:
    """Return the promises that break in each scene, in words; empty: none."""
    survived = trials.plan(chosen.candidate)
    asked: list[tuple[int, Plan, Fault]] = []
    for at, scene in enumerate(scenes):
        plan = plan_of(chosen.pattern.candidate(scene, dict(chosen.candidate.settings)), scene)
        if plan.key != survived.key:
            asked += [(at, plan, fault) for fault in trials.faults(plan) if _takes_partner(fault)]
    found = [""] * len(scenes)
    with closing(trials.run([(plan, fault) for _, plan, fault in asked])) as results:
        for (at, _, fault), tried in zip(asked, results, strict=True):
            found[at] = found[at] or _broken(fault, tried)
    return tuple(found)


def _takes_partner(fault: Fault) -> bool:
    return all(isinstance(act, PartnerDown) for act in fault.acts)


def _broken(fault: Fault, tried: Tried) -> str:
    return "; ".join(
        f"while {fault.name}, {kept.what}: {_short(kept.used)} of {_short(kept.limit)} {kept.unit}"
        for kept in tried.broken
    )


def _short(amount: Decimal) -> str:
    return f"{round(amount, 1).normalize():,f}"
