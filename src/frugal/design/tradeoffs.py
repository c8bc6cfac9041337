"""The middle of section 3: what else could be paid for, and why it is not, each with its price.

Hidden costs, a schedule against events, the partner's response time, and pooling. Each is priced by
changing the graph, or the load, and pricing again.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.design.draft import Draft
from frugal.design.figures import money, number
from frugal.design.outlook import name_of
from frugal.design.repricing import at_volume, list_added, rebuilt, with_load
from frugal.model.document import Block, Heading, Table, Text
from frugal.model.graph import Candidate, Role, Verb
from frugal.patterns import pattern
from frugal.services import Margin, service

#: Topic of the hidden costs that the verdict on pooling is about.
SESSIONS = "database sessions"
_STARTING = (Verb.INVOKES, Verb.INVOKES_ASYNC, Verb.POLLS, Verb.SCHEDULES)
#: Reasons against a candidate that keeps every promise all the same.
_KEPT_PROMISES = ("dearer", "less-preferred", "priced-only")


def tradeoffs(draft: Draft) -> Iterator[Block]:
    """Yield the trade-offs that were weighed, with both sides' prices."""
    yield from _hidden(draft)
    yield from _schedule_or_events(draft)
    yield from _response_time(draft)
    yield from _sessions(draft)


# -- hidden costs --------------------------------------------------------------------------------


def _hidden(draft: Draft) -> Iterator[Block]:
    if not draft.hidden_costs:
        return
    yield Heading(words="Hidden costs, priced unasked")
    yield Table(
        columns=("What", "A month, list", "Comes with", "Here"),
        rows=tuple(
            (
                cost.what,
                money(cost.monthly) if cost.monthly is not None else "no price here",
                cost.comes_with,
                f"**paid** by `{cost.paid_by}`" if cost.paid_by else f"not paid: {cost.avoided_by}",
            )
            for cost in draft.hidden_costs
        ),
        numeric=(1,),
    )


# -- a schedule, or events -----------------------------------------------------------------------


def _schedule_or_events(draft: Draft) -> Iterator[Block]:
    """Put the best design that waits for a tick beside the best that reacts to each payout."""
    best: dict[bool, Candidate] = {}
    for candidate in _keeping_every_promise(draft):
        best.setdefault(reacts(candidate), candidate)
    if len(best) < 2:
        return
    empty = at_volume(draft.scene, Decimal(0))
    payouts = draft.scene.load.payouts
    assert isinstance(payouts, Decimal)
    rows = []
    for at_once in (False, True):
        candidate = best[at_once]
        total = list_added(candidate, draft.scene, draft.pricer)
        idle = list_added(rebuilt(candidate, empty), empty, draft.pricer)
        if total is None or idle is None:
            return
        rows.append(
            (
                "event-driven" if at_once else "on a schedule",
                name_of(candidate.pattern),
                number(_starts(candidate)),
                money(idle),
                money((total - idle) / payouts * 1000) if payouts else "-",
                money(total),
            )
        )
    yield Heading(words="A schedule, or events")
    yield Table(
        columns=(
            "Kind",
            "Best of its kind",
            "Starts a month",
            "A month with no payouts",
            "1,000 payouts more",
            "Added a month",
        ),
        rows=tuple(rows),
        numeric=(2, 3, 4, 5),
        caption="list price",
    )
    yield Text(words=_timing_words(draft))


def _keeping_every_promise(draft: Draft) -> Iterator[Candidate]:
    """Yield the options, then the cheapest of each other pattern that keeps every promise.

    What could be handed over comes before what is only priced, whatever it costs.
    """
    seen: set[str] = set()
    for option in draft.decision.options:
        seen.add(option.candidate.pattern)
        yield option.candidate
    kept = [
        (not pattern(rejection.pattern).full, rejection.list_monthly, rejection)
        for rejection in draft.decision.rejections
        if rejection.check in _KEPT_PROMISES and rejection.list_monthly is not None
    ]
    for _, _, rejection in sorted(kept, key=lambda row: row[:2]):
        if rejection.pattern not in seen:
            seen.add(rejection.pattern)
            yield pattern(rejection.pattern).candidate(draft.scene, dict(rejection.settings))


def reacts(candidate: Candidate) -> bool:
    """Return whether each payout starts its own sending; a sweep beside that does not count."""
    callers = {link.source for link in candidate.links if link.verb is Verb.CALLS_OUT}
    started = any(link.target in callers for link in candidate.links if link.verb in _STARTING)
    return started and not callers & _reached_by_ticks(candidate)


def _reached_by_ticks(candidate: Candidate) -> set[str]:
    """Return every part that a schedule sets to work, directly or through others."""
    reached = {part.id for part in candidate.role(Role.TRIGGER) if not part.get("sweep")}
    waiting = sorted(reached)
    while waiting:
        for link in candidate.outgoing(waiting.pop()):
            if link.target not in reached:
                reached.add(link.target)
                waiting.append(link.target)
    return reached


