"""Containers, their host, and the database beside them: what dies together, and comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from frugal.simulate.mechanisms.container import Container
from frugal.simulate.mechanisms.mechanism import Event, Failed
from frugal.simulate.plan import Plan
from frugal.simulate.site import Site
from payouts.ports import StoreError
from payouts.simulation.loop import Process
from payouts.states import Status

Get = Callable[[str], dict[str, Plan]]


def settled(site: Site) -> int:
    return site.ledger.counts.get((site.partner_id, Status.SETTLED), 0)


@pytest.fixture
def beside(plans: Get) -> Site:
    """A worker beside the backend, with a payout every two minutes for an hour."""
    return Site(plans("01-first")["container_task"], 2, payouts=30, hours=1.0)


def test_a_worker_dies_with_its_host_and_comes_back_with_it(beside: Site) -> None:
    """While the host is away nobody pays and nobody can ask; afterwards everything is paid."""
    site = beside
    site.start_up()
    site.loop.run(site.start + 1200)
    before = settled(site)
    assert before
    site.hosts_down()
    worker = site.parts["payout-worker"]
    assert isinstance(worker, Container)
    assert not worker.up
    assert not site.ledger.up
    assert site.ledger.sessions == 0
    site.loop.run(site.start + 2400)
    assert settled(site) == before
    site.hosts_up()
    site.loop.run(site.start + 3 * 3600)
    assert worker.up
    assert settled(site) == 30


def test_a_restart_takes_its_time(beside: Site) -> None:
    """A worker that is replaced works again when it has started, not at once."""
    site = beside
    site.start_up()
    site.loop.run(site.start + 60)
    worker = site.parts["payout-worker"]
    assert isinstance(worker, Container)
    site.replace_workers()
    site.loop.run(site.start + 60 + worker.restart_seconds - 0.5)
    assert not worker.up
    site.loop.run(site.start + 60 + worker.restart_seconds + 0.5)
    assert worker.up


def test_a_worker_that_dies_is_started_again(beside: Site) -> None:
    """It dies at every tenth command, wherever that is, and pays everybody once all the same."""
    site = beside
    site.workers_die(10)
    site.start_up()
    site.loop.run(site.start + 3600)
    deaths = sum(sum(one.misfortune.happened.values()) for _, one in site.machines)
    assert deaths > 5
    site.workers_die(0)
    site.loop.run(site.start + 6 * 3600)
    assert settled(site) == 30
    paid = [entry.key for entry in site.double.books.entries if entry.kind == "paid"]
    assert len(paid) == len(set(paid)) == 30


def test_through_the_backend_nothing_is_said_while_it_is_away(plans: Get) -> None:
    """A function's tick fails after three seconds without an answer; none of it is committed."""
    site = Site(plans("01-first")["function_through_backend"], 1, days=0)
    site.parts["backend"].stop()
    machine = site.machine("payout-function")
    assert machine.commits_each
    heard: list[tuple[float, str]] = []

    def asking() -> Process:
        from payouts.core.tick import tick
        from payouts.simulation.driver import drive

        try:
            yield from drive(tick(site.worker("payout-function", machine)), machine)
        except StoreError as error:
            heard.append((site.loop.now - site.start, str(error)))

    site.loop.start(asking())
    site.loop.run(site.start + 60)
    assert heard == [(3.0, "the ledger cannot be reached")]
    assert not site.ledger.table


def test_whoever_calls_a_backend_that_is_away_hears_an_error(plans: Get) -> None:
    """And a call that was under way when it died gets no answer either."""
    site = Site(plans("01-first")["api_destination"], 1, days=0)
    backend = site.parts["backend"]
    outcomes: list[str] = []

    def calling() -> Process:
        try:
            yield from backend.take(Event("tick"))
        except Failed as failed:
            outcomes.append(str(failed))
        else:
            outcomes.append("202")

    site.loop.start(calling())
    site.loop.run(site.start + 10)
    site.loop.start(calling())
    site.loop.call(site.loop.now + 0.01, lambda _: backend.stop())
    site.loop.run(site.start + 20)
    site.loop.start(calling())
    site.loop.run(site.start + 30)
    assert outcomes == ["202", "no answer", "nobody is there"]


def test_a_database_without_a_standby_is_away_with_its_zone(plans: Get) -> None:
    """It recovers when the zone is back, not before."""
    site = Site(plans("01-first")["container_task"], 1, days=0)
    site.zone_down()
    site.loop.run(site.start + 7200)
    assert not site.ledger.up
    site.zone_up()
    site.loop.run(site.start + 7200 + site.database.restart_seconds + 1)
    assert site.ledger.up


def test_sessions_taken_by_others_are_given_back(beside: Site) -> None:
    """With all of them taken a worker without a session gets none; then it does."""
    site = beside
    site.take_sessions(1.0)
    with pytest.raises(StoreError, match="no session left"):
        site.ledger.connect()
    site.give_sessions()
    site.ledger.connect()
