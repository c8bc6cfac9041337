"""The checks made before finishing, each worked out again on the finished answer.

None takes another stage's word: the price is asked of the price list once more, the limits of the
services, the doors of the graph. A check that fails is printed as failed; nothing stops for it, so
that the reader sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from frugal.choose.checks import budget_margins, graph_margins
from frugal.design.alarm_trials import alarm_checks
from frugal.design.database import session_links
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, money, number
from frugal.design.partner_rules import patience
from frugal.design.price_checks import price_checks
from frugal.design.risks import single_points
from frugal.design.trial_checks import trial_checks
from frugal.model.brief import Direction
from frugal.model.decision import Scale
from frugal.model.design import CheckMade, IamStatement
from frugal.model.graph import Role, Verb
from frugal.patterns import pattern
from frugal.services import Margin, service

FAILURES = "failure scenarios"
POINTS = "single points of failure"
GROWTH = "growth"
SECURITY = "security"

#: Roles whose data at rest must say how it is encrypted.
_KEEPS_DATA = (Role.STORE, Role.SECRET, Role.QUEUE, Role.DEAD_LETTER, Role.LOGS)
#: The paths a link may take; see ``Link.path``.
_PATHS = ("public", "private", "aws", "local", "internal")
#: Multiples of the volume that are always looked at.
_GROWN = (Decimal(2), Decimal(10))


def checks_of(draft: Draft) -> tuple[CheckMade, ...]:
    """Return every check with its result, by area."""
    return tuple(check for made in _CHECKS for check in made(draft))


def _failures(draft: Draft) -> Iterator[CheckMade]:
    guards = tuple(alarm for alarm in draft.alarms if alarm.guards_money)
    silent = tuple(alarm.id for alarm in guards if not alarm.chosen)
    yield CheckMade(
        area=FAILURES,
        what="every way to lose money that a part names has its alarm",
        passed=bool(guards) and not silent,
        evidence=f"without one: {listed(silent)}"
        if silent
        else f"{counted(len(guards), 'alarm')}: {listed(tuple(a.id for a in guards))}"
        if guards
        else "no alarm guards money at all",
    )
    unexplained = tuple(
        f.placement for f in draft.failures if not (f.effect.strip() and f.mitigation.strip())
    )
    yield CheckMade(
        area=FAILURES,
        what="every failure of a part has its effect and its mitigation",
        passed=bool(draft.failures) and not unexplained,
        evidence=f"without: {listed(unexplained)}"
        if unexplained
        else counted(len(draft.failures), "failure"),
    )
    out = tuple(flow for flow in draft.flows if flow.verb == Verb.CALLS_OUT.value)
    bare = tuple(flow.source for flow in out if not flow.retry.strip())
    yield CheckMade(
        area=FAILURES,
        what="every call to the partner has its retry rule",
        passed=bool(out) and not bare,
        evidence=f"without: {listed(bare)}"
        if bare
        else listed(tuple(f"{flow.source}: {flow.retry}" for flow in out))
        or "nothing calls the partner",
    )
    blind = tuple(
        link
        for link in draft.candidate.links
        if link.verb is Verb.CALLS_OUT
        and draft.candidate[link.source].role in (Role.BUS, Role.QUEUE, Role.TRIGGER)
    )
    yield CheckMade(
        area=FAILURES,
        what="nothing that retries by itself calls the partner",
        passed=not blind,
        evidence=listed(tuple(link.source for link in blind)) or "only our own code does",
    )
    yield _dead_ends(draft)
    if draft.brief.direction.value is Direction.SEND:
        yield _durable_wait(draft)


def _dead_ends(draft: Draft) -> CheckMade:
    """Check that a run or a batch nobody waits for leaves its errors, or rings."""
    watched = {a.placement for a in draft.alarms if a.chosen and a.guards_money}
    started = {link.target for link in draft.candidate.links if link.verb is Verb.INVOKES_ASYNC} | {
        link.source for link in draft.candidate.links if link.verb is Verb.POLLS
    }
    lost = tuple(
        sorted(
            id
            for id in started
            if id not in watched
            and not any(True for _ in draft.candidate.outgoing(id, Verb.DEAD_LETTERS))
        )
    )
    return CheckMade(
        area=FAILURES,
        what="a run nobody waits for leaves its error where it is seen",
        passed=not lost,
        evidence=f"no dead letters from, and no alarm on, {listed(lost)}"
        if lost
        else listed(tuple(sorted(started))) or "no run is started without being waited for",
    )


def _durable_wait(draft: Draft) -> CheckMade:
    rules, wait = patience(draft), pattern(draft.candidate.pattern).wait
    window = rules.window_basis.value
    return CheckMade(
        area=FAILURES,
        what="waits for an unknown outcome are durable, and sends end before the partner forgets",
        passed=bool(wait.strip()) and rules.last_send_hours < window,
        evidence=f"{wait}; last send {number(rules.last_send_hours)} h after the first, the "
        f"partner recognises a repeat for {number(window)} h",
    )


def _points(draft: Draft) -> Iterator[CheckMade]:
    points = single_points(draft)
    new = tuple(f"{id}: {why}" for id, existing, why in points if not existing)
    shared = tuple(f"{id}: {why}" for id, existing, why in points if existing)
    yield CheckMade(
        area=POINTS,
        what="the design adds none",
        passed=not new,
        evidence=listed(new) or f"shared with the Stack already: {listed(shared) or 'none'}",
    )


def _growth(draft: Draft) -> Iterator[CheckMade]:
    scales = tuple(s for s in draft.decision.scales if s.pattern == draft.candidate.pattern)
    for factor in _GROWN:
        grown = next((s for s in scales if s.factor == factor), None)
        yield CheckMade(
            area=GROWTH,
            what=f"{number(factor)} times the volume holds, or it is known what binds",
            passed=grown is not None,
            evidence="not worked out" if grown is None else _at(grown),
        )
    growth = draft.brief.volume.growth_per_year
    if growth is not None:
        yield _a_year_on(draft, growth.value)
    margins = margins_of(draft)
    broken = tuple(m for m in margins if _fullness(m) is None)
    fullest = max(
        (m for m in margins if m.limit and _fullness(m) is not None),
        key=lambda m: _fullness(m) or Decimal(0),
        default=None,
    )
    yield CheckMade(
        area=GROWTH,
        what="every limit of every part holds at the largest volume asked for",
        passed=not broken,
        evidence=listed(tuple(_told(m) for m in broken))
        if broken
        else f"{counted(len(margins), 'limit')}"
        + (f"; the fullest is {_told(fullest)}" if fullest else ""),
    )


def _at(scale: Scale) -> str:
    volume = f"{number(scale.payouts_per_day)} payouts a day"
    if scale.binds:
        return f"at {volume} these settings no longer do: {scale.binds}"
    return f"holds: {volume}, {money(scale.list_monthly)} a month"


def _a_year_on(draft: Draft, growth: Decimal) -> CheckMade:
    """Check that the growth that was stated is below the pattern's ceiling, settings free."""
    needed = draft.brief.volume.payouts_per_day_high.value * (1 + growth)
    ceiling = next(
        (c for c in draft.decision.ceilings if c.pattern == draft.candidate.pattern), None
    )
    most = None if ceiling is None else ceiling.payouts_per_day
    return CheckMade(
        area=GROWTH,
        what="a year of the growth that was stated holds with this pattern",
        passed=ceiling is not None and (most is None or needed <= most),
        evidence=f"{number(needed)} payouts a day; "
        + (
            "no ceiling was worked out"
            if ceiling is None
            else f"nothing binds up to {number(ceiling.searched_to)}"
            if most is None
            else f"the pattern ends at {number(most)}: {ceiling.what}"
        ),
    )


