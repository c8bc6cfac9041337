"""What answers would move, against designs priced and tried by themselves."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal
from functools import cache

import pytest
import scenes

from frugal.choose.ground import Ground
from frugal.choose.inputs import Input, inconclusive_share, partner_seconds, volume
from frugal.choose.outlook import Outlook, outlook
from frugal.choose.plausible import answered
from frugal.choose.rank import recommended
from frugal.faults import Fault, faults
from frugal.faults.fault import PartnerDown
from frugal.model.graph import Candidate
from frugal.model.trial import Kept, Peaks, Totals, Tried
from frugal.patterns import Scene, pattern
from frugal.price_list.lookup import open_snapshot
from frugal.propose import propose
from frugal.simulate.learning import Learned
from frugal.simulate.months.cost_range import cost_range, middle_cost
from frugal.simulate.plan import Plan, plan_of
from payouts.facts import assumed

SCENE = scenes.scene(200)
GUESSED = scenes.scene(
    200, volume=scenes.volume(200, payouts_per_day_high=assumed(Decimal(200), "-"))
)


@cache
def ground_of(of: Scene) -> Ground:
    return Ground(of, propose(of), open_snapshot())


def looked_ahead(of: Scene, **how: object) -> Outlook:
    ground = ground_of(of)
    chosen = recommended(of.brief, ground.feasible)
    return outlook(ground, chosen, [chosen], simulated=True, **how)  # type: ignore[arg-type]


class Slow:
    """Trials in which a design is late where the partner is slower than said, as long as asked."""

    seed = 1

    def __init__(self, seconds: Decimal) -> None:
        self.seconds = seconds
        self.ran: list[tuple[Plan, Fault | None]] = []

    def plan(self, candidate: Candidate) -> Plan:
        return plan_of(candidate, SCENE)

    def faults(self, plan: Plan) -> tuple[Fault, ...]:
        return faults()

    def left_out(self, plan: Plan) -> tuple[tuple[str, str], ...]:
        return ()

    def takes_away(self, fault: Fault, plan: Plan) -> tuple[str, ...]:
        return ()

    def run(self, asked: Sequence[tuple[Plan, Fault | None]]) -> Generator[Tried, None, None]:
        self.ran += asked
        for plan, fault in asked:
            late = plan.counterpart.response_seconds_p50.value > self.seconds
            yield a_trial(plan.pattern, fault.id if fault else "calm", late=late)

    def learn(self, candidate: Candidate, plan: Plan, tried: Sequence[Tried]) -> Learned:
        return Learned((), (), tuple(tried))


def a_trial(pattern_id: str, fault: str, *, late: bool) -> Tried:
    zero = Decimal(0)
    return Tried(
        pattern=pattern_id,
        fault=fault,
        seed=1,
        ratio=Decimal(1),
        hours=Decimal(1),
        fault_began_hours=None,
        fault_ended_hours=None,
        totals=Totals(
            asked=1, settled=1, declined=0, returned=0, held=0, pending=0, lost=0, doubled=0, late=0
        ),
        latency=None,
        peaks=Peaks(
            backlog_payouts=0,
            backlog_seconds=zero,
            database_sessions=0,
            concurrency=0,
            sends_again=0,
            runs_again=0,
            dead_letters=0,
            partner_refusals=0,
        ),
        drained_seconds=None,
        promises=(
            Kept(
                promise="drained-within",
                what="all is sent",
                used=Decimal(9 if late else 1),
                limit=Decimal(2),
                unit="hours",
                source="a test",
            ),
        ),
        violations=(),
    )


@pytest.mark.parametrize("read", [volume, partner_seconds, inconclusive_share])
@pytest.mark.parametrize("factor", ["0.5", "1", "4"])
def test_an_answer_in_the_brief_is_the_value_in_the_scene(read: object, factor: str) -> None:
    """What is tried out and drawn is what is weighed: the same load, to the last digit."""
    given: Input = read(SCENE)  # type: ignore[operator]
    assert given.now is not None
    assert given.put is not None
    value = given.now * Decimal(factor)
    assert answered(given, SCENE, value).load == given.put(SCENE, value).load


def test_each_question_has_its_answers_and_is_worth_the_largest() -> None:
    """Every question is given plausible answers, and its worth is what they move at most."""
    found = looked_ahead(GUESSED)
    assert found.questions
    for question in found.questions:
        assert question.plausible, question.id
        moves = [abs(one.moves_monthly) for one in question.plausible if one.moves_monthly]
        assert question.worth_monthly == max(moves, default=Decimal(0))


def test_what_an_answer_moves_is_the_difference_of_two_middle_months() -> None:
    """Each answer, chosen for and drawn by itself, gives the figure that is shown."""
    ground = ground_of(GUESSED)
    chosen = recommended(GUESSED.brief, ground.feasible)
    now = middle_cost(chosen.candidate, GUESSED, ground.pricer)
    (asked,) = (q for q in looked_ahead(GUESSED).questions if q.id == "payouts_per_day")
    given = volume(GUESSED)
    for factor, answer in zip(("0.5", "2"), asked.plausible, strict=True):
        there = answered(given, GUESSED, Decimal(200) * Decimal(factor))
        choice = ground.choice_in(there)
        assert choice is not None
        assert choice.candidate.pattern == answer.pattern
        rebuilt = pattern(answer.pattern).candidate(there, dict(choice.candidate.settings))
        again = middle_cost(rebuilt, there, ground.pricer)
        assert answer.list_monthly == again
        assert answer.moves_monthly == again - now


def test_a_promise_that_breaks_in_a_trial_is_told_with_its_answer() -> None:
    """Only the worst answers that a trial can notice are tried, each with the partner gone."""
    trials = Slow(seconds=Decimal(4))
    found = looked_ahead(SCENE, trials=trials)
    told = {q.id: [one.risk for one in q.plausible] for q in found.questions}
    quick, slow = told["partner_seconds"]
    assert not quick
    assert "9 of 2 hours" in slow
    assert not any(risk for id, risks in told.items() if id != "partner_seconds" for risk in risks)
    assert all(
        fault is not None and all(isinstance(act, PartnerDown) for act in fault.acts)
        for _, fault in trials.ran
    )
    assert 1 <= len(trials.ran) <= 4


def test_a_risk_comes_before_money() -> None:
    """A question whose answer breaks a promise is asked before those that move dollars alone."""
    risky = looked_ahead(SCENE, trials=Slow(seconds=Decimal(4))).questions
    calm = looked_ahead(SCENE).questions
    assert [one.id for one in risky][:2] == ["direction", "partner_seconds"]
    assert {one.id for one in risky if any(answer.risk for answer in one.plausible)} == {
        "partner_seconds"
    }
    assert not any(answer.risk for one in calm for answer in one.plausible)
    dollars = [one.worth_monthly for one in risky[2:]]
    assert max(dollars) > 0
    assert sorted(one.id for one in risky) == sorted(one.id for one in calm)


def test_the_range_and_the_map_come_with_the_months_only() -> None:
    """Where there is no time for trials nothing is drawn, and nothing is said of it."""
    ground = ground_of(SCENE)
    chosen = recommended(SCENE.brief, ground.feasible)
    quick = outlook(ground, chosen, [chosen])
    assert quick.cost_range is None
    assert quick.reaches == ()
    assert all(not question.plausible for question in quick.questions)
    drawn = looked_ahead(SCENE)
    assert drawn.cost_range == cost_range(chosen.candidate, SCENE, ground.pricer)
    assert drawn.flips == quick.flips
