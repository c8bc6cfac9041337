"""What went over each link and through each part of a trial: counts that a year is priced from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Carried:
    """One link: how often, and how long the source waited in all."""

    times: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class Worked:
    """One function or container: its runs, how long they took, and how they ended."""

    runs: float = 0.0
    seconds: float = 0.0  #: billed ones, INIT included
    cold: float = 0.0
    failed: int = 0
    throttled: int = 0
    again: int = 0  #: attempts after the first
    dropped: int = 0  #: events nobody tried again
    most: int = 0  #: runs at the same time


@dataclass(slots=True)
class Traffic:
    """By the link's ``place`` in the candidate, and by part id."""

    links: defaultdict[int, Carried] = field(default_factory=lambda: defaultdict(Carried))
    parts: defaultdict[str, Worked] = field(default_factory=lambda: defaultdict(Worked))

    def add(self, place: int, times: float, seconds: float = 0.0) -> None:
        passed = self.links[place]
        passed.times += times
        passed.seconds += seconds
