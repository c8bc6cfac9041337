"""Choosing by trying out, with trials that answer as they are told."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from decimal import Decimal
from functools import cache

import msgspec
import pytest

from frugal.choose import choose
from frugal.choose.trying import MONEY, POINTS_MAX, VIOLATIONS_MAX, Trying, cannot_be_tried
from frugal.choose.weighing import Weighed
from frugal.faults import Fault
from frugal.faults.fault import AnyAct, DatabaseDown, PartnerDown, PartnerSlow
from frugal.model.brief import Brief, Direction
from frugal.model.decision import Decision
from frugal.model.graph import Candidate, Placement, Role, placed
from frugal.model.load import load_of
from frugal.model.trial import CALM, Kept, Peaks, Point, Totals, Tried
from frugal.patterns import Kind, Scene, pattern, patterns
from frugal.price_list.lookup import open_snapshot
from frugal.propose import Proposal, propose
from frugal.read import read
from frugal.simulate.learning import Learned
from frugal.simulate.plan import Arrivals, Plan, Promised
from frugal.survey import assume
from payouts.facts import assumed

REQUEST = "I send 200 payouts a day through Fiserv; Lightsail, Docker, Postgres"


def a_fault(id: str, times: int, act: AnyAct = PartnerDown(lasts=60)) -> Fault:
    return Fault(
        id=id,
        name=f"{id} happens",
        what="for a test",
        times_a_year=assumed(times, "a test"),
        acts=(act,),
    )


RARE = a_fault("rare", 1)
OFTEN = a_fault("often", 50)
DATABASE = a_fault("database", 2, DatabaseDown(lasts=60))
WINGS = a_fault("wings", 9, PartnerSlow(factor=2))

A_DAY = Arrivals(
    per_day=Decimal(200),
    largest_day=Decimal(400),
    window_hours=Decimal(24),
    window_start_hours=Decimal(0),
    runs_per_day=None,
    days_per_week=Decimal(7),
    real_time=False,
)
PROMISED = Promised(
    paid_within_seconds=Decimal(86400),
    drained_within_seconds=Decimal(7200),
    real_time_seconds=None,
    paid_within_source="a test",
    drained_within_source="a test",
)


def kept(promise: str, used: int = 0) -> Kept:
    return Kept(
        promise=promise,
        what=f"{promise} is counted",
        used=Decimal(used),
        limit=Decimal(0),
        unit="payouts",
        source="a test",
    )


def a_trial(pattern: str, fault: str, broken: Sequence[str] = (), points: int = 0) -> Tried:
    promises = ("never-lost", "paid-within", "never-doubled")
    totals = Totals(
        asked=1, settled=1, declined=0, returned=0, held=0, pending=0, lost=0, doubled=0, late=0
    )
    zero = Decimal(0)
    peaks = Peaks(
        backlog_payouts=0,
        backlog_seconds=zero,
        database_sessions=0,
        concurrency=0,
        sends_again=0,
        runs_again=0,
        dead_letters=0,
        partner_refusals=0,
    )
    return Tried(
        pattern=pattern,
        fault=fault,
        seed=7,
        ratio=Decimal(1),
        hours=Decimal(1),
        fault_began_hours=None,
        fault_ended_hours=None,
        totals=totals,
        latency=None,
        peaks=peaks,
        drained_seconds=None,
        promises=tuple(kept(one, used=one in broken) for one in promises),
        violations=tuple(str(n) for n in range(9)),
        timeline=(Point(seconds=0, due=0, unknown=0, held=0, oldest_due_seconds=0),) * points,
        replay=f"replay {pattern} {fault}",
    )


class Told:
    """Trials that break what they were told: (pattern, fault) -> ids of promises.

    A candidate's setting ``alike`` is all a trial can notice of it beside its pattern.
    """

    seed = 7

    def __init__(
        self,
        breaks: Mapping[tuple[str, str], Sequence[str]] | None = None,
        faults: Sequence[Fault] = (RARE, OFTEN),
        points: int = 0,
    ) -> None:
        self.breaks, self.known, self.points = breaks or {}, faults, points
        self.ran: list[tuple[str, str]] = []

    def plan(self, candidate: Candidate) -> Plan:
        return Plan(
            pattern=candidate.pattern,
            settings=candidate.id,
            parts=(),
            links=(),
            partner=str(candidate.setting("alike", "")),
            arrivals=A_DAY,
            promised=PROMISED,
        )

    def faults(self, plan: Plan) -> tuple[Fault, ...]:
        return tuple(one for one in self.known if one is not WINGS)

    def left_out(self, plan: Plan) -> tuple[tuple[str, str], ...]:
        return tuple((one.id, "nothing here flies") for one in self.known if one is WINGS)

    def hits(self, fault: Fault, plan: Plan) -> tuple[str, ...]:
        return ("ledger",) if fault is DATABASE else ("something-new",)

    def run(self, asked: Sequence[tuple[Plan, Fault | None]]) -> Generator[Tried, None, None]:
        for plan, fault in asked:
            id = CALM if fault is None else fault.id
            self.ran.append((plan.pattern, id))
            yield a_trial(plan.pattern, id, self.breaks.get((plan.pattern, id), ()), self.points)

    def learn(self, candidate: Candidate, plan: Plan, tried: Sequence[Tried]) -> Learned:
        return Learned(trials=tuple(tried), alarms=(), noticed=())


FULL = {kind: next((p.id for p in patterns() if p.full and p.kind is kind), "") for kind in Kind}
DIRECT, BACKEND, WORKER, QUEUE = (
    FULL[Kind.SCHEDULED_FUNCTION],
    FULL[Kind.FUNCTION_THROUGH_BACKEND],
    FULL[Kind.CONTAINER_WORKER],
    FULL[Kind.QUEUE],
)
PRICED_ONLY = next(p.id for p in patterns() if not p.full)
LEDGER = placed("ledger", Role.STORE, "postgres", existing=True)


def weighed(pattern_id: str, cost: str, alike: str = "", *parts: Placement) -> Weighed:
    candidate = Candidate(
        pattern=pattern_id,
        settings=(("alike", alike), ("cost", Decimal(cost))),
        placements=parts,
        links=(),
    )
    return Weighed(candidate, [], Decimal(cost), ())


def a_brief() -> Brief:
    return read(REQUEST).brief


def test_the_cheapest_survivor_within_the_dollar_and_the_preferred_of_those() -> None:
    """The cheapest that survives sets the dollar; within it the order of preference decides."""
    cheap, near, far = weighed(WORKER, "1"), weighed(BACKEND, "1.9"), weighed(DIRECT, "2.1")
    found = Trying(Told(), [far, near, cheap]).choice(a_brief())
    assert found is not None
    assert (found.cheapest, found.chosen) == (cheap, near)


def test_a_cheapest_that_breaks_a_promise_makes_room_for_the_next() -> None:
    """What a trial refuses sets no dollar: the next survivor does, and may reach further."""
    cheap, near, far = weighed(WORKER, "1"), weighed(BACKEND, "1.9"), weighed(DIRECT, "2.1")
    trying = Trying(Told({(WORKER, "often"): ["never-lost"]}), [cheap, near, far])
    found = trying.choice(a_brief())
    assert found is not None
    assert (found.cheapest, found.chosen) == (near, far)
    assert trying.tried == 3


def test_a_preferred_one_that_breaks_a_promise_is_passed_over() -> None:
    """Within the dollar, preference is asked of survivors only."""
    cheap, near = weighed(WORKER, "1"), weighed(BACKEND, "1.9")
    found = Trying(Told({(BACKEND, "rare"): ["paid-within"]}), [cheap, near]).choice(a_brief())
    assert found is not None
    assert found.chosen is cheap


def test_trials_stop_at_the_first_broken_promise() -> None:
    """Calm first, then what a year has most of; after a broken promise nothing more is run."""
    trials = Told({(WORKER, "often"): ["paid-within"]})
    assert not Trying(trials, [weighed(WORKER, "1")]).survives(weighed(WORKER, "1"))
    assert trials.ran == [(WORKER, CALM), (WORKER, "often")]


def test_what_found_one_design_out_is_tried_first_on_the_next() -> None:
    """A fault that broke an earlier design comes right after calm."""
    trials = Told({(WORKER, "rare"): ["never-lost"]})
    Trying(trials, [weighed(WORKER, "1"), weighed(BACKEND, "2")]).choice(a_brief())
    assert trials.ran[-3:] == [(BACKEND, CALM), (BACKEND, "rare"), (BACKEND, "often")]


def test_candidates_that_a_trial_cannot_tell_apart_share_one_verdict() -> None:
    """Ten settings that behave alike are tried once, another behaviour once more."""
    rows = [weighed(WORKER, f"{n}", "same") for n in range(1, 11)] + [weighed(WORKER, "11", "new")]
    trials = Told({(WORKER, CALM): ["never-lost"]})
    trying = Trying(trials, rows)
    assert trying.choice(a_brief()) is None
    assert trials.ran == [(WORKER, CALM)] * 2
    assert (trying.tried, trying.trials_run) == (11, 2)


def test_a_refused_candidate_carries_the_number_and_the_replay() -> None:
    """Also those nobody asked about, where a trial cannot tell them from one that fell."""
    fell, alike, other = weighed(WORKER, "1"), weighed(WORKER, "9"), weighed(BACKEND, "2")
    trying = Trying(Told({(WORKER, "often"): ["paid-within", "never-lost"]}), [fell, alike, other])
    trying.choice(a_brief())
    trying.mark()
    for one in (fell, alike):
        assert not one.feasible
        first, also = one.broken
        assert (first.check, also.check) == ("trial:often", "trial:often:paid-within")
        assert first.what == "while often happens, never-lost is counted"
        assert (first.used, first.limit) == (Decimal(1), Decimal(0))
        assert first.source == f"replay {WORKER} often"
        assert first.basis == "tried"
    assert other.feasible


def test_where_nothing_survives_the_trial_is_named() -> None:
    """The error holds the design, the fault, the number and the command that replays it."""
    rows = [weighed(WORKER, "1"), weighed(BACKEND, "2")]
    every = {(id, "rare"): ["never-doubled"] for id in (WORKER, BACKEND)}
    trying = Trying(Told(every), rows)
    assert trying.choice(a_brief()) is None
    text = str(trying.nothing_survives())
    assert pattern(WORKER).name in text
    assert "while rare happens" in text
    assert "1 of 0 payouts" in text
    assert f"replay {WORKER} rare" in text


def test_priced_only_designs_are_not_tried() -> None:
    """There is no code of theirs to run."""
    trials = Told()
    trying = Trying(trials, [weighed(PRICED_ONLY, "1")])
    assert not trying.has_candidates
    assert trying.choice(a_brief()) is None
    assert not trials.ran


def sharing(*promises: str, but: str = "") -> Told:
    breaks = {(id, "database"): promises for id in (WORKER, BACKEND) if id != but}
    return Told(breaks, (DATABASE, OFTEN))


def two_on_one_database() -> list[Weighed]:
    return [weighed(WORKER, "1", "", LEDGER), weighed(BACKEND, "2.5", "", LEDGER)]


def test_a_fault_of_the_stack_that_breaks_every_design_is_reported_not_held_against_one() -> None:
    """Every full pattern breaks it, always by the same part of the Stack: that is the Stack."""
    cheap, dear = two_on_one_database()
    trying = Trying(sharing("paid-within"), [cheap, dear])
    found = trying.choice(a_brief())
    assert found is not None
    assert found.chosen is cheap
    assert list(trying.shared) == [("database", "paid-within")]
    assert "every design here breaks" in trying.shared["database", "paid-within"]


def test_a_design_that_survives_it_is_the_evidence_against_the_others() -> None:
    """One pattern holds where the Stack's part is gone, so the others need not break either."""
    cheap, dear = two_on_one_database()
    trying = Trying(sharing("paid-within", but=BACKEND), [cheap, dear])
    found = trying.choice(a_brief())
    assert found is not None
    assert found.chosen is dear
    assert not trying.shared


