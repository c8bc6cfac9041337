"""Waiting no longer than a limit, and asking no more often than a rate.

Whoever hangs up after five seconds has not stopped the one who was asked: that goes on and may
finish, unheard. So what is asked runs as a process of its own here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frugal.simulate.mechanisms.mechanism import Failed
from payouts.simulation.loop import Loop, Process, Signal


@dataclass(frozen=True, slots=True)
class _Answered:
    value: Any


def within(loop: Loop, asked: Process, seconds: float) -> Process:
    """Wait at most so long for an answer; ``Failed`` afterwards, while what was asked goes on."""
    done = Signal(loop)

    def going_on() -> Process:
        try:
            answer = yield from asked
        except Failed as failed:
            done.fire(failed)
        else:
            done.fire(_Answered(answer))

    loop.start(going_on())
    loop.call(loop.now + seconds, done.fire, Failed("time-out"))
    outcome = yield done
    if isinstance(outcome, _Answered):
        return outcome.value
    assert isinstance(outcome, Failed)
    raise Failed(str(outcome), throttled=outcome.throttled)


class Pace:
    """A rate of so many a second. A burst of one second's worth passes at once."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._tokens = max(1.0, per_second)
        self._filled_at: float | None = None

    def _fill(self, now: float) -> None:
        if self._filled_at is not None:
            gained = (now - self._filled_at) * self.per_second
            self._tokens = min(max(1.0, self.per_second), self._tokens + gained)
        self._filled_at = now

    def passes(self, now: float) -> bool:
        """Take one if there is one now."""
        self._fill(now)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def wait(self, now: float) -> float:
        """Take the next one, and return the seconds until it is there."""
        self._fill(now)
        self._tokens -= 1.0
        return 0.0 if self._tokens >= 0.0 else -self._tokens / self.per_second