def margins_of(draft: Draft) -> tuple[Margin, ...]:
    """Return how full every limit is: each part's own, the whole graph's, and the budget's."""
    own = (
        margin for part in draft.parts() for margin in service(part.placement.service).limits(part)
    )
    whole = graph_margins(draft.candidate, draft.brief)
    return (*own, *whole, *budget_margins(draft.candidate, draft.list_monthly, draft.brief))


def _fullness(found: Margin) -> Decimal | None:
    """Return how full a limit is, from 0 to 1; None where it is broken."""
    assert isinstance(found.used, Decimal), "a recommended design has no open input"
    if found.used > found.limit:
        return None
    return found.used / found.limit if found.limit else Decimal(0)


def _told(found: Margin) -> str:
    assert isinstance(found.used, Decimal)
    of = f"{number(found.used)} of {number(found.limit)} {found.unit}"
    return f"{found.placement}, {found.what}: {of}"


def _security(draft: Draft) -> Iterator[CheckMade]:
    bare = tuple(
        f"{flow.source} → {flow.target}"
        for flow in draft.flows
        if flow.path not in _PATHS or not flow.encryption_in_transit.strip()
    )
    yield CheckMade(
        area=SECURITY,
        what="every link has a path and says how it is encrypted",
        passed=len(draft.flows) == len(draft.candidate.links) and not bare,
        evidence=listed(bare) or f"{len(draft.flows)} of {len(draft.candidate.links)} links",
    )
    kept = tuple(
        component.id
        for component in draft.components
        if Role(component.role) in _KEEPS_DATA and not component.encryption_at_rest.strip()
    )
    yield CheckMade(
        area=SECURITY,
        what="every part that keeps data says how it is encrypted at rest",
        passed=not kept,
        evidence=f"does not: {listed(kept)}" if kept else "each does",
    )
    doors = tuple(link.source for link in session_links(draft) if link.path == "public")
    yield CheckMade(
        area=SECURITY,
        what="the database is not opened to the world",
        passed=not doors,
        evidence=f"sessions over a public port from {listed(doors)}"
        if doors
        else "no session crosses a public network",
    )
    wide = tuple(
        f"{s.principal}: {', '.join(s.actions)} on {s.resource}"
        for s in draft.statements
        if _wide(s) and not s.why_star.strip()
    )
    yield CheckMade(
        area=SECURITY,
        what="no permission is wider than its link without a reason",
        passed=not wide,
        evidence=listed(wide)
        or f"{counted(len(draft.statements), 'statement')}, no action with a star, "
        "no resource that is only one",
    )
    permitted = {statement.link for statement in draft.statements}
    calls = tuple(
        f"{link.source} {link.verb.value} {link.target}"
        for link in draft.candidate.links
        if link.path == "aws"
    )
    refused = tuple(call for call in calls if call not in permitted)
    yield CheckMade(
        area=SECURITY,
        what="every call to an AWS API has the statement that allows it",
        passed=not refused,
        evidence=f"nothing allows: {listed(refused)}"
        if refused
        else f"{len(calls)} of {counted(len(calls), 'call')}",
    )


def _wide(statement: IamStatement) -> bool:
    """Return whether a statement reaches beyond one named thing of this design."""
    return statement.resource.strip() == "*" or any("*" in action for action in statement.actions)


_CHECKS: tuple[Callable[[Draft], Iterator[CheckMade]], ...] = (
    price_checks,
    _failures,
    trial_checks,
    alarm_checks,
    _points,
    _growth,
    _security,
)
