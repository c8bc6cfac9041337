"""How things stand with a partner: position, pause, breaker, quarantine, the day's total."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payouts.ledger.statements import (
    BeginTick,
    Gauges,
    Intervene,
    Measure,
    Quarantine,
    SetStanding,
    Standing,
)
from payouts.money import Money
from payouts.ports import StoreRefused
from payouts.states import Status

USD = 100


def tick(teller: Any, witness: int = 0) -> Standing:
    standing = teller.say(BeginTick(teller.partner, witness))
    assert isinstance(standing, Standing)
    return standing


def test_position_grows(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """Every tick counts, whoever begins it; a tick that was rolled back did not happen."""
    assert tick(teller).position == 1
    other = world.connect()
    other.execute(BeginTick(partner, 1))
    other.rollback()
    assert tick(tell(world.connect(), partner, "worker-2")).position == 2


def test_standing_changes_what_is_given(world: Any, teller: Any) -> None:
    """What is not given stays; the breaker counts from now."""
    first = tick(teller)
    assert (first.paused, first.breaker_seconds, first.failures) == (False, 0.0, 0)
    assert (first.quarantine_seconds, first.quarantine_from) == (None, None)
    teller.say(SetStanding(teller.partner, paused=True, failures=3, by="a person"))
    teller.say(SetStanding(teller.partner, breaker_seconds=250.0, no_funds=2, stopped=True))
    teller.say(SetStanding(teller.partner, reconciled_day="2026-11-22"))
    now = tick(teller)
    assert (now.paused, now.failures, now.no_funds, now.stopped) == (True, 3, 2, True)
    assert now.reconciled_day == "2026-11-22"
    assert now.breaker_seconds == pytest.approx(250, abs=30)
    world.later(300)
    teller.say(SetStanding(teller.partner, paused=False, failures=0))
    now = tick(teller)
    assert (now.paused, now.failures, now.no_funds) == (False, 0, 2)
    assert now.breaker_seconds == 0.0


def test_partner_before_its_first_tick(teller: Any) -> None:
    """A partner can be paused before anybody worked for it."""
    teller.say(SetStanding(teller.partner, paused=True, by="a person"))
    assert tick(teller).paused


def test_moved_ledger_is_in_quarantine(own_world: Any, tell: Any, partner: str) -> None:
    """A ledger that is not where it was born sends nothing until somebody says it may."""
    teller = tell(own_world.connect(), partner)
    today = tick(teller).today
    own_world.move_elsewhere()
    moved = tick(teller)
    assert moved.quarantine_seconds == pytest.approx(0, abs=30)
    assert moved.quarantine_from == today
    own_world.later(100)
    assert tick(teller).quarantine_seconds == pytest.approx(100, abs=30)
    with pytest.raises(StoreRefused):
        teller.say(Quarantine(partner, False, "reconciled", at_least_seconds=150.0))
    own_world.later(100)
    teller.say(Quarantine(partner, False, "reconciled", at_least_seconds=150.0))
    after = tick(teller)
    assert (after.quarantine_seconds, after.quarantine_from) == (None, None)
    own_world.move_elsewhere()
    assert tick(teller).quarantine_seconds is not None


def test_quarantine_is_each_partners_own(own_world: Any, tell: Any, partner: str) -> None:
    """Ending one partner's quarantine says nothing about another's payouts."""
    first = tell(own_world.connect(), partner)
    second = tell(own_world.connect(), f"{partner}_2")
    tick(first), tick(second)
    own_world.move_elsewhere()
    tick(first)
    first.say(Quarantine(partner, False, "reconciled"))
    assert tick(first).quarantine_seconds is None
    assert tick(second).quarantine_seconds is not None


def test_witness_of_a_restore(teller: Any) -> None:
    """A worker that saw a higher position saw a ledger that was lost since."""
    assert tick(teller, 0).quarantine_seconds is None
    assert tick(teller, 1).quarantine_seconds is None
    assert tick(teller, 3).quarantine_seconds is not None
    assert tick(teller, 0).quarantine_seconds is not None


def test_declared_restore(world: Any, teller: Any) -> None:
    """A quarantine begun by hand is one; declared again, it begins anew and looks as far back."""
    today = tick(teller).today
    assert teller.say(Quarantine(teller.partner, True, "restored from Monday's backup"))
    world.later(100)
    first = tick(teller)
    assert first.quarantine_seconds == pytest.approx(100, abs=30)
    teller.say(SetStanding(teller.partner, reconcile_page=7, began=first.quarantine_began))
    assert tick(teller).reconcile_page == 7
    assert teller.say(Quarantine(teller.partner, True, "again"))
    now = tick(teller)
    assert now.quarantine_seconds == pytest.approx(0, abs=30)
    assert (now.quarantine_from, now.reconcile_page) == (today, 1)
    assert now.quarantine_began != first.quarantine_began
    assert teller.say(Quarantine(teller.partner, False, "reconciled"))
    assert tick(teller).quarantine_seconds is None


def test_what_was_read_for_another_quarantine(teller: Any) -> None:
    """A reading notes its page in, and ends, the quarantine it was begun for, and no other."""
    tick(teller)
    teller.say(Quarantine(teller.partner, True, "restored"))
    old = tick(teller).quarantine_began
    teller.say(Quarantine(teller.partner, True, "restored once more"))
    for began in (old, ""):
        teller.say(SetStanding(teller.partner, reconcile_page=9, began=began))
        assert tick(teller).reconcile_page == 1
    assert not teller.say(Quarantine(teller.partner, False, "reconciled", began=old))
    now = tick(teller)
    assert now.quarantine_seconds is not None
    assert teller.say(Quarantine(teller.partner, False, "reconciled", began=now.quarantine_began))
    assert tick(teller).quarantine_seconds is None
    teller.say(SetStanding(teller.partner, reconcile_page=9, began=now.quarantine_began))
    assert tick(teller).reconcile_page == 1
    teller.say(SetStanding(teller.partner, reconcile_page=9, began=""))
    assert tick(teller).reconcile_page == 9


def test_quarantine_before_any_tick(teller: Any) -> None:
    """Without a tick before it, everything since the oldest payout is to be doubted."""
    teller.say(Quarantine(teller.partner, True, "restored"))
    now = tick(teller)
    assert (now.quarantine_seconds is not None, now.quarantine_from) == (True, None)


# the day's total -------------------------------------------------------------------------------


def sent(teller: Any, *minors: int, most: int) -> list[int]:
    """Send payouts of these amounts under a bound; return the amounts that were begun."""
    for minor in minors:
        teller.enqueue(f"order-{minor}", minor)
    leased = teller.take()
    begun = teller.begin(*leased, max_total=Money(most, "USD"))
    for one in leased:
        if one.payout.id in begun:
            teller.record(one, Status.UNKNOWN, due_seconds=500.0)
        else:
            teller.record(one, Status.DUE, due_seconds=1000.0)
    return [one.payout.amount.minor for one in leased if one.payout.id in begun]


def test_total_of_a_day(teller: Any) -> None:
    """A payout that would pass the day's total is left out, a smaller one after it is not."""
    assert sent(teller, 400, 500, 300, 200, most=1000) == [400, 500]
    assert sent(teller, 101, most=1000) == []
    assert sent(teller, 100, most=1000) == [100]


