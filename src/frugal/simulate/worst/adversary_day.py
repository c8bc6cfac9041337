"""What an attacker's day is counted in: how often each link was used, and how functions were held.

Only what falls between midnight and midnight counts: what ran before, or still runs, is cut off
there, as a bill is.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

from frugal.model.worst_case import Attack

DAY = 86400.0
MINUTE = 60.0


class Levers:
    """How hard the attacker pulls each lever, from nothing to all."""

    __slots__ = ("doubled", "fails", "fans_out", "hangs", "held_back", "speed")

    def __init__(self, chance: Random, *, greedy: bool) -> None:
        def drawn() -> float:
            return 1.0 if greedy else chance.choice((1.0, 1.0, chance.random()))

        self.fails = drawn()  #: share of runs that fail
        self.hangs = drawn()  #: share of its time limit that a run takes
        self.doubled = drawn()  #: share of deliveries that come twice
        self.held_back = drawn()  #: share of their age for which events pile up before the day
        self.speed = drawn()  #: share of every rate
        #: A message makes more than one; where not, a chain that Lambda sees is ended.
        self.fans_out = greedy or chance.random() < 0.5


class Bucket:
    """A quota a second, of which what was left before is still there: the day's total holds."""

    __slots__ = ("ends", "per_second", "taken")

    def __init__(self, per_second: float, ends: float) -> None:
        self.per_second, self.ends = per_second, ends
        self.taken = 0.0

    def take(self, wanted: float, now: float) -> float:
        """Return how much of what is wanted the quota lets through by now."""
        granted = max(
            min(wanted, self.per_second * min(max(now, 0.0), self.ends) - self.taken), 0.0
        )
        self.taken += granted
        return granted


class Day:
    """Counts by the place of a link in its candidate, and by function: of a day, or of several."""

    __slots__ = ("attack", "ends", "kib", "runs", "seconds", "times")

    def __init__(self, links: int, attack: Attack, ends: float = DAY) -> None:
        self.attack, self.ends = attack, ends
        self.times = [0.0] * links
        self.kib = [0.0] * links  #: of requests, where they were not of the usual size
        self.runs: defaultdict[str, float] = defaultdict(float)
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, place: int, times: float, kib: float = 0.0) -> None:
        self.times[place] += times
        self.kib[place] += kib

    def count(self, place: int, now: float) -> None:
        """Count one use of a link, if it is in the day."""
        if 0.0 <= now < self.ends:
            self.times[place] += 1.0

    def hold(self, function: str, began: float, ended: float, runs: float = 1.0) -> float:
        """Count runs, and return their seconds that are in the day."""
        if 0.0 <= began < self.ends:
            self.runs[function] += runs
        inside = max(min(ended, self.ends) - max(began, 0.0), 0.0)
        self.seconds[function] += inside
        return inside
