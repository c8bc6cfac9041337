"""A tick on a grid that is left out while it would find nothing to do.

Almost every tick of a quiet day does nothing. So whoever ticks plans the first moment of its grid
at which there is something to do, and looks again when something happens (``Site.stir``). The ticks
in between are counted, with what each would have measured, and not run.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf
from typing import TYPE_CHECKING

from frugal.simulate.metrics import Idle
from payouts.states import Status

if TYPE_CHECKING:
    from frugal.simulate.site import Site


class Grid:
    """Moments ``first``, ``first + every`` and so on; ``fire`` is called at those that matter.

    ``next_work`` says when there is something to do, ``skipped`` is told of moments left out.
    """

    def __init__(
        self,
        site: Site,
        first: float,
        every: float,
        *,
        fire: Callable[[float], None],
        next_work: Callable[[], float],
        skipped: Callable[[int, float], None],
    ) -> None:
        self.site = site
        self.every = every
        self.on = False
        self._next = first  #: the first moment that is not yet dealt with
        self._planned = inf
        self._fire = fire
        self._next_work = next_work
        self._skipped = skipped

    def begin(self) -> None:
        """Tick from now on; moments that passed meanwhile never were."""
        if self.on:
            return
        self.on = True
        self._next = self._from(self.site.loop.now)
        self.plan()

    def end(self) -> None:
        """Tick no more."""
        if self.on:
            self.settle(self.site.loop.now)
            self.on = False
            self._planned = inf

    def plan(self) -> None:
        """Look when the next moment is at which there is something to do."""
        if not self.on:
            return
        due = self._next_work()
        if due == inf:
            return
        at = self._from(max(due, self.site.loop.now))
        if at < self._planned:
            self._planned = at
            self.site.loop.call(at, self._come, at)

    def settle(self, until: float) -> None:
        """Count the moments before ``until`` that were left out."""
        count = ceil((until - self._next) / self.every - 1e-9)
        if count <= 0 or not self.on:
            return
        last = self._next + (count - 1) * self.every
        self._skipped(count, last)
        self._next += count * self.every

    def _from(self, at: float) -> float:
        """Return the first moment that is not dealt with and not before a time."""
        if at <= self._next:
            return self._next
        return self._next + ceil((at - self._next) / self.every - 1e-9) * self.every

    def _come(self, at: float) -> None:
        if at != self._planned:
            return  # planned anew meanwhile
        self._planned = inf
        if self._next_work() <= self.site.loop.now:
            self.settle(at)
            self._next = at + self.every
            self._fire(at)
        self.plan()


def idle_gauges(site: Site, part: str, count: int, last: float, every: float) -> None:
    """Note what so many ticks would have measured that had nothing to do."""
    counts, partner, ratio = site.ledger.counts, site.partner_id, site.ratio
    standing = site.ledger.table.get(("standing", partner))
    stopped = standing is not None and (
        standing.stopped
        or standing.paused
        or standing.quarantine_since is not None
        or standing.breaker_until > last
    )
    gauges = [
        ("Payouts/Ticks", 1.0),
        ("Payouts/Due", counts.get((partner, Status.DUE), 0) * ratio),
        ("Payouts/Unknown", counts.get((partner, Status.UNKNOWN), 0) * ratio),
        ("Payouts/Held", counts.get((partner, Status.HELD), 0) * ratio),
        ("Payouts/NotSending", 1.0 if stopped else 0.0),
    ]
    if not site.way(part).backend:
        gauges.append(("Payouts/ConnectionsFree", site.sessions_free()))
    oldest = site.ledger.oldest_due(partner)
    site.metrics.idle(part, Idle(last - (count - 1) * every, last, every, tuple(gauges), oldest))
