"""The state machine, case by case: one execution a name, waits that survive, retries that end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed
from frugal.simulate.mechanisms.orchestrator import Orchestrator


@pytest.fixture
def machine(make: Any) -> Any:
    """Build a state machine around one step, by what the machine says."""

    def build(**says: Any) -> Any:
        return make.bench(
            {"machine": make.orchestrator(**says), "step": None},
            (("machine", Verb.INVOKES, "step"),),
            {"machine": Orchestrator},
        )

    return build


def test_started_twice_it_is_one_execution(machine: Any) -> None:
    """An execution's name is its payout's: a second start, even after its end, starts nothing."""
    site = machine()
    start = Event("payouts", ("p1",))
    site.parts["machine"].accept(start)
    site.parts["machine"].accept(start)
    site.after(60)
    assert site.parts["step"].references() == [("p1",)]
    site.parts["machine"].accept(start)
    site.after(60)
    assert len(site.parts["step"].took) == 1


def test_it_waits_as_long_as_the_step_says(machine: Any) -> None:
    """1,800 seconds cost nothing, and then the step is asked again."""
    site = machine()
    waits = [1800.0, 300.0, None]

    def step(event: Event) -> Any:
        yield 0.1
        return waits.pop(0)

    site.parts["step"].does = step
    site.parts["machine"].accept(Event("payouts", ("p1",)))
    site.after(86_400)
    times = [at for at, _ in site.parts["step"].took]
    assert times[1] - times[0] == pytest.approx(1800, abs=1)
    assert times[2] - times[1] == pytest.approx(300, abs=1)
    assert len(times) == 3
    assert site.parts["machine"].running == 0


def test_a_step_that_fails_is_retried_with_longer_waits_and_then_the_execution_fails(
    machine: Any, make: Any
) -> None:
    """2, 4 and 8 seconds; after that somebody has to hear of it."""
    site = machine(retries_most=3, retry_wait_seconds=2)
    site.parts["step"].does = make.fails
    site.parts["machine"].accept(Event("payouts", ("p1",)))
    site.after(3600)
    times = [at for at, _ in site.parts["step"].took]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([2.1, 4.1, 8.1], abs=0.01)
    assert site.parts["machine"].failed == 1


def test_an_execution_ends_at_its_longest_time(machine: Any) -> None:
    """A step that never says it is done does not run for ever."""
    site = machine(execution_seconds_most=3600)

    def never_done(event: Event) -> Any:
        yield 0.1
        return 600.0

    site.parts["step"].does = never_done
    site.parts["machine"].accept(Event("payouts", ("p1",)))
    site.after(86_400)
    assert len(site.parts["step"].took) == 6
    assert site.parts["machine"].timed_out == 1


def test_starts_above_the_rate_are_refused(machine: Any) -> None:
    """Whoever starts them hears it and starts the rest later."""
    site = machine(starts_per_second_most=10)
    start = Event("payouts", tuple(f"p{number}" for number in range(25)))
    with pytest.raises(Failed) as refused:
        site.parts["machine"].accept(start)
    assert refused.value.throttled
    assert len(site.parts["machine"].names) == 10
    for first, last in ((10, 20), (20, 25)):
        site.after(1)
        site.parts["machine"].accept(Event("payouts", start.references[first:last]))
    site.after(60)
    assert sorted(site.parts["step"].references()) == sorted((f"p{n}",) for n in range(25))
