"""The partner's webhooks on their way to us, and those of somebody who is not the partner.

The partner's double plans its notices; each is brought to every door that has a link from the
partner when it is due, and given back as undelivered if nobody took it, so that the double repeats
it as the partner does. A forged one is brought the same way and repeated by nobody.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed
from payouts.sandbox.notices import WebhookNotice
from payouts.sandbox.payment import Payment
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.site import Site

#: An address outside every range that the partner publishes, and a word that is not its secret.
_STRANGER = "203.0.113.7"
_GUESS = "a-guess"


class Notices:
    """Hands out what the double wants to tell. ``expect`` is told after every request to it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.doors = tuple(link for link in site.plan.links if link.verb is Verb.NOTIFIES)
        self.delivered = 0
        self.undelivered = 0
        self.forged = 0
        self.believed = 0  #: forged ones that somebody took
        self._expected = inf
        self._numbers = 0

    def expect(self) -> None:
        """Look when the double next has something to tell."""
        due = self.site.double.next_seconds()
        if due is not None and due < self._expected:
            self._expected = due
            self.site.loop.call(due, self._hand_out)

    def _hand_out(self, _: object) -> None:
        if self.site.loop.now < self._expected:
            return
        self._expected = inf
        for notice in self.site.double.due_notices(self.site.loop.now):
            self.site.loop.start(self._deliver(notice))
        self.expect()

    def _deliver(self, notice: WebhookNotice) -> Process:
        for door in self.doors:
            try:
                yield from self.site.hand_over(
                    door, Event("notice", body=notice, born=self.site.loop.now)
                )
            except Failed:
                self.undelivered += 1
                self.site.double.undelivered(notice, self.site.loop.now)
                self.expect()
            else:
                self.delivered += 1

    def forge(self, key: str, minor: int, currency: str) -> None:
        """Say at every door, as somebody who guesses, that the payout with this key is paid.

        The body is as the partner's own would be: what is in it, anybody may know.
        """
        self._numbers += 1
        now = self.site.loop.now
        payment = Payment(
            self._numbers, f"{_GUESS}-{self._numbers}", key, "payee", minor, currency, "web", now
        )
        body = payment.notice("merchant", "TC", "DI", int(now * 1000))
        headers = {
            "content-type": "application/json",
            "timestamp": str(int(now * 1000)),
            "client-request-id": payment.transaction_id,
            "authorization": _GUESS,
        }
        self.site.loop.start(self._knock(WebhookNotice(now, headers, body, _STRANGER)))

    def _knock(self, notice: WebhookNotice) -> Process:
        for door in self.doors:
            self.forged += 1
            try:
                yield from self.site.hand_over(
                    door, Event("notice", body=notice, born=self.site.loop.now)
                )
            except Failed:
                continue
            self.believed += 1
