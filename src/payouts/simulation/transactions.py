"""What is committed in the simulated ledger, and what one transaction sees and holds of it.

At READ COMMITTED a statement sees what is committed and what its own transaction did. A change
locks its row until the transaction ends. Rows are copied when they are changed and exchanged at
the commit, all in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeAlias

from payouts.ledger.statements import Leased
from payouts.ports import StoreRefused
from payouts.simulation.rows import Change, Entry, Row, StandingRow
from payouts.states import ACCOUNT_OF, TRANSITIONS, Account, Status

Key: TypeAlias = "int | tuple[Any, ...]"
#: (when, payout, order of making, row): the order settles ties between versions of one row.
_Due: TypeAlias = tuple[float, int, int, Row]

_DUE = Status.DUE
#: What a status change moves, and who may make it: by a record, or by a person's decision.
_Change: TypeAlias = tuple[Account, Account, bool, bool]
_CHANGES: dict[tuple[str, str], _Change] = {
    (step.before, step.after): (
        ACCOUNT_OF[step.before],
        ACCOUNT_OF[step.after],
        "worker" in step.by or "reconciliation" in step.by,
        "person" in step.by,
    )
    for step in TRANSITIONS
}


class Blocked(Exception):
    """Another transaction holds what this statement must change."""


class Tables:
    """What is committed, who holds what, and in which order payouts come up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.rows: dict[int, Row] = {}
        #: All that is not a payout, by a key that begins with its kind.
        self.table: dict[tuple[Any, ...], Any] = {}
        self.locks: dict[Key, Transaction] = {}
        #: Locks that many may have at once, while nobody has them alone.
        self.shared: dict[Key, set[Transaction]] = {}
        self.counts: dict[tuple[str, Status], int] = {}
        self.place = 1
        self.born = 1
        self.next_id = 1
        self.next_transfer = 1
        self._order = count()
        #: Payouts whose time or lease is to come; then, apart, those to be sent first and others.
        self.waiting: list[_Due] = []
        self.ready: dict[tuple[str, bool], list[_Due]] = {}
        self.all_due: dict[str, list[_Due]] = {}

    def index(self, row: Row) -> None:
        """Note when a row comes up; what was noted of its older versions is void by itself."""
        due_at = row.due_at
        if due_at is None:
            return
        until = row.lease_until
        order = next(self._order)
        wake = due_at if until is None or until < due_at else until
        heappush(self.waiting, (wake, row.id, order, row))
        if row.status is _DUE:
            heap = self.all_due.get(row.payout.partner)
            if heap is None:
                heap = self.all_due[row.payout.partner] = []
            since = due_at if row.due_since is None else row.due_since
            heappush(heap, (since, row.id, order, row))

    def next_due(self) -> float | None:
        """Return when a payout next comes up that has not come up yet."""
        waiting, rows = self.waiting, self.rows
        while waiting and rows.get(waiting[0][1]) is not waiting[0][3]:
            heappop(waiting)
        return waiting[0][0] if waiting else None

    def oldest_due(self, partner: str) -> float | None:
        """Return since when, or from when on, the oldest payout not yet sent is due."""
        heap, rows = self.all_due.get(partner), self.rows
        while heap and rows.get(heap[0][1]) is not heap[0][3]:
            heappop(heap)
        return heap[0][0] if heap else None

    def next_taken(self, partner: str, fresh: bool) -> float | None:
        """Return when ``Take`` next finds something; what came up already is in the past.

        ``fresh``: what was never sent counts too.
        """
        rows = self.rows
        for kind in (False, True) if fresh else (False,):
            heap = self.ready.get((partner, kind))
            while heap and rows.get(heap[0][1]) is not heap[0][3]:
                heappop(heap)
            if heap:
                return heap[0][0]
        return self.next_due()

    def apply(self, transaction: Transaction) -> None:
        """Make a transaction's changes everybody's, in one step."""
        rows, counts = self.rows, self.counts
        for number, row in transaction.rows.items():
            old = rows.get(number)
            if old is None or old.status is not row.status:
                partner = row.payout.partner
                key = (partner, row.status)
                counts[key] = counts.get(key, 0) + 1
                if old is not None:
                    counts[partner, old.status] -= 1
            rows[number] = row
            if row.due_at is not None:
                self.index(row)
        self.table.update(transaction.table)
        for key_of_day, change in transaction.days.items():
            self.table[key_of_day] = self.table.get(key_of_day, 0) + change


