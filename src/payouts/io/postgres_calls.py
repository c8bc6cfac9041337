"""How each statement is said to Postgres, and how its answer is read: SQL text, values, decoder.

Batches go in as one array or one JSON document and come out as rows, because at fifty payouts a
call the round trip, not the row, is what costs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Enqueued,
    Finding,
    Findings,
    Found,
    Gauges,
    Intervene,
    Leased,
    Look,
    Measure,
    Noticed,
    Quarantine,
    Receive,
    Record,
    Reissue,
    Seen,
    SetStanding,
    Sighting,
    Standing,
    Take,
    Unseen,
    View,
)
from payouts.money import Money
from payouts.payout import Method, Payout
from payouts.ports import Statement
from payouts.states import Status

_METHODS = {method.value: method for method in Method}
_STATUSES = {status.value: status for status in Status}

Call: TypeAlias = "tuple[str, Callable[[Any], tuple[Any, ...]], Callable[[Any], Any]]"


def _payout(row: tuple[Any, ...]) -> Payout:
    money = Money(row[7], row[8])
    return Payout(row[0], row[1], row[2], row[3], row[4], row[5], _METHODS[row[6]], money, row[9])


def _leased(cursor: Any) -> tuple[Leased, ...]:
    return tuple([Leased(_payout(row), _STATUSES[row[10]], *row[11:]) for row in cursor.fetchall()])


def _sighting(cursor: Any) -> Sighting:
    rows = cursor.fetchall()
    leased = [
        Leased(_payout(row), _STATUSES[row[10]], *row[11:-1]) for row in rows if row[0] is not None
    ]
    return Sighting(tuple(leased), rows[0][-1])


def _enqueued(cursor: Any) -> Enqueued:
    payout_id, key, status, created = cursor.fetchone()
    return Enqueued(payout_id, key, _STATUSES[status], created)


def _view(cursor: Any) -> View | None:
    row = cursor.fetchone()
    if row is None:
        return None
    ages, statuses, reasons, whos = row[15:]
    history = zip(ages, (_STATUSES[status] for status in statuses), reasons, whos, strict=True)
    said, sends, lookups, partner_id = row[11:15]
    return View(_payout(row), _STATUSES[row[10]], said, sends, lookups, partner_id, tuple(history))


def _value(cursor: Any) -> Any:
    return cursor.fetchone()[0]


def _values(cursor: Any) -> tuple[Any, ...]:
    return tuple(cursor.fetchone()[0])


def _nothing(cursor: Any) -> None:
    return None


def _standing(cursor: Any) -> Standing:
    return Standing(*cursor.fetchone())


def _gauges(cursor: Any) -> Gauges:
    return Gauges(*cursor.fetchone())


def _findings(cursor: Any) -> tuple[Found, ...]:
    return tuple([Found(*row) for row in cursor.fetchall()])


def _status(cursor: Any) -> Status:
    return _STATUSES[cursor.fetchone()[0]]


def _numbers(numbers: Any) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _begin_sends(say: BeginSends) -> tuple[Any, ...]:
    most = say.max_total
    return (
        say.partner,
        say.worker,
        _numbers(lease[0] for lease in say.leases),
        _numbers(lease[1] for lease in say.leases),
        None if most is None else most.minor,
        None if most is None else most.currency,
    )


def _record(say: Record) -> tuple[Any, ...]:
    moves = [
        {
            "id": move.payout_id,
            "fence": move.fence,
            "to": move.to,
            "reason": move.reason,
            "due": move.due_seconds,
            "partner_id": move.partner_id,
            "accepted": move.accepted,
            "looked_up": move.looked_up,
            "turned_away": move.turned_away,
            "keep": move.keep,
            "ask": move.ask,
            "evidence": [
                (e.kind, e.verdict, e.code, e.http_status, e.body_sha256) for e in move.evidence
            ],
        }
        for move in say.moves
    ]
    return say.worker, json.dumps(moves)


def _receive(say: Receive) -> tuple[Any, ...]:
    items = [
        {
            "external_id": item.external_id,
            "kind": item.kind,
            "amount": None if item.amount is None else item.amount.minor,
            "currency": None if item.amount is None else item.amount.currency,
            "happened_on": item.happened_on,
            "facts": dict(item.facts),
        }
        for item in say.items
    ]
    return say.source, json.dumps(items)


def _enqueue(say: Enqueue) -> tuple[Any, ...]:
    new = say.payout
    return (
        new.reference,
        new.partner,
        new.recipient,
        new.token,
        new.method.value,
        new.amount.minor,
        new.amount.currency,
        say.delay_seconds,
    )


def _seen(say: Seen) -> tuple[Any, ...]:
    return (
        say.partner,
        say.worker,
        say.lease_seconds,
        list(say.keys),
        [orphan[0] for orphan in say.orphans],
        [orphan[1] for orphan in say.orphans],
        [orphan[2] for orphan in say.orphans],
    )


CALLS: dict[type[Statement], Call] = {
    BeginTick: (
        "select * from payouts.begin_tick(%s, %s)",
        lambda say: (say.partner, say.witness),
        _standing,
    ),
    Take: (
        "select * from payouts.take(%s, %s, %s, %s, %s)",
        lambda say: (say.partner, say.worker, say.count, say.lease_seconds, say.fresh),
        _leased,
    ),
    BeginSends: (
        "select payouts.begin_sends(%s, %s, %s, %s, %s, %s)",
        _begin_sends,
        _values,
    ),
    Record: ("select payouts.record(%s, %s)", _record, _values),
    SetStanding: (
        "select payouts.set_standing(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        lambda say: (
            say.partner,
            say.paused,
            say.breaker_seconds,
            say.failures,
            say.no_funds,
            say.stopped,
            say.reconciled_day,
            say.reconcile_page,
            say.by,
            say.began,
        ),
        _nothing,
    ),
    Quarantine: (
        "select payouts.quarantine(%s, %s, %s, %s, %s)",
        lambda say: (say.partner, say.begin, say.why, say.at_least_seconds, say.began),
        _value,
    ),
    Enqueue: (
        "select * from payouts.enqueue(%s, %s, %s, %s, %s, %s, %s, make_interval(secs => %s))",
        _enqueue,
        _enqueued,
    ),
    Reissue: (
        "select * from payouts.reissue(%s, %s, %s, %s, %s, %s)",
        lambda say: (
            say.partner,
            say.reference,
            say.by,
            say.because,
            say.token,
            say.recipient,
        ),
        _enqueued,
    ),
    Intervene: (
        "select payouts.intervene(%s, %s, %s, %s, %s, %s)",
        lambda say: (
            say.partner,
            say.reference,
            say.action,
            say.by,
            say.because,
            say.not_paid_after_seconds,
        ),
        _status,
    ),
    Noticed: (
        "select payouts.noticed(%s, %s, %s, %s, %s)",
        lambda say: (say.partner, say.dedupe, say.key, say.partner_id, say.said),
        _value,
    ),
    Seen: (
        "select (s.leased).*, s.orphans from payouts.seen(%s, %s, %s, %s, %s, %s, %s) s",
        _seen,
        _sighting,
    ),
    Unseen: (
        "select payouts.unseen(%s, %s, %s)",
        lambda say: (say.partner, say.older_seconds, say.newer_seconds),
        _values,
    ),
    Finding: (
        "select payouts.found(%s, %s, %s, %s)",
        lambda say: (say.partner, say.kind, say.subject, say.detail),
        _value,
    ),
    Findings: (
        "select * from payouts.findings(%s, %s)",
        lambda say: (say.partner, say.count),
        _findings,
    ),
    Measure: ("select * from payouts.measure(%s)", lambda say: (say.partner,), _gauges),
    Look: (
        "select * from payouts.look(%s, %s)",
        lambda say: (say.partner, say.reference),
        _view,
    ),
    Receive: ("select payouts.receive(%s, %s)", _receive, _value),
}
