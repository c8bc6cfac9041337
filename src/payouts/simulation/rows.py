"""What the simulated ledger holds of one payout and of one partner.

A row is never changed once it is committed: a transaction works on a copy and puts it in the place
of the old one. So a snapshot is a copied dictionary, nobody sees what is not committed, and
"is this still the row I knew" is the question whether it is the same object.
"""

from __future__ import annotations

from typing import NamedTuple

from payouts.ledger.statements import Evidence
from payouts.payout import Payout
from payouts.states import Account, Status


class Change(NamedTuple):
    """One row of the history; ``before`` is ``None`` where the payout began."""

    at: float
    before: Status | None
    after: Status
    reason: str
    by: str


class Entry(NamedTuple):
    """One side of a transfer: what an account gets, negative for what it gives."""

    transfer: int
    account: Account
    minor: int
    currency: str


class Attempt(NamedTuple):
    number: int
    at: float
    worker: str


class Answer(NamedTuple):
    attempt: int
    at: float
    evidence: Evidence


class Row:
    """One payout with everything that belongs to it. Times are the ledger's clock."""

    __slots__ = (
        "accepted",
        "answers",
        "asked",
        "asked_again",
        "attempts",
        "attempts_made",
        "counted_day",
        "created_at",
        "due_at",
        "due_since",
        "entries",
        "fence",
        "first_sent",
        "history",
        "id",
        "last_sent",
        "lease_until",
        "lookups",
        "partner_id",
        "payout",
        "reason",
        "released",
        "seen",
        "sends",
        "status",
        "turned_away",
        "worker",
    )

    def __init__(self, payout: Payout, now: float) -> None:
        self.id = payout.id
        self.payout = payout
        self.status = Status.DUE
        self.reason = ""
        self.created_at = now
        self.due_at: float | None = now
        self.due_since: float | None = None  #: where it was put off: since when it is due
        self.worker: str | None = None
        self.fence = 0
        self.lease_until: float | None = None
        self.attempts = 0
        self.sends = 0
        self.lookups = 0
        self.turned_away = 0
        self.accepted = False
        self.asked = False
        self.asked_again = False  #: while it was leased
        self.released = False
        self.seen = False
        self.partner_id: str | None = None
        self.first_sent: float | None = None
        self.last_sent: float | None = None
        self.counted_day: int | None = None  #: the UTC day in whose total it counts
        self.history: tuple[Change, ...] = ()
        self.entries: tuple[Entry, ...] = ()
        self.attempts_made: tuple[Attempt, ...] = ()
        self.answers: tuple[Answer, ...] = ()

    def copy(self) -> Row:
        # Written out: three copies a payout, and nothing shorter is half as quick.
        new = Row.__new__(Row)
        new.id = self.id
        new.payout = self.payout
        new.status = self.status
        new.reason = self.reason
        new.created_at = self.created_at
        new.due_at = self.due_at
        new.due_since = self.due_since
        new.worker = self.worker
        new.fence = self.fence
        new.lease_until = self.lease_until
        new.attempts = self.attempts
        new.sends = self.sends
        new.lookups = self.lookups
        new.turned_away = self.turned_away
        new.accepted = self.accepted
        new.asked = self.asked
        new.asked_again = self.asked_again
        new.released = self.released
        new.seen = self.seen
        new.partner_id = self.partner_id
        new.first_sent = self.first_sent
        new.last_sent = self.last_sent
        new.counted_day = self.counted_day
        new.history = self.history
        new.entries = self.entries
        new.attempts_made = self.attempts_made
        new.answers = self.answers
        return new


class StandingRow(NamedTuple):
    """How things stand with one partner. ``place`` is where the ledger was when last trusted."""

    place: int
    position: int = 0
    paused: bool = False
    quarantine_since: float | None = None
    breaker_until: float = 0.0
    failures: int = 0
    no_funds: int = 0
    stopped: bool = False
    ticked_at: float | None = None
    quarantine_from: float | None = None  #: the tick before the one that began it
    reconciled_day: str | None = None
    reconcile_page: int = 1
