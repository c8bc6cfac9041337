"""How a site ends: when it is at rest, and the most there was of anything until then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from frugal.model.trial import Peaks
from frugal.simulate.mechanisms.bus import Bus
from frugal.simulate.mechanisms.orchestrator import Orchestrator
from frugal.simulate.mechanisms.queue import Queue
from frugal.simulate.outcomes import Outcome, backlog_peak, oldest_peak, seconds
from payouts.states import FINAL, Status

if TYPE_CHECKING:
    from frugal.simulate.site import Site

_DAY = 86_400.0
#: After the last trouble everything must have come to rest within this.
_REST_SECONDS_MOST = 4 * _DAY
_STEP_SECONDS = 1800.0


def come_to_rest(site: Site) -> None:
    """Run on, with nothing more done to the site, until every payout has ended."""
    loop = site.loop
    until = loop.now + _REST_SECONDS_MOST
    while loop.now < until and not at_rest(site):
        loop.run(loop.now + _STEP_SECONDS)


def at_rest(site: Site) -> bool:
    """Whether every payout has ended, or waits for something that is not ours."""
    counts, partner = site.ledger.counts, site.partner_id
    if site.business.open or site.business.unsent or site.troubles:
        return False
    if any(
        count
        for (of, status), count in counts.items()
        if of == partner and status not in FINAL and status is not Status.HELD
    ):
        return False
    if not counts.get((partner, Status.HELD)):
        return True
    return all(
        site.truth(row.payout.key) == "open"
        for row in site.ledger.rows.values()
        if row.status is Status.HELD
    )


def peaks_of(site: Site, found: Sequence[Outcome]) -> Peaks:
    """Return the most there was at one time, and how often something was done again."""
    parts, worked = site.parts.values(), site.traffic.parts.values()
    queues = [part for part in parts if isinstance(part, Queue)]
    machines = [part for part in parts if isinstance(part, Orchestrator)]
    buses = [part for part in parts if isinstance(part, Bus)]
    again = sum(one.again for one in worked)
    again += sum(one.redelivered for one in queues) + sum(one.retried for one in machines)
    again += sum(one.retried for one in buses)
    dropped = sum(one.dropped for one in worked)
    dropped += sum(one.dead_lettered for one in queues) + sum(one.given_up for one in buses)
    database = site.database
    return Peaks(
        backlog_payouts=backlog_peak(found),
        backlog_seconds=seconds(oldest_peak(found)),
        database_sessions=database.in_use + database.held + site.ledger.sessions_peak,
        concurrency=max((one.most for one in worked), default=0),
        sends_again=sum(len(times) - 1 for times in site.network.sends.values()),
        runs_again=again,
        dead_letters=dropped,
        partner_refusals=site.double.refusals,
        held_payouts=sum(
            any(change.after is Status.HELD for change in row.history)
            for row in site.ledger.rows.values()
        ),
    )
