"""What is kept of one segment of a rehearsal: small enough to come out of another process."""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.rehearsal import Happened
from frugal.model.trial import Kept, Peaks, Totals


class OverLink(Value, frozen=True, kw_only=True):
    """What went over a link within the days; see ``frugal.simulate.traffic``."""

    place: int
    times: float
    seconds: float


class Ran(Value, frozen=True, kw_only=True):
    """How often and how long a function or container ran within the days."""

    part: str
    runs: float
    cold: float
    seconds: float


class Rang(Value, frozen=True, kw_only=True):
    """What an alarm did: how often, how often under no fault, and how long after a fault began."""

    alarm: str
    times: int
    under_none: int
    after: tuple[Decimal, ...]


class Lived(Value, frozen=True, kw_only=True):
    """What is kept of a segment."""

    number: int
    days: int
    working_days: int  #: that have payouts
    asked_in_days: int
    steps_in_days: int  #: sends and look-ups, of all that was asked of the partner
    totals: Totals
    took_ms: tuple[int, ...]  #: from what was asked for to what the ledger knows as paid; sorted
    real_time_ms: tuple[int, ...]  #: the same where the partner answered at once and all was well
    longest_seconds: Decimal  #: of those the promise counts
    peaks: Peaks
    happened: tuple[Happened, ...]
    #: Seconds after each fault that the promise counts until its backlog was gone.
    drained: tuple[tuple[str, Decimal], ...]
    rules: tuple[Kept, ...]
    violations: tuple[str, ...]
    alarms: tuple[Rang, ...]
    backlog_by_day: tuple[int, ...]
    links: tuple[OverLink, ...]
    parts: tuple[Ran, ...]
    events: int
