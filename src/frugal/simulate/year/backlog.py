"""The backlog of a rehearsal: what was there to be sent, at any moment and over any stretch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from frugal.simulate.outcomes import Outcome


class Backlog:
    """How many payouts were there to be sent at each moment, and since when."""

    def __init__(self, found: Sequence[Outcome]) -> None:
        self._spans = sorted(span for one in found for span in one.due)
        steps = sorted(
            [(since, 1) for since, _ in self._spans] + [(until, -1) for _, until in self._spans]
        )
        self._at = [at for at, _ in steps]
        self._count = list(accumulate((step for _, step in steps), initial=0))
        self._longest = max((until - since for since, until in self._spans), default=0.0)

    def most(self, begin: float, end: float) -> int:
        """Return the most at one moment of a stretch of time."""
        first, last = bisect_right(self._at, begin), bisect_left(self._at, end)
        return max(self._count[first : last + 1])

    def oldest(self, begin: float, end: float) -> float:
        """Return the greatest age that one of them had within a stretch of time."""
        first = bisect_left(self._spans, (begin - self._longest, 0.0))
        last = bisect_left(self._spans, (end, 0.0))
        return max(
            (min(until, end) - since for since, until in self._spans[first:last] if until > begin),
            default=0.0,
        )
