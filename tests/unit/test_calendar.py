"""The calendar of a rehearsal: what a year has, it has; and nothing falls on anything else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest

from frugal.faults import Fault, faults
from frugal.model.load import load_of
from frugal.patterns import Scene, pattern
from frugal.propose import propose_one
from frugal.read import load_brief
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.reach import applies, before_seconds, ended_seconds
from frugal.simulate.year.calendar import DAY, Segment, Volumes, calendar_of
from frugal.survey import assume

STORY = Path(__file__).parents[1] / "golden" / "stories" / "01-first" / "brief.yaml"
VOLUMES = Volumes(low=100.0, high=200.0, largest=400.0, days_per_week=7)

Make = Callable[..., tuple[Segment, ...]]


@pytest.fixture(scope="module")
def plan() -> Plan:
    brief, stack = load_brief(STORY)
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    built = propose_one(pattern("function_through_backend"), scene)
    assert not isinstance(built, str)
    return plan_of(built[0], scene)


@pytest.fixture(scope="module")
def able(plan: Plan) -> list[Fault]:
    return [one for one in faults() if not applies(one, plan)]


@pytest.fixture
def made(plan: Plan, able: list[Fault], seed: int) -> Make:
    def make(
        days: int = 365, volumes: Volumes = VOLUMES, *, surely: bool = False
    ) -> tuple[Segment, ...]:
        return calendar_of(plan, volumes, able, days, seed, surely=surely)

    return make


def test_a_year_has_each_fault_as_often_as_it_says(made: Make, able: list[Fault]) -> None:
    """None is dropped for want of room."""
    struck = [one.fault.id for segment in made() for one in segment.faults]
    assert {one.id: struck.count(one.id) for one in able} == {
        one.id: one.times_a_year.value for one in able
    }


def test_segments_are_the_days(made: Make) -> None:
    """Every day belongs to one segment, and a segment is about a month."""
    for days in (1, 29, 30, 31, 100, 365, 366, 1000):
        segments = made(days)
        assert [one.first_day for one in segments[1:]] == [
            one.first_day + one.days for one in segments[:-1]
        ]
        assert sum(one.days for one in segments) == days
        assert all(one.days <= 46 for one in segments)
        assert len({one.seed for one in segments}) == len(segments)


def test_faults_keep_off_each_other(made: Make, plan: Plan) -> None:
    """A fault begins when the one before has ended and drained, also in what it goes back to."""
    for segment in made():
        times = [
            (
                (one.day + one.share) * DAY - before_seconds(one.fault, plan),
                (one.day + one.share) * DAY + ended_seconds(one.fault, plan),
            )
            for one in segment.faults
        ]
        assert all(later[0] > earlier[1] for earlier, later in pairwise(sorted(times)))


def test_what_a_fault_goes_back_to_has_been_lived_through(made: Make, plan: Plan) -> None:
    """A restore from yesterday needs a yesterday."""
    for days in (2, 3, 30, 365):
        for segment in made(days, surely=True):
            for one in segment.faults:
                assert one.day >= ceil(max(0.0, before_seconds(one.fault, plan) / DAY - one.share))


def test_a_named_fault_comes_however_short_the_rehearsal(made: Make, able: list[Fault]) -> None:
    """Three days are enough for each of them; where nobody insists, three days have few."""
    surely = {one.fault.id for segment in made(3, surely=True) for one in segment.faults}
    assert surely == {one.id for one in able}
    assert sum(len(segment.faults) for segment in made(3)) < len(able)


def test_days_bring_what_was_promised(made: Make) -> None:
    """Between low and high, the largest day once a month, nothing on days off."""
    for segment in made(365, Volumes(100.0, 200.0, 400.0, days_per_week=5)):
        kinds = [(segment.first_day + day) % 7 < 5 for day in range(segment.days)]
        assert [count > 0 for count in segment.payouts] == kinds
        assert sum(count == 400 for count in segment.payouts) == 1
        assert all(100 <= count <= 201 for count in segment.payouts if count not in (0, 400))
        assert all(kinds[one.day] for one in segment.faults)


def test_less_than_one_a_day_is_not_none(made: Make) -> None:
    """A share of a payout is a chance of one, so that a year still has as many as it should."""
    total = sum(sum(one.payouts) for one in made(365, Volumes(0.3, 0.3, 0.3, 7)))
    assert 70 <= total <= 150


def test_same_seed_same_calendar(made: Make, plan: Plan, able: list[Fault], seed: int) -> None:
    """Everything is drawn from the seed, and another one draws another year."""
    assert made() == made()
    other = calendar_of(plan, VOLUMES, able, 365, seed + 1, surely=False)
    assert other != made()
