"""The queue, case by case: what SQS promises, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed
from frugal.simulate.mechanisms.queue import Queue


@pytest.fixture
def polled(make: Any) -> Any:
    """Build a queue, the function that polls it and its dead letters, by what the queue says."""

    def build(dead: bool = True, **says: Any) -> Any:
        links: tuple[tuple[str, Verb, str], ...] = (("queue", Verb.POLLS, "function"),)
        if dead:
            links = (*links, ("queue", Verb.DEAD_LETTERS, "dead"))
        kept = make.queue(receives_most=None, retention_seconds=1_209_600)
        return make.bench(
            {"queue": make.queue(**says), "function": None, "dead": kept},
            links,
            {"queue": Queue, "dead": Queue},
        )

    return build


def payouts(*references: str) -> Event:
    return Event("payouts", references)


def test_every_payout_is_a_message_and_comes_in_batches(polled: Any) -> None:
    """25 payouts in batches of 10 are three runs, at most two of them at the same time."""
    site = polled(batch=10, concurrency_most=2)
    site.parts["queue"].accept(payouts(*(f"p{number}" for number in range(25))))
    site.after(0.05)
    assert [len(event.body) for _, event in site.parts["function"].took] == [10, 10]
    site.after(10)
    assert [len(event.body) for _, event in site.parts["function"].took] == [10, 10, 5]
    assert site.parts["queue"].visible() == 0
    assert site.parts["queue"].oldest_seconds() == 0


def test_a_message_is_hidden_while_somebody_has_it(polled: Any) -> None:
    """Nobody else gets it before the visibility time-out, however long the work takes."""
    site = polled(visibility_seconds=60)

    def slowly(event: Event) -> Any:
        yield 50.0

    site.parts["function"].does = slowly
    site.parts["queue"].accept(payouts("p1"))
    site.after(59)
    assert len(site.parts["function"].took) == 1
    assert site.parts["queue"].visible() == 0
    site.after(3600)
    assert len(site.parts["function"].took) == 1


def test_work_that_outlives_its_visibility_is_done_twice(polled: Any) -> None:
    """A time-out shorter than the work makes a second delivery while the first goes on."""
    site = polled(visibility_seconds=30)

    def slowly(event: Event) -> Any:
        yield 45.0

    site.parts["function"].does = slowly
    site.parts["queue"].accept(payouts("p1"))
    site.after(31)
    assert [event.again for _, event in site.parts["function"].took] == [0, 1]


def test_what_failed_comes_again_after_the_visibility_time_out(polled: Any, make: Any) -> None:
    """Not at once: a function that fails is not called in a loop."""
    site = polled(visibility_seconds=60)
    function = site.parts["function"]
    function.does = make.fails
    site.parts["queue"].accept(payouts("p1"))
    site.after(1)
    first = function.took[0][0]
    site.after(65)
    assert function.took[1][0] - first == pytest.approx(60, abs=0.1)


def test_of_a_batch_only_what_failed_comes_again(polled: Any) -> None:
    """The function names the messages it could not do; the others are deleted."""
    site = polled(visibility_seconds=60)
    function = site.parts["function"]

    def one_fails(event: Event) -> Any:
        yield 0.1
        return tuple(
            place for place, message in enumerate(event.body) if message.references == ("p2",)
        )

    function.does = one_fails
    site.parts["queue"].accept(payouts("p1", "p2", "p3"))
    site.after(61)
    assert function.references() == [("p1", "p2", "p3"), ("p2",)]


def test_after_so_many_receives_it_is_a_dead_letter(polled: Any, make: Any) -> None:
    """With a maxReceiveCount of 5 it is tried five times, and lies there instead of a sixth."""
    site = polled(visibility_seconds=60, receives_most=5)
    site.parts["function"].does = make.fails
    site.parts["queue"].accept(payouts("p1"))
    site.after(4 * 61)
    assert len(site.parts["function"].took) == 5
    assert site.parts["dead"].visible() == 0
    site.after(100)
    assert len(site.parts["function"].took) == 5
    assert site.parts["queue"].visible() == 0
    assert [event.references for event in site.parts["dead"].events()] == [("p1",)]


def test_without_a_dead_letter_queue_it_comes_for_ever(polled: Any, make: Any) -> None:
    """Until the retention ends: 4 days at one receive a minute are 5,760 runs for one message."""
    site = polled(dead=False, visibility_seconds=60, retention_seconds=345_600)
    site.parts["function"].does = make.fails
    site.parts["queue"].accept(Event("poison", ("bad",)))
    site.after(400_000)
    assert len(site.parts["function"].took) == pytest.approx(5758, abs=3)
    assert site.parts["queue"].expired == 1


def test_a_poison_message_does_not_hold_up_the_others(polled: Any, make: Any) -> None:
    """Those behind it are done at once; it goes its own way to the dead letters."""
    site = polled(visibility_seconds=60, batch=1)
    function = site.parts["function"]

    def only_good(event: Event) -> Any:
        if event.body[0].kind == "poison":
            return (yield from make.fails(event))
        yield 0.1

    function.does = only_good
    queue = site.parts["queue"]
    queue.accept(Event("poison", ("bad",)))
    queue.accept(payouts("p1", "p2", "p3"))
    site.after(1)
    assert sorted(event.references for _, event in function.answered) == [
        ("p1",),
        ("p2",),
        ("p3",),
    ]
    site.after(600)
    assert [event.kind for event in site.parts["dead"].events()] == ["poison"]


def test_what_is_older_than_the_retention_is_gone(polled: Any) -> None:
    """A queue that nobody works on keeps a message so long and no longer, and says nothing."""
    site = polled(retention_seconds=600)
    site.parts["queue"].abreast_most = 0
    site.parts["queue"].accept(payouts("p1"))
    site.after(599)
    assert site.parts["queue"].visible() == 1
    assert site.parts["queue"].oldest_seconds() == pytest.approx(599)
    site.after(2)
    assert site.parts["queue"].visible() == 0
    assert site.parts["queue"].expired == 1


def test_a_fifo_queue_keeps_the_order_of_a_payout_and_its_reissues(polled: Any) -> None:
    """While one of a group is worked on or waits for its next receive, the next ones wait."""
    site = polled(fifo=True, batch=1, concurrency_most=10, visibility_seconds=60)
    function = site.parts["function"]
    failed: list[str] = []

    def first_fails_once(event: Event) -> Any:
        yield 0.1
        if event.references == ("a",) and not failed:
            failed.append("a")
            raise Failed("once")

    function.does = first_fails_once
    for reference in ("a", "a~1", "b", "a~2"):
        site.parts["queue"].accept(payouts(reference))
    site.after(59)
    assert function.references() == [("a",), ("b",)]
    site.after(5)
    assert function.references() == [("a",), ("b",), ("a",), ("a~1",), ("a~2",)]


def test_a_fifo_queue_takes_the_same_message_once_in_five_minutes(polled: Any) -> None:
    """Deduplication is about sending, for five minutes, and about nothing else."""
    site = polled(fifo=True)
    queue = site.parts["queue"]
    queue.accept(payouts("a"))
    site.after(200)
    queue.accept(payouts("a"))
    assert queue.accepted == 1
    site.after(200)
    queue.accept(payouts("a"))
    assert queue.accepted == 2


def test_a_message_may_be_delivered_twice(polled: Any) -> None:
    """At least once: a share of messages comes a second time although nothing failed."""
    site = polled(twice_share=1, batch=1)
    site.parts["queue"].accept(payouts("p1", "p2"))
    site.after(10)
    assert sorted(site.parts["function"].references()) == [("p1",), ("p1",), ("p2",), ("p2",)]
    assert site.parts["queue"].visible() == 0


def test_a_batch_window_waits_for_company(polled: Any) -> None:
    """Messages that come within the window are one batch; a full batch does not wait."""
    site = polled(window_seconds=5, batch=3)
    function = site.parts["function"]
    site.parts["queue"].accept(payouts("p1"))
    site.after(2)
    site.parts["queue"].accept(payouts("p2"))
    site.after(2)
    assert not function.took
    site.after(2)
    assert function.references() == [("p1", "p2")]
    site.parts["queue"].accept(payouts("p3", "p4", "p5"))
    site.after(0.1)
    assert function.references()[-1] == ("p3", "p4", "p5")


def test_a_person_sends_dead_letters_back(polled: Any, make: Any) -> None:
    """After the cause is gone they are tried anew, with all their receives."""
    site = polled(visibility_seconds=10, receives_most=2)
    function = site.parts["function"]
    function.does = make.fails
    site.parts["queue"].accept(payouts("p1"))
    site.after(60)
    assert site.parts["dead"].visible() == 1
    function.does = lambda event: iter_once()
    assert site.parts["dead"].redrive() == 1
    site.after(5)
    assert site.parts["dead"].visible() == 0
    assert site.parts["queue"].visible() == 0
    assert function.answered[-1][1].references == ("p1",)


def iter_once() -> Any:
    yield 0.1


def test_a_queue_that_is_gone_refuses(polled: Any) -> None:
    """Whoever sends hears it, and does not take the message for sent."""
    site = polled()
    site.parts["queue"].stop()
    with pytest.raises(Failed):
        site.parts["queue"].accept(payouts("p1"))


def test_its_metrics_are_those_an_alarm_looks_at(polled: Any, make: Any) -> None:
    """The age of the oldest message grows while nobody does it; dead letters are seen."""
    site = polled(visibility_seconds=60, receives_most=3)
    site.parts["function"].does = make.fails
    site.parts["queue"].accept(payouts("p1"))
    site.after(600)
    ages = site.gauges["queue", "AWS/SQS/ApproximateAgeOfOldestMessage"]
    assert ages == [*sorted(ages[:-1]), 0]
    assert ages[-2] > 100
    assert site.gauges["dead", "AWS/SQS/ApproximateNumberOfMessagesVisible"][-1] == 1