def test_a_new_part_excuses_nobody() -> None:
    """Only what the Stack has already is its own affair."""
    new = placed("ledger", Role.STORE, "rds")
    rows = [weighed(WORKER, "1", "", new), weighed(BACKEND, "2", "", new)]
    assert Trying(sharing("paid-within"), rows).choice(a_brief()) is None


@pytest.mark.parametrize("promise", MONEY)
def test_money_is_never_excused(promise: str) -> None:
    """Lost or doubled payouts refuse a design, whatever part of the Stack is gone."""
    trying = Trying(sharing(promise), two_on_one_database())
    assert trying.choice(a_brief()) is None
    assert not trying.shared


def test_faults_left_out_come_with_their_reason() -> None:
    """What cannot be done to a design is told, and not among its trials."""
    one = weighed(WORKER, "1")
    trying = Trying(Told(faults=(RARE, WINGS)), [one])
    assert trying.survives(one)
    assert trying.left_out(one) == (("wings", "nothing here flies"),)
    assert [trial.fault for trial in trying.results(one)] == [CALM, "rare"]
    assert trying.count(one) == 2


def test_what_is_kept_of_a_trial_is_bounded() -> None:
    """A Decision holds a picture of each trial, not every minute of it."""
    one = weighed(WORKER, "1")
    trying = Trying(Told(points=1000), [one])
    trying.survives(one)
    for trial in trying.results(one):
        assert POINTS_MAX / 2 < len(trial.timeline) <= POINTS_MAX
        assert len(trial.violations) == VIOLATIONS_MAX


