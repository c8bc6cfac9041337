"""A door to the internet: a function URL, or an HTTP API. Anyone may knock.

It knows nobody and checks nothing: it limits the rate and passes on what comes. Whether a message
is the partner's is for the code behind it to find out, before it reads anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model.behaviour import Entrance as EntranceBehaviour
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.patience import Pace, within
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site

#: How a function URL and an HTTP API count what the code behind them refuses, or cannot do.
_TURNED_AWAY = ("AWS/Lambda/Url4xxCount", "AWS/ApiGateway/4xx")
_BROKEN = ("AWS/Lambda/Url5xxCount", "AWS/ApiGateway/5xx")


class Entrance(Mechanism):
    """Passes what comes to the one part that stands behind it, and brings back the answer."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, EntranceBehaviour)
        self.answer_seconds = float(says.answer_seconds.value)
        self.time_limit = float(says.time_limit_seconds.value)
        self._pace = Pace(float(says.requests_per_second_most.value) / site.ratio)
        (self._behind,) = site.plan.outgoing(part.id, Verb.INVOKES, Verb.CALLS)
        self.knocks = 0
        self.refused = 0
        self.failed = 0

    def take(self, event: Event) -> Process:
        self.knocks += 1
        if not self.up:
            raise Failed("nobody is there")
        if not self._pace.passes(self.site.loop.now):
            self.refused += 1
            raise Failed("429", throttled=True)
        yield self.answer_seconds
        asked = self.site.hand_over(self._behind, event)
        try:
            return (yield from within(self.site.loop, asked, self.time_limit))
        except Failed as failed:
            self.failed += 1
            for name in _TURNED_AWAY if str(failed).startswith("4") else _BROKEN:
                self.site.metrics.count(self.id, name)
            raise
