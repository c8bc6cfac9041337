"""The laws of the simulated ledger: what others see, what waits, what is undone."""

from __future__ import annotations

import pytest

from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Evidence,
    Look,
    Measure,
    Move,
    Record,
    Take,
)
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import StoreBusy, StoreError, StoreRefused
from payouts.simulation.rows import Row
from payouts.simulation.store import Connection, Ledger
from payouts.states import Status

PARTNER = "fiserv_ddp"


class World:
    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.ledger = Ledger(lambda: self.now)

    def connect(self) -> Connection:
        return self.ledger.connect()


@pytest.fixture
def world() -> World:
    return World()


def enqueue(connection: Connection, number: int) -> None:
    new = NewPayout(
        PARTNER,
        f"order-{number}",
        f"payee-{number}",
        f"tok_{number}x",
        Method.DEBIT_CARD,
        Money(100 + number, "USD"),
    )
    connection.execute(Enqueue(new))


def take(connection: Connection, worker: str = "a", count: int = 10) -> list[str]:
    leased = connection.execute(Take(PARTNER, worker, count, 120.0, True))
    return [one.payout.reference for one in leased]


def test_nobody_sees_what_is_not_committed(world: World) -> None:
    """READ COMMITTED: an uncommitted payout is there for its own transaction only."""
    one, other = world.connect(), world.connect()
    enqueue(one, 1)
    assert one.execute(Look(PARTNER, "order-1")) is not None
    assert other.execute(Look(PARTNER, "order-1")) is None
    one.commit()
    assert other.execute(Look(PARTNER, "order-1")) is not None


def test_take_skips_what_another_holds(world: World) -> None:
    """SKIP LOCKED: two workers that take at once share out the work."""
    one, other = world.connect(), world.connect()
    for number in range(4):
        enqueue(one, number)
    one.commit()
    assert take(one, "a", 2) == ["order-0", "order-1"]
    assert take(other, "b", 10) == ["order-2", "order-3"]
    one.rollback()
    other.commit()
    assert take(one, "c", 10) == ["order-0", "order-1"]


def test_a_row_that_is_held_makes_others_wait(world: World) -> None:
    """A change of a locked row gets StoreBusy and its transaction is over."""
    one, other = world.connect(), world.connect()
    one.execute(BeginTick(PARTNER, 0))
    enqueue(other, 7)
    with pytest.raises(StoreBusy):
        other.execute(BeginTick(PARTNER, 0))
    assert not other.in_transaction
    one.commit()
    assert other.execute(Look(PARTNER, "order-7")) is None
    assert other.execute(BeginTick(PARTNER, 0)).position == 2


def test_an_error_undoes_the_whole_transaction(world: World) -> None:
    """A refused statement takes everything since the last commit with it."""
    connection = world.connect()
    enqueue(connection, 1)
    other = NewPayout(PARTNER, "order-1", "payee-1", "tok_1x", Method.DEBIT_CARD, Money(5, "USD"))
    with pytest.raises(StoreRefused):
        connection.execute(Enqueue(other))
    connection.commit()
    assert world.ledger.rows == {}


def test_a_lease_is_worker_and_fence_and_is_used_once(world: World) -> None:
    """Only who holds the lease may write, and only until it has written."""
    connection = world.connect()
    enqueue(connection, 1)
    connection.commit()
    (leased,) = connection.execute(Take(PARTNER, "a", 1, 120.0, True))
    number, fence = leased.payout.id, leased.fence
    assert connection.execute(BeginSends(PARTNER, "b", ((number, fence),))) == ()
    assert connection.execute(BeginSends(PARTNER, "a", ((number, fence + 1),))) == ()
    assert connection.execute(BeginSends(PARTNER, "a", ((number, fence),))) == (number,)
    paid = Evidence("send", "settled", "TC/DI")
    move = Move(number, fence, Status.SETTLED, "TC/DI", evidence=(paid,))
    assert connection.execute(Record("a", (move,))) == (number,)
    assert connection.execute(Record("a", (move,))) == ()


def test_a_lease_that_ended_may_not_begin_a_send(world: World) -> None:
    """A worker that slept past its lease can still write what it learned, but not send."""
    connection = world.connect()
    enqueue(connection, 1)
    (leased,) = connection.execute(Take(PARTNER, "a", 1, 120.0, True))
    connection.commit()
    world.now += 121
    lease = (leased.payout.id, leased.fence)
    assert connection.execute(BeginSends(PARTNER, "a", (lease,))) == ()
    move = Move(*lease, Status.DUE, "later")
    assert connection.execute(Record("a", (move,))) == (leased.payout.id,)


