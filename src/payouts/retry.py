"""Waiting as values: how long until the next try, how many requests a second, when to stop trying.

Nothing here sleeps or draws a random number, so every wait can be tested without waiting. The
jitter that keeps a thousand payouts from coming back in the same second is taken from the payout's
key: spread like chance, and the same on every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


def backoff_seconds(tries: int, base: float, most: float, key: str) -> float:
    """Return the wait before the next try: exponential, with full jitter.

    ``tries`` counts those made in vain (1 or more). The wait lies between 0 and
    ``min(most, base * 2 ** tries)``; full jitter spreads a crowd better than a fixed share does
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    ceiling = min(most, base * 2.0 ** min(tries, 30))
    digest = sha256(f"{key}:{tries}".encode()).digest()
    return ceiling * int.from_bytes(digest[:6], "big") / 2**48


@dataclass(slots=True)
class TokenBucket:
    """At most ``rate`` requests a second, one second's worth or ``burst`` at once.

    Requests that could not be foreseen (a second step of a look-up) are taken too and leave the
    bucket below zero: the next ones wait longer.
    """

    rate: float
    tokens: float
    at: float  #: the monotonic time ``tokens`` is true for
    burst: float = 1.0

    @classmethod
    def full(cls, rate: float, now: float, burst: float = 1.0) -> TokenBucket:
        return cls(rate, max(burst, rate), now, burst)

    @property
    def capacity(self) -> int:
        return int(max(self.burst, self.rate))

    def ready_at(self, count: int, now: float) -> float:
        """Return when ``count`` requests may go out (no more than the capacity are waited for)."""
        self._fill(now)
        missing = min(count, self.capacity) - self.tokens
        return now if missing <= 0 else now + missing / self.rate

    def take(self, count: int, now: float) -> None:
        self._fill(now)
        self.tokens -= count

    def _fill(self, now: float) -> None:
        self.tokens = min(max(self.burst, self.rate), self.tokens + (now - self.at) * self.rate)
        self.at = now
