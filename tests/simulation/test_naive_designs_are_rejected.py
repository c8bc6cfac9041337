"""Designs that look right are rejected by evidence: a trial in which they pay twice, late or never.

Each naive design stands beside the real one in the same trial: same payouts, same fault, same
seed. It must break there, in the number that is said, and the real one must not: a simulator that
broke everything, or nothing, would fail here. No rule in ``src`` knows any of these designs. A key
that the ledger does not hold breaks a promise already, whoever was paid; so what is counted here is
payees: paid twice, paid late or never, or booked as paid and not paid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import naive_designs as naive
import pytest

from frugal.faults import fault
from frugal.model.trial import Tried
from frugal.simulate.plan import Plan
from frugal.simulate.programs import Program
from frugal.simulate.site import Site
from frugal.simulate.trial import try_out

Get = Callable[[str], dict[str, Plan]]

STORY = "01-first"
SEED = 1
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One naive design, the trial that shows it, and what it shows."""

    program: Callable[[Site], Program]
    pattern: str
    fault: str
    shows: str  #: the total that is above zero: doubled, lost or late
    at_least: int
    changed: Callable[[Plan], Plan] = lambda plan: plan  #: what is left out or added
    in_calm: bool = False  #: it shows even where nothing goes wrong


CASES = {
    "key-per-attempt": Case(
        program=naive.KeyPerAttempt,
        pattern="function_through_backend",
        fault="answers_lost",
        shows="doubled",
        at_least=5,
    ),
    "no-dead-letter-queue": Case(
        program=naive.NoDeadLetterQueue,
        changed=naive.without_dead_letters_and_sweep,
        pattern="queue",
        fault="partner_down",
        shows="late",
        at_least=20,
    ),
    "sleep-in-the-function": Case(
        program=naive.SleepInTheFunction,
        pattern="function_through_backend",
        fault="partner_slow",
        shows="late",
        at_least=10,
    ),
    "two-crons": Case(
        program=naive.TwoCrons,
        changed=naive.with_a_second_schedule,
        pattern="function_through_backend",
        fault="peak",
        shows="doubled",
        at_least=100,
        in_calm=True,
    ),
    "public-webhook-believed": Case(
        program=naive.WebhookBelieved,
        pattern="webhook_receiver",
        fault="webhook_forged",
        shows="lost",
        at_least=20,
    ),
}
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def trial(
    plan: Plan,
    case: Case,
    fault_id: str | None,
    program: Callable[[Site], Program] | None = None,
) -> Tried:
    found = None if fault_id is None else fault(fault_id)
    return try_out(plan, found, SEED, program=program)


def shown(tried: Tried, case: Case) -> int:
    number = getattr(tried.totals, case.shows)
    assert isinstance(number, int)
    return number


@each
def test_a_trial_shows_what_is_wrong_with_it(case: Case, plans: Get) -> None:
    """Under one of the catalog's faults it pays twice, late or never, and a promise is broken."""
    plan = case.changed(plans(STORY)[case.pattern])
    tried = trial(plan, case, case.fault, case.program)
    assert tried.broken
    assert shown(tried, case) >= case.at_least, f"{case.shows}: {shown(tried, case)}"


@each
def test_the_deployed_runtime_keeps_its_promises_in_the_same_trial(case: Case, plans: Get) -> None:
    """So it is the design that the trial rejects, and not the fault that nobody survives."""
    tried = trial(plans(STORY)[case.pattern], case, case.fault)
    assert not tried.broken, [(one.promise, one.used) for one in tried.broken]
    assert shown(tried, case) == 0


@each
def test_nobody_sees_it_on_a_calm_day(case: Case, plans: Get) -> None:
    """Why these designs are built again and again: with no fault there is next to nothing to see.

    Two crons are the exception: they meet each other sooner or later.
    """
    plan = case.changed(plans(STORY)[case.pattern])
    calm = trial(plan, case, None, case.program)
    if case.in_calm:
        assert 0 < shown(calm, case) < case.at_least
    else:
        assert shown(calm, case) <= calm.totals.asked // 100


def test_without_dead_letters_a_bad_message_is_delivered_for_ever(plans: Get) -> None:
    """Raising the error instead of swallowing it loses nothing, and never ends.

    Twenty messages that nobody can read: the real design tries each five times and shows them to a
    person; without dead letters each comes back every six and a half minutes, for days.
    """
    plan, poison = plans(STORY)["queue"], fault("poison_message")
    real = try_out(plan, poison, SEED)
    assert real.peaks.dead_letters == 20
    assert real.peaks.runs_again <= 20 * 4 + 10
    naive_one = try_out(
        naive.without_dead_letters_and_sweep(plan), poison, SEED, program=naive.WholeBatchFails
    )
    assert naive_one.peaks.dead_letters == 0
    assert naive_one.peaks.runs_again > 1000


def test_no_rule_names_them() -> None:
    """The catalog and the chooser know nothing of these designs: only trials speak against them."""
    programs = {case.program.__name__ for case in CASES.values()}
    texts = (file.read_text() for file in sorted((ROOT / "src").rglob("*.py")))
    assert not [name for text in texts for name in programs if name in text]