def test_every_trial_is_told_before_it_runs() -> None:
    """Who watches sees the design's and the fault's name."""
    seen: list[tuple[str, str]] = []
    one = weighed(WORKER, "1")
    Trying(Told(), [one], lambda *what: seen.append(what)).survives(one)
    name = pattern(WORKER).name
    assert seen == [(name, CALM), (name, "often happens"), (name, "rare happens")]


def test_fetched_payouts_say_why_they_are_not_tried() -> None:
    """The direction that has no trials yet is a reason, not a pass."""
    brief = a_brief()
    assert cannot_be_tried(brief) == ""
    receive = msgspec.structs.replace(brief, direction=assumed(Direction.RECEIVE, "a test"))
    assert "fetched" in cannot_be_tried(receive)


# -- the whole choice, on a real scene -----------------------------------------------------------


@cache
def a_scene() -> tuple[Scene, Proposal]:
    reading = read(REQUEST)
    scene = Scene(brief=reading.brief, stack=assume(reading.stack), load=load_of(reading.brief))
    return scene, propose(scene)


@cache
def decided(trials: Told | None = None, *, ahead: bool = False) -> Decision:
    return choose(*a_scene(), open_snapshot(), ahead=ahead, trials=trials)


def test_trials_that_everything_survives_change_no_choice() -> None:
    """The same design at the same price, with the trials it survived."""
    plain, tried = decided(), decided(Told(faults=(RARE, OFTEN, WINGS)))
    assert tried.chosen.candidate == plain.chosen.candidate
    assert tried.rejections == plain.rejections
    assert [one.fault for one in tried.trials] == [CALM, "often", "rare"]
    assert tried.not_applicable == (("wings", "nothing here flies"),)
    assert tried.trial_seed == Told.seed
    assert tried.trials_run == 3 * tried.tried
    assert tried.chosen.trials == 3
    assert {one.trials for one in tried.options if one.full} <= {0, 3}
    assert {one.trials for one in tried.options if not one.full} <= {0}


