"""The simulated ledger: sessions, locks and restores as Postgres has them.

What each statement does is in ``sentences`` and ``requests``, what a transaction is in
``transactions``. Here is what a driver holds: a ledger, which can be dumped, restored and stopped,
and connections. A change of a row that another transaction holds waits, or gets ``StoreBusy`` after
``lock_timeout``: ``Connection.execute`` gives up at once, as with a time-out of nothing, and
``Connection.attempt`` raises ``Blocked``, for a driver that waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from payouts.ports import Statement, StoreBusy, StoreError, StoreRefused
from payouts.simulation import requests, sentences
from payouts.simulation.rows import Row
from payouts.simulation.transactions import Blocked, Tables, Transaction

_SENTENCES: dict[type[Statement], Callable[[Transaction, Any], Any]] = {
    **sentences.SENTENCES,
    **requests.SENTENCES,
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dump: what was committed at one moment."""

    rows: dict[int, Row]
    table: dict[tuple[Any, ...], Any]
    next_id: int
    next_transfer: int


class Ledger(Tables):
    """One database. ``clock`` is its own and the only one it knows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.up = True
        self.sessions_most: float = inf
        self.sessions_others: float = 0  #: of programs that are not simulated
        self.sessions = 0
        self.sessions_peak = 0
        self._connections: list[Connection] = []

    @property
    def full(self) -> bool:
        return self.sessions + self.sessions_others >= self.sessions_most

    def connect(self, ours: bool = True) -> Connection:
        """Open a session; ``ours``: it needs one of those that are left."""
        if not self.up:
            raise StoreError("the database is down")
        if ours and self.full:
            raise StoreError("the database has no session left")
        connection = Connection(self, ours)
        self._connections.append(connection)
        if ours:
            self.sessions += 1
            if self.sessions > self.sessions_peak:
                self.sessions_peak = self.sessions
        return connection

    def snapshot(self) -> Snapshot:
        return Snapshot(dict(self.rows), dict(self.table), self.next_id, self.next_transfer)

    def restore(self, snapshot: Snapshot, noticed: bool = True) -> None:
        """Go back to an older state, as from a dump: connections die, numbers count again.

        ``noticed``: the ledger can see that it is not where it was born (another system
        identifier or table). Otherwise only a worker that saw a higher position can tell.
        """
        self.disconnect()
        self.rows = dict(snapshot.rows)
        self.table = dict(snapshot.table)
        self.next_id = snapshot.next_id
        self.next_transfer = snapshot.next_transfer
        if noticed:
            self.place += 1
        self.counts = {}
        self.waiting = []
        self.ready = {}
        self.all_due = {}
        for row in self.rows.values():
            key = (row.payout.partner, row.status)
            self.counts[key] = self.counts.get(key, 0) + 1
            self.index(row)

    def disconnect(self) -> None:
        """Break every connection, as a restart does."""
        for connection in self._connections:
            connection.close(forget=False)
        self._connections.clear()
        self.sessions = 0
        assert not self.locks

    def stop(self) -> None:
        self.disconnect()
        self.up = False

    def forget(self, connection: Connection) -> None:
        self._connections.remove(connection)
        if connection.ours:
            self.sessions -= 1


class Connection:
    """One session: at most one transaction at a time, which dies with it."""

    __slots__ = ("_ledger", "_transaction", "alive", "broken", "ours")

    def __init__(self, ledger: Ledger, ours: bool = True) -> None:
        self._ledger = ledger
        self.ours = ours
        self._transaction: Transaction | None = None
        self.alive = True
        self.broken = False  #: it ended with a transaction under way

    @property
    def in_transaction(self) -> bool:
        return self._transaction is not None

    def execute(self, statement: Statement) -> Any:
        try:
            return self.attempt(statement)
        except Blocked:
            self.rollback()
            raise StoreBusy(f"{type(statement).__name__}: another transaction holds it") from None

    def attempt(self, statement: Statement) -> Any:
        """Carry out a statement, or raise ``Blocked`` and leave the transaction open."""
        self._check()
        transaction = self._transaction
        if transaction is None:
            transaction = self._transaction = Transaction(self._ledger)
        try:
            return _SENTENCES[type(statement)](transaction, statement)
        except (StoreError, ValueError) as error:
            self.rollback()
            if isinstance(error, StoreError):
                raise
            raise StoreRefused(str(error)) from error

    def commit(self) -> None:
        self._check()
        transaction = self._transaction
        if transaction is not None:
            self._ledger.apply(transaction)
            self._end(transaction)

    def rollback(self) -> None:
        transaction = self._transaction
        if transaction is None:
            return
        # What it took from the order of due payouts goes back there.
        rows = self._ledger.rows
        for number in transaction.rows:
            row = rows.get(number)
            if row is not None:
                self._ledger.index(row)
        self._end(transaction)

    def close(self, forget: bool = True) -> None:
        if self.alive:
            self.broken = self.in_transaction
            self.rollback()
            self.alive = False
            if forget:
                self._ledger.forget(self)

    def _check(self) -> None:
        if not self.alive:
            raise StoreError("the connection is gone")

    def _end(self, transaction: Transaction) -> None:
        transaction.release()
        self._transaction = None
