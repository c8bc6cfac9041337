"""The volume at which a design breaks a promise when it is tried out.

A ceiling is solved from formulas: the most payouts a day at which no limit is exceeded. Here the
same candidate is tried out at one volume after the other, in calm and while the partner is away,
until two volumes a tenth apart are found of which one holds and the other breaks. Where the two
disagree by much, either a formula or the simulated AWS is wrong; so they are printed side by side.
A trial knows time, and not what a processor, memory or a disk bears: where such a limit binds
first, the design breaks above its ceiling.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from frugal.faults import Fault, fault
from frugal.model.rehearsal import BreakPoint
from frugal.model.trial import CALM, Kept
from frugal.simulate.plan import Plan
from frugal.simulate.trial import try_out

#: Under which a volume must hold: with nothing done, and with the outage that is promised for.
OUTAGE = "partner_down"
#: Further apart than this, and somebody must look for the reason.
AGREE_WITHIN = Decimal("1.5")
#: Two volumes so far apart are the answer.
NEAR = Decimal("1.1")
#: No payout business makes more in a day (``choose.ceilings`` searches as far), or less.
MOST, LEAST = Decimal(10) ** 9, Decimal(1)
_STRIDE = Decimal(8)
_START = Decimal(1000)


class Rising(NamedTuple):
    """One candidate at any volume."""

    pattern: str
    settings: str
    at: Callable[[Decimal], Plan]
    ceiling: Decimal | None = None  #: where its formulas end; None: nowhere known
    binds: str = ""  #: the check that ends them
    timed: Decimal | None = None  #: the same, of those checks that a trial can notice
    timed_binds: str = ""


class _Broke(NamedTuple):
    """What broke at a volume."""

    volume: Decimal
    fault: str
    kept: Kept


class _Search:
    """One candidate's bisection."""

    def __init__(self, rising: Rising, seed: int, payouts_most: int) -> None:
        self._rising = rising
        self._seed = seed
        self._payouts_most = payouts_most
        self.trials = 0
        self.holds: Decimal | None = None
        self.broke: _Broke | None = None

    def run(self) -> None:
        """Bracket the break from the ceiling outwards, then halve the bracket."""
        start = min(MOST, self._rising.timed or _START)
        volume = _shown(max(LEAST, start))
        while self._try(volume) and volume < MOST:
            volume = _shown(min(MOST, volume * _STRIDE))
        while self.broke is not None and self.holds is None and self.broke.volume > LEAST:
            self._try(_shown(max(LEAST, self.broke.volume / _STRIDE)))
        while self.holds is not None and self.broke is not None:
            middle = _shown((self.holds * self.broke.volume).sqrt())
            near = self.broke.volume <= self.holds * NEAR
            if near or not self.holds < middle < self.broke.volume:
                return
            self._try(middle)

    def _try(self, volume: Decimal) -> bool:
        """Note whether every promise holds at a volume."""
        plan = self._rising.at(volume)
        for one in (None, fault(OUTAGE)):
            kept = self._broken(plan, one)
            if kept is not None:
                self.broke = _Broke(volume, CALM if one is None else one.id, kept)
                return False
        self.holds = volume
        return True

    def _broken(self, plan: Plan, one: Fault | None) -> Kept | None:
        self.trials += 1
        tried = try_out(plan, one, self._seed, payouts_most=self._payouts_most)
        return next(iter(tried.broken), None)


def break_point(rising: Rising, seed: int, *, payouts_most: int) -> BreakPoint:
    """Return where a candidate breaks a promise; settings stay what they are."""
    search = _Search(rising, seed, payouts_most)
    search.run()
    found = BreakPoint(
        pattern=rising.pattern,
        settings=rising.settings,
        holds_payouts_per_day=search.holds,
        breaks_payouts_per_day=None,
        ceiling_payouts_per_day=rising.ceiling,
        binds=rising.binds,
        timed_payouts_per_day=rising.timed,
        timed_binds=rising.timed_binds,
        trials=search.trials,
    )
    if search.broke is None:
        return found
    volume, fault_id, kept = search.broke
    return msgspec.structs.replace(
        found,
        breaks_payouts_per_day=volume,
        fault=fault_id,
        promise=kept.promise,
        what=kept.what,
        used=kept.used,
        limit=kept.limit,
        unit=kept.unit,
    )


def _shown(volume: Decimal) -> Decimal:
    """Return a volume with two digits that count, as a person would say it.

    >>> [str(_shown(Decimal(one))) for one in ("1.2", "34567", "998000")]
    ['1', '35000', '1000000']
    """
    return Decimal(f"{round(volume, min(0, 1 - volume.adjusted())):f}")
