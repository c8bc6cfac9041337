"""A door to the internet passes on what comes, as fast as it may and no longer than it may."""

from __future__ import annotations

from typing import Any

import pytest

from frugal.model.graph import Verb
from frugal.simulate.mechanisms.entrance import Entrance
from frugal.simulate.mechanisms.mechanism import Event, Failed


@pytest.fixture
def door(make: Any) -> Any:
    """Build a door with a function behind it, by what the door says."""

    def build(**says: Any) -> Any:
        return make.bench(
            {"door": make.entrance(**says), "function": None},
            (("door", Verb.INVOKES, "function"),),
            {"door": Entrance},
        )

    return build


def knock(site: Any, heard: list[str]) -> Any:
    try:
        answer = yield from site.parts["door"].take(Event("notice", body="hello"))
    except Failed as failed:
        heard.append(str(failed))
    else:
        heard.append(f"answered {answer}")


def test_what_comes_is_passed_on_and_the_answer_brought_back(door: Any) -> None:
    site = door()
    heard: list[str] = []
    site.loop.start(knock(site, heard))
    site.after(10)
    assert [event.body for _, event in site.parts["function"].took] == ["hello"]
    assert heard == ["answered None"]


def test_a_refusal_behind_it_is_heard_in_front_of_it(door: Any) -> None:
    """Who is not the partner gets no 2xx: the door makes nothing good."""
    site = door()
    heard: list[str] = []

    def refuses(event: Event) -> Any:
        yield 0.01
        raise Failed("403")

    site.parts["function"].does = refuses
    site.loop.start(knock(site, heard))
    site.after(10)
    assert heard == ["403"]


def test_above_its_rate_it_refuses(door: Any) -> None:
    """A flood reaches the function no faster than the door lets it."""
    site = door(requests_per_second_most=10)
    heard: list[str] = []
    for _ in range(100):
        site.loop.start(knock(site, heard))
    site.after(10)
    assert len(site.parts["function"].took) == 10
    assert heard.count("429") == 90


def test_who_answers_too_late_is_not_heard(door: Any) -> None:
    """The door gives up on its function after its own time limit."""
    site = door(time_limit_seconds=30)
    heard: list[str] = []

    def sleeps(event: Event) -> Any:
        yield 60.0

    site.parts["function"].does = sleeps
    site.loop.start(knock(site, heard))
    site.after(31)
    assert heard == ["time-out"]
    assert not site.parts["function"].answered
