"""A year of the user's own payouts, rehearsed: what came of it, fault by fault and line by line.

Counts are of replayed payouts. Where a year has more than are replayed, each stands for ``ratio``
real ones, and rates and limits are scaled with it; costs are always of all of them.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.trial import Kept, Peaks, Rung, Spread, Totals


class Happened(Value, frozen=True, kw_only=True):
    """One fault of the year, and how the design came out of it."""

    fault: str
    name: str
    began_day: Decimal  #: days since the year's start
    lasted_hours: Decimal
    backlog_payouts: int  #: the most that were due at one time, from its begin to when it drained
    backlog_seconds: Decimal  #: the oldest of them
    drained_seconds: Decimal | None  #: after its end; None: not before all was at rest
    late: int
    alarm: str = ""  #: the first that rang for it; empty: none did
    heard_seconds: Decimal | None = None  #: from its begin until then


class YearLine(Value, frozen=True, kw_only=True):
    """One line of the cost of the days rehearsed, priced from what the rehearsal counted.

    ``low`` and ``high``: as if every month had been the quietest, or the busiest, of them.
    """

    placement: str
    service: str
    sku_meter: str
    pricing_unit: str
    pricing_quantity: Decimal
    list_cost: Decimal
    designed_cost: Decimal  #: what the design says of a month, for as many days
    low: Decimal
    high: Decimal


class BreakPoint(Value, frozen=True, kw_only=True):
    """The volume at which trials of a pattern's best design break a promise, and its ceiling."""

    pattern: str
    settings: str  #: of the candidate that was tried at the last volume that held
    #: Between these two: the largest volume tried that held, the smallest that broke. ``holds`` is
    #: None where even the least did not, ``breaks`` None where nothing broke up to the most.
    holds_payouts_per_day: Decimal | None
    breaks_payouts_per_day: Decimal | None
    fault: str = ""  #: in which trial it broke: calm, or a fault
    promise: str = ""
    what: str = ""
    used: Decimal = Decimal(0)
    limit: Decimal = Decimal(0)
    unit: str = ""
    #: The formulas' ceiling of the pattern, and the check that binds there; None: none known.
    ceiling_payouts_per_day: Decimal | None = None
    binds: str = ""
    #: The same without what a trial cannot notice: what processors, memory and disks bear.
    timed_payouts_per_day: Decimal | None = None
    timed_binds: str = ""
    trials: int = 0

    @property
    def off_by(self) -> Decimal | None:
        """Return how many times the trial's volume lies above the formulas', or below; None:
        one of the two knows none."""
        broke, timed = self.breaks_payouts_per_day, self.timed_payouts_per_day
        if broke is None or not timed:
            return None
        return max(broke / timed, timed / broke)


class Rehearsal(Value, frozen=True, kw_only=True):
    """What a rehearsal came to."""

    schema: int  #: grows only by addition
    pattern: str
    settings: str
    days: int
    seed: int
    ratio: Decimal = Decimal(1)  #: real payouts that one replayed payout stands for
    payouts_per_day: Decimal  #: replayed, the mean of a day that has payouts, times ``ratio``
    totals: Totals
    latency: Spread | None
    peaks: Peaks
    happened: tuple[Happened, ...]
    not_applicable: tuple[tuple[str, str], ...]  #: faults left out, and why
    promises: tuple[Kept, ...]
    #: Fault and promise that are not held against the design: every other breaks it just so,
    #: by a part that was there before (``Decision.shared_by_trial``).
    shared: tuple[tuple[str, str], ...] = ()
    violations: tuple[str, ...]
    alarms: tuple[Rung, ...] = ()
    backlog_by_day: tuple[int, ...] = ()  #: the most payouts due at one time of each day
    lines: tuple[YearLine, ...] = ()
    list_cost: Decimal = Decimal(0)  #: of the days rehearsed
    designed_cost: Decimal = Decimal(0)  #: the design's monthly figure for as many days
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    break_points: tuple[BreakPoint, ...] = ()
    runtime: tuple[tuple[str, int], ...] = ()  #: payouts, events, runs: what was simulated
    replay: str = ""  #: the one command that repeats it

    @property
    def broken(self) -> tuple[Kept, ...]:
        return tuple(one for one in self.promises if not one.kept)
