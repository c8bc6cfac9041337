"""What each statement does in the simulated ledger: the runtime's own half.

Each function does what the SQL function of the same name does, locks first and in order of id, so
that a statement that must wait has changed nothing yet. The other half, what people, the backend
and reconciliation say, is in ``requests``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from heapq import heappop, heappush
from typing import Any

from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Gauges,
    Leased,
    Measure,
    Move,
    Quarantine,
    Record,
    SetStanding,
    Standing,
    Take,
)
from payouts.ports import Statement, StoreRefused
from payouts.simulation.rows import Answer, Attempt, Row, StandingRow
from payouts.simulation.transactions import Tables, Transaction, in_doubt, leased
from payouts.states import FINAL, Status

_DAY_SECONDS = 86_400
_CHANGEABLE = (
    "paused",
    "failures",
    "no_funds",
    "stopped",
    "reconciled_day",
    "reconcile_page",
)
_STATUSES = tuple(Status)
_KINDS = frozenset({"send", "lookup", "list", "cancel"})
_DUE, _SENDING, _UNKNOWN, _HELD = Status.DUE, Status.SENDING, Status.UNKNOWN, Status.HELD


def day_of(seconds: float) -> str:
    return _day(int(seconds // _DAY_SECONDS))


@cache
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * _DAY_SECONDS, UTC).date().isoformat()


def begin_tick(tx: Transaction, say: BeginTick) -> Standing:
    ledger = tx.ledger
    now = ledger.clock()
    row = _standing(tx, say.partner)
    if row.place != ledger.place or say.witness > row.position:
        row = _quarantined(tx, row, say.partner, now)
    new_day = row.ticked_at is not None and day_of(row.ticked_at) != day_of(now)
    row = row._replace(
        position=max(row.position, say.witness) + 1,
        ticked_at=now,
        reconcile_page=1 if new_day and row.quarantine_since is None else row.reconcile_page,
    )
    tx.table["standing", say.partner] = row
    since, earlier = row.quarantine_since, row.quarantine_from
    return Standing(
        row.position,
        row.paused,
        None if since is None else now - since,
        max(0.0, row.breaker_until - now),
        row.failures,
        row.no_funds,
        row.stopped,
        day_of(now),
        None if since is None or earlier is None else day_of(earlier),
        row.reconciled_day,
        row.reconcile_page,
        _began(row),
    )


def _began(row: StandingRow) -> str | None:
    return None if row.quarantine_since is None else repr(row.quarantine_since)


def _quarantined(tx: Transaction, row: StandingRow, partner: str, now: float) -> StandingRow:
    """Begin a quarantine, or its age anew; the day it looks back to is the earliest one."""
    since = row.quarantine_from if row.quarantine_since is not None else row.ticked_at
    if since is None:
        since = min(
            (one.created_at for one in tx.ledger.rows.values() if one.payout.partner == partner),
            default=None,
        )
    return row._replace(
        quarantine_since=now,
        quarantine_from=since,
        place=tx.ledger.place,
        reconcile_page=1,
    )


def set_standing(tx: Transaction, say: SetStanding) -> None:
    row = _standing(tx, say.partner)
    if say.began is not None and say.began != (_began(row) or ""):
        return
    changes: dict[str, Any] = {
        name: value for name in _CHANGEABLE if (value := getattr(say, name)) is not None
    }
    if say.breaker_seconds is not None:
        changes["breaker_until"] = tx.ledger.clock() + say.breaker_seconds
    tx.table["standing", say.partner] = row._replace(**changes)


def quarantine(tx: Transaction, say: Quarantine) -> bool:
    now = tx.ledger.clock()
    row = _standing(tx, say.partner)
    since = row.quarantine_since
    if say.begin:
        row = _quarantined(tx, row, say.partner, now)
    elif since is None or row.place != tx.ledger.place or (say.began and say.began != _began(row)):
        # Restored once more since it began: the list was read for another ledger.
        return False
    else:
        if now - since < say.at_least_seconds:
            raise StoreRefused(
                f"the quarantine is {now - since:.0f} s old and lasts {say.at_least_seconds:.0f} s"
            )
        row = row._replace(quarantine_since=None, quarantine_from=None, place=tx.ledger.place)
    tx.table["standing", say.partner] = row
    return True


def _standing(tx: Transaction, partner: str) -> StandingRow:
    key = ("standing", partner)
    tx.hold(key)
    row: StandingRow | None = tx.get(*key)
    return StandingRow(place=tx.ledger.born) if row is None else row


def take(tx: Transaction, say: Take) -> tuple[Leased, ...]:
    ledger = tx.ledger
    now = ledger.clock()
    _wake(ledger, now)
    rows, locks, partner = ledger.rows, ledger.locks, say.partner
    heaps = [ledger.ready.setdefault((partner, False), [])]
    if say.fresh:
        heaps.append(ledger.ready.setdefault((partner, True), []))
    # What this transaction changed itself is taken as it left it.
    mine = [
        (row.due_at, row.id)
        for row in tx.rows.values()
        if row.due_at is not None
        and row.due_at <= now
        and (row.lease_until is None or row.lease_until <= now)
        and row.payout.partner == partner
        and (say.fresh or row.status is not _DUE)
    ]
    mine.sort(reverse=True)
    chosen: list[Row] = []
    aside: list[tuple[list[Any], Any]] = []
    until = now + say.lease_seconds
    while len(chosen) < say.count:
        heap = min((heap for heap in heaps if heap), key=_first, default=None)
        if mine and (heap is None or mine[-1] < heap[0][:2]):
            chosen.append(tx.write(mine.pop()[1]))
            continue
        if heap is None:
            break
        entry = heappop(heap)
        number, row = entry[1], entry[3]
        if rows.get(number) is not row:
            continue  # changed since; its newer version has an entry of its own
        if number in locks:
            aside.append((heap, entry))
            continue
        tx.hold(number)
        chosen.append(tx.write(number))
    for heap, entry in aside:
        heappush(heap, entry)
    for row in chosen:
        row.worker = say.worker
        row.fence += 1
        row.lease_until = until
        if row.asked_again:
            row.asked, row.asked_again = True, False
    return tuple([leased(row, now) for row in chosen])


def _first(heap: list[Any]) -> Any:
    return heap[0]


def _wake(ledger: Tables, now: float) -> None:
    """Put what has come up meanwhile into the order in which it is taken."""
    waiting, rows, ready = ledger.waiting, ledger.rows, ledger.ready
    while waiting and waiting[0][0] <= now:
        _, number, order, row = heappop(waiting)
        if rows.get(number) is row:
            key = (row.payout.partner, row.status is _DUE)
            heap = ready.get(key)
            if heap is None:
                heap = ready[key] = []
            assert row.due_at is not None
            heappush(heap, (row.due_at, number, order, row))


def begin_sends(tx: Transaction, say: BeginSends) -> tuple[int, ...]:
    ledger = tx.ledger
    now = ledger.clock()
    day = int(now // _DAY_SECONDS)
    partner, worker, most = say.partner, say.worker, say.max_total
    if not _may_send(tx, partner):
        return ()
    leases = sorted(say.leases)
    for number, _ in leases:
        if number in ledger.rows:
            tx.hold(number)
    if most is not None:
        tx.hold(("day", partner, most.currency, day))
    chosen: list[int] = []
    totals: dict[tuple[Any, ...], int] = {}
    for number, fence in leases:
        row = tx.row(number)
        if (
            row is None
            or row.fence != fence
            or row.worker != worker
            or row.payout.partner != partner
            or row.lease_until is None
            or row.lease_until <= now
            or (row.status is not _DUE and row.status is not _UNKNOWN)
            or row.accepted
        ):
            continue
        if row.counted_day is None:
            amount = row.payout.amount
            key = ("day", partner, amount.currency, day)
            total = totals.get(key)
            if total is None:
                tx.hold(key)
                total = ledger.table.get(key, 0) + tx.days.get(key, 0)
            over = most is not None and most.currency == amount.currency
            if over and most is not None and total + amount.minor > most.minor:
                totals[key] = total
                continue
            totals[key] = total + amount.minor
        chosen.append(number)
    for number in chosen:
        row = tx.write(number)
        if row.counted_day is None:
            row.counted_day = day
            amount = row.payout.amount
            key = ("day", partner, amount.currency, day)
            tx.days[key] = tx.days.get(key, 0) + amount.minor
        tx.change(row, _SENDING, "sending", worker, now)
        row.attempts += 1
        row.sends += 1
        if row.first_sent is None:
            row.first_sent = now
        row.last_sent = now
        if row.due_at is None or row.due_at > now:
            row.due_at = now
        row.attempts_made += (Attempt(row.attempts, now, worker),)
    return tuple(chosen)


def _may_send(tx: Transaction, partner: str) -> bool:
    """Say whether anything may be sent now: a restore may have happened since the tick began."""
    standing: StandingRow | None = tx.get("standing", partner)
    stopped = standing is not None and (standing.paused or standing.stopped)
    return not stopped and not in_doubt(tx, partner)


def record(tx: Transaction, say: Record) -> tuple[int, ...]:
    ledger = tx.ledger
    now = ledger.clock()
    worker = say.worker
    moves: dict[int, Move] = {}
    for move in say.moves:
        moves.setdefault(move.payout_id, move)
    order = sorted(moves)
    for number in order:
        if number in ledger.rows:
            tx.hold(number)
    written: list[int] = []
    for number in order:
        row, move = tx.row(number), moves[number]
        if row is None or row.fence != move.fence or row.worker != worker:
            continue
        if move.turned_away and row.sends <= 1 and row.counted_day is not None:
            amount = row.payout.amount
            tx.hold(("day", row.payout.partner, amount.currency, row.counted_day))
        written.append(number)
    for number in written:
        _write(tx, tx.write(number), moves[number], worker, now)
    return tuple(written)


def _write(tx: Transaction, row: Row, move: Move, worker: str, now: float) -> None:
    for evidence in move.evidence:
        if evidence.kind not in _KINDS:
            raise StoreRefused(f"{evidence.kind} is no kind of evidence")
        row.answers += (Answer(row.attempts, now, evidence),)
    to = move.to
    if row.status is not to or to in {_DUE, _SENDING, _UNKNOWN}:
        # Else why it is held, or how it ended, stays readable.
        row.reason = move.reason
    if row.status is not to:
        if to is _SENDING:
            raise StoreRefused(f"{row.payout.reference}: sending is entered by BeginSends")
        if to in FINAL and not any(answer.evidence.verdict == to for answer in row.answers):
            raise StoreRefused(f"{row.payout.reference}: no answer of the partner says {to}")
        tx.change(row, to, move.reason, worker, now)
    elif move.turned_away and to is _SENDING:
        raise StoreRefused(f"{row.payout.reference}: what was turned away is not under way")
    if to is not _DUE:
        row.due_since = None
    elif row.due_since is None:
        row.due_since = row.due_at
    row.due_at = None if move.due_seconds is None else now + move.due_seconds
    row.asked = move.ask
    if not move.keep:
        row.worker = None
        row.lease_until = None
        if row.asked_again:
            row.asked, row.asked_again, row.due_at = True, False, now
    if move.looked_up:
        row.lookups += 1
    if move.accepted:
        row.accepted = True
    if move.partner_id is not None and row.partner_id is None:
        row.partner_id = move.partner_id
        tx.table["partner id", row.payout.partner, move.partner_id] = row.id
    if move.turned_away:
        _take_off(tx, row)
    else:
        row.turned_away = 0


def _take_off(tx: Transaction, row: Row) -> None:
    """A send that the partner certainly did not take does not count."""
    row.turned_away += 1
    if row.sends:
        row.sends -= 1
    if row.sends == 0:
        row.first_sent = None
        row.last_sent = None
        if row.counted_day is not None:
            amount = row.payout.amount
            key = ("day", row.payout.partner, amount.currency, row.counted_day)
            tx.days[key] = tx.days.get(key, 0) - amount.minor
            row.counted_day = None


def measure(tx: Transaction, say: Measure) -> Gauges:
    ledger = tx.ledger
    now = ledger.clock()
    counts = {status: ledger.counts.get((say.partner, status), 0) for status in _STATUSES}
    for number, row in tx.rows.items():
        old = ledger.rows.get(number)
        if row.payout.partner == say.partner:
            counts[row.status] += 1
            if old is not None:
                counts[old.status] -= 1
    oldest = ledger.oldest_due(say.partner)
    return Gauges(
        0.0 if oldest is None else max(0.0, now - oldest),
        counts[_UNKNOWN],
        counts[_HELD],
        counts[_DUE],
        _not_sending(tx.get("standing", say.partner), now),
    )


def _not_sending(row: StandingRow | None, now: float) -> str:
    if row is None:
        return ""
    reasons = (
        ("quarantine", row.quarantine_since is not None),
        ("stopped", row.stopped),
        ("paused", row.paused),
        ("breaker", row.breaker_until > now),
    )
    return next((reason for reason, holds in reasons if holds), "")


SENTENCES: dict[type[Statement], Callable[[Transaction, Any], Any]] = {
    BeginTick: begin_tick,
    SetStanding: set_standing,
    Quarantine: quarantine,
    Take: take,
    BeginSends: begin_sends,
    Record: record,
    Measure: measure,
}
