"""A schedule as EventBridge Scheduler is one: at least once, now and then twice, within a minute.

It fires at its moments plus a lateness of its own. A firing that is refused is tried again as its
retry policy says; that the function behind it failed, it never hears.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model import behaviour
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.ticking import Grid
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink, PlannedPart
    from frugal.simulate.site import Site

_FIRST_WAIT_SECONDS = 1.0
_DROPPED = "AWS/Scheduler/InvocationDroppedCount"


class Schedule(Mechanism):
    """Fires on its grid, over every link it has."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Schedule)
        self.every = float(says.every_seconds.value)
        self.twice_share = float(says.twice_share.value)
        self.retry_seconds_most = float(says.retry_seconds_most.value)
        self.retries_most = int(says.retries_most.value)
        self.chance = site.chance_of(f"schedule {part.id}")
        self.links: tuple[PlannedLink, ...] = tuple(
            link
            for link in site.plan.outgoing(part.id)
            if link.verb in {Verb.INVOKES_ASYNC, Verb.SCHEDULES, Verb.SENDS}
        )
        late = float(says.late_seconds_most.value)
        self._grid = Grid(
            site,
            site.start + self.chance.uniform(0.0, min(late, self.every)),
            self.every,
            fire=self._fire,
            next_work=self.next_work,
            skipped=self._left_out,
        )

    def start(self) -> None:
        self._grid.begin()

    def next_work(self) -> float:
        return min(self.site.parts[link.target].next_work() for link in self.links)

    def stir(self) -> None:
        if self.site.silent:
            self._grid.end()
        else:
            self._grid.begin()
            self._grid.plan()

    def settle(self) -> None:
        """Count what was left out until now."""
        self._grid.settle(self.site.loop.now)

    def _left_out(self, count: int, last: float) -> None:
        for link in self.links:
            self.site.traffic.add(link.place, count)
            self.site.parts[link.target].skipped(count, last, self.every)

    def _fire(self, at: float) -> None:
        share = max(self.twice_share, self.site.twice_share)
        times = 2 if self.chance.random() < share else 1
        for link in self.links:
            for _ in range(times):
                self._deliver(link, Event("tick", born=at))

    def _deliver(self, link: PlannedLink, event: Event) -> None:
        try:
            self.site.post(link, event)
        except Failed:
            self.site.loop.start(self._again(link, event))

    def _again(self, link: PlannedLink, event: Event) -> Process:
        """Try a refused firing again, until its policy gives it up."""
        wait = _FIRST_WAIT_SECONDS
        for _ in range(self.retries_most):
            if self.site.loop.now + wait - event.born > self.retry_seconds_most:
                break
            yield wait
            wait *= 2.0
            try:
                self.site.post(link, event.once_more())
            except Failed:
                continue
            return
        self.site.metrics.count(self.id, _DROPPED)
