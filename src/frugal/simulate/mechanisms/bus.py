"""A bus that calls an HTTPS endpoint, as EventBridge with an API destination.

It hangs up after five seconds, so the endpoint answers 202 and works afterwards; an endpoint that
fails or is late is called again for a day. How long it waits in between is not documented beyond
"exponential back-off with jitter": assumed here to double from a second up to what the documented
number of retries makes of the documented time, so that neither runs out long before the other.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from frugal.model.behaviour import Bus as BusBehaviour
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.patience import Pace, within
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink, PlannedPart
    from frugal.simulate.site import Site

_FIRST_WAIT_SECONDS = 1.0


class Bus(Mechanism):
    """Takes events and delivers each to every endpoint it has a link to."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, BusBehaviour)
        self.deliver_seconds = float(says.deliver_seconds.value)
        self.time_limit = float(says.time_limit_seconds.value)
        self.retry_seconds_most = float(says.retry_seconds_most.value)
        self.retries_most = int(says.retries_most.value)
        self.twice_share = float(says.twice_share.value)
        self.longest_wait = self.retry_seconds_most / max(1, self.retries_most)
        self._pace = Pace(float(says.requests_per_second_most.value))
        self._targets = site.plan.outgoing(part.id, Verb.CALLS, Verb.INVOKES_ASYNC, Verb.SENDS)
        dead = site.plan.outgoing(part.id, Verb.DEAD_LETTERS)
        self._dead = dead[0] if dead else None
        self.chance = site.chance_of(f"bus {part.id}")
        self.calls = 0
        self.retried = 0
        self.given_up = 0

    def accept(self, event: Event) -> None:
        """Take an event; delivering it is the bus's own affair."""
        if not self.up:
            raise Failed("the bus is not there")
        share = max(self.twice_share, self.site.twice_share)
        times = 2 if share and self.chance.random() < share else 1
        for target in self._targets:
            for _ in range(times):
                self.site.loop.start(self._deliver(target, event))

    def next_work(self) -> float:
        targets = (self.site.parts[link.target] for link in self._targets)
        return min((target.next_work() for target in targets), default=inf)

    def skipped(self, count: int, last: float, every: float) -> None:
        """Count the ticks that would have come through here, and pass that on."""
        self.calls += count * len(self._targets)
        for link in self._targets:
            self.site.traffic.add(link.place, count)
            self.site.parts[link.target].skipped(count, last, every)

    def _deliver(self, link: PlannedLink, event: Event) -> Process:
        loop, begun, retries = self.site.loop, self.site.loop.now, 0
        yield self.deliver_seconds
        while True:
            pause = self._pace.wait(loop.now)
            if pause:
                yield pause
            self.calls += 1
            try:
                yield from within(loop, self.site.hand_over(link, event), self.time_limit)
            except Failed:
                wait = self._wait_before(retries)
                late = loop.now + wait - begun > self.retry_seconds_most
                if retries >= self.retries_most or late:
                    self._give_up(event)
                    return
                yield wait
                retries += 1
                self.retried += 1
                event = event.once_more()
            else:
                return

    def _wait_before(self, retries: int) -> float:
        doubled: float = _FIRST_WAIT_SECONDS * 2.0 ** min(retries, 30)
        return min(self.longest_wait, doubled) * self.chance.uniform(0.5, 1.0)

    def _give_up(self, event: Event) -> None:
        self.given_up += 1
        # What failed for good; a delivery that is tried again is not among them.
        self.site.metrics.count(self.id, "AWS/Events/FailedInvocations")
        if self._dead is not None:
            self.site.parts[self._dead.target].accept(event)
