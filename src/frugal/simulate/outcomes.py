"""What became of each payout of a trial, read off the ledger's rows when everything is at rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from frugal.model.trial import Point, Spread, Totals
from payouts.sandbox.books import EntryKind
from payouts.simulation.rows import Row
from payouts.states import Status

if TYPE_CHECKING:
    from frugal.simulate.site import Site
    from payouts.simulation.judge import Violation

_COUNTED_AS = {
    Status.SETTLED: "settled",
    Status.DECLINED: "declined",
    Status.RETURNED: "returned",
    Status.CANCELLED: "returned",
    Status.HELD: "held",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One payout. Times are the world's; ``None`` where it did not come to that."""

    reference: str
    asked_at: float
    ended: str  #: settled, declined, returned, held, pending, lost
    known_at: float | None  #: the ledger knows it as paid
    paid_at: float | None  #: the partner paid it
    at_once: bool  #: the partner's first answer settled it
    #: From when to when it was there to be sent; the end of the trial where it still is.
    due: tuple[tuple[float, float], ...]
    row: Row | None

    def late_by(self, promised: float, excused: tuple[float, float] | None, end: float) -> float:
        """Return the seconds it took, beyond what was excused, minus what was promised."""
        return self.took(excused, end) - promised

    def took(self, excused: tuple[float, float] | None, end: float) -> float:
        """Return how long it took to be paid, or to be known as not to be.

        ``excused``: while nobody could pay, time does not count.
        """
        if self.ended in {"declined", "returned", "held"}:
            return 0.0
        done = end if self.paid_at is None else self.paid_at
        since = self.asked_at
        if excused is not None and done > excused[0] and since < excused[1]:
            since = max(since, excused[1])
        return max(0.0, done - since)


def outcomes(site: Site, violations: Sequence[Violation]) -> list[Outcome]:
    """Return what became of each payout that was asked for."""
    rows = {row.payout.reference: row for row in site.ledger.rows.values()}
    wrong = {one.payout for one in violations if one.rule in {"lost", "disagrees"}}
    asked_at = site.business.asked_at
    paid: dict[str, float] = {}
    for entry in site.double.books.entries:
        if entry.kind is EntryKind.PAID:
            paid.setdefault(entry.key, entry.at_seconds)
    return [
        _outcome(reference, asked_at[reference], rows.get(reference), wrong, paid, site)
        for reference in site.business.asked
    ]


def _outcome(
    reference: str,
    asked_at: float,
    row: Row | None,
    wrong: set[str],
    paid: Mapping[str, float],
    site: Site,
) -> Outcome:
    end = site.loop.now
    if row is None:
        accepted = site.business.asked[reference].accepted
        ended = "lost" if accepted else "pending"
        since = ((asked_at, end),)
        return Outcome(reference, asked_at, ended, None, None, False, since, None)
    ended = "lost" if reference in wrong else _COUNTED_AS.get(row.status, "pending")
    known_at = None
    for change in row.history:
        if change.after is Status.SETTLED:
            known_at = change.at
    return Outcome(
        reference,
        asked_at,
        ended,
        known_at if ended == "settled" else None,
        paid.get(row.payout.key, known_at) if ended == "settled" else None,
        row.sends == 1 and row.lookups == 0 and not row.turned_away,
        tuple(_due(row, asked_at, end)),
        row,
    )


def _due(row: Row, asked_at: float, end: float) -> Iterator[tuple[float, float]]:
    since: float | None = asked_at
    for change in row.history:
        if change.after is Status.DUE:
            since = change.at if since is None else since
        elif since is not None:
            yield since, change.at
            since = None
    if since is not None:
        yield since, end


def totals_of(found: Sequence[Outcome], doubled: int, late: int) -> Totals:
    """Count where the payouts ended."""
    counts = dict.fromkeys(("settled", "declined", "returned", "held", "pending", "lost"), 0)
    for one in found:
        counts[one.ended] += 1
    return Totals(asked=len(found), doubled=doubled, late=late, **counts)


def spread_of(found: Sequence[Outcome]) -> Spread | None:
    """Return how long it took until the ledger knew a payout as paid."""
    took = sorted(one.known_at - one.asked_at for one in found if one.known_at is not None)
    if not took:
        return None
    return Spread(
        p50=seconds(share_of(took, 0.5)),
        p90=seconds(share_of(took, 0.9)),
        p99=seconds(share_of(took, 0.99)),
        most=seconds(took[-1]),
    )


def share_of(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that so many of all are not above.

    >>> share_of([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    place = -int(-share * len(ordered) // 1) - 1
    return ordered[max(0, min(len(ordered) - 1, place))]


def seconds(value: float) -> Decimal:
    """Return seconds as a document has them: milliseconds are enough."""
    return Decimal(repr(round(value, 3)))


def backlog_peak(found: Sequence[Outcome]) -> int:
    """Return the most payouts that were there to be sent at one moment."""
    steps = sorted(
        [(since, 1) for one in found for since, _ in one.due]
        + [(until, -1) for one in found for _, until in one.due]
    )
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def oldest_peak(found: Sequence[Outcome]) -> float:
    """Return the age of the oldest payout that was ever there to be sent."""
    return max((until - since for one in found for since, until in one.due), default=0.0)


def timeline_of(found: Sequence[Outcome], start: float, end: float) -> tuple[Point, ...]:
    """Return the state at even steps from the start to the end, some two hundred of them."""
    step = max(60.0, -(-(end - start) // 200 // 60) * 60.0)
    points: list[Point] = []
    at = start
    states = [(one.row, one.due) for one in found]
    while at <= end:
        oldest = due = unknown = held = 0
        for row, spans in states:
            for since, until in spans:
                if since <= at < until:
                    due += 1
                    oldest = max(oldest, int(at - since))
            if row is not None:
                status = _status_at(row, at)
                unknown += status is Status.UNKNOWN
                held += status is Status.HELD
        points.append(
            Point(
                seconds=int(at - start),
                due=due,
                unknown=unknown,
                held=held,
                oldest_due_seconds=oldest,
            )
        )
        at += step
    return tuple(points)


def _status_at(row: Row, at: float) -> Status | None:
    status = None
    for change in row.history:
        if change.at > at:
            break
        status = change.after
    return status
