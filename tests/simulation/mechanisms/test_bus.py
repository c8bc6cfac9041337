"""The bus, case by case: it hangs up early, tries again for a day, and gives up in the end."""

from __future__ import annotations

from typing import Any

import pytest

from frugal.model.graph import Verb
from frugal.simulate.mechanisms.bus import Bus
from frugal.simulate.mechanisms.mechanism import Event
from frugal.simulate.mechanisms.queue import Queue


@pytest.fixture
def calling(make: Any) -> Any:
    """Build a bus with one endpoint and dead letters, by what the bus says."""

    def build(**says: Any) -> Any:
        return make.bench(
            {"bus": make.bus(**says), "backend": None, "dead": make.queue(receives_most=None)},
            (("bus", Verb.CALLS, "backend"), ("bus", Verb.DEAD_LETTERS, "dead")),
            {"bus": Bus, "dead": Queue},
        )

    return build


def test_an_event_is_one_call(calling: Any) -> None:
    site = calling()
    site.parts["bus"].accept(Event("tick"))
    site.after(3600)
    assert [event.kind for _, event in site.parts["backend"].took] == ["tick"]


def test_it_hangs_up_after_five_seconds_and_the_endpoint_goes_on(calling: Any) -> None:
    """A worker that answers when it is done is called again while it works."""
    site = calling()
    backend = site.parts["backend"]

    def a_minute(event: Event) -> Any:
        yield 60.0

    backend.does = a_minute
    site.parts["bus"].accept(Event("tick"))
    site.after(30)
    assert not backend.answered
    assert len(backend.took) >= 3
    assert backend.took[1][0] - backend.took[0][0] >= 5
    site.after(60)
    assert backend.answered


def test_a_failing_endpoint_is_called_until_it_answers(calling: Any, make: Any) -> None:
    """After an outage of an hour the event is delivered, within the longest wait between tries."""
    site = calling()
    backend = site.parts["backend"]
    backend.does = make.fails
    site.parts["bus"].accept(Event("tick"))
    site.after(3600)
    tries = len(backend.took)
    assert tries > 5
    backend.does = lambda event: _at_once()
    site.after(site.parts["bus"].longest_wait)
    assert len(backend.took) == tries + 1
    assert len(backend.answered) == 1
    site.after(86_400)
    assert len(backend.took) == tries + 1


def _at_once() -> Any:
    yield 0.01


def test_it_gives_up_after_a_day_or_185_retries(calling: Any, make: Any) -> None:
    """Then the event is a dead letter: it neither comes for ever nor vanishes."""
    site = calling()
    site.parts["backend"].does = make.fails
    site.parts["bus"].accept(Event("tick"))
    site.after(2 * 86_400)
    calls = site.parts["backend"].took
    assert len(calls) <= 186
    assert calls[-1][0] - calls[0][0] <= 86_400
    assert len(calls) == 186 or calls[-1][0] - calls[0][0] > 80_000
    assert [event.kind for event in site.parts["dead"].events()] == ["tick"]


def test_a_policy_of_two_retries_is_three_calls(calling: Any, make: Any) -> None:
    """The retries are the rule's own: fewer than AWS's most where it says so."""
    site = calling(retries_most=2, retry_seconds_most=300)
    site.parts["backend"].does = make.fails
    site.parts["bus"].accept(Event("tick"))
    site.after(3600)
    assert len(site.parts["backend"].took) == 3
    assert site.parts["dead"].visible() == 1


def test_it_calls_no_faster_than_its_rate(calling: Any) -> None:
    """What is above the rate is delayed, not lost."""
    site = calling(requests_per_second_most=2)
    for _ in range(20):
        site.parts["bus"].accept(Event("tick"))
    site.after(3)
    assert len(site.parts["backend"].took) <= 2 + 2 * 3
    site.after(10)
    assert len(site.parts["backend"].took) == 20


def test_an_event_may_be_delivered_twice(calling: Any) -> None:
    site = calling(twice_share=1)
    site.parts["bus"].accept(Event("tick"))
    site.after(60)
    assert len(site.parts["backend"].took) == 2