def _timing_words(draft: Draft) -> str:
    timing = draft.brief.timing
    hours = draft.brief.promises.paid_within_hours
    if timing.value.value == "batch":
        return (
            f"Payouts have {number(hours.value)} h to be paid in ({hours.basis}), so reacting "
            "within seconds buys nothing here; waiting for the partner's look-ups needs a tick in "
            "either kind."
        )
    return "Payouts are due within seconds, so a tick has to be shorter than the promise, or go."


def _starts(candidate: Candidate) -> Decimal:
    return sum(
        (
            link.per_month
            for link in candidate.links
            if link.verb in _STARTING and isinstance(link.per_month, Decimal)
        ),
        Decimal(0),
    )


# -- the partner's response time -----------------------------------------------------------------


def _response_time(draft: Draft) -> Iterator[Block]:
    """Price every call at the partner's median, its slow tail and its time-out."""
    terms = draft.brief.partner
    options = draft.decision.options
    shown = next((one for one in options if _billed_for_waiting(draft, one.candidate)), None)
    yield Heading(words="What the partner's response time costs")
    if shown is None:
        yield Text(words="None of the options is billed while it waits for the partner.")
        return
    still = _at_seconds(draft, shown.candidate, Decimal(0))
    rows = []
    for words, fact in (
        ("median (p50)", terms.response_seconds_p50),
        ("slow tail (p99)", terms.response_seconds_p99),
        ("time-out", terms.timeout_seconds),
    ):
        cost = _at_seconds(draft, shown.candidate, fact.value)
        if cost is None or still is None:
            continue
        rows.append(
            (
                f"{words}, {fact.basis}",
                figures.seconds(fact.value),
                money(cost - still),
                money(cost),
            )
        )
    yield Table(
        columns=("Every call takes", "Seconds", "Cost of waiting", "Added a month"),
        rows=tuple(rows),
        numeric=(1, 2, 3),
        caption=f"{shown.pattern_name}, list price",
    )
    if shown is not options[0]:
        yield Text(
            words="The recommended design waits on a machine that is paid for anyway, so waiting "
            "costs it nothing; the table is for the next option that is billed for it."
        )


def _at_seconds(draft: Draft, candidate: Candidate, seconds: Decimal) -> Decimal | None:
    scene = with_load(draft.scene, partner_seconds_mean=seconds)
    return list_added(rebuilt(candidate, scene), scene, draft.pricer)


def _billed_for_waiting(draft: Draft, candidate: Candidate) -> bool:
    quick, slow = (_at_seconds(draft, candidate, Decimal(value)) for value in (0, 1))
    return quick is not None and slow is not None and slow > quick


# -- pooling -------------------------------------------------------------------------------------


def _sessions(draft: Draft) -> Iterator[Block]:
    """Give the verdict on pooling, with its arithmetic and its price even where it is rejected."""
    margins = _connection_margins(draft)
    hidden = [cost for cost in draft.hidden_costs if cost.topic == SESSIONS]
    if not margins and not hidden:
        return
    yield Heading(words="Database sessions: pool or proxy")
    sessions = _sessions_added(draft.candidate)
    words = [f"This design keeps {figures.counted(sessions, 'session')} open at the most."]
    for margin in margins:
        assert isinstance(margin.used, Decimal)
        words.append(
            f"With those in use it makes {number(margin.used)} of {number(margin.limit)} "
            f"{margin.unit} ({margin.source}, {margin.basis}), so "
            f"{number(margin.limit - margin.used)} stay free."
        )
    database = draft.stack.database
    if database is not None and database.connections_in_use is None:
        words.append("How many are in use today was not given and is counted as none.")
    for cost in hidden:
        price = f"{money(cost.monthly)} a month" if cost.monthly is not None else "no price here"
        words.append(
            f"**{cost.what}: yes**, `{cost.paid_by}`, {price}."
            if cost.paid_by
            else f"**{cost.what}: no.** It would add {price}; {cost.avoided_by}."
        )
    yield Text(words=" ".join(words))


def _connection_margins(draft: Draft) -> tuple[Margin, ...]:
    return tuple(
        margin
        for part in draft.parts()
        if part.placement.role is Role.STORE
        for margin in service(part.placement.service).limits(part)
        if margin.unit == "connections"
    )


def _sessions_added(candidate: Candidate) -> int:
    """Return the sessions that this design's callers may hold at once."""
    callers = {link.source for link in candidate.links if link.verb is Verb.CONNECTS}
    return sum(int(candidate[caller].number("connections")) for caller in sorted(callers))
