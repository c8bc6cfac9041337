"""Simulated time: in order, without waiting, and the same on every run."""

from __future__ import annotations

from time import perf_counter

import pytest

from payouts.simulation.loop import Loop, Process, Signal


def sleeping(loop: Loop, told: list[tuple[float, str]], name: str, seconds: float) -> Process:
    for _ in range(3):
        yield seconds
        told.append((loop.now, name))


def test_events_happen_in_the_order_of_their_times() -> None:
    """What is due sooner happens sooner, and time jumps from one to the next."""
    loop, told = Loop(), []
    loop.start(sleeping(loop, told, "slow", 5.0))
    loop.start(sleeping(loop, told, "quick", 2.0))
    loop.run()
    assert told == [
        (2.0, "quick"),
        (4.0, "quick"),
        (5.0, "slow"),
        (6.0, "quick"),
        (10.0, "slow"),
        (15.0, "slow"),
    ]


def test_events_of_one_moment_keep_the_order_in_which_they_were_made() -> None:
    """A tie is settled by age, never by the look of the objects."""
    loop, told = Loop(), []
    for name in "abcd":
        loop.start(sleeping(loop, told, name, 1.0))
    loop.run()
    assert [name for _, name in told] == list("abcd" * 3)


def test_a_run_stops_at_the_time_it_was_given() -> None:
    """What is later than ``until`` waits for the next call."""
    loop, told = Loop(), []
    loop.start(sleeping(loop, told, "a", 10.0))
    loop.run(until=25.0)
    assert (loop.now, len(told)) == (25.0, 2)
    loop.run()
    assert (loop.now, len(told)) == (30.0, 3)


def test_a_signal_resumes_all_who_wait_with_its_value() -> None:
    """Waiting costs no events, and a signal that was fired is not missed."""
    loop, told = Loop(), []
    signal = Signal(loop)

    def waiting(name: str) -> Process:
        told.append((name, (yield signal), loop.now))

    loop.start(waiting("early"))
    loop.call(3.0, signal.fire, "news")
    loop.start(waiting("late"), at=7.0)
    loop.run()
    assert told == [("early", "news", 3.0), ("late", "news", 7.0)]


def test_a_closed_process_never_runs_again() -> None:
    """Killing a process leaves its entry in the heap without effect."""
    loop, told = Loop(), []
    process = loop.start(sleeping(loop, told, "dead", 1.0))
    loop.call(1.5, lambda _: process.close())
    loop.run()
    assert told == [(1.0, "dead")]


def test_a_process_that_yields_nonsense_is_told_so() -> None:
    """An int or a forgotten value is a mistake, not a wait."""
    loop = Loop()

    def wrong() -> Process:
        yield 5  # type: ignore[misc]

    loop.start(wrong())
    with pytest.raises(TypeError, match="float"):
        loop.run()


def test_a_million_plain_events_a_second() -> None:
    """The loop is no part of what a simulation costs; a tenth of the goal, for slow machines."""
    loop = Loop()

    def ticking() -> Process:
        for _ in range(2_000):
            yield 1.0

    for number in range(100):
        loop.start(ticking(), at=number / 100)
    began = perf_counter()
    loop.run()
    assert loop.events / (perf_counter() - began) > 100_000
