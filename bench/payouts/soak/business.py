"""The business of a soak run: it enqueues payouts in its own transactions, and keeps its own list.

What it commits must be paid once, what it rolls back never. Its database fails under it, so a
commit may end without an answer: then it does what every backend has to do, the same again. After
the ledger was put back to an older dump, it enqueues again what its own lost transactions held.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from judge import Asked

_ORDER = """
insert into shop.orders (reference, recipient, amount_minor) values (%s, %s, %s)
on conflict do nothing
"""
_ENQUEUE = """
select payouts.enqueue(reference => %s, partner => %s, recipient => %s, token => %s,
                       method => %s, amount_minor => %s, currency => 'USD')
"""
_THERE = "select 1 from shop.orders where reference = %s"

#: Shares of the business's transactions.
ROLLED_BACK, BY_HTTP, BY_QUEUE, REPEATED, ALTERED = 0.06, 0.03, 0.03, 0.03, 0.02


class Business(threading.Thread):
    """One backend. ``http`` and ``queue`` are the two other doors into the ledger."""

    def __init__(
        self,
        address: str,
        partner: str,
        *,
        seed: int,
        payouts: int,
        per_second: float,
        late_seconds: float,
        http: Callable[[dict[str, str]], bool],
        queue: Callable[[dict[str, str]], None],
    ) -> None:
        super().__init__(name="business", daemon=True)
        self.wanted: dict[str, Asked] = {}
        self.unwanted: dict[str, Asked] = {}
        self.refused = 0  #: the same reference with another amount, as it must be
        self.enqueued_again = 0  #: after a restore
        self.reconnects = 0
        self.bug: BaseException | None = None
        self.ended = threading.Event()
        self._address = address
        self._partner = partner
        self._chance = random.Random(f"business {seed}")
        self._payouts = payouts
        self._per_second = per_second
        self._http = http
        self._queue = queue
        self._connection: psycopg.Connection[Any] | None = None
        self._lost = threading.Event()
        self._stopping = threading.Event()
        self._number = 0
        self._missing: list[Asked] = []
        self._reconciled = threading.Event()
        self._again_at = 0.0
        self._late_seconds = late_seconds

    def restored(self) -> None:
        """Tell it that its database is an older one now."""
        self._lost.set()

    def reconciled(self) -> None:
        """Tell it that the ledger is in no quarantine; one that just begins takes its time."""
        if time.monotonic() >= self._again_at:
            self._reconciled.set()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def behind(self) -> bool:
        """Whether it still has to enqueue again what a restore took."""
        return self._lost.is_set() or bool(self._missing)

    def run(self) -> None:
        try:
            while not self._stopping.is_set() and len(self.wanted) < self._payouts:
                self._once()
                self._recover()
            self.ended.set()
            while not self._stopping.wait(0.1):
                self._recover()
        except BaseException as bug:
            self.bug = bug
            raise
        finally:
            self.ended.set()
            self._disconnect()

    def _once(self) -> None:
        """Do one piece of business."""
        chance = self._chance
        kind = chance.random()
        count = min(chance.randint(1, 8), self._payouts - len(self.wanted))
        group = [self._asked() for _ in range(count)]
        if kind < ROLLED_BACK:
            self.unwanted.update((one.reference, one) for one in group)
            self._transaction(group, commit=False)
        elif kind < ROLLED_BACK + BY_HTTP:
            self._want(group)
            for one in group:
                while not self._stopping.is_set() and not self._http(self._as_text(one)):
                    self._stopping.wait(0.1)
        elif kind < ROLLED_BACK + BY_HTTP + BY_QUEUE:
            self._want(group)
            for one in group:
                self._queue(self._as_text(one))
        else:
            self._want(group)
            self._transaction(group)
        if self.wanted and chance.random() < REPEATED:
            self._transaction([chance.choice(list(self.wanted.values()))])
        if self.wanted and chance.random() < ALTERED:
            self._alter(chance.choice(list(self.wanted.values())))
        self._stopping.wait(count / self._per_second)

    def _recover(self) -> None:
        """Enqueue again what is in our list and, since a restore, not in our database.

        Half of it at once, half after the runtime has read the partner's list: the first is
        found in the list, the second is an orphan there until it comes.
        """
        while self._lost.is_set() and not self._stopping.is_set():
            self._lost.clear()
            there = {row[0] for row in self._asking("select reference from shop.orders")}
            missing = [one for name, one in self.wanted.items() if name not in there]
            self._chance.shuffle(missing)
            half = len(missing) // 2
            self._missing = missing[half:]
            self._again_at = time.monotonic() + self._late_seconds
            self._reconciled.clear()
            self._enqueue_again(missing[:half])
        if self._missing and self._reconciled.is_set():
            self._enqueue_again(self._missing)
            self._missing = []

    def _enqueue_again(self, missing: list[Asked]) -> None:
        for start in range(0, len(missing), 20):
            self._transaction(missing[start : start + 20])
        self.enqueued_again += len(missing)

    def _asked(self) -> Asked:
        self._number += 1
        # Few payees and few amounts: a payout must be told from another one by its key alone.
        recipient = f"payee-{self._chance.randrange(max(10, self._payouts // 12))}"
        return Asked(f"order-{self._number}", recipient, self._chance.choice((500, 1050, 99999)))

    def _want(self, group: list[Asked]) -> None:
        # Before the attempt: from here on it is repeated until it is in the ledger.
        self.wanted.update((one.reference, one) for one in group)

    def _as_text(self, one: Asked) -> dict[str, str]:
        return {
            "reference": one.reference,
            "recipient": one.recipient,
            "token": f"tok_{one.recipient}",
            "method": _method(one),
            "amount": f"{one.minor // 100}.{one.minor % 100:02d}",
            "currency": "USD",
        }

    # Its database ------------------------------------------------------------------------------

    def _transaction(self, group: list[Asked], commit: bool = True) -> None:
        """Write orders and payouts in one transaction; again until it is known to be there."""
        while not self._stopping.is_set():
            try:
                connection = self._connected()
                with connection.transaction(force_rollback=not commit):
                    cursor = connection.cursor()
                    orders = [(one.reference, one.recipient, one.minor) for one in group]
                    cursor.executemany(_ORDER, orders)
                    cursor.executemany(_ENQUEUE, [self._values(one, one.minor) for one in group])
                return
            except psycopg.OperationalError:
                self._disconnect()
                if not commit:
                    return
                self._stopping.wait(0.1)

    def _alter(self, one: Asked) -> None:
        """Try the same reference with another amount."""
        try:
            connection = self._connected()
            with connection.transaction():
                # An order that is there has its payout there, too: they came in one transaction.
                if not connection.execute(_THERE, (one.reference,)).fetchone():
                    return
                connection.execute(_ENQUEUE, self._values(one, one.minor + 1))
        except psycopg.OperationalError:
            self._disconnect()
        except psycopg.Error as refused:
            if refused.sqlstate != "PY001":
                raise
            self.refused += 1
        else:
            raise AssertionError(f"{one.reference} was taken with another amount")

    def _values(self, one: Asked, minor: int) -> tuple[object, ...]:
        token = f"tok_{one.recipient}"
        return (one.reference, self._partner, one.recipient, token, _method(one), minor)

    def _asking(self, sql: str) -> list[tuple[Any, ...]]:
        while True:
            try:
                return self._connected().execute(sql).fetchall()
            except psycopg.OperationalError:
                self._disconnect()
                if self._stopping.wait(0.1):
                    return []

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
            self.reconnects += 1
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _method(one: Asked) -> str:
    return "bank_account" if one.minor == 1050 else "debit_card"
