"""The function, case by case: cold starts, its time limit, throttles, retries, sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from frugal.model.behaviour import Database, Number
from frugal.model.behaviour import Function as FunctionBehaviour
from frugal.simulate.mechanisms.function import Function
from frugal.simulate.mechanisms.mechanism import Event
from frugal.simulate.mechanisms.queue import Queue
from frugal.simulate.plan import Plan
from frugal.simulate.programs import Program
from frugal.simulate.site import Site
from payouts.core.worker import Worker
from payouts.ledger.statements import BeginTick
from payouts.ports import Commit, Core, WaitUntil

Get = Callable[[str], dict[str, Plan]]
ID = "payout-function"
TICK = Event("tick")


class Sleeper(Program):
    """Takes the lock of its partner's row and holds it, uncommitted, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ended = 0

    def work(self, worker: Worker, event: Event) -> Core[str]:
        yield BeginTick(worker.partner_id, 0)
        yield WaitUntil(worker.clock.monotonic() + self.seconds)
        yield Commit()
        self.ended += 1
        return "done"


def changed(plan: Plan, kind: type[Any], **said: float) -> Plan:
    """Return a plan in which the parts of one kind behave otherwise."""

    parts = tuple(
        msgspec.structs.replace(
            part,
            behaviour=msgspec.structs.replace(
                part.behaviour,
                **{name: _with(getattr(part.behaviour, name), to) for name, to in said.items()},
            ),
        )
        if isinstance(part.behaviour, kind)
        else part
        for part in plan.parts
    )
    return msgspec.structs.replace(plan, parts=parts)


def _with(fact: Number, value: float) -> Number:
    return type(fact)(type(fact.value)(str(value)), fact.source, fact.basis)


@pytest.fixture
def built(plans: Get) -> Callable[..., tuple[Site, Function, Sleeper]]:
    """Build a site without payouts or ticks, whose direct function runs a sleeper."""

    def build(seconds: float, **said: float) -> tuple[Site, Function, Sleeper]:
        database = {name: said.pop(name) for name in ("sessions_most",) if name in said}
        plan = changed(plans("01-first")["direct_function"], FunctionBehaviour, **said)
        plan = changed(plan, Database, **database)
        program = Sleeper(seconds)
        site = Site(plan, 1, program=lambda _: program, days=0)
        function = site.parts[ID]
        assert isinstance(function, Function)
        return site, function, program

    return build


def test_a_run_is_ended_at_its_time_limit(built: Any) -> None:
    """In the middle of a transaction: it rolls back, its session is gone, and its lock with it."""
    site, function, program = built(1000.0, time_limit_seconds=60, retries_most=0)
    function.accept(TICK)
    site.loop.run(site.start + 30)
    assert site.ledger.locks
    assert site.ledger.sessions == 1
    site.loop.run(site.start + 100)
    assert not site.ledger.locks
    assert not site.ledger.table
    assert site.ledger.sessions == 0
    assert (program.ended, function.worked.failed, function.running) == (0, 1, 0)


def test_an_asynchronous_event_is_tried_twice_more_and_then_dead_lettered(built: Any) -> None:
    """With a minute before the second attempt and two before the third, as Lambda waits."""
    site, function, _ = built(
        1000.0, time_limit_seconds=10, retries_most=2, retry_wait_seconds=60, twice_share=0
    )
    dead = site.parts["dead-letters"]
    assert isinstance(dead, Queue)
    function.accept(TICK)
    runs = []
    for until in (30, 90, 300):
        site.loop.run(site.start + until)
        runs.append(int(function.worked.runs))
    assert runs == [1, 2, 3]
    assert function.worked.dropped == 1
    assert dead.accepted == 1


def test_what_is_throttled_is_tried_again(built: Any) -> None:
    """Of three events at once with room for one, each runs in the end, one after the other."""
    site, function, program = built(5.0, concurrency_most=1, twice_share=0)
    for _ in range(3):
        function.accept(TICK)
    site.loop.run(site.start + 2)
    assert function.running == 1
    assert function.worked.throttled >= 2
    site.loop.run(site.start + 300)
    assert program.ended == 3
    assert function.worked.most == 1


def test_a_throttled_event_is_kept_no_longer_than_its_age(built: Any) -> None:
    """Then it goes to the on-failure destination, though it never ran."""
    site, function, program = built(
        200.0, concurrency_most=1, twice_share=0, event_age_seconds_most=60, time_limit_seconds=300
    )
    function.accept(TICK)
    function.accept(TICK)
    site.loop.run(site.start + 1000)
    assert program.ended == 1
    assert function.worked.dropped == 1


def test_only_what_was_idle_for_long_starts_cold(built: Any) -> None:
    """The second run, soon after, is warm; the third, much later, pays its INIT again."""
    site, function, _ = built(1.0, idle_seconds=240, cold_seconds=3, twice_share=0)
    for at in (0, 100, 1000):
        site.loop.call(site.start + at, function.accept, TICK)
    site.loop.run(site.start + 1100)
    assert (function.worked.runs, function.worked.cold) == (3, 2)
    assert site.metrics.most("AWS/Lambda/Duration") < 3000


def test_two_runs_at_once_are_two_environments_with_a_session_each(built: Any) -> None:
    """Where the database has one session left, the second run fails and is tried again."""
    taken = 20
    site, function, program = built(
        5.0, twice_share=0, sessions_most=taken + 1, retry_wait_seconds=60, retries_most=2
    )
    assert site.database.in_use == taken
    function.accept(TICK)
    function.accept(TICK)
    site.loop.run(site.start + 10)
    assert (program.ended, function.worked.failed) == (1, 1)
    assert site.ledger.sessions_peak == 1
    site.loop.run(site.start + 1000)
    assert program.ended == 2


def test_a_replaced_function_finishes_what_it_runs(built: Any) -> None:
    """A deployment ends no run; the next event meets a new environment."""
    site, function, program = built(10.0, twice_share=0)
    function.accept(TICK)
    site.loop.call(site.start + 5, lambda _: site.replace_workers())
    site.loop.call(site.start + 60, function.accept, TICK)
    site.loop.run(site.start + 100)
    assert (program.ended, function.worked.cold) == (2, 2)
