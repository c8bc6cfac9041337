"""What to do with a payout that is in hand: pure, total, and short enough to check by reading.

Nothing here looks at an answer (``verdicts`` does) or touches anything. Each payout that is leased
comes through ``next_step`` once, with its ages on the ledger's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from payouts.ledger.statements import Leased
from payouts.limits import Limits
from payouts.states import Status


class Do(Enum):
    SEND = auto()
    LOOK_UP = auto()
    MOVE = auto()  #: nothing to ask the partner; write ``to``, ``reason`` and ``due_seconds``


@dataclass(frozen=True, slots=True)
class Step:
    do: Do
    to: Status | None = None
    reason: str = ""
    due_seconds: float | None = None


_SEND = Step(Do.SEND)
_LOOK_UP = Step(Do.LOOK_UP)


def next_step(leased: Leased, limits: Limits, may_send: bool) -> Step:
    """Return what comes next for one leased payout."""
    status = leased.status
    if status is Status.SENDING:
        # Its worker died or froze between the commit and the answer. The request may have gone
        # out at any moment that a send may take to begin: the waiting starts at the last of them.
        wait = _until_lookup(leased, limits, limits.send_age_seconds)
        return Step(Do.MOVE, Status.UNKNOWN, "worker-lost", wait)
    if leased.asked:
        return _LOOK_UP
    if status is Status.DUE:
        return _step_for_due(leased, limits, may_send)
    if status is Status.UNKNOWN:
        return _step_for_unknown(leased, limits, may_send)
    # Held or final, and nobody asked: it is not for the clock to move.
    return Step(Do.MOVE, status, "nothing-due", None)


def may_resend(leased: Leased, limits: Limits, may_send: bool) -> bool:
    """Say whether a payout may be sent again under its key, now that a look-up found nothing.

    Only within the time and the number of sends in which the partner recognises the key, and never
    once it said that it has the payout: what it has, it may still pay.
    """
    if not may_send or not limits.resends or leased.accepted:
        return False
    if leased.sends >= limits.sends_max:
        return False
    first, last = leased.first_sent_seconds, leased.last_sent_seconds
    if first is None or last is None:
        # Not yet sent, and so not yet held against the limit of one payout either.
        unsent = leased.status is Status.UNKNOWN and leased.sends == 0
        return unsent and not _above_limit(leased, limits)
    return first < limits.send_window_seconds and last >= limits.lookup_wait_seconds


def _step_for_due(leased: Leased, limits: Limits, may_send: bool) -> Step:
    if _above_limit(leased, limits):
        return Step(Do.MOVE, Status.HELD, "above-limit")
    if not may_send:
        return Step(Do.MOVE, Status.DUE, "sending-stopped", limits.backoff_base_seconds)
    return _SEND


def _above_limit(leased: Leased, limits: Limits) -> bool:
    most, amount = limits.max_amount_per_payout, leased.payout.amount
    if most is None or leased.released:
        return False
    return amount.currency != most.currency or amount.minor > most.minor


def _step_for_unknown(leased: Leased, limits: Limits, may_send: bool) -> Step:
    last = leased.lookups == limits.lookups_max - 1
    if last and not may_send and may_resend(leased, limits, may_send=True):
        # The last look-up is kept until a send may follow it: a long pause must not leave to people
        # what only never arrived.
        return Step(Do.MOVE, Status.UNKNOWN, "sending-stopped", limits.lookup_interval_seconds)
    if leased.lookups >= limits.lookups_max:
        return Step(Do.MOVE, Status.HELD, "look-ups-exhausted")
    wait = _until_lookup(leased, limits)
    if wait > 0:
        return Step(Do.MOVE, Status.UNKNOWN, "too-early", wait)
    return _LOOK_UP


def _until_lookup(leased: Leased, limits: Limits, begun_late: float = 0.0) -> float:
    since = leased.last_sent_seconds
    return 0.0 if since is None else max(0.0, limits.lookup_wait_seconds + begun_late - since)
