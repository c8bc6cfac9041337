"""What each statement does in the simulated ledger: the half that people, the backend, webhooks
and reconciliation speak. The runtime's own half is in ``sentences``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payouts.idempotency import derived_key
from payouts.ledger.statements import (
    Enqueue,
    Enqueued,
    Finding,
    Findings,
    Found,
    Intervene,
    Look,
    Noticed,
    Receive,
    Reissue,
    Seen,
    Sighting,
    Unseen,
    View,
)
from payouts.payout import NewPayout, Payout
from payouts.ports import Statement, StoreRefused
from payouts.simulation.rows import Change, Row
from payouts.simulation.transactions import Transaction, in_doubt, leased
from payouts.states import ACCOUNT_OF, REISSUABLE, Account, Status

_UNSEEN_MOST = 1000


def enqueue(tx: Transaction, say: Enqueue) -> Enqueued:
    new = say.payout
    now = tx.ledger.clock()
    # Nobody may be noting, unseen by us, the key of this payout as an orphan.
    tx.share(("enqueue", new.partner))
    known = tx.get("reference", new.partner, new.reference)
    if known is None:
        # Another transaction may be enqueuing the same: its unique key is waited for.
        tx.hold(("reference", new.partner, new.reference))
        return _insert(tx, new, None, now + say.delay_seconds, now, "enqueue", "enqueued")
    row = tx.row(known)
    assert row is not None
    there = row.payout
    if (new.recipient, new.token, new.method, new.amount) != (
        there.recipient,
        there.token,
        there.method,
        there.amount,
    ):
        raise StoreRefused(f"{new.reference} is there already with other fields")
    return Enqueued(row.id, there.key, row.status, False)


def _insert(
    tx: Transaction,
    new: NewPayout,
    reissue_of: int | None,
    due_at: float,
    now: float,
    by: str,
    reason: str,
) -> Enqueued:
    ledger = tx.ledger
    number = ledger.next_id
    ledger.next_id = number + 1
    key = derived_key(new.partner, new.reference)
    row = Row(
        Payout(
            number,
            new.partner,
            new.reference,
            key,
            new.recipient,
            new.token,
            new.method,
            new.amount,
            reissue_of,
        ),
        now,
    )
    row.reason = reason
    row.due_at = due_at
    orphan = tx.get("orphan", new.partner, key)
    if orphan is not None:
        # A ledger that was lost had sent it: the partner has it, so it is never sent again.
        row.status = Status.UNKNOWN
        row.accepted = row.asked = True
        row.attempts = row.sends = 1
        row.first_sent = row.last_sent = now
        row.due_at = now
        if orphan[0]:
            row.partner_id = orphan[0]
            tx.table["partner id", new.partner, orphan[0]] = number
    row.history = (Change(now, None, row.status, reason, by),)
    tx.hold(number)
    tx.rows[number] = row
    tx.transfer(row, Account.BUSINESS, ACCOUNT_OF[row.status])
    tx.table["reference", new.partner, new.reference] = number
    tx.table["key", new.partner, key] = number
    return Enqueued(number, key, row.status, True)


def reissue(tx: Transaction, say: Reissue) -> Enqueued:
    old = _find(tx, say.partner, say.reference)
    tx.hold(old.id)
    old = _find(tx, say.partner, say.reference)
    tx.share(("enqueue", say.partner))
    known = tx.get("reissue", old.id)
    if known is not None:
        row = tx.row(known)
        assert row is not None
        return Enqueued(row.id, row.payout.key, row.status, False)
    if old.status not in REISSUABLE:
        raise StoreRefused(
            f"{say.reference} is {old.status}; only what was not paid, or came back, is reissued"
        )
    if not say.by:
        raise StoreRefused("a reissue needs the name of who wants it")
    was = old.payout
    # A chain counts on. A reference that was given to us with such an end is no link of one.
    stem, _, number = say.reference.rpartition("~")
    if was.reissue_of is not None and stem and number.isdigit():
        reference = f"{stem}~{int(number) + 1}"
    else:
        reference = f"{say.reference}~1"
    if tx.get("reference", say.partner, reference) is not None:
        raise StoreRefused(f"{reference} is there already and is no reissue of {say.reference}")
    new = NewPayout(
        was.partner,
        reference,
        say.recipient or was.recipient,
        say.token or was.token,
        was.method,
        was.amount,
    )
    now = tx.ledger.clock()
    tx.hold(("reference", new.partner, new.reference))
    answer = _insert(tx, new, was.id, now, now, say.by, say.because)
    tx.table["reissue", was.id] = answer.payout_id
    return answer


def intervene(tx: Transaction, say: Intervene) -> Status:
    number = _find(tx, say.partner, say.reference).id
    tx.hold(number)
    row = tx.row(number)
    assert row is not None
    now = tx.ledger.clock()
    status, action = row.status, say.action
    under_way = row.lease_until is not None and row.lease_until > now
    if action == "look":
        _ask(tx.write(number), now)
        return row.status
    to: Status | None = None
    because = f"{action} is not possible for {say.reference}, which is {status}"
    if action in {"cancel", "not_paid"} and in_doubt(tx, say.partner):
        because = "the ledger was restored and is not reconciled: what it lost may have been sent"
    elif under_way:
        because = f"{say.reference} is under way; try again in a moment"
    elif action == "hold" and status in {Status.DUE, Status.UNKNOWN}:
        to = Status.HELD
    elif action == "release" and status is Status.HELD:
        to = Status.UNKNOWN if row.sends or row.accepted else Status.DUE
    elif action == "cancel" and status in {Status.DUE, Status.HELD}:
        if row.sends or row.accepted:
            because = f"{say.reference} was sent; ask the partner, or wait and say not_paid"
        else:
            to = Status.CANCELLED
    elif action == "paid" and status is Status.HELD:
        to = Status.SETTLED
    elif action == "not_paid" and status is Status.HELD:
        if row.accepted:
            because = f"the partner has {say.reference}: only its own word can say not paid"
        elif not row.sends or row.last_sent is None:
            because = f"{say.reference} was never sent: cancel it"
        elif now - row.last_sent < say.not_paid_after_seconds:
            because = f"{say.reference} was sent too lately to say that it is not paid"
        else:
            to = Status.CANCELLED
    if to is None:
        raise StoreRefused(because)
    if not say.by:
        raise StoreRefused("a decision needs the name of who makes it")
    row = tx.write(number)
    tx.change(row, to, say.because, say.by, now, person=True)
    row.worker = row.lease_until = None
    row.due_at = now if action == "release" else None
    row.due_since = None
    if action == "release":
        row.released = True
        row.lookups = 0
    return to


def noticed(tx: Transaction, say: Noticed) -> str:
    if tx.get("notice", say.partner, say.dedupe) is not None:
        return "repeat"
    tx.hold(("notice", say.partner, say.dedupe))
    number = None if say.key is None else tx.get("key", say.partner, say.key)
    if number is None and say.partner_id is not None:
        number = tx.get("partner id", say.partner, say.partner_id)
    if number is None:
        tx.put(("notice", say.partner, say.dedupe), say.said)
        return "unmatched"
    tx.hold(number)
    tx.put(("notice", say.partner, say.dedupe), say.said)
    row = tx.write(number)
    waits = row.status is Status.DUE or row.status is Status.SENDING
    _ask(row, row.due_at if waits else tx.ledger.clock())
    return "new"


def _ask(row: Row, due_at: float | None) -> None:
    """Have it looked at; who holds a lease may have looked a moment too early."""
    if row.worker is None:
        row.asked = True
    else:
        row.asked_again = True
    row.due_at = due_at


def seen(tx: Transaction, say: Seen) -> Sighting:
    now = tx.ledger.clock()
    new: dict[str, tuple[str, str]] = {}
    for key, partner_id, said in say.orphans:
        if tx.get("key", say.partner, key) is None and tx.get("orphan", say.partner, key) is None:
            new.setdefault(key, (partner_id, said))
    if new:
        # Nobody may be enqueuing, unseen by us, the payout whose key is about to be an orphan.
        tx.hold_alone(("enqueue", say.partner))
    numbers = sorted(
        {number for key in say.keys if (number := tx.get("key", say.partner, key)) is not None}
    )
    for number in numbers:
        tx.hold(number)
    for key, (partner_id, said) in new.items():
        tx.put(("orphan", say.partner, key), (partner_id, said))
        finding(tx, Finding(say.partner, "orphan", key, f"{partner_id} {said}".strip()))
    ours: list[Row] = []
    for number in numbers:
        row = tx.write(number)
        row.seen = True
        if row.lease_until is None or row.lease_until <= now:
            row.worker = say.worker
            row.fence += 1
            row.lease_until = now + say.lease_seconds
            if row.asked_again:
                row.asked, row.asked_again = True, False
            ours.append(row)
    return Sighting(tuple([leased(row, now) for row in ours]), len(new))


def unseen(tx: Transaction, say: Unseen) -> tuple[str, ...]:
    now = tx.ledger.clock()
    found = [
        (row.last_sent, row.id, row.payout.reference)
        for number in {**tx.ledger.rows, **tx.rows}
        if (row := tx.row(number)) is not None
        and row.payout.partner == say.partner
        and row.status is Status.SETTLED
        and not row.seen
        and row.last_sent is not None
        and say.newer_seconds <= now - row.last_sent <= say.older_seconds
    ]
    return tuple(reference for _, _, reference in sorted(found)[:_UNSEEN_MOST])


def finding(tx: Transaction, say: Finding) -> bool:
    key = ("finding", say.partner, say.kind, say.subject)
    if tx.get(*key) is not None:
        return False
    tx.put(key, (say.detail, tx.ledger.clock()))
    return True


def findings(tx: Transaction, say: Findings) -> tuple[Found, ...]:
    now = tx.ledger.clock()
    tables = {**tx.ledger.table, **tx.table}
    rows = [
        Found(key[2], key[3], value[0], now - value[1])
        for key, value in tables.items()
        if value is not None and key[:2] == ("finding", say.partner)
    ]
    rows.sort(key=lambda one: (one.seconds_ago, one.kind, one.subject))
    return tuple(rows[: say.count])


def look(tx: Transaction, say: Look) -> View | None:
    number = tx.get("reference", say.partner, say.reference)
    row = None if number is None else tx.row(number)
    if row is None:
        return None
    now = tx.ledger.clock()
    return View(
        row.payout,
        row.status,
        row.reason,
        row.sends,
        row.lookups,
        row.partner_id,
        tuple((now - change.at, change.after, change.reason, change.by) for change in row.history),
    )


def receive(tx: Transaction, say: Receive) -> int:
    new = 0
    for item in say.items:
        key = ("received", say.source, item.external_id)
        known = tx.get(*key)
        if known is None:
            tx.put(key, item)
            new += 1
        elif known.amount != item.amount:
            detail = f"{known.amount} first, then {item.amount}"
            finding(tx, Finding(say.source, "received-differs", item.external_id, detail))
    return new


def _find(tx: Transaction, partner: str, reference: str) -> Row:
    number = tx.get("reference", partner, reference)
    row = None if number is None else tx.row(number)
    if row is None:
        raise StoreRefused(f"there is no payout {reference}")
    return row


SENTENCES: dict[type[Statement], Callable[[Transaction, Any], Any]] = {
    Enqueue: enqueue,
    Reissue: reissue,
    Intervene: intervene,
    Noticed: noticed,
    Seen: seen,
    Unseen: unseen,
    Finding: finding,
    Findings: findings,
    Look: look,
    Receive: receive,
}
