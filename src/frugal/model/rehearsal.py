"""A year of the user's own payouts, rehearsed: what came of it, fault by fault and line by line."""

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
    drained_seconds: Decimal | None  #: after its end; None: not before the year's
    late: int


class YearLine(Value, frozen=True, kw_only=True):
    """One line of the year's cost, priced from what the rehearsal counted.

    ``low`` and ``high``: the band between the quietest and the busiest month, times twelve.
    """

    placement: str
    service: str
    sku_meter: str
    pricing_unit: str
    pricing_quantity: Decimal
    list_cost: Decimal
    designed_cost: Decimal  #: twelve times what the design says of a month
    low: Decimal
    high: Decimal


class Rehearsal(Value, frozen=True, kw_only=True):
    """What a rehearsal came to."""

    schema: int = 1
    pattern: str
    settings: str
    days: int
    seed: int
    payouts_per_day: Decimal
    totals: Totals
    latency: Spread | None
    peaks: Peaks
    happened: tuple[Happened, ...]
    not_applicable: tuple[tuple[str, str], ...]  #: faults left out, and why
    promises: tuple[Kept, ...]
    violations: tuple[str, ...]
    alarms: tuple[Rung, ...] = ()
    lines: tuple[YearLine, ...] = ()
    list_cost: Decimal = Decimal(0)  #: of the days rehearsed
    designed_cost: Decimal = Decimal(0)  #: the design's monthly figure for as many days
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    runtime: tuple[tuple[str, int], ...] = ()  #: payouts, events, ticks: what was simulated
    replay: str = ""

    @property
    def broken(self) -> tuple[Kept, ...]:
        return tuple(one for one in self.promises if not one.kept)
