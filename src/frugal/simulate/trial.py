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

from frugal.faults.fault import DatabaseRestored, Fault
from frugal.model.trial import CALM, Tried
from frugal.simulate.acts import before_seconds, ended_seconds, strike
from frugal.simulate.alarms import Watchful, heights_of, rung_of
from frugal.simulate.ending import come_to_rest, peaks_of
from frugal.simulate.metrics import Watched
from frugal.simulate.outcomes import outcomes, seconds, spread_of, timeline_of, totals_of
from frugal.simulate.plan import Plan
from frugal.simulate.programs import Program
from frugal.simulate.promises import (
    adds_up,
    backlog_over,
    case_of,
    drained_seconds,
    kept_by_rules,
    kept_in_time,
)
from frugal.simulate.reach import beyond_promise, days_more
from frugal.simulate.replay import PAYOUTS_MOST, replay_command
from frugal.simulate.site import Site
from payouts.simulation.judge import judge

_HOUR = 3600.0
_DAY = 86_400.0
#: Fewer payouts than this show little: a quieter day is tried out with so many.
PAYOUTS_LEAST = 40


def try_out(
    plan: Plan,
    fault: Fault | None,
    seed: int,
    *,
    payouts_most: int = PAYOUTS_MOST,
    alarms: Sequence[Watched] = (),
    program: Callable[[Site], Program] | None = None,
    detail: bool = False,
    keep_heights: bool = False,
) -> Tried:
    """Return what a candidate does under a fault, or with none.

    Args:
        plan: the candidate, as ``plan_of`` has it.
        fault: what is done to it; None: nothing.
        seed: of all chance: the same one gives the same trial, byte for byte.
        payouts_most: replayed at most; beyond that rates and limits are scaled.
        alarms: what is watched; each is told when it rang.
        program: makes what the workers run instead of the deployed core.
        detail: with the timeline.
        keep_heights: with what tells when other thresholds would have rung.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing is garbage before the end, and looking for some costs half the time
    try:
        trial = Trial(plan, fault, seed, payouts_most, program)
        trial.run()
        tried = trial.result(alarms, payouts_most, detail, keep_heights)
        trial.cut()
        return tried
    finally:
        if collecting:
            gc.enable()


class Trial:
    """One trial, to be run once. ``like``: as many payouts as in another one, at the same times."""

    def __init__(
        self,
        plan: Plan,
        fault: Fault | None,
        seed: int,
        payouts_most: int,
        program: Callable[[Site], Program] | None = None,
        like: Trial | None = None,
    ) -> None:
        self.plan = plan
        self.fault = fault
        self.seed = seed
        self.program = program
        self.days: int
        self.ratio: Decimal
        window = float(plan.arrivals.window_hours) * _HOUR
        a_day = Decimal(max(PAYOUTS_LEAST, round(plan.arrivals.per_day)))
        if like is not None:
            self.days, self.ratio = like.days, like.ratio
        else:
            past = 0 if fault is None else before_seconds(fault, plan)
            self.days = 1 + ceil(max(0.0, past - window / 2) / _DAY)
            more = Decimal(0) if fault is None else days_more(fault, plan)
            asked = a_day * (self.days + more)
            self.ratio = max(Decimal(1), asked / payouts_most)
        self.site = Site(
            plan,
            seed,
            ratio=self.ratio,
            program=program,
            payouts=max(1, round(a_day / self.ratio)),
            days=self.days,
        )
        start = self.site.start
        self.last_asked = start + (self.days - 1) * _DAY + window
        self.began: float | None = None
        self.ended: float | None = None
        if fault is not None:
            self.began = start + (self.days - 1) * _DAY + window / 2
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

    def result(
        self,
        alarms: Sequence[Watched],
        payouts_most: int,
        detail: bool,
        keep_heights: bool = False,
    ) -> Tried:
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
        drained = None if self.ended is None else drained_seconds(found, self.ended, end)
        fault_id = CALM if fault is None else fault.id
        heights = tuple(heights_of(site.metrics, one, first=site.start, last=end) for one in alarms)
        began = None if self.began is None else self.began - site.start
        tried = Tried(
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
                    drained_anyway=self._drained_anyway,
                    beyond_promise=fault is not None and beyond_promise(fault, plan),
                ),
                adds_up(totals),
            ),
            violations=tuple(str(one) for one in violations),
            alarms=tuple(
                rung_of(one, watched.rule, began)
                for one, watched in zip(heights, alarms, strict=True)
            ),
            timeline=timeline_of(found, site.start, end) if detail else (),
            replay=replay_command(plan, fault_id, self.seed, payouts_most),
        )
        if not keep_heights:
            return tried
        same = {name: getattr(tried, name) for name in Tried.__struct_fields__}
        return Watchful(**same, heights=heights)

    def cut(self) -> None:
        """Take the site apart: it is one great cycle, and searching for it costs more."""
        self.site.loop.close()
        vars(self.site).clear()

    def _drained_anyway(self) -> float:
        """Return how long after the fault's end its backlog would be there without the fault."""
        assert self.ended is not None
        calm = Trial(self.plan, None, self.seed, 0, self.program, like=self)
        calm.run()
        found = outcomes(calm.site, ())
        calm.cut()
        return backlog_over(found, self.ended) - self.ended

    def _unseen(self) -> bool:
        """Whether the ledger went back and nothing showed it."""
        return self.fault is not None and any(
            isinstance(act, DatabaseRestored) and act.how in {"witnessed", "unnoticed"}
            for act in self.fault.acts
        )

    def _hours(self, at: float | None) -> Decimal | None:
        return None if at is None else seconds((at - self.site.start) / _HOUR)