def test_without_trials_nothing_is_said_of_them() -> None:
    """Every field of a decision about trials keeps its default."""
    plain = decided()
    assert (plain.tried, plain.trials_run, plain.trial_seed, plain.trials) == (0, 0, None, ())


def test_the_choice_falls_in_a_trial_and_the_next_is_taken() -> None:
    """The first choice's pattern is rejected with the trial; no option of it is left."""
    first = decided().chosen.candidate.pattern
    decision = decided(Told({(first, "often"): ["paid-within", "never-lost"]}))
    assert decision.chosen.candidate.pattern != first
    assert first not in {one.candidate.pattern for one in decision.options}
    assert decision.weighed - 1 == len(decision.rejections)
    fallen = [one for one in decision.rejections if one.check == "trial:often"]
    assert {one.pattern for one in fallen} == {first}
    for one in fallen:
        assert one.used > one.limit
        assert one.source == f"replay {first} often"
        assert one.also == ("trial:often:paid-within",)
        assert one.list_monthly is not None
    assert decision.feasible == decided().feasible - len(fallen)


def test_an_option_that_fell_is_not_shown_and_one_nobody_tried_says_so() -> None:
    """Trials are run for the choice; what is beside it is shown with what is known of it."""
    plain = decided()
    cheapest = plain.cheapest.candidate.pattern
    assert cheapest != plain.chosen.candidate.pattern
    decision = decided(Told({(cheapest, "rare"): ["never-lost"]}))
    assert decision.chosen == msgspec.structs.replace(plain.chosen, trials=3)
    assert cheapest not in {one.candidate.pattern for one in decision.options}
    assert [one.label for one in decision.options if one.full and not one.trials] == ["runner-up"]


def test_where_no_full_design_survives_a_priced_one_is_shown_or_nothing() -> None:
    """As where hard checks leave no full one: priced only, and why it was not tried."""
    full = [one.id for one in patterns() if one.full]
    decision = decided(Told({(id, CALM): ["never-lost"] for id in full}))
    assert not decision.chosen.full
    assert not decision.trials
    assert "none of the" in decision.untried
    fallen = [one for one in decision.rejections if one.check.startswith("trial:")]
    assert len(fallen) == decision.tried > 0
    assert {one.pattern for one in fallen} <= set(full)


def test_what_fell_stays_out_of_every_what_if() -> None:
    """No flip leads to a candidate that a trial refused, at any value of any input."""
    first = decided().chosen.candidate.pattern
    decision = decided(Told({(first, "often"): ["never-lost"]}), ahead=True)
    numeric = [flip for flip in decision.flips if flip.at is not None]
    assert numeric
    assert first not in {flip.pattern for flip in numeric}


def test_fetched_payouts_are_judged_by_hard_checks() -> None:
    """Trials that cannot be run are not run, and the decision says why."""
    scene, _ = a_scene()
    brief = msgspec.structs.replace(scene.brief, direction=assumed(Direction.RECEIVE, "a test"))
    scene = Scene(brief=brief, stack=scene.stack, load=load_of(brief))
    trials = Told()
    decision = choose(scene, propose(scene), open_snapshot(), ahead=False, trials=trials)
    assert not trials.ran
    assert "fetched" in decision.untried
    assert decision.trial_seed == Told.seed