def test_total_greedy(teller: Any) -> None:
    """The bound leaves out what does not fit, not what comes after it."""
    assert sent(teller, 700, 400, 300, most=1000) == [700, 300]


def test_total_counts_once(world: Any, teller: Any) -> None:
    """A payout that is sent again under its key is no second payout of the day."""
    assert sent(teller, 600, most=1000) == [600]
    world.later(600)
    (leased,) = teller.take()
    assert teller.begin(leased, max_total=Money(600, "USD")) == (leased.payout.id,)
    teller.record(leased, Status.UNKNOWN, due_seconds=1000.0)
    assert sent(teller, 400, most=1000) == [400]


def test_turned_away_gives_back(teller: Any) -> None:
    """What was certainly not taken leaves room for others."""
    teller.enqueue("order-1", 1000)
    (leased,) = teller.take()
    assert teller.begin(leased, max_total=Money(1000, "USD"))
    assert sent(teller, 500, most=1000) == []
    teller.record(leased, Status.DUE, due_seconds=1000.0, turned_away=True)
    assert sent(teller, 501, 499, most=1000) == [501, 499]


def test_total_of_the_next_day(world: Any, teller: Any) -> None:
    """Every UTC day has its own total."""
    assert sent(teller, 1000, most=1000) == [1000]
    world.later(86400)
    teller.take()
    assert sent(teller, 999, most=1000) == [999]


def test_total_of_other_currencies(teller: Any) -> None:
    """A bound is of one currency; other currencies are not its business."""
    teller.enqueue("order-1", amount=Money(5000, "EUR"))
    teller.enqueue("order-2", amount=Money(5000, "USD"))
    euro, dollar = teller.take()
    begun = teller.begin(euro, dollar, max_total=Money(4000, "USD"))
    assert begun == (euro.payout.id,)


def test_unbounded_sends_count_too(teller: Any) -> None:
    """What is sent without a bound uses up the day for who has one."""
    teller.enqueue("order-1", 600)
    teller.begin(*teller.take())
    assert sent(teller, 500, most=1000) == []


# nothing is sent while it stands so -------------------------------------------------------------


