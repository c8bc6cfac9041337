"""The life of a payout, written down once.

``TRANSITIONS`` is the whole state machine: the runtime refuses any other change, the ledger holds
the same rows in a table its history refers to, and the page and diagram in the docs are printed
from it. Two ideas carry it.

*A status is a place for the money.* Each status belongs to one account, and a change of status
moves the amount from one account to the other, so the books balance because nothing else can move.

*A status never moves backwards.* ``RANK`` grows along every transition out of an open status; what
is final changes only forward, when the partner itself says later that the money did move or come
back. Going from *unknown* to *sending* is no step back: it is the same payout under the same key,
with the same recipient and amount, and the partner is the one who recognises it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    DUE = "due"  #: to be sent; the partner does not have it
    SENDING = "sending"  #: a send was committed and may have happened
    UNKNOWN = "unknown"  #: the partner may have it; being looked up
    HELD = "held"  #: waiting for a person
    SETTLED = "settled"  #: paid
    DECLINED = "declined"  #: the partner's final word: not paid
    RETURNED = "returned"  #: paid, and the money came back
    CANCELLED = "cancelled"  #: not paid, because we did not want it any more


class Account(StrEnum):
    """Where the money of a payout is, seen from whoever pays out."""

    BUSINESS = "business"  #: not ours to pay (yet, or any more)
    OWED = "owed"  #: to be paid
    IN_FLIGHT = "in_flight"  #: sent, outcome open
    HELD = "held"  #: set aside until a person decides
    FUNDING = "funding"  #: paid from the funding account at the partner


ACCOUNT_OF: dict[Status, Account] = {
    Status.DUE: Account.OWED,
    Status.SENDING: Account.IN_FLIGHT,
    Status.UNKNOWN: Account.IN_FLIGHT,
    Status.HELD: Account.HELD,
    Status.SETTLED: Account.FUNDING,
    Status.DECLINED: Account.BUSINESS,
    Status.RETURNED: Account.BUSINESS,
    Status.CANCELLED: Account.BUSINESS,
}

#: Ended unless the partner says otherwise later.
FINAL = frozenset({Status.SETTLED, Status.DECLINED, Status.RETURNED, Status.CANCELLED})

#: May be paid again, as a new payout, by a person or a named rule.
REISSUABLE = frozenset({Status.DECLINED, Status.RETURNED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed change; ``by`` says who may make it."""

    before: Status
    after: Status
    by: str
    why: str


def _t(before: Status, after: Status, by: str, why: str) -> Transition:
    return Transition(before, after, by, why)


_S = Status
TRANSITIONS: tuple[Transition, ...] = (
    _t(_S.DUE, _S.SENDING, "worker", "the send is committed, then made"),
    _t(_S.DUE, _S.UNKNOWN, "reconciliation", "the partner lists it: sent by a ledger since lost"),
    _t(_S.DUE, _S.HELD, "worker, person", "above the limit of one payout, or put aside"),
    _t(_S.DUE, _S.CANCELLED, "person", "not wanted any more, and never sent"),
    _t(_S.SENDING, _S.SETTLED, "worker", "the answer says paid"),
    _t(_S.SENDING, _S.DECLINED, "worker", "the answer is the partner's final no"),
    _t(_S.SENDING, _S.CANCELLED, "worker", "the answer says cancelled at our request"),
    _t(_S.SENDING, _S.RETURNED, "worker", "the answer says it came back: it had been paid"),
    _t(_S.SENDING, _S.UNKNOWN, "worker", "no answer, an open answer, or the worker died"),
    _t(_S.SENDING, _S.HELD, "worker", "no funds, the partner's hold, or an answer that differs"),
    _t(_S.SENDING, _S.DUE, "worker", "certainly not accepted and nothing open: same key, later"),
    _t(_S.UNKNOWN, _S.SENDING, "worker", "the partner does not have it: same key again"),
    _t(_S.UNKNOWN, _S.SETTLED, "worker", "the look-up says paid"),
    _t(_S.UNKNOWN, _S.DECLINED, "worker", "the look-up is the partner's final no"),
    _t(_S.UNKNOWN, _S.CANCELLED, "worker", "the look-up says cancelled at our request"),
    _t(_S.UNKNOWN, _S.RETURNED, "worker", "the look-up says it came back"),
    _t(_S.UNKNOWN, _S.HELD, "worker, person", "out of look-ups or sends, or the partner's hold"),
    _t(_S.HELD, _S.DUE, "person", "released, and the partner certainly does not have it"),
    _t(_S.HELD, _S.UNKNOWN, "person", "released, and it must be looked up first"),
    _t(_S.HELD, _S.SETTLED, "worker, person", "paid, says the partner or its statement"),
    _t(_S.HELD, _S.DECLINED, "worker", "the partner's final no came after all"),
    _t(_S.HELD, _S.CANCELLED, "worker, person", "never sent, or certainly not paid"),
    _t(_S.HELD, _S.RETURNED, "worker", "the look-up says it came back"),
    _t(_S.SETTLED, _S.RETURNED, "worker", "the payee's bank sent it back, days later"),
    _t(_S.DECLINED, _S.SETTLED, "worker", "the partner says now that it was paid"),
    _t(_S.DECLINED, _S.RETURNED, "worker", "the partner says now that it was paid and came back"),
    _t(_S.CANCELLED, _S.SETTLED, "worker", "the partner says now that it was paid"),
    _t(_S.CANCELLED, _S.RETURNED, "worker", "the partner says now that it was paid and came back"),
)

ALLOWED = frozenset((step.before, step.after) for step in TRANSITIONS)

#: A final status after which the partner's later word contradicts what was believed. The ledger
#: follows the partner, and a person is told, because a reissue may have been paid meanwhile.
CONTRADICTIONS = frozenset(
    (before, after)
    for before, after in ALLOWED
    if before in {Status.DECLINED, Status.CANCELLED} and after in {Status.SETTLED, Status.RETURNED}
)
