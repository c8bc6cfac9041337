"""What a person may ask of a rehearsal, made into what is rehearsed, or one clear error."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from frugal.faults import Fault, fault, fault_ids, faults
from frugal.model.brief import Direction
from frugal.model.errors import BadRequest
from frugal.model.load import load_of
from frugal.model.trial import CALM
from frugal.patterns import Scene, pattern
from frugal.read.design_file import Recalled, load_design
from frugal.simulate.watching import watched_in
from frugal.simulate.year.rehearsal import REPLAYED_MOST, Asked

DAYS_MOST = 3650
SEED_MOST = 10**9
_FILE = "design.json"


def asked_for(
    path: Path,
    *,
    days: int,
    fault_names: Sequence[str],
    seed: int,
    replayed_most: int | None = None,
) -> Asked:
    """Return what is to be rehearsed.

    Args:
        path: a written Design, or the folder it is in.
        days: how many are rehearsed.
        fault_names: ids of the only faults there are; none: all; ``calm``: no fault.
        seed: of all chance.
        replayed_most: payouts that are replayed at most; None: ``REPLAYED_MOST``.

    Raises:
        BadRequest: something is not there, not possible, or not rehearsed yet.
    """
    _within(days, 1, DAYS_MOST, "--days")
    _within(seed, 0, SEED_MOST, "--seed")
    replayed_most = REPLAYED_MOST if replayed_most is None else replayed_most
    _within(replayed_most, 1, 100 * REPLAYED_MOST, "--payouts-most")
    chosen = _faults(fault_names)
    file = path / _FILE if path.is_dir() else path
    recalled = load_design(file)
    scene = _scene(recalled, str(file))
    words = ["frugal", "rehearse", str(path), "--days", str(days), "--seed", str(seed)]
    words += [word for name in fault_names for word in ("--fault", name)]
    if replayed_most != REPLAYED_MOST:
        words += ["--payouts-most", str(replayed_most)]
    candidate = recalled.candidate(scene, str(file))
    rules = {(part, alarm): rule for part, alarm, rule in recalled.rules}
    return Asked(
        scene=scene,
        candidate=candidate,
        alarms=watched_in(candidate, scene, rules),
        faults=chosen,
        days=days,
        seed=seed,
        surely=bool(fault_names),
        shared=frozenset(recalled.shared_by_trial),
        replayed_most=replayed_most,
        replay=shlex.join(words),
    )


def _scene(recalled: Recalled, where: str) -> Scene:
    brief, own = recalled.brief, pattern(recalled.pattern)
    if brief.direction.value is Direction.RECEIVE:
        raise BadRequest(
            "payouts that are fetched cannot be rehearsed yet, only those that are sent",
            where=where,
            hint="frugal design judges such a request by its hard checks.",
        )
    if not own.full:
        raise BadRequest(
            f"“{own.name}” is only priced and compared: no code of ours runs on it",
            where=where,
            hint="Rehearse a design that frugal recommends for hand-over.",
        )
    return Scene(brief=brief, stack=recalled.stack, load=load_of(brief))


def _faults(names: Sequence[str]) -> tuple[Fault, ...]:
    if not names:
        return tuple(faults())
    known = fault_ids()
    for name in names:
        if name != CALM and name not in known:
            raise BadRequest(
                f"there is no fault {name!r}",
                where="--fault",
                hint=f"One of {', '.join(known)}; or {CALM} for none at all.",
            )
    return tuple(fault(name) for name in dict.fromkeys(names) if name != CALM)


def _within(value: int, least: int, most: int, where: str) -> None:
    if not least <= value <= most:
        raise BadRequest(
            f"{value} is not between {least} and {most}", where=where, hint="Give another number."
        )
