"""One trial again: the command that repeats it, and what that command does.

A trial depends on the request, the candidate, the fault and the seed, so a command that names the
four gives the same result on any machine, byte for byte. The request stands in ``brief.yaml``,
which every run of ``frugal design`` writes.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from frugal.faults import fault, fault_ids
from frugal.model.errors import BadRequest
from frugal.model.load import load_of
from frugal.model.trial import CALM, Tried
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.propose import propose_one
from frugal.read import load_brief
from frugal.simulate.plan import Plan, plan_of
from frugal.survey import assume

#: Where ``frugal design`` puts what it understood.
BRIEF = "out/brief.yaml"

#: Payouts that one trial replays at most; beyond that its rates are scaled.
PAYOUTS_MOST = 2000


def replay_command(
    plan: Plan, fault_id: str, seed: int, payouts_most: int = PAYOUTS_MOST, brief: str = BRIEF
) -> str:
    """Return the one command that repeats a trial."""
    words = ["python", "-m", "frugal.simulate", brief, "--candidate", plan.settings]
    words += ["--fault", fault_id, "--seed", str(seed)]
    if payouts_most != PAYOUTS_MOST:
        words += ["--payouts-most", str(payouts_most)]
    return shlex.join(words)


def replay(
    brief: Path, candidate: str, fault_id: str, seed: int, payouts_most: int = PAYOUTS_MOST
) -> Tried:
    """Run the trial that a command names.

    Raises:
        BadRequest: the brief cannot be read, or names no such candidate or fault.
    """
    from frugal.simulate.trial import try_out

    if fault_id != CALM and fault_id not in fault_ids():
        raise BadRequest(
            f"there is no fault {fault_id!r}",
            where="--fault",
            hint=f"One of {CALM}, {', '.join(fault_ids())}.",
        )
    injected = None if fault_id == CALM else fault(fault_id)
    return try_out(_plan_in(brief, candidate), injected, seed, payouts_most=payouts_most)


def _plan_in(brief_file: Path, candidate_id: str) -> Plan:
    brief, stack = load_brief(brief_file)
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    name = candidate_id.partition("[")[0]
    built = propose_one(pattern(name), scene) if name in pattern_ids() else "no such pattern"
    if isinstance(built, str):
        raise BadRequest(f"{name}: {built}", where="--candidate", hint="As in `Tried.replay`.")
    for one in built:
        if one.id == candidate_id:
            return plan_of(one, scene)
    raise BadRequest(
        f"{brief_file} has no candidate {candidate_id!r}",
        where="--candidate",
        hint=f"The first one is {built[0].id!r}.",
    )
