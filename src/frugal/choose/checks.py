"""Hard checks: everything that can break a candidate, each with its number.

A service says how full its own limits are. What only shows on the whole graph is here, one small
function each: what the Brief forbids or asks for, new single points of failure, the budget, where
data may be. Each yields margins like a service's, so a reader meets one kind of reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache

from frugal.model.brief import Brief, Timing
from frugal.model.curve import ONE, ZERO, Amount
from frugal.model.graph import Candidate, Placement
from frugal.patterns import pattern
from frugal.read.places import BY_ID, inside
from frugal.services import Margin, Part, service, service_ids

#: Which reason is named where a candidate breaks several: first what nothing on our side can
#: change, then what was forbidden, then what is unsafe, then what a setting could mend. Ids that
#: are not here follow in their own order.
SEVERITY = (
    "residency",
    "partner-rate",
    "resolved-in-time",
    "must-not",
    "must-use",
    "open-database",
    "way-out",
    "fixed-address",
    "new-single-point-of-failure",
    "real-time",
    "paid-within",
    "keeps-up",
)
LAST = ("money-is-watched", "evidence-kept", "budget")

#: Existing parts can be excluded by nobody here: they are the user's own. Parts that are the same
#: thing under a second name in a request.
_ALSO = {"lightsail_ec2": "lightsail", "function": "lambda", "serverless": "lambda"}


def severity(check: str) -> tuple[int, str]:
    """Return the place of a check's id among reasons; smaller is named first."""
    if check in SEVERITY:
        return SEVERITY.index(check), check
    return len(SEVERITY) + (1 + LAST.index(check) if check in LAST else 0), check


@cache
def _known() -> frozenset[str]:
    """Return every word a part can be named by."""
    return frozenset(word for id in service_ids() for word in (id, *service(id).known_as))


def names_of(placement: Placement) -> frozenset[str]:
    """Return every word that means this part: its service, and settings that are switched on."""
    switched_on = (key for key, value in placement.settings if value is True)
    return frozenset((placement.service, *service(placement.service).known_as, *switched_on))


def _word(said: str) -> str:
    word = said.strip().lower().replace(" ", "_").replace("-", "_")
    return _ALSO.get(word, word)


def _must_not(candidate: Candidate, brief: Brief) -> Iterator[Margin]:
    for fact in brief.must_not:
        word = _word(fact.value)
        own = pattern(candidate.pattern)
        if word in (own.id, own.kind.value):
            yield _broken("must-not", own.id, f"patterns that are {fact.value}", ONE, fact.source)
            continue
        named = [p for p in candidate.placements if not p.existing and word in names_of(p)]
        if named:
            yield _broken(
                "must-not",
                named[0].id,
                f"new parts that are {fact.value}, which you excluded",
                Decimal(len(named)),
                fact.source,
            )


def _must_use(candidate: Candidate, brief: Brief) -> Iterator[Margin]:
    for fact in brief.must_use:
        word = _word(fact.value)
        if word not in _known():
            continue  # reported beside the choice: no design here can hold it
        if not any(word in names_of(placement) for placement in candidate.placements):
            yield _broken(
                "must-use", candidate.pattern, f"parts missing: {fact.value}", ONE, fact.source
            )


def _single_point(part: Part) -> Iterator[Margin]:
    if part.existing:
        return
    own = service(part.placement.service)
    why = own.single_point_of_failure(part)
    if why:
        yield Margin(
            check="new-single-point-of-failure",
            placement=part.id,
            what=f"new parts that alone can stop the payouts ({why})",
            used=ONE,
            limit=ZERO,
            unit="parts",
            source=f"{own.name}: {why}",
            basis="derived",
            remedy="the same part in a second Availability Zone, or a design without it",
        )


def _paid_within(part: Part) -> Iterator[Margin]:
    """Yield how long a payout waits: for the next tick, then for the partner at its slowest."""
    interval = part.placement.get("interval_minutes")
    if part.existing or interval is None or part.placement.get("sweep"):
        return
    if part.brief.timing.value is Timing.REAL_TIME:
        return
    promised = part.brief.promises.paid_within_hours
    wait = part.number("interval_minutes") / 60
    yield Margin(
        check="paid-within",
        placement=part.id,
        what="hours a due payout may wait for its tick and the partner's time-out",
        used=wait + part.load.partner_timeout_seconds / 3600,
        limit=promised.value,
        unit="hours",
        source=promised.source,
        basis=promised.basis.value,
        remedy="a shorter interval",
    )


def part_margins(part: Part) -> list[Margin]:
    """Return how full every limit of one part is: its service's, and what any part must keep."""
    return [
        *service(part.placement.service).limits(part),
        *_single_point(part),
        *_paid_within(part),
    ]


def _residency(candidate: Candidate, brief: Brief) -> Iterator[Margin]:
    if brief.residency is None or brief.region.value not in BY_ID:
        return
    outside = not inside(brief.region.value, brief.residency.value)
    yield Margin(
        check="residency",
        placement=candidate.pattern,
        what=f"Regions outside {brief.residency.value} ({brief.region.value})",
        used=ONE if outside else ZERO,
        limit=ZERO,
        unit="Regions",
        source=brief.residency.source,
        basis=brief.residency.basis.value,
        remedy="a Region inside",
    )


#: What is judged on the whole graph, in the order it is reported.
GRAPH_CHECKS: tuple[Callable[[Candidate, Brief], Iterable[Margin]], ...] = (
    _residency,
    _must_not,
    _must_use,
)


def graph_margins(candidate: Candidate, brief: Brief) -> Iterator[Margin]:
    """Yield how full the limits are that no single part can see."""
    for check in GRAPH_CHECKS:
        yield from check(candidate, brief)


def budget_margins(candidate: Candidate, list_monthly: Amount, brief: Brief) -> Iterator[Margin]:
    """Yield how full the budget is; a promise like any other, kept at list price."""
    budget = brief.budget_monthly
    if budget is None:
        return
    yield Margin(
        check="budget",
        placement=candidate.pattern,
        what="dollars a month added, list price",
        used=list_monthly,
        limit=budget.value,
        unit="dollars a month",
        source=budget.source,
        basis=budget.basis.value,
        remedy="a larger budget, or fewer promises",
    )


def unknown_wishes(brief: Brief) -> tuple[str, ...]:
    """Return parts that were asked for and that no design here can hold, as sentences."""
    return tuple(
        f"{fact.value} was asked for; no pattern here uses it"
        for fact in brief.must_use
        if _word(fact.value) not in _known()
    )


def _broken(check: str, placement: str, what: str, used: Decimal, source: str) -> Margin:
    return Margin(
        check=check,
        placement=placement,
        what=what,
        used=used,
        limit=ZERO,
        unit="parts",
        source=source,
        basis="stated",
    )
