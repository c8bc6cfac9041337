"""The partner: its double, set to what the Brief says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from frugal.model import behaviour
from frugal.simulate.mechanisms.mechanism import Mechanism
from payouts.sandbox.double import FiservDouble, Reply
from payouts.sandbox.faults import Faults
from payouts.sandbox.settings import Outage, Settings

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site

_FUNDS_MINOR = 10**12
_CURRENCY = "USD"
#: Of payments that stay open for a while most are paid in the end. Assumed.
_PAID, _DECLINED = 0.95, 0.05
_LATENCY_LEAST = 0.001


class CountingDouble(FiservDouble):
    """The double, with a count of what it turned away or failed at."""

    refusals = 0

    def answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now_seconds: float,
    ) -> Reply:
        reply = super().answer(method, path, headers, body, now_seconds)
        response = reply.response
        if response is not None and (response.status == 429 or response.status >= 500):
            self.refusals += 1
        return reply


def double_for(seed: int, says: behaviour.Counterpart, ratio: float) -> CountingDouble:
    """Return the double of a partner, set to what the Brief says of it."""
    rate = says.requests_per_second_most
    p50 = max(_LATENCY_LEAST, float(says.response_seconds_p50.value))
    double = CountingDouble(
        seed,
        Settings(
            funding_minor=_FUNDS_MINOR,
            latency_p50_seconds=p50,
            latency_p99_seconds=max(p50, float(says.response_seconds_p99.value)),
            requests_per_second=None if rate is None else float(rate.value) / ratio,
            # One payout asks twice or thrice in a row, however many it stands for.
            burst_requests=1.0 if rate is None else max(1.0, float(rate.value)),
            silence_seconds=2 * float(says.time_limit_seconds.value),
            webhooks=says.webhooks,
            page_size=100,
        ),
        Faults(),
    )
    usual_faults(double, says)
    return double


def usual_faults(double: FiservDouble, says: behaviour.Counterpart) -> None:
    """Set what the partner does on a good day, too."""
    double.faults.clear()
    most = float(says.resolution_seconds.value)
    double.faults.set(
        "in-process",
        float(says.inconclusive_share.value),
        paid=_PAID,
        declined=_DECLINED,
        seconds_least=min(30.0, most),
        seconds_most=most,
    )


class Partner(Mechanism):
    """What faults do to the partner, on its double. Nothing reaches it but over the network."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Counterpart)
        self.says = says
        self._usual = site.double.settings
        self._taken = 0

    def as_usual(self) -> None:
        usual_faults(self.site.double, self.says)

    def does(self, shares: Mapping[str, float]) -> None:
        for id, share in sorted(shares.items()):
            self.site.double.faults.set(id, share)

    def away(self, how: str, seconds: float) -> None:
        now, double = self.site.loop.now, self.site.double
        outage = Outage(now, now + seconds, how)
        double.settings = replace(double.settings, outages=(*double.settings.outages, outage))

    def slow(self, factor: float) -> None:
        usual = self._usual
        self.site.double.settings = replace(
            self.site.double.settings,
            latency_p50_seconds=usual.latency_p50_seconds * factor,
            latency_p99_seconds=usual.latency_p99_seconds * factor,
        )

    def limit(self, share: float | None) -> None:
        """Answer 429 above this share of the rate that is needed on average."""
        rate = self._usual.requests_per_second
        if share is not None:
            rate = share * self.site.payouts_per_second
        self.site.double.settings = replace(self.site.double.settings, requests_per_second=rate)

    def empty(self) -> None:
        double, now = self.site.double, self.site.loop.now
        self._taken += double.books.available_minor(_CURRENCY)
        double.fund(-double.books.available_minor(_CURRENCY), now, _CURRENCY)

    def fill(self) -> None:
        self.site.double.fund(self._taken, self.site.loop.now, _CURRENCY)
        self._taken = 0

    def new_secret(self, secret: str) -> None:
        self.site.double.settings = replace(self.site.double.settings, secret=secret)
