"""Every story, every full pattern's best design, every fault, several seeds: the whole matrix.

    python bench/trials.py --seeds 5

Prints one line while it works, what was tried and left out at the end, and for every trial in which
a payout was lost, doubled or unaccounted for, or a rule of money broken, the command that repeats
it. Exit code 1 where there is one. What was late is counted, not held against a design: judging
that against the others is the chooser's work.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from frugal.choose.ground import Ground
from frugal.choose.rank import by_cost
from frugal.choose.weighing import Weighed
from frugal.faults import Fault, faults
from frugal.model.load import load_of
from frugal.model.trial import CALM, Tried
from frugal.patterns import Scene
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from frugal.read import load_brief
from frugal.simulate.abreast import abreast
from frugal.simulate.acts import applies
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.replay import PAYOUTS_MOST, replay_command
from frugal.simulate.trial import try_out
from frugal.survey import assume

ROOT = Path(__file__).parents[1]
STORIES = ROOT / "tests" / "golden" / "stories"

#: What no fault excuses.
MONEY = frozenset({"never-lost", "never-doubled", "rules-of-money", "adds-up"})


class Case(NamedTuple):
    brief: Path
    plan: Plan
    fault: Fault | None
    seed: int
    payouts_most: int

    @property
    def fault_id(self) -> str:
        return CALM if self.fault is None else self.fault.id

    @property
    def command(self) -> str:
        brief = str(self.brief.relative_to(ROOT))
        return replay_command(self.plan, self.fault_id, self.seed, self.payouts_most, brief)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=3, help="seeds for each trial (3)")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--payouts-most", type=int, default=PAYOUTS_MOST, metavar="N")
    parser.add_argument("--story", action="append", help="a folder of tests/golden/stories")
    parser.add_argument("--fault", action="append", help="the id of a fault, or calm")
    parser.add_argument("--pattern", action="append", help="the id of a pattern")
    said = parser.parse_args()
    began = perf_counter()
    cases = [
        case
        for case in _cases(said.story, range(said.first_seed, said.first_seed + said.seeds), said)
        if not said.fault or case.fault_id in said.fault
    ]
    counts: Counter[str] = Counter()
    failed: list[str] = []
    results = abreast(_run, cases, Tried)
    for number, (case, tried) in enumerate(zip(cases, results, strict=True), start=1):
        wrong = _wrong(tried)
        if wrong:
            failed += [f"{case.plan.pattern} {case.fault_id} seed {case.seed}:", *wrong]
            failed.append(f"  {case.command}")
        _count(counts, tried, bool(wrong))
        _progress(number, len(cases), counts, perf_counter() - began)
    print()
    print("\n".join(failed))
    print(
        f"{len(cases)} trials, {counts['payouts']} payouts, {perf_counter() - began:.0f} s: "
        f"{counts['lost']} lost, {counts['doubled']} doubled, {counts['wrong']} trials wrong; "
        f"{counts['late']} payouts late, {counts['held']} held, {counts['pending']} pending"
    )
    for fault_id in sorted({case.fault_id for case in cases}):
        broken = counts[f"broken {fault_id}"]
        print(
            f"  {fault_id}: a promise of time or count broken in {broken} of "
            f"{counts[f'tried {fault_id}']} trials"
        )
    return 1 if failed else 0


def _cases(stories: list[str] | None, seeds: range, said: argparse.Namespace) -> Iterator[Case]:
    for folder in sorted(STORIES.iterdir()):
        if stories and folder.name not in stories:
            continue
        for plan in _best(folder / "brief.yaml"):
            if said.pattern and plan.pattern not in said.pattern:
                continue
            for one in (None, *faults()):
                if one is None or not applies(one, plan):
                    for seed in seeds:
                        yield Case(folder / "brief.yaml", plan, one, seed, said.payouts_most)


def _best(brief_file: Path) -> list[Plan]:
    """Return the plan of each full pattern's cheapest feasible candidate."""
    brief, stack = load_brief(brief_file)
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    if brief.direction.value != "send":
        return []  # a design that only receives sends nothing that could be lost or doubled
    best: dict[str, Weighed] = {}
    ground = Ground(scene, propose(scene), open_snapshot())
    for one in sorted((one for one in ground.feasible if one.full), key=by_cost):
        best.setdefault(one.candidate.pattern, one)
    return [plan_of(one.candidate, scene) for one in best.values()]


def _run(case: Case) -> Tried:
    return try_out(case.plan, case.fault, case.seed, payouts_most=case.payouts_most)


def _wrong(tried: Tried) -> list[str]:
    total = tried.totals
    wrong = [f"  {one.promise}: {one.used}" for one in tried.broken if one.promise in MONEY]
    # What has not ended is late, and the promise of time says so.
    rules = [one for one in tried.violations if not one.startswith("not-ended:")]
    wrong += [f"  {one}" for one in rules[:5]]
    ended = total.settled + total.declined + total.returned + total.held + total.pending
    if total.asked != ended + total.lost:
        wrong.append(f"  does not add up: {total}")
    return wrong


def _count(counts: Counter[str], tried: Tried, wrong: bool) -> None:
    total = tried.totals
    for name in ("lost", "doubled", "late", "held", "pending"):
        counts[name] += getattr(total, name)
    counts["payouts"] += total.asked
    counts["wrong"] += wrong
    counts[f"tried {tried.fault}"] += 1
    counts[f"broken {tried.fault}"] += any(one.promise not in MONEY for one in tried.broken)


def _progress(number: int, cases: int, counts: Counter[str], seconds: float) -> None:
    if not sys.stderr.isatty() and number % 100 and number != cases:
        return
    left = seconds / number * (cases - number)
    sys.stderr.write(
        f"\r{number} of {cases} trials, {counts['payouts']} payouts, {counts['wrong']} wrong, "
        f"{left:.0f} s left "
    )
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
