"""What the double really did: append-only, and asked afterwards by whoever judges a run.

An answer can be lost, late or misread. These books cannot: an entry is written in the same step
that moves the double's money, before any answer is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple


class EntryKind(StrEnum):
    FUNDED = "funded"  #: money into the funding account (negative: taken out of it)
    ACCEPTED = "accepted"  #: the partner has it, money set aside, outcome open
    PAID = "paid"  #: the payee has the money
    DECLINED = "declined"  #: final, not paid
    FAILED = "failed"  #: final, not paid: a system error
    CANCELLED = "cancelled"  #: final, not paid: at the merchant's request
    HELD = "held"  #: sanctions hold: neither paid nor given back
    RETURNED = "returned"  #: paid before; the payee's bank sent it back
    REVERSED = "reversed"  #: paid before; taken back at the merchant's request


_K = EntryKind

#: What an entry of each kind makes of the payment it is about.
_TRUTH = {
    _K.ACCEPTED: "open",
    _K.PAID: "paid",
    _K.DECLINED: "not_paid",
    _K.FAILED: "not_paid",
    _K.CANCELLED: "not_paid",
    _K.HELD: "open",
    _K.RETURNED: "returned",
    _K.REVERSED: "returned",
}


class BookEntry(NamedTuple):
    """One thing that happened to money. ``key`` is the merchantTransactionId."""

    sequence: int
    at_seconds: float
    kind: EntryKind
    key: str
    recipient: str
    minor: int
    currency: str
    transaction_id: str
    note: str


class Books:
    """The double's own books. Only the double writes; anyone may read."""

    def __init__(self) -> None:
        self.entries: list[BookEntry] = []
        self.breaches: Counter[str] = Counter()  #: rules of the partner that the client broke
        self._paid: dict[str, int] = {}
        self._standing: dict[str, dict[str, EntryKind]] = {}
        self._sends: dict[str, int] = {}
        self._by_payee: Counter[tuple[str, int]] = Counter()
        self._sums: Counter[tuple[EntryKind, str]] = Counter()
        self._available: Counter[str] = Counter()
        self._ledger: Counter[str] = Counter()

    # Writing -----------------------------------------------------------------------------------

    def write(
        self,
        at_seconds: float,
        kind: EntryKind,
        key: str,
        recipient: str,
        minor: int,
        currency: str,
        transaction_id: str,
        note: str = "",
    ) -> None:
        """Append one entry and move the money it is about."""
        entries = self.entries
        entries.append(
            BookEntry(
                len(entries),
                at_seconds,
                kind,
                key,
                recipient,
                minor,
                currency,
                transaction_id,
                note,
            )
        )
        self._sums[(kind, currency)] += minor
        if kind is _K.FUNDED:
            self._available[currency] += minor
            self._ledger[currency] += minor
            return
        standing = self._standing.get(key)
        if standing is None:
            standing = self._standing[key] = {}
        before = standing.get(transaction_id)
        standing[transaction_id] = kind
        # Available: what could still be paid. Ledger: what has not left the account yet.
        if before is None and kind is not _K.DECLINED:
            self._available[currency] -= minor
        if kind is _K.PAID:
            self._ledger[currency] -= minor
            self._paid[key] = self._paid.get(key, 0) + 1
            self._by_payee[(recipient, minor)] += 1
        elif kind is _K.RETURNED or kind is _K.REVERSED:
            self._available[currency] += minor
            self._ledger[currency] += minor
        elif before is not None and kind in _RELEASES:
            self._available[currency] += minor

    def sent(self, key: str) -> None:
        """Count a payment request that got past the door."""
        self._sends[key] = self._sends.get(key, 0) + 1

    # Reading -----------------------------------------------------------------------------------

    def paid_times(
        self, key: str | None = None, recipient: str | None = None, minor: int | None = None
    ) -> int:
        """Return how often money went to a payee: for a key, a payee, an amount, or at all."""
        if key is not None and recipient is None and minor is None:
            return self._paid.get(key, 0)
        if recipient is not None and minor is not None and key is None:
            return self._by_payee[(recipient, minor)]
        return sum(
            entry.kind is _K.PAID
            and (key is None or entry.key == key)
            and (recipient is None or entry.recipient == recipient)
            and (minor is None or entry.minor == minor)
            for entry in self.entries
        )

    def paid_minor(self, currency: str = "USD") -> int:
        """Return what was paid in all, whether or not it came back."""
        return self._sums[(_K.PAID, currency)]

    def returned_minor(self, currency: str = "USD") -> int:
        """Return what was paid and came back."""
        return self._sums[(_K.RETURNED, currency)] + self._sums[(_K.REVERSED, currency)]

    def available_minor(self, currency: str = "USD") -> int:
        """Return what the funding account can still pay."""
        return self._available[currency]

    def ledger_minor(self, currency: str = "USD") -> int:
        """Return what the funding account holds, set aside or not."""
        return self._ledger[currency]

    def paid_keys(self) -> Mapping[str, int]:
        """Return how often each key was paid, for every key that was."""
        return self._paid

    def doubles(self) -> tuple[str, ...]:
        """Return the keys that were paid more than once, sorted: an empty one is the promise."""
        return tuple(sorted(key for key, times in self._paid.items() if times > 1))

    def truth(self, key: str) -> str:
        """Return what became of a key: ``paid returned open not_paid``, or ``unknown``.

        Of several transactions under one key the one that moved money counts.
        """
        standings = {_TRUTH[kind] for kind in self._standing.get(key, {}).values()}
        for answer in ("paid", "open", "returned", "not_paid"):
            if answer in standings:
                return answer
        return "unknown"

    def sends(self, key: str) -> int:
        """Return how many payment requests for a key got past the door."""
        return self._sends.get(key, 0)

    def sends_total(self) -> int:
        """Return how many payment requests got past the door."""
        return sum(self._sends.values())

    def repeats_total(self) -> int:
        """Return how many of them repeated an earlier one's id: what a careless desk pays twice."""
        return self.sends_total() - len(self._sends)

    def digest(self) -> str:
        """Return a hash of all entries: equal runs have equal books."""
        return sha256("\n".join(map(repr, self.entries)).encode()).hexdigest()

    def check(self) -> None:
        """Add everything up a second way, from the entries alone; a difference is a bug of ours."""
        available: Counter[str] = Counter()
        paid: Counter[str] = Counter()
        last: dict[str, BookEntry] = {}
        for entry in self.entries:
            if entry.kind is _K.FUNDED:
                available[entry.currency] += entry.minor
            else:
                last[entry.transaction_id] = entry
                paid[entry.key] += entry.kind is _K.PAID
        for entry in last.values():
            if _TRUTH[entry.kind] in {"paid", "open"}:
                available[entry.currency] -= entry.minor
        assert +paid == Counter(self._paid), "paid counts differ"
        for currency in {*available, *self._available}:
            assert available[currency] == self._available[currency], f"{currency} differs"


_RELEASES = frozenset({_K.DECLINED, _K.FAILED, _K.CANCELLED})