@pytest.mark.parametrize(
    "stop",
    [
        SetStanding("", paused=True),
        SetStanding("", stopped=True),
        Quarantine("", True, "restored"),
    ],
    ids=["paused", "stopped", "quarantine"],
)
def test_nothing_is_begun(teller: Any, stop: Any) -> None:
    """What was taken before a stop is not sent after it; the lease stays."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    teller.say(replace(stop, partner=teller.partner))
    assert teller.begin(leased) == ()
    assert teller.record(leased, Status.DUE, due_seconds=0.0) == (leased.payout.id,)


def test_nothing_is_begun_elsewhere(own_world: Any, tell: Any, partner: str) -> None:
    """A worker that ticked before a restore sends nothing after it, tick or no tick."""
    teller = tell(own_world.connect(), partner)
    teller.enqueue("order-1")
    tick(teller)
    (leased,) = teller.take()
    own_world.move_elsewhere()
    assert teller.begin(leased) == ()


def test_second_restore_begins_anew(own_world: Any, tell: Any, partner: str) -> None:
    """A ledger restored again while in quarantine waits the whole time again."""
    teller = tell(own_world.connect(), partner)
    first = tick(teller).today
    own_world.move_elsewhere()
    tick(teller)
    own_world.later(100)
    assert tick(teller).quarantine_seconds == pytest.approx(100, abs=30)
    own_world.move_elsewhere()
    again = tick(teller)
    assert again.quarantine_seconds == pytest.approx(0, abs=30)
    assert again.quarantine_from == first
    own_world.later(100)
    again = tick(teller, again.position + 5)
    assert again.quarantine_seconds == pytest.approx(0, abs=30)


def test_quarantine_reads_from_the_first_page(teller: Any) -> None:
    """Where a reading of the list had come to is forgotten when a quarantine begins."""
    assert tick(teller).reconcile_page == 1
    teller.say(SetStanding(teller.partner, reconcile_page=7))
    assert tick(teller).reconcile_page == 7
    teller.say(Quarantine(teller.partner, True, "restored"))
    assert tick(teller).reconcile_page == 1


def test_no_tick_but_a_payout(teller: Any) -> None:
    """A ledger that never ticked doubts everything since its oldest payout."""
    teller.enqueue("order-1")
    teller.say(Quarantine(teller.partner, True, "restored"))
    now = tick(teller)
    assert now.quarantine_from == now.today


def test_ending_what_is_not_on(own_world: Any, tell: Any, partner: str) -> None:
    """Ending no quarantine changes nothing: it does not make a moved ledger trusted."""
    teller = tell(own_world.connect(), partner)
    tick(teller)
    own_world.move_elsewhere()
    teller.say(Quarantine(partner, False, "all is well"))
    assert tick(teller).quarantine_seconds is not None


def test_ending_after_another_restore(own_world: Any, tell: Any, partner: str) -> None:
    """Who ends a quarantine read the list for the ledger that began it, not for a later copy."""
    teller = tell(own_world.connect(), partner)
    tick(teller)
    own_world.move_elsewhere()
    tick(teller)
    own_world.move_elsewhere()
    teller.say(Quarantine(partner, False, "reconciled"))
    assert tick(teller).quarantine_seconds is not None


@pytest.mark.parametrize("restored", ["declared", "found"])
def test_no_cancelling_in_doubt(own_world: Any, tell: Any, partner: str, restored: str) -> None:
    """Until it is reconciled a restored ledger does not know what was sent, so nobody cancels."""
    teller = tell(own_world.connect(), partner)
    tick(teller)
    teller.enqueue("order-1")
    if restored == "declared":
        teller.say(Quarantine(partner, True, "restored"))
    else:
        own_world.move_elsewhere()
    with pytest.raises(StoreRefused):
        teller.say(Intervene(partner, "order-1", "cancel", "a person", "why"))
    if restored == "declared":
        teller.say(Quarantine(partner, False, "reconciled"))
        cancelled = teller.say(Intervene(partner, "order-1", "cancel", "a person", "why"))
        assert cancelled is Status.CANCELLED


def test_why_nothing_is_sent(world: Any, teller: Any) -> None:
    """The gravest reason is told; none where payouts go out."""

    def reason() -> str:
        gauges = teller.say(Measure(teller.partner))
        assert isinstance(gauges, Gauges)
        return gauges.not_sending

    assert reason() == ""
    tick(teller)
    assert reason() == ""
    teller.say(SetStanding(teller.partner, breaker_seconds=50.0))
    assert reason() == "breaker"
    teller.say(SetStanding(teller.partner, paused=True, by="me"))
    assert reason() == "paused"
    teller.say(SetStanding(teller.partner, stopped=True, by="me"))
    assert reason() == "stopped"
    teller.say(Quarantine(teller.partner, True, "restored"))
    assert reason() == "quarantine"
    teller.say(Quarantine(teller.partner, False, "reconciled"))
    teller.say(SetStanding(teller.partner, paused=False, stopped=False, by="me"))
    assert reason() == "breaker"
    world.later(60)
    assert reason() == ""
