"""Where payments are made: recognised or new, paid or not, at once or later.

The one rule everything rests on: a request is the same payment when merchantTransactionId,
merchantCustomerId and amount are all equal, at most 5 repeats, within 24 hours
(Fiserv/digital-disbursements-platform:docs/troubleshooting/idempotency-timeouts.md, commit
576e825). What lies outside that rule is not stated; by default the desk then pays again, because a
client that survives this survives the kinder answers too.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Collection
from typing import NamedTuple

from payouts.sandbox.books import Books, EntryKind
from payouts.sandbox.faults import Faults
from payouts.sandbox.notices import Notices
from payouts.sandbox.payment import Payment
from payouts.sandbox.settings import (
    DAY_SECONDS,
    RETRIES_MAX,
    RETRY_WAIT_SECONDS,
    RETRY_WINDOW_SECONDS,
    Settings,
)
from payouts.sandbox.wire import DECLINE_CODES, SERVER_CODES, TIMEOUT_CODES, Order

#: How an open payment ends: what the books say, and the status pair.
_ENDS = {
    "paid": (EntryKind.PAID, "TC", "DI"),
    "declined": (EntryKind.DECLINED, "TC", "ED"),
    "failed": (EntryKind.FAILED, "TV", "SE"),
    "cancelled": (EntryKind.CANCELLED, "TV", "PC"),
}

#: An ACH payment can be taken back for 5 days (code 400034).
REVERSAL_SECONDS = 5 * DAY_SECONDS

#: Sources a payment of which can be cancelled; a push to a debit card cannot.
CANCELLABLE = frozenset({"ACH", "COINBASE", "ECHECK", "VENMO", "PAYPAL", ""})


class Said(NamedTuple):
    """What the desk answers: a payment, or a code with a reason; ``lost``: nothing at all."""

    payment: Payment | None = None
    code: str = ""
    why: str = ""
    lost: bool = False


class Desk:
    """Makes payments, keeps them, and lets time pass over them."""

    def __init__(
        self, settings: Settings, faults: Faults, books: Books, notices: Notices, seed: int
    ) -> None:
        self.settings = settings
        self.faults = faults
        self.books = books
        self.notices = notices
        self._chance = random.Random(f"desk {seed}")
        self._prefix = f"TID-{self._chance.getrandbits(32):08x}-0000-4000-8000-"
        self.payments: list[Payment] = []  #: in the order of their making
        self.by_id: dict[str, Payment] = {}
        self.by_key: dict[str, list[Payment]] = {}
        self.by_payee: dict[str, list[Payment]] = {}
        self.hidden: set[Payment] = set()
        self._same: dict[tuple[str, str, int, str], Payment] = {}
        self._later: list[tuple[float, int, str, Payment | None, int]] = []
        self._count = 0
        self.answered_seconds = 0.0  #: when the request under way will have its answer

    # Paying ------------------------------------------------------------------------------------

    def pay(self, order: Order, faults: Collection[str], now: float) -> Said:
        """Take a payment request that got past the door."""
        self.books.sent(order.key)
        if "not-arrived" in faults:
            return Said(lost=True)
        known = self._same.get((order.key, order.recipient, order.minor, order.currency))
        if known is not None:
            said = self._repeat(known, now)
        else:
            said = self._other(order) if order.key in self.by_key else None
        if said is None:
            said = self._new(order, faults, now)
        payment = said.payment
        if payment is not None and payment.transaction == "IP":
            lost = faults and ("paid-then-dropped" in faults or "paid-then-500" in faults)
            payment.open_answered = payment.open_answered or not lost
        return said

    def _repeat(self, known: Payment, now: float) -> Said | None:
        """Answer a repeat with what became of the first; ``None`` where it counts as new."""
        known.retries += 1
        age = (now - known.first_seconds) * self.settings.speed
        breaches, chance = self.books.breaches, self._chance
        if age < RETRY_WAIT_SECONDS:
            breaches["early-retry"] += 1
        if known.open_answered and not known.final:
            breaches["retry-after-ip"] += 1
        if age > RETRY_WINDOW_SECONDS:
            breaches["late-retry"] += 1
            if self.faults.hit("late-retry-paid", chance, known.key):
                return None
            return self._otherwise(known)
        if known.retries > RETRIES_MAX:
            breaches["sixth-retry"] += 1
            if self.faults.hit("sixth-retry-paid", chance, known.key):
                return None
            return self._otherwise(known)
        return self._standing(known)

    def _other(self, order: Order) -> Said | None:
        """Answer a used id with another payee or amount; ``None`` where it counts as new."""
        self.books.breaches["other-amount"] += 1
        if self.faults.hit("other-amount-paid", self._chance, order.key):
            return None
        return self._otherwise(self.by_key[order.key][-1])

    def _otherwise(self, known: Payment) -> Said:
        if self.settings.otherwise == "current":
            return self._standing(known)
        return Said(code="409022", why="the merchantTransactionId is in use")

    @staticmethod
    def _standing(payment: Payment) -> Said:
        """Say how a payment stands: a declined one is told as the refusal it was."""
        if payment.code:
            return Said(payment=payment, code=payment.code, why="declined")
        return Said(payment=payment)

    def _new(self, order: Order, faults: Collection[str], now: float) -> Said:
        if not order.source:
            payment = self._made(order, now)
            payment.transaction, payment.status = "PD", "DP"
            self._write(EntryKind.ACCEPTED, payment, now)
            return Said(payment=payment)
        refused = self._refused(order, faults, now)
        if refused is not None:
            return refused
        payment = self._made(order, now)
        said = self._outcome(payment, faults, now)
        if faults:
            if "not-visible-yet" in faults:
                seconds = self.faults.parameter("not-visible-yet", "seconds")
                payment.visible_seconds = now + seconds / self.settings.speed
                self.hidden.add(payment)
                self._plan(payment.visible_seconds, "shown", payment)
            if "request-doubled" in faults and payment.transaction != "PD":
                # The second copy finds the first: the same payment, and its answer is the one sent.
                payment.retries += 1
        return said

    def _refused(self, order: Order, faults: Collection[str], now: float) -> Said | None:
        """Answer what leaves no payment behind."""
        if faults:
            share = self.faults.parameter
            if "limit-400025" in faults:
                return Said(code="400025", why="limit exceeded")
            if "failed-500" in faults and self._chance.random() >= share("failed-500", "known"):
                return Said(code=self._chance.choice(SERVER_CODES), why="nothing was done")
            if "timeout-400" in faults and self._chance.random() >= share("timeout-400", "known"):
                return Said(code=self._chance.choice(TIMEOUT_CODES), why="nothing was done")
            if "funding-emptied" in faults:
                taken = self.books.available_minor(order.currency)
                if taken > 0:
                    self.fund(-taken, now, order.currency)
                    seconds = share("funding-emptied", "seconds") / self.settings.speed
                    self._plan(now + seconds, f"fund {order.currency}", None, taken)
        if self.books.available_minor(order.currency) < order.minor:
            return Said(code="400025", why="insufficient funds")
        return None

    def _outcome(self, payment: Payment, faults: Collection[str], now: float) -> Said:
        """Decide what becomes of a new payment, now and later."""
        if not faults:
            self._end(payment, "paid", now)
            return Said(payment=payment)
        chance, share = self._chance, self.faults.parameter
        if "failed-500" in faults:
            self._open(payment, now)
            self._end_later(payment, "failed", now, 60.0, 1500.0)
            return Said(code=chance.choice(SERVER_CODES), why="a system error")
        if "timeout-400" in faults:
            if chance.random() < share("timeout-400", "paid"):
                self._end(payment, "paid", now)
            else:
                self._open(payment, now)
                self._end_later(payment, "failed", now, 60.0, 1500.0)
            return Said(code=chance.choice(TIMEOUT_CODES), why="the endpoint was slow")
        if "declined" in faults:
            self._end(payment, "declined", now)
            return Said(payment=payment, code=payment.code, why="declined by the payee's bank")
        if "fraud" in faults:
            payment.code = "400063"
            payment.transaction, payment.status, payment.final = "TV", "DH", True
            self._write(EntryKind.DECLINED, payment, now, "fraud")
            self.notices.tell(payment, now, self.answered_seconds)
            return Said(payment=payment, code=payment.code, why="declined by the fraud check")
        if "held" in faults:
            payment.transaction, payment.status, payment.final = "TC", "PH", True
            self._write(EntryKind.HELD, payment, now)
            self.notices.tell(payment, now, self.answered_seconds)
        elif "review" in faults:
            self._open(payment, now, "IP", "PR")
            end = "paid" if chance.random() < share("review", "paid") else "cancelled"
            self._end_later(payment, end, now, 1.0, share("review", "seconds"))
        elif "unknown-status" in faults:
            self._open(payment, now, *chance.choice((("TF", "DF"), ("PA", "PA"), ("ZZ", "Q7"))))
            end = "paid" if chance.random() < 0.5 else "failed"
            self._end_later(payment, end, now, 1.0, share("unknown-status", "seconds"))
        elif "in-process" in faults:
            self._open(payment, now)
            drawn, paid = chance.random(), share("in-process", "paid")
            end = "paid" if drawn < paid else "failed"
            if paid <= drawn < paid + share("in-process", "declined"):
                end = "declined"
            least, most = (share("in-process", f"seconds_{word}") for word in ("least", "most"))
            self._end_later(payment, end, now, least, most)
        else:
            self._end(payment, "paid", now)
        return Said(payment=payment)

    # Keeping -----------------------------------------------------------------------------------

    def _made(self, order: Order, now: float) -> Payment:
        number = len(self.payments) + 1
        id = f"{self._prefix}{number:012x}"
        payment = Payment(
            number, id, order.key, order.recipient, order.minor, order.currency, order.source, now
        )
        self.payments.append(payment)
        self.by_id[id] = payment
        self._same[order.key, order.recipient, order.minor, order.currency] = payment
        self.by_key.setdefault(order.key, []).append(payment)
        self.by_payee.setdefault(order.recipient, []).append(payment)
        return payment

    def _write(self, kind: EntryKind, payment: Payment, now: float, note: str = "") -> None:
        self.books.write(
            now,
            kind,
            payment.key,
            payment.recipient,
            payment.minor,
            payment.currency,
            payment.transaction_id,
            note,
        )

    def _open(
        self, payment: Payment, now: float, transaction: str = "IP", status: str = "IP"
    ) -> None:
        payment.transaction, payment.status = transaction, status
        self._write(EntryKind.ACCEPTED, payment, now)
        self.notices.tell(payment, now, self.answered_seconds)

    def _end(self, payment: Payment, end: str, now: float) -> None:
        kind, payment.transaction, payment.status = _ENDS[end]
        payment.updated = now
        payment.final = True
        if kind is EntryKind.DECLINED and not payment.code:
            payment.code = DECLINE_CODES.get(payment.source, "400201")
        self._write(kind, payment, now)
        self.notices.tell(payment, now, self.answered_seconds)
        if kind is EntryKind.PAID:
            sources = self.faults.word("returned", "sources")
            if (sources == "*" or payment.source in sources.split()) and self.faults.hit(
                "returned", self._chance, payment.key
            ):
                days = self.faults.parameter("returned", "days")
                self._plan(now + days * DAY_SECONDS / self.settings.speed, "returned", payment)

    def _end_later(self, payment: Payment, end: str, now: float, least: float, most: float) -> None:
        seconds = least + self._chance.random() * (most - least)
        self._plan(now + seconds / self.settings.speed, end, payment)

    def _plan(self, at: float, what: str, payment: Payment | None, minor: int = 0) -> None:
        self._count += 1
        heapq.heappush(self._later, (at, self._count, what, payment, minor))

    # Time passing ------------------------------------------------------------------------------

    def fund(self, minor: int, now: float, currency: str) -> None:
        """Put money into the funding account, or take it out."""
        self.books.write(now, EntryKind.FUNDED, "", "", minor, currency, "")

    def next_seconds(self) -> float | None:
        return self._later[0][0] if self._later else None

    def advance(self, now: float) -> None:
        """Let everything happen that was planned until now, at its own time."""
        later = self._later
        while later and later[0][0] <= now:
            at, _, what, payment, minor = heapq.heappop(later)
            if payment is None:
                self.fund(minor, at, what.removeprefix("fund "))
            elif what == "shown":
                self.hidden.discard(payment)
            elif what == "returned":
                if payment.status == "DI" and not self._reversed(payment):
                    payment.status = "DC"
                    payment.updated = at
                    self._write(EntryKind.RETURNED, payment, at)
                    self.notices.tell(payment, at, at)
            elif what == "reversed":
                payment.status = "RS"
                payment.updated = at
                self.notices.tell(payment, at, at)
            elif not payment.final:
                self.answered_seconds = at
                self._end(payment, what, at)

    # Changing its mind -------------------------------------------------------------------------

    def disburse(self, payment: Payment, source: str, faults: Collection[str], now: float) -> Said:
        """Pay a payment that waited for its payee to choose."""
        if payment.transaction != "PD":
            return self._standing(payment)
        payment.source = source
        payment.transaction, payment.status = "IP", "IP"
        return self._outcome(payment, faults, now)

    def cancel(self, payment: Payment, now: float) -> Said:
        """Cancel what is open, take back what went by ACH, refuse the rest."""
        if payment.source not in CANCELLABLE:
            return Said(code="409001", why="this method cannot be cancelled")  # code not documented
        if not payment.final:
            self._end(payment, "cancelled", now)
            return Said(payment=payment)
        if payment.status == "DI" and payment.source == "ACH":
            if (now - payment.updated) * self.settings.speed > REVERSAL_SECONDS:
                return Said(code="400034", why="the payment is older than 5 days")
            return self._reverse(payment, now)
        return Said(code="409001", why=f"it stands at {payment.transaction}/{payment.status}")

    def _reverse(self, payment: Payment, now: float) -> Said:
        """Make the new record that a reversal is; the original stays as it was."""
        if self._reversed(payment):
            return Said(code="409001", why="a reversal is under way")
        order = Order(
            payment.key, payment.recipient, payment.minor, payment.currency, payment.source
        )
        reversal = self._made(order, now)
        self._same[order.key, order.recipient, order.minor, order.currency] = payment
        reversal.transaction, reversal.status, reversal.final = "TC", "RP", True
        self._write(EntryKind.REVERSED, payment, now, reversal.transaction_id)
        self.notices.tell(reversal, now, self.answered_seconds)
        self._plan(now + DAY_SECONDS / self.settings.speed, "reversed", reversal)
        return Said(payment=reversal)

    def _reversed(self, payment: Payment) -> bool:
        return any(other.status in {"RP", "RS"} for other in self.by_key[payment.key])
