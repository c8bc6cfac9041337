"""One trial: a candidate, a fault and a seed, from the first payout until everything is at rest.

A day of payouts arrives as the Brief says; in the middle of it the fault begins; afterwards nothing
more is done, and every payout must end. Beyond ``payouts_most`` a day is scaled (see ``scale``).
A fault that needs a past, such as a restore from yesterday, gets another day before it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import ceil

from frugal.faults.fault import DatabaseRestored, Fault, MorePayouts
from frugal.model.trial import CALM, Tried
from frugal.simulate.acts import before_seconds, ended_seconds, strike
from frugal.simulate.ending import come_to_rest, peaks_of
from frugal.simulate.metrics import Watched, rung
from frugal.simulate.outcomes import outcomes, seconds, spread_of, timeline_of, totals_of
from frugal.simulate.plan import Plan
from frugal.simulate.programs import Program
from frugal.simulate.promises import (
    adds_up,
    case_of,
    drained_seconds,
    kept_by_rules,
    kept_in_time,
)
from frugal.simulate.replay import PAYOUTS_MOST, replay_command
from frugal.simulate.site import Site
from payouts.simulation.judge import judge

_HOUR = 3600.0
_DAY = 86_400.0
#: Fewer payouts than this show little: a quieter day is tried out with so many.
PAYOUTS_LEAST = 40
#: Days' worth of payouts in one trial, as far as ``PAYOUTS_MOST`` lets there be.
_DAYS_MOST = 4


def try_out(
    plan: Plan,
    fault: Fault | None,
    seed: int,
    *,
    payouts_most: int = PAYOUTS_MOST,
    alarms: Sequence[Watched] = (),
    program: Callable[[Site], Program] | None = None,
    detail: bool = False,
) -> Tried:
    """Return what a candidate does under a fault, or with none.

    Args:
        plan: the candidate, as ``plan_of`` has it.
        fault: what is done to it; None: nothing.
        seed: of all chance: the same one gives the same trial, byte for byte.
        payouts_most: of a usual day, replayed at most; beyond that rates and limits are scaled.
        alarms: what is watched; each is told when it rang.
        program: makes what the workers run instead of the deployed core.
        detail: with the timeline.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing is garbage before the end, and looking for some costs half the time
    try:
        trial = Trial(plan, fault, seed, payouts_most, program)
        trial.run()
        tried = trial.result(alarms, payouts_most, detail)
        # A site is one great cycle; cut it, instead of searching for it.
        vars(trial.site).clear()
        return tried
    finally:
        if collecting:
            gc.enable()


def _days_more(fault: Fault | None, window: float) -> Decimal:
    """Return how many usual days' payouts a fault adds."""
    acts = () if fault is None else fault.acts
    more = sum(act.lasts * (act.factor - 1) for act in acts if isinstance(act, MorePayouts))
    return Decimal(more) / round(window)


class Trial:
    """One trial, to be run once."""

    def __init__(
        self,
        plan: Plan,
        fault: Fault | None,
        seed: int,
        payouts_most: int,
        program: Callable[[Site], Program] | None = None,
    ) -> None:
        self.plan = plan
        self.fault = fault
        self.seed = seed
        window = float(plan.arrivals.window_hours) * _HOUR
        past = 0 if fault is None else before_seconds(fault, plan)
        days = 1 + ceil(max(0.0, past - window / 2) / _DAY)
        a_day = Decimal(max(PAYOUTS_LEAST, round(plan.arrivals.per_day)))
        asked = a_day * (days + _days_more(fault, window))
        # Further days, and what a fault adds, come on top of a day, but not without end.
        in_all = max(payouts_most, min(_DAYS_MOST * payouts_most, PAYOUTS_MOST))
        self.ratio = max(Decimal(1), a_day / payouts_most, asked / in_all)
        self.site = Site(
            plan,
            seed,
            ratio=self.ratio,
            program=program,
            payouts=max(1, round(a_day / self.ratio)),
            days=days,
        )
        start = self.site.start
        self.last_asked = start + (days - 1) * _DAY + window
        self.began: float | None = None
        self.ended: float | None = None
        if fault is not None:
            self.began = start + (days - 1) * _DAY + window / 2
            self.ended = self.began + ended_seconds(fault, plan)

    def run(self) -> None:
        """Run it until everything is at rest."""
        site, loop = self.site, self.site.loop
        if self.fault is not None and self.began is not None:
            strike(site, self.fault, self.began)
        site.start_up()
        loop.run(max(self.last_asked, self.ended or 0.0) + 1.0)
        come_to_rest(site)
        site.end()

    def result(self, alarms: Sequence[Watched], payouts_most: int, detail: bool) -> Tried:
        """Return what was seen."""
        site, plan, fault = self.site, self.plan, self.fault
        end = site.loop.now
        violations = judge(case_of(site, restored_unseen=self._unseen()))
        found = outcomes(site, violations)
        excused = None
        if fault is not None and fault.stops_everyone:
            assert self.began is not None
            assert self.ended is not None
            excused = (self.began, self.ended)
        promised = float(plan.promised.paid_within_seconds)
        late = sum(one.late_by(promised, excused, end) > 0 for one in found)
        doubled = len({one.payout for one in violations if one.rule == "paid-twice"})
        totals = totals_of(found, doubled, late)
        drained = None if self.ended is None else drained_seconds(found, self.ended)
        fault_id = CALM if fault is None else fault.id
        return Tried(
            pattern=plan.pattern,
            fault=fault_id,
            seed=self.seed,
            ratio=self.ratio,
            hours=seconds((end - site.start) / _HOUR),
            fault_began_hours=self._hours(self.began),
            fault_ended_hours=self._hours(self.ended),
            totals=totals,
            latency=spread_of(found),
            peaks=peaks_of(site, found),
            drained_seconds=drained,
            promises=(
                *kept_by_rules(violations),
                *kept_in_time(
                    plan.promised,
                    found,
                    excused=excused,
                    drained=drained,
                    fault_ended=self.ended,
                    end=end,
                ),
                adds_up(totals),
            ),
            violations=tuple(str(one) for one in violations),
            alarms=rung(site.metrics, alarms, first=site.start, last=end, began=self.began),
            timeline=timeline_of(found, site.start, end) if detail else (),
            replay=replay_command(plan, fault_id, self.seed, payouts_most),
        )

    def _unseen(self) -> bool:
        """Whether the ledger went back and nothing showed it."""
        return self.fault is not None and any(
            isinstance(act, DatabaseRestored) and act.how in {"witnessed", "unnoticed"}
            for act in self.fault.acts
        )

    def _hours(self, at: float | None) -> Decimal | None:
        return None if at is None else seconds((at - self.site.start) / _HOUR)
