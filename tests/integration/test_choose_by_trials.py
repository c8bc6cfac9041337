"""The first request, chosen by real trials: what survives, and that it can be had again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter

import msgspec

from frugal import pipeline
from frugal.choose.trying import MONEY
from frugal.faults import fault_ids
from frugal.model.decision import Decision
from frugal.model.trial import CALM, Tried
from frugal.price_list.lookup import open_snapshot
from frugal.read import read
from frugal.survey import assume

ROOT = Path(__file__).parents[2]
REQUEST = ROOT / "examples" / "first-request.txt"
SEED = 1


@cache
def chosen() -> tuple[Decision, float]:
    """Return the decision and the seconds it took, here in one process."""
    reading = read(REQUEST.read_text(encoding="utf-8"))
    started = perf_counter()
    _, decision = pipeline.decide(
        reading.brief, assume(reading.stack), open_snapshot(), ahead=False, seed=SEED
    )
    return decision, perf_counter() - started


def test_the_chosen_design_was_tried_under_every_fault_that_can_be_done(
    record_property: Callable[[str, object], None],
) -> None:
    """Calm first, then by fault; a fault is either tried or left out with its reason."""
    decision, seconds = chosen()
    tried = [trial.fault for trial in decision.trials]
    left_out = dict(decision.not_applicable)
    assert tried[0] == CALM
    assert sorted((*tried[1:], *left_out)) == list(fault_ids())
    assert all(left_out.values())
    assert decision.trials_run >= len(tried)
    record_property(
        "figure",
        f"the first request: {decision.trials_run} trials of {decision.tried} candidates in "
        f"{seconds:.1f} s in one process",
    )


def test_the_chosen_design_kept_every_promise() -> None:
    """Nothing lost or doubled in any trial; whatever else is broken is the Stack's own."""
    decision, _ = chosen()
    for trial in decision.trials:
        assert (trial.totals.lost, trial.totals.doubled) == (0, 0), trial.replay
        for kept in trial.broken:
            assert kept.promise not in MONEY, trial.replay
            assert (trial.fault, kept.promise) in decision.shared_by_trial, trial.replay


def test_only_survivors_are_shown() -> None:
    """What is chosen was tried out; what fell stands among the rejections with its replay."""
    decision, _ = chosen()
    assert decision.chosen.trials == len(decision.trials) > 10
    assert decision.cheapest.trials > 10
    for one in decision.rejections:
        if one.check.startswith("trial:"):
            assert one.used > one.limit
            assert one.source


def test_the_outage_has_its_picture_and_no_other_trial_carries_one() -> None:
    """One timeline is drawn; the others would only make the file large."""
    decision, _ = chosen()
    drawn = [trial.fault for trial in decision.trials if trial.timeline]
    assert len(drawn) == 1
    assert len(msgspec.json.encode(decision.trials)) < 100_000


def test_processes_leave_no_trace(tmp_path: Path) -> None:
    """One process or three: the same trials, byte for byte."""
    program = f"""
import sys
import msgspec
from pathlib import Path
from frugal.faults import faults
from frugal.model.load import load_of
from frugal.patterns import Scene
from frugal.propose import propose
from frugal.read import read
from frugal.simulate.trials import Trials
from frugal.survey import assume

reading = read(Path({str(REQUEST)!r}).read_text(encoding="utf-8"))
scene = Scene(brief=reading.brief, stack=assume(reading.stack), load=load_of(reading.brief))
candidate = propose(scene).candidates[0]
told = set()
for processes in (1, 3):
    trials = Trials(scene, {SEED}, processes=processes)
    plan = trials.plan(candidate)
    asked = [(plan, one) for one in (None, *trials.faults(plan)[:5])]
    told.add(msgspec.json.encode(list(trials.run(asked))))
print(len(told))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "1\n"
    assert not ran.stderr


def test_the_command_of_a_trial_gives_the_same_trial(tmp_path: Path) -> None:
    """The one command that the document prints repeats it, from ``out/brief.yaml``."""
    design = pipeline.answer(REQUEST.read_text(encoding="utf-8"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "brief.yaml").write_bytes(pipeline.files_of(design)["brief.yaml"])
    trial = next(one for one in chosen()[0].trials if one.fault == "answers_lost")
    words = trial.replay.partition(" ")[2]
    ran = subprocess.run(
        f"{sys.executable} {words}",
        shell=True,
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    again = msgspec.json.decode(ran.stdout, type=Tried)
    assert bare(again) == bare(trial)


def bare(trial: Tried) -> Tried:
    """Return what happened, without what is drawn of it and what alarms were learned from it."""
    return msgspec.structs.replace(trial, timeline=(), alarms=())
