"""The choice, and the reasons: against everything cheaper, and for what would change it.

All figures are a month's dollars *added* to what the Stack costs today, list price with every free
allowance off, unless a field says effective.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.estimate import Estimate
from frugal.model.graph import Candidate, Scalar
from frugal.model.ranges import CostRange, Plausible, Reach
from frugal.model.trial import AlarmTried, FaultNoticed, Tried


class Rejection(Value, frozen=True, kw_only=True):
    """Why a candidate is not the answer, with the number that breaks it.

    ``check`` is the id of a limit, ``unpriced``, ``must-not``, ``dearer`` (it keeps every promise
    but costs more than the choice allows), ``less-preferred`` (as good, within the dollar, but
    later in the order of preference or dearer than its like), ``priced-only`` (compared, not
    handed over), or ``trial:<fault>``: a trial broke a promise, and ``source`` replays it.
    """

    pattern: str
    settings: tuple[tuple[str, Scalar], ...]
    check: str
    placement: str
    what: str
    used: Decimal
    limit: Decimal
    unit: str
    source: str
    basis: str
    remedy: str = ""
    list_monthly: Decimal | None = None  #: what it would have added, where it could be priced
    also: tuple[str, ...] = ()  #: ids of the other checks it breaks


class Option(Value, frozen=True, kw_only=True):
    """A candidate worth showing, priced in full."""

    candidate: Candidate
    pattern_name: str
    kind: str
    full: bool
    summary: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    estimate: Estimate
    list_monthly: Decimal
    effective_monthly: Decimal
    label: str  #: why it is shown: recommended, cheapest, runner-up, no instance work, ...
    trials: int = 0  #: in which it kept every promise; 0: it was not tried out


class Scale(Value, frozen=True, kw_only=True):
    """One option at a multiple of the volume. ``binds`` names the limit broken there, if one is."""

    pattern: str
    factor: Decimal
    payouts_per_day: Decimal
    list_monthly: Decimal
    binds: str = ""


class BreakEven(Value, frozen=True, kw_only=True):
    """The value of one input at which two options cost the same; exact, solved, not sampled."""

    input: str  #: payouts_per_day, partner_seconds, inconclusive_share
    unit: str
    at: Decimal
    cheaper_below: str  #: pattern id
    cheaper_above: str
    #: False where a limit binds one of the two before this point, so it cannot be used as a plan.
    reachable: bool


class Ceiling(Value, frozen=True, kw_only=True):
    """The most payouts a day a pattern takes, its settings free, and what binds there."""

    pattern: str
    payouts_per_day: Decimal | None  #: None: nothing known binds below ``searched_to``
    searched_to: Decimal
    check: str = ""
    what: str = ""
    source: str = ""


class Flip(Value, frozen=True, kw_only=True):
    """The smallest change of one input that changes the recommended pattern."""

    input: str
    now: str
    becomes: str  #: the value at which it flips
    pattern: str  #: what would be recommended then; empty: nothing would be feasible
    list_monthly: Decimal | None  #: and what that would add a month
    because: str  #: the limit or the cost that does it
    at: Decimal | None = None  #: the exact value, where the input is a number


class Question(Value, frozen=True, kw_only=True):
    """Something unknown that could flip the choice: asked, with what it is worth."""

    id: str
    text: str
    assumed: str
    flips: tuple[Flip, ...]
    #: Largest difference a plausible answer makes to the month, or, without those, one at a flip.
    worth_monthly: Decimal
    plausible: tuple[Plausible, ...] = ()  #: empty where months were not drawn


class RegionPrice(Value, frozen=True, kw_only=True):
    """The recommended design priced in another Region."""

    region: str
    list_monthly: Decimal | None  #: None: a part has no price there
    note: str = ""


class Decision(Value, frozen=True, kw_only=True):
    """What was chosen among how many, and why."""

    region: str
    weighed: int
    feasible: int
    chosen: Option
    cheapest: Option  #: the plain cheapest that keeps every promise
    options: tuple[Option, ...]  #: two or three, the chosen one first
    baseline: Estimate
    rejections: tuple[Rejection, ...]  #: every other candidate
    not_built: tuple[tuple[str, str], ...]  #: patterns the Stack has no parts for, and why
    shared_faults: tuple[str, ...]  #: true of every candidate because the Stack has it already
    scales: tuple[Scale, ...] = ()
    break_evens: tuple[BreakEven, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    flips: tuple[Flip, ...] = ()
    questions: tuple[Question, ...] = ()
    regions: tuple[RegionPrice, ...] = ()
    reaches: tuple[Reach, ...] = ()  #: the choice at every volume, from the smallest up
    cost_range: CostRange | None = None  #: of the chosen design; None: months were not drawn
    tried: int = 0  #: candidates that were tried out; those that behave alike share their trials
    trials_run: int = 0
    trial_seed: int | None = None  #: None: no trial was asked for
    untried: str = ""  #: why the chosen one was not tried out although it was asked for
    trials: tuple[Tried, ...] = ()  #: of the chosen one: calm, then by fault; timelines thinned
    not_applicable: tuple[tuple[str, str], ...] = ()  #: faults that cannot be done to it, and why
    #: Fault and promise that every full pattern breaks alike, through the Stack or the partner.
    shared_by_trial: tuple[tuple[str, str], ...] = ()
    alarms: tuple[AlarmTried, ...] = ()  #: what trials show of each alarm its parts offer
    noticed: tuple[FaultNoticed, ...] = ()  #: what a chosen alarm tells of each fault, and when
