"""What the trials show of each promise: the worst number of all trials, and in which it was."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design.draft import Draft
from frugal.design.figures import counted, number, seconds
from frugal.design.trials import fault_name
from frugal.model.design import CheckMade
from frugal.model.trial import CALM, Kept, Tried

AREA = "failure scenarios"


def trial_checks(draft: Draft) -> Iterator[CheckMade]:
    """Yield one check a promise, over all trials; nothing where none was run."""
    decision = draft.decision
    if not decision.trials:
        return
    rows: dict[str, list[tuple[Tried, Kept]]] = {}
    for trial in decision.trials:
        for kept in trial.promises:
            rows.setdefault(kept.promise, []).append((trial, kept))
    for promise, seen in rows.items():
        broken = [
            (trial, kept)
            for trial, kept in seen
            if not kept.kept and (trial.fault, promise) not in decision.shared_by_trial
        ]
        trial, worst = max(broken or seen, key=lambda pair: _fullness(pair[1]))
        yield CheckMade(
            area=AREA,
            what=f"in every trial: {worst.what}, at most {_amount(worst.limit, worst)}",
            passed=not broken,
            evidence=_most(trial, worst)
            + f" in {counted(len(seen), 'trial')}"
            + _excused(promise, draft),
        )
    found = [(trial, trial.violations[0]) for trial in decision.trials if trial.violations]
    yield CheckMade(
        area=AREA,
        what="the judge, who reads the partner's books, finds nothing against any trial",
        passed=not found,
        evidence=f"{_while(found[0][0])}: {found[0][1]}"
        if found
        else f"{counted(len(decision.trials), 'trial')}, seed {decision.trial_seed}",
    )


def _fullness(kept: Kept) -> tuple[bool, Decimal]:
    share = kept.used / kept.limit if kept.limit else kept.used
    return not kept.kept, share


def _most(trial: Tried, worst: Kept) -> str:
    used = _amount(worst.used, worst)
    return f"at most {used} ({_while(trial)})" if worst.used else used


def _amount(amount: Decimal, kept: Kept) -> str:
    return seconds(amount) if kept.unit == "seconds" else f"{number(amount)} {kept.unit}"


def _while(trial: Tried) -> str:
    return "in calm" if trial.fault == CALM else f"while {fault_name(trial.fault)}"


def _excused(promise: str, draft: Draft) -> str:
    """Name the faults that break a promise in every design, through what is given."""
    faults = [id for id, other in draft.decision.shared_by_trial if other == promise]
    if not faults:
        return ""
    names = "; ".join(fault_name(id) for id in faults)
    return f"; not counted, since every design breaks it alike: {names}"
