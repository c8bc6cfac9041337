"""What the partner lists against what the ledger holds, every day and after every restore.

The list is the only witness of what a lost ledger did. So it is read page by page to its end, and
nothing is concluded from a part of it: a quarantine ends, and a missing payout is reported, only
after a complete reading.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from payouts.core.verdicts import after_lookup
from payouts.core.worker import Worker
from payouts.ledger.statements import Finding, Move, Record, Seen, Sighting, Unseen
from payouts.outcome import Listed, Verdict
from payouts.ports import Commit, Core, Emit, Response, Send

#: Entries written in one transaction: leases stay short, commits few.
_CHUNK = 200

#: Which of several entries with one key counts: the heaviest. What is not named lies between.
_LIGHT = 2
_WEIGHT = {
    Verdict.DECLINED: 0,
    Verdict.CANCELLED: 1,
    Verdict.OPEN: 3,
    Verdict.HELD: 4,
    Verdict.SETTLED: 5,
    Verdict.RETURNED: 6,
}


@dataclass(slots=True)
class Reconciliation:
    """What one reading of the list came to. Not ``complete``: conclude nothing from absence."""

    listed: int = 0
    moved: int = 0
    orphans: int = 0  #: listed, and in no row of the ledger
    findings: int = 0
    complete: bool = False
    page: int = 1  #: where to go on, if it was not read to its end


def day_before(day: str, days: int) -> str:
    """Return an ISO 8601 date some days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def reconcile(
    worker: Worker, first_day: str, last_day: str, first_page: int = 1, until: float | None = None
) -> Core[Reconciliation]:
    """Read the partner's transactions of these days and bring the ledger up to what it says.

    A payout that the ledger believes unsent and the partner lists is looked up from then on and
    never sent again; a transaction that no payout belongs to becomes an orphan and a finding.
    Ends, not complete, once the monotonic clock shows ``until``; ``page`` says where to go on.
    Going on is sound where the list of these days does not change: past days, or a quarantine.
    """
    result = Reconciliation(page=first_page)
    paid: set[tuple[str, str]] = set()  #: key and transaction: a page may be shown twice
    page: int | None = first_page
    while page is not None:
        result.page = page
        if until is not None and worker.clock.monotonic() >= until:
            return result
        nonce = f"{worker.name}-r{first_day}-{page}-{worker.witness}"
        request = worker.partner.list_for(first_day, last_day, page, worker.merchant, nonce)
        not_after = worker.clock.monotonic() + worker.limits.send_age_seconds
        (answer,) = yield Send((request,), not_after)
        if not isinstance(answer, Response):
            return result
        read = worker.partner.listed_in(answer, page)
        if not read.readable or (read.following is not None and read.following <= page):
            return result
        for start in range(0, len(read.entries), _CHUNK):
            chunk = read.entries[start : start + _CHUNK]
            paid.update(
                (one.key, one.outcome.partner_id or "")
                for one in chunk
                if one.outcome.verdict is Verdict.SETTLED
            )
            yield from _compare(worker, answer, chunk, result)
        result.listed += len(read.entries)
        page = read.following
    times_listed = Counter(key for key, _ in paid)
    for key in sorted(key for key, times in times_listed.items() if times > 1):
        detail = "the partner lists it as paid more than once"
        result.findings += yield Finding(worker.partner_id, "paid-twice", key, detail)
    yield from _missing(worker, result)
    yield Commit()
    result.complete = True
    yield Emit(
        "reconciled",
        {
            "partner": worker.partner_id,
            "first_day": first_day,
            "last_day": last_day,
            "listed": result.listed,
            "moved": result.moved,
            "orphans": result.orphans,
            "findings": result.findings,
        },
        level="error" if result.findings else "info",
    )
    return result


def _compare(
    worker: Worker, answer: Response, chunk: tuple[Listed, ...], result: Reconciliation
) -> Core[None]:
    limits = worker.limits
    # Of two entries with one key, the one that says more about where money is must not be
    # overlooked: a return is a second record, and a refused repeat does not undo a payout.
    said = {
        one.key: one.outcome
        for one in sorted(chunk, key=lambda one: _WEIGHT.get(one.outcome.verdict, _LIGHT))
    }
    candidates = tuple((key, one.partner_id or "", one.code) for key, one in said.items())
    sighting: Sighting = yield Seen(
        worker.partner_id, worker.name, limits.lease_seconds, tuple(said), candidates
    )
    result.orphans += sighting.orphans
    result.findings += sighting.orphans
    moves: list[Move] = []
    findings: list[Finding] = []
    for row in sighting.leased:
        reading = after_lookup(
            row, answer, said[row.payout.key], limits, may_send=False, kind="list"
        )
        moves.append(reading.move)
        result.moved += reading.move.to is not row.status
        if reading.finding is not None:
            kind, detail = reading.finding
            findings.append(Finding(worker.partner_id, kind, str(row.payout.id), detail))
    if moves:
        yield Record(worker.name, tuple(moves))
    for finding in findings:
        result.findings += yield finding
    yield Commit()


def _missing(worker: Worker, result: Reconciliation) -> Core[None]:
    """Report what the ledger holds as paid and no list has ever shown."""
    # Sends of the last hour may not be listed yet; what is older than the days read cannot be.
    references: tuple[str, ...] = yield Unseen(
        worker.partner_id, worker.limits.reconcile_days * 86400.0, 3600.0
    )
    for reference in references:
        detail = "settled here, not in the partner's list"
        result.findings += yield Finding(worker.partner_id, "settled-not-listed", reference, detail)
