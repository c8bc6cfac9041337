"""The cost checklist: each known way to spend less, applied or not, and its worth in dollars.

A line comes from the part it is about (``Service.habits``), or from the graph as a whole. Its worth
is the list price of the design done the other way less the price of the design done this way; what
cannot be priced says so and is no number.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.design.draft import HiddenCost
from frugal.design.repricing import at_volume, changed, list_added, rebuilt
from frugal.model.decision import Decision
from frugal.model.design import ChecklistItem
from frugal.model.graph import Candidate
from frugal.patterns import Kind, Pattern, Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import parts_of
from frugal.services import service

#: Settings by which several payouts share one call, in whichever pattern has them.
_BATCHING = ("batch_size", "interval_minutes", "tick_seconds")
WAY_OUT = "way out"


def checklist_of(
    decision: Decision, scene: Scene, pricer: Pricer, hidden: tuple[HiddenCost, ...]
) -> tuple[ChecklistItem, ...]:
    """Return the checklist of the recommended design."""
    candidate = decision.chosen.candidate
    here = decision.chosen.list_monthly
    return (
        *_habits(candidate, scene, pricer, here),
        _batching(candidate, scene, pricer, here),
        *_way_out(hidden),
        _one_region(candidate),
        _allowances(decision),
        _idle(decision, scene, pricer),
    )


def _habits(
    candidate: Candidate, scene: Scene, pricer: Pricer, here: Decimal
) -> Iterator[ChecklistItem]:
    for part in parts_of(candidate, scene):
        for habit in service(part.placement.service).habits(part):
            worth, why = None, habit.why
            if habit.otherwise is not None:
                there = list_added(changed(candidate, (habit.otherwise,)), scene, pricer)
                if there is None:
                    why += "; the other way has no price in this Region's list"
                else:
                    worth = there - here if habit.applied else here - there
            yield ChecklistItem(
                item=habit.item, applied=habit.applied, why=why, worth_monthly=worth
            )


def _batching(candidate: Candidate, scene: Scene, pricer: Pricer, here: Decimal) -> ChecklistItem:
    """Compare how much is taken at once with the other sizes that were weighed."""
    terms = scene.brief.partner
    partner = (
        f"{figures.quoted(terms.name.value, 40)} takes "
        + ("batches" if terms.batch_api.value else "one payout a call")
        + f" ({terms.batch_api.basis})"
    )
    choices = pattern(candidate.pattern).choices(scene)
    for name in _BATCHING:
        own = candidate.setting(name)
        sizes = [size for size in choices.get(name, ()) if isinstance(size, int) and size != own]
        if not isinstance(own, int) or not sizes:
            continue
        applied = own > min(sizes)
        other = min(sizes) if applied else max(sizes)
        there = list_added(rebuilt(candidate, scene, **{name: other}), scene, pricer)
        worth = None if there is None else (there - here if applied else here - there)
        return ChecklistItem(
            item="Batching",
            applied=applied,
            why=f"what has come due is taken together: {name.replace('_', ' ')} {own} against "
            f"{other}; {partner}",
            worth_monthly=worth,
        )
    return ChecklistItem(
        item="Batching",
        applied=False,
        why=f"{partner}, and nothing else of this design is sent one by one",
        worth_monthly=None,
    )


def _way_out(hidden: tuple[HiddenCost, ...]) -> Iterator[ChecklistItem]:
    """Set the ways out of a private network against each other, and against needing none."""
    ways = [cost for cost in hidden if cost.topic == WAY_OUT]
    if not ways:
        return
    paid = [cost for cost in ways if cost.paid_by]
    each = "; ".join(
        f"{cost.what} {figures.money(cost.monthly)}: {cost.avoided_by}"
        for cost in ways
        if cost.monthly is not None and not cost.paid_by
    )
    yield ChecklistItem(
        item="Neither a NAT gateway nor interface endpoints",
        applied=not paid,
        why=f"paid by {paid[0].paid_by}: {paid[0].comes_with}" if paid else each,
        worth_monthly=(paid or ways)[0].monthly,
    )


def _one_region(candidate: Candidate) -> ChecklistItem:
    bytes_kib = sum(
        (
            link.per_month * (link.request_kib + link.response_kib)
            for link in candidate.links
            if isinstance(link.per_month, Decimal)
        ),
        Decimal(0),
    )
    return ChecklistItem(
        item="No transfer between Regions",
        applied=True,
        why=f"every part is in one Region, so none of the {figures.number(bytes_kib / 1024)} MiB "
        "its links carry a month is billed as transfer between Regions; AWS's list gives that rate "
        "without its range, so it is not priced here",
        worth_monthly=None,
    )


def _allowances(decision: Decision) -> ChecklistItem:
    chosen = decision.chosen
    return ChecklistItem(
        item="Free allowances",
        applied=True,
        why="the account's monthly allowances are used, and never counted on: the choice is made "
        "at list price, and other work in the account may use them up",
        worth_monthly=chosen.list_monthly - chosen.effective_monthly,
    )


def _idle(decision: Decision, scene: Scene, pricer: Pricer) -> ChecklistItem:
    """Say what is paid in a month without a single payout, and what always-on would add."""
    candidate = decision.chosen.candidate
    empty = at_volume(scene, Decimal(0))
    still = list_added(rebuilt(candidate, empty), empty, pricer)
    always_on = [
        rejection.list_monthly
        for rejection in decision.rejections
        if rejection.list_monthly is not None and _always_on(pattern(rejection.pattern))
    ]
    cheapest = min(always_on, default=None)
    words = f"; {figures.money(still)} is paid in a month without a payout" if still else ""
    if _always_on(pattern(candidate.pattern)):
        return ChecklistItem(
            item="No idle parts", applied=False, why=f"it is always on{words}", worth_monthly=None
        )
    return ChecklistItem(
        item="No idle parts",
        applied=True,
        why=f"nothing new is billed by the hour{words}"
        + (". Worth: against the cheapest always-on design weighed" if cheapest else ""),
        worth_monthly=None if cheapest is None else cheapest - decision.chosen.list_monthly,
    )


def _always_on(found: Pattern) -> bool:
    return found.kind is Kind.ALWAYS_ON