def test_a_sending_payout_comes_back_when_its_lease_ends(world: World) -> None:
    """A worker that died between the commit and the answer is found out by time alone."""
    connection = world.connect()
    enqueue(connection, 1)
    (leased,) = connection.execute(Take(PARTNER, "a", 1, 120.0, True))
    connection.execute(BeginSends(PARTNER, "a", ((leased.payout.id, leased.fence),)))
    connection.commit()
    assert take(connection, "b") == []
    connection.commit()
    world.now += 120
    assert take(connection, "b") == ["order-1"]


def test_the_oldest_due_comes_first(world: World) -> None:
    """By due time, then by id; what is not due yet is left alone."""
    connection = world.connect()
    enqueue(connection, 3)
    connection.commit()
    world.now += 5
    for number in (1, 2):
        enqueue(connection, number)
    connection.execute(
        Enqueue(
            NewPayout(PARTNER, "later", "payee", "tok_x", Method.DEBIT_CARD, Money(1, "USD")), 60.0
        )
    )
    connection.commit()
    assert take(connection) == ["order-3", "order-1", "order-2"]


def test_a_broken_connection_rolls_back(world: World) -> None:
    """A restart ends every transaction; the next use says so."""
    connection = world.connect()
    enqueue(connection, 1)
    world.ledger.stop()
    assert world.ledger.rows == {}
    with pytest.raises(StoreError):
        connection.commit()
    with pytest.raises(StoreError):
        world.connect()


@pytest.mark.parametrize("noticed", [True, False])
def test_a_restore_is_seen_by_the_ledger_or_by_a_witness(world: World, noticed: bool) -> None:
    """A ledger elsewhere quarantines itself; the same place is told by a higher position."""
    connection = world.connect()
    connection.execute(BeginTick(PARTNER, 0))
    connection.commit()
    dump = world.ledger.snapshot()
    enqueue(connection, 1)
    position = connection.execute(BeginTick(PARTNER, 0)).position
    connection.commit()
    world.ledger.restore(dump, noticed)
    assert world.ledger.rows == {}
    connection = world.connect()
    fresh = connection.execute(BeginTick(PARTNER, 0))
    assert (fresh.quarantine_seconds is not None) is noticed
    connection.rollback()
    seen = connection.execute(BeginTick(PARTNER, position))
    assert seen.quarantine_seconds is not None


def test_a_dump_is_not_changed_by_what_comes_after(world: World) -> None:
    """Rows are copied when they change, so a snapshot stays what it was."""
    connection = world.connect()
    enqueue(connection, 1)
    connection.commit()
    dump = world.ledger.snapshot()
    take(connection)
    connection.commit()
    assert [row.fence for row in dump.rows.values()] == [0]
    world.ledger.restore(dump)
    assert take(world.connect(), "b") == ["order-1"]


def test_a_copy_of_a_row_holds_every_field(world: World) -> None:
    """The copy is written out field by field; none may be forgotten."""
    connection = world.connect()
    enqueue(connection, 1)
    connection.commit()
    (row,) = world.ledger.rows.values()
    assert isinstance(row, Row)
    copy = row.copy()
    assert [getattr(copy, name) for name in Row.__slots__] == [
        getattr(row, name) for name in Row.__slots__
    ]


def test_the_daily_total_bounds_first_sends(world: World) -> None:
    """What would pass the day's total is left out; a send that was turned away gives it back."""
    connection = world.connect()
    for number in (0, 1, 2):
        enqueue(connection, number)
    leased = connection.execute(Take(PARTNER, "a", 3, 120.0, True))
    leases = tuple((one.payout.id, one.fence) for one in leased)
    most = Money(202, "USD")
    assert connection.execute(BeginSends(PARTNER, "a", leases, most)) == (1, 2)
    connection.execute(Record("a", (Move(1, 1, Status.DUE, "429", 0.0, turned_away=True),)))
    assert connection.execute(BeginSends(PARTNER, "a", (leases[2],), most)) == ()
    assert connection.execute(BeginSends(PARTNER, "a", (leases[2],), Money(203, "USD"))) == (3,)


def test_what_is_measured_counts_all_statuses(world: World) -> None:
    """Counts kept along the way are those of the rows, uncommitted ones of the asker included."""
    connection = world.connect()
    for number in range(5):
        enqueue(connection, number)
    world.now += 30
    gauges = connection.execute(Measure(PARTNER))
    assert (gauges.due, gauges.unknown) == (5, 0)
    connection.commit()
    (leased,) = connection.execute(Take(PARTNER, "a", 1, 120.0, True))
    connection.execute(BeginSends(PARTNER, "a", ((leased.payout.id, leased.fence),)))
    connection.execute(Record("a", (Move(leased.payout.id, 1, Status.UNKNOWN, "time-out", 300.0),)))
    connection.commit()
    gauges = connection.execute(Measure(PARTNER))
    assert (gauges.due, gauges.unknown, gauges.oldest_due_seconds) == (4, 1, 30.0)
