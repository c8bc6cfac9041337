"""What trials show: one candidate, one fault, one seed, and every promise with its number.

A trial replays payouts of the Brief's own volume through the deployed code in a simulated AWS. Its
result is a value: the same candidate, fault and seed give the same one, byte for byte.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.load import DAYS_PER_MONTH
from frugal.model.watch import Rule

#: The trial in which nothing is done to the design.
CALM = "calm"


class Totals(Value, frozen=True, kw_only=True):
    """Where the payouts of a trial ended. They add up: ``asked`` is the sum of the next six.

    ``doubled`` and ``late`` are counted among those; ``lost`` is in none of the states, or in one
    that the partner's books contradict.
    """

    asked: int
    settled: int
    declined: int
    returned: int  #: paid, and came back; or cancelled
    held: int  #: waits for a person
    pending: int  #: not yet known, at the end of the trial
    lost: int
    doubled: int
    late: int  #: later than promised


class Spread(Value, frozen=True, kw_only=True):
    """A distribution in seconds, from what was asked for to what the ledger knows as paid."""

    p50: Decimal
    p90: Decimal
    p99: Decimal
    most: Decimal


class Peaks(Value, frozen=True, kw_only=True):
    """The most there was at one time, and how often something had to be done again."""

    backlog_payouts: int
    backlog_seconds: Decimal  #: age of the oldest payout that was due
    database_sessions: int  #: of this design, with those of others
    concurrency: int  #: runs of its functions at the same time
    sends_again: int
    runs_again: int  #: invocations, deliveries and steps repeated after an error or throttle
    dead_letters: int
    partner_refusals: int  #: 429 and 5xx
    held_payouts: int = 0  #: that waited for a person at any time, released ones included


class Kept(Value, frozen=True, kw_only=True):
    """One promise in one trial: what was seen against what was promised."""

    promise: str  #: id: never-lost, never-doubled, paid-within, drained-within, real-time, ...
    what: str
    used: Decimal
    limit: Decimal
    unit: str
    source: str  #: who promised it

    @property
    def kept(self) -> bool:
        return self.used <= self.limit


class Rung(Value, frozen=True, kw_only=True):
    """One alarm in one trial."""

    alarm: str
    times: int
    first_after_seconds: Decimal | None  #: after the fault began; None: it did not ring for it
    before: int = 0  #: times it rang before anything was wrong: false alarms


class Noticed(Value, frozen=True, kw_only=True):
    """How long after a fault's begin an alarm rang; None: it did not."""

    fault: str
    after_seconds: Decimal | None


class AlarmTried(Value, frozen=True, kw_only=True):
    """What trials show of one alarm of the chosen design."""

    alarm: str
    placement: str
    rule: Rule  #: with the learned threshold
    written: Decimal  #: the threshold before
    measured: bool  #: False: no trial has its metric; it is as written, and nothing is known of it
    #: The most its datapoints reached in calm, as the rule counts them; None: too little to tell.
    calm_most: Decimal | None
    false_alarms: int  #: rings on calm days, for nothing
    calm_days: Decimal
    true_alarms: int = 0  #: rings on calm days, for payouts that were held
    noticed: tuple[Noticed, ...] = ()  #: each fault that was done to the design

    @property
    def false_alarms_per_month(self) -> Decimal | None:
        """Return how often it rings for nothing in a month; None: it was not measured."""
        if not self.measured or not self.calm_days:
            return None
        return self.false_alarms / self.calm_days * DAYS_PER_MONTH

    @property
    def true_alarms_per_month(self) -> Decimal | None:
        """Return how often it rings in a calm month for payouts that only a person can move on."""
        if not self.measured or not self.calm_days:
            return None
        return self.true_alarms / self.calm_days * DAYS_PER_MONTH


class FaultNoticed(Value, frozen=True, kw_only=True):
    """Which alarm of those chosen rings first for a fault."""

    fault: str
    alarm: str  #: empty: none of them
    after_seconds: Decimal | None
    #: Why somebody must hear of it: payouts wait too long, or need a person; empty: nobody need.
    must: str = ""


class Point(Value, frozen=True, kw_only=True):
    """The state at one moment, for the picture. Seconds since the trial's start."""

    seconds: int
    due: int
    unknown: int
    held: int
    oldest_due_seconds: int


class Tried(Value, frozen=True, kw_only=True):
    """One trial's result."""

    pattern: str
    fault: str  #: id of a file in ``frugal.faults``, or ``calm``
    seed: int
    #: One replayed payout stands for this many; rates, concurrency and limits are scaled with it.
    ratio: Decimal
    hours: Decimal  #: of simulated time
    fault_began_hours: Decimal | None
    fault_ended_hours: Decimal | None
    totals: Totals
    latency: Spread | None  #: None where nothing was paid
    peaks: Peaks
    drained_seconds: Decimal | None  #: from the fault's end until no backlog; None: it did not
    promises: tuple[Kept, ...]
    violations: tuple[str, ...]  #: what the judge found, each with its payout and evidence
    alarms: tuple[Rung, ...] = ()
    timeline: tuple[Point, ...] = ()
    replay: str = ""  #: the one command that repeats it

    @property
    def broken(self) -> tuple[Kept, ...]:
        return tuple(one for one in self.promises if not one.kept)