class Transaction:
    """What one transaction did so far, seen by nobody else."""

    __slots__ = ("days", "held", "ledger", "rows", "shares", "table")

    def __init__(self, ledger: Tables) -> None:
        self.ledger = ledger
        self.rows: dict[int, Row] = {}
        self.table: dict[tuple[Any, ...], Any] = {}
        #: Changes of day totals: sums, so that two transactions may add to one.
        self.days: dict[tuple[Any, ...], int] = {}
        self.held: list[Key] = []
        self.shares: list[Key] = []

    def hold(self, key: Key) -> None:
        """Lock a payout (its id) or another row (its key) until the transaction ends."""
        locks = self.ledger.locks
        holder = locks.get(key)
        if holder is None:
            locks[key] = self
            self.held.append(key)
        elif holder is not self:
            raise Blocked

    def share(self, key: Key) -> None:
        """Lock a key together with others: only ``hold_alone`` is kept out."""
        if key in self.shares:
            return
        holder = self.ledger.locks.get(key)
        if holder is not None and holder is not self:
            raise Blocked
        self.ledger.shared.setdefault(key, set()).add(self)
        self.shares.append(key)

    def hold_alone(self, key: Key) -> None:
        """Lock a key that others share."""
        if self.ledger.shared.get(key, set()) - {self}:
            raise Blocked
        self.hold(key)

    def release(self) -> None:
        """Give back every lock."""
        locks, shared = self.ledger.locks, self.ledger.shared
        for key in self.held:
            del locks[key]
        for key in self.shares:
            shared[key].discard(self)

    def row(self, number: int) -> Row | None:
        """A payout as this transaction sees it."""
        return self.rows.get(number) or self.ledger.rows.get(number)

    def write(self, number: int) -> Row:
        """The transaction's own copy of a payout that it holds."""
        row = self.rows.get(number)
        if row is None:
            row = self.rows[number] = self.ledger.rows[number].copy()
        return row

    def get(self, *key: Any) -> Any:
        found = self.table.get(key)
        return self.ledger.table.get(key) if found is None else found

    def put(self, key: tuple[Any, ...], value: Any) -> None:
        self.hold(key)
        self.table[key] = value

    def change(
        self, row: Row, after: Status, reason: str, by: str, now: float, person: bool = False
    ) -> None:
        """Change a status: the history and both sides of the transfer in the same step."""
        before = row.status
        change = _CHANGES.get((before, after))
        if change is None or not change[3 if person else 2]:
            who = "a person" if person else "a worker"
            raise StoreRefused(
                f"{row.payout.reference}: {before} does not become {after} through {who}"
            )
        row.status = after
        row.reason = reason
        row.history += (Change(now, before, after, reason, by),)
        if change[0] is not change[1]:
            self.transfer(row, change[0], change[1])

    def transfer(self, row: Row, giver: Account, taker: Account) -> None:
        number = self.ledger.next_transfer
        self.ledger.next_transfer = number + 1
        amount = row.payout.amount
        minor, currency = amount.minor, amount.currency
        row.entries += (
            Entry(number, giver, -minor, currency),
            Entry(number, taker, minor, currency),
        )


def in_doubt(tx: Transaction, partner: str) -> bool:
    """Say whether the ledger was restored, and not reconciled with the partner's list since."""
    standing: StandingRow | None = tx.get("standing", partner)
    if standing is None:
        return tx.ledger.place != tx.ledger.born
    return standing.quarantine_since is not None or standing.place != tx.ledger.place


def leased(row: Row, now: float) -> Leased:
    """A row as the worker that leased it gets it."""
    first, last = row.first_sent, row.last_sent
    return Leased(
        row.payout,
        row.status,
        row.fence,
        row.attempts,
        row.sends,
        row.lookups,
        row.turned_away,
        row.accepted,
        row.asked,
        row.released,
        row.partner_id,
        None if first is None else now - first,
        None if last is None else now - last,
    )
