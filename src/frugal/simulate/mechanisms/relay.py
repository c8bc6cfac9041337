"""What runs between the ledger and what carries payouts on: the outbox's relay, and the starter.

The backend commits a payout and, in the same transaction, that nobody was told of it yet. The relay
reads those, sends a message for each, and strikes what was taken; a starter begins an execution for
each in the same way. It may die between any two of these steps: then something is sent a second
time, which changes nothing, and nothing is left out.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from frugal.simulate.mechanisms.mechanism import Event
from frugal.simulate.programs import Passed, Program
from payouts.core.worker import Worker
from payouts.ledger.statements import Measure
from payouts.ports import Commit, Core

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink, PlannedPart
    from frugal.simulate.site import Site


class Relay(Program):
    """Reads what has no message or execution yet, hands it on, strikes what was taken."""

    measures = False

    def __init__(self, site: Site, part: PlannedPart, link: PlannedLink) -> None:
        self.site = site
        self.part = part
        self.link = link

    def next_work(self, site: Site) -> float:
        return site.loop.now if site.business.unsent or site.troubled else inf

    def work(self, worker: Worker, event: Event) -> Core[Passed]:
        """Read the outbox; whoever runs this hands over what it returns."""
        # The outbox stands beside the ledger, so reading it costs and fails as a sentence does.
        yield Measure(worker.partner_id)
        yield Commit()
        now = self.site.loop.now
        return Passed(
            self.link,
            tuple(
                Event("payouts", (reference,), born=now) for reference in self.site.business.unsent
            ),
            done=self._strike,
        )

    def _strike(self, event: Event) -> None:
        for reference in event.references:
            self.site.business.unsent.pop(reference, None)
