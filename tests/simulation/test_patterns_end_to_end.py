"""Every way on which a full pattern pays is the one that pays, and not the net below it.

A sweep finds what a message, an execution or a notice should have brought, so a broken way would
only be late. Here the net is taken away, or the way is, and the payouts' times tell which it was.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from frugal.model.behaviour import Counterpart
from frugal.model.graph import Scalar, Verb
from frugal.model.load import load_of
from frugal.model.trial import Tried
from frugal.patterns import Scene, pattern
from frugal.read import load_brief
from frugal.simulate.mechanisms.bus import Bus
from frugal.simulate.mechanisms.entrance import Entrance
from frugal.simulate.mechanisms.orchestrator import Orchestrator
from frugal.simulate.mechanisms.queue import Queue
from frugal.simulate.plan import Plan, plan_of
from frugal.simulate.site import Site
from frugal.simulate.trial import try_out
from frugal.survey import assume
from payouts.facts import assumed
from payouts.states import Status

STORY = Path(__file__).parents[1] / "golden" / "stories" / "01-first" / "brief.yaml"
#: Half an hour after it was sent the partner knows the outcome of an inconclusive payout.
RESOLVED = 1800


def planned(pattern_id: str, **wanted: Scalar) -> Plan:
    """Return the plan of a pattern with these settings, and the first value of all others."""
    brief, stack = load_brief(STORY)
    scene = Scene(brief=brief, stack=assume(stack), load=load_of(brief))
    chosen = pattern(pattern_id)
    choices = chosen.choices(scene)
    assert set(wanted) <= set(choices)
    settings = {name: wanted.get(name, values[0]) for name, values in choices.items()}
    return plan_of(chosen.candidate(scene, settings), scene)


def without_parts(plan: Plan, *ids: str) -> Plan:
    assert set(ids) <= {part.id for part in plan.parts}
    return msgspec.structs.replace(
        plan,
        parts=tuple(part for part in plan.parts if part.id not in ids),
        links=tuple(link for link in plan.links if not {link.source, link.target} & set(ids)),
    )


def without_links(plan: Plan, verb: Verb) -> Plan:
    links = tuple(link for link in plan.links if link.verb is not verb)
    assert len(links) < len(plan.links)
    return msgspec.structs.replace(plan, links=links)


def with_inconclusive(plan: Plan, share: str) -> Plan:
    """Have the partner leave so many outcomes open, and say them by webhook when it knows."""
    partner = plan.counterpart
    told = msgspec.structs.replace(
        partner, inconclusive_share=assumed(Decimal(share), "for this test"), webhooks=True
    )
    return msgspec.structs.replace(
        plan,
        parts=tuple(
            msgspec.structs.replace(part, behaviour=told)
            if isinstance(part.behaviour, Counterpart)
            else part
            for part in plan.parts
        ),
    )


def calm(plan: Plan) -> Tried:
    tried = try_out(plan, None, 1)
    assert not tried.broken
    assert tried.totals.settled + tried.totals.declined == tried.totals.asked
    return tried


def median(tried: Tried) -> float:
    assert tried.latency is not None
    return float(tried.latency.p50)


def run(plan: Plan, *, hours: float = 26.0) -> Site:
    site = Site(plan, 1)
    site.start_up()
    site.loop.run(site.start + hours * 3600)
    site.end()
    return site


def ended(site: Site) -> int:
    """Count the payouts whose end is known: paid, or, of the open ones, declined after all."""
    return sum(row.status in {Status.SETTLED, Status.DECLINED} for row in site.ledger.rows.values())


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("batch_size", [1, 10])
def test_a_queue_pays_by_its_messages(fifo: bool, batch_size: int) -> None:
    """Within seconds, without its sweep as well; without its messages only as the sweep does."""
    plan = planned("queue", fifo=fifo, batch_size=batch_size, max_concurrency=2)
    assert median(calm(plan)) < 15
    alone = run(without_parts(plan, "sweep"))
    assert ended(alone) >= 0.97 * alone.business.payouts
    queue = alone.parts["payout-queue"]
    assert isinstance(queue, Queue)
    assert queue.accepted >= alone.business.payouts
    assert queue.visible() == 0
    assert median(calm(without_links(plan, Verb.SENDS))) > 100


@pytest.mark.parametrize(("relay", "least", "most"), [("container", 0, 15), ("function", 15, 90)])
def test_an_outbox_pays_by_its_relay(relay: str, least: float, most: float) -> None:
    """The container follows the table within a second, the function looks once a minute."""
    plan = planned("outbox_relay", relay=relay, batch_size=10, max_concurrency=2)
    assert least < median(calm(plan)) < most
    alone = run(without_parts(plan, "sweep"))
    assert ended(alone) >= 0.97 * alone.business.payouts
    assert not alone.business.unsent
    gone = ("relay",) if relay == "container" else ("relay", "relay-schedule")
    assert median(calm(without_parts(plan, *gone))) > 100


@pytest.mark.parametrize(("start", "least", "most"), [("backend", 0, 15), ("schedule", 15, 90)])
def test_a_state_machine_pays_by_an_execution_a_payout(
    start: str, least: float, most: float
) -> None:
    """Every payout has exactly one; an inconclusive one goes on until the outcome is known."""
    plan = planned("state_machine", start=start)
    assert least < median(calm(plan)) < most
    site = run(with_inconclusive(plan, "0.2"), hours=30)
    machine = site.parts["payout-machine"]
    assert isinstance(machine, Orchestrator)
    assert machine.names == set(site.business.asked)
    assert machine.running == 0
    assert machine.failed == 0
    assert machine.steps > 1.15 * len(machine.names)
    held = site.ledger.counts.get((site.partner_id, Status.HELD), 0)
    assert ended(site) + held == site.business.payouts


@pytest.mark.parametrize("receiver", ["function_url", "api_gateway", "backend"])
def test_a_notice_makes_an_open_payout_known(receiver: str) -> None:
    """With every second outcome open, a webhook is quicker than the clock: known a tick later."""
    plan = with_inconclusive(
        planned("webhook_receiver", receiver=receiver, interval_minutes=1), "0.5"
    )
    site = run(plan)
    assert site.notices.delivered >= 0.9 * site.business.payouts
    assert site.notices.undelivered == 0
    if receiver != "backend":
        door, queue = site.parts["front-door"], site.parts["message-queue"]
        assert isinstance(door, Entrance)
        assert isinstance(queue, Queue)
        assert door.knocks == queue.accepted == site.notices.delivered
    told, untold = calm(plan), calm(without_links(plan, Verb.NOTIFIES))
    assert told.latency is not None
    assert untold.latency is not None
    assert told.latency.p90 < RESOLVED + 120
    assert untold.latency.p90 > told.latency.p90


def test_a_bus_wakes_the_worker_through_the_backend() -> None:
    """There is no other way: where the bus delivers nothing, nothing is paid."""
    plan = planned("api_destination", interval_minutes=5, calls_abreast=1)
    assert 100 < median(calm(plan)) < 200
    site = run(plan)
    bus = site.parts["payout-bus"]
    assert isinstance(bus, Bus)
    assert ended(site) == site.business.payouts
    assert bus.calls == pytest.approx(26 * 12, rel=0.05)
    assert bus.retried == bus.given_up == 0
    assert ended(run(without_links(plan, Verb.CALLS))) == 0


def test_a_forged_notice_changes_nothing() -> None:
    """Five every ten minutes, at an address that anybody can find: refused before they are read."""
    plan = with_inconclusive(
        planned("webhook_receiver", receiver="function_url", interval_minutes=5), "0.1"
    )
    undisturbed = calm(plan)
    site = Site(plan, 1)
    site.start_up()
    for minute in range(0, 24 * 60, 10):
        site.loop.call(site.start + 60.0 * minute, lambda _: site.forge(5))
    site.loop.run(site.start + 30 * 3600)
    site.end()
    assert site.notices.forged > 300
    assert site.notices.believed == 0
    declined = [row for row in site.ledger.rows.values() if row.status is Status.DECLINED]
    assert len(declined) == undisturbed.totals.declined
    assert ended(site) == undisturbed.totals.asked
