"""Weighing: each candidate with what it adds to the month and every limit it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.choose.asking import Asking, PartMargin
from frugal.choose.checks import budget_margins, graph_margins, severity
from frugal.choose.faults import OwnFaults
from frugal.model.brief import FreeTier
from frugal.model.graph import Candidate
from frugal.patterns import Pattern, Scene, pattern
from frugal.price.engine import Pricer
from frugal.price.usage import Graph, PartUsage, baseline_of
from frugal.price_list.lookup import PriceList
from frugal.services import Margin


class Weighed:
    """One candidate on the scales. ``list_monthly`` is None where a part has no price."""

    __slots__ = ("broken_by", "candidate", "list_monthly", "refused_by", "unpriced", "usage")

    def __init__(
        self,
        candidate: Candidate,
        usage: list[PartUsage],
        list_monthly: Decimal | None,
        unpriced: tuple[str, ...],
        broken_by: tuple[PartMargin, ...] = (),
    ) -> None:
        self.candidate = candidate
        self.usage = usage
        self.list_monthly = list_monthly
        self.unpriced = unpriced
        self.broken_by = broken_by
        self.refused_by: tuple[Margin, ...] = ()  #: promises that a trial saw broken

    @property
    def feasible(self) -> bool:
        return not self.broken_by and not self.refused_by and self.list_monthly is not None

    @property
    def broken(self) -> tuple[Margin, ...]:
        """Every limit it breaks, the gravest first; only who breaks none is ever tried out."""
        margins = (one.margin for one in self.broken_by)
        return (*sorted(margins, key=lambda m: (severity(m.check), m.placement)), *self.refused_by)

    @property
    def pattern(self) -> Pattern:
        return pattern(self.candidate.pattern)

    @property
    def full(self) -> bool:
        return self.pattern.full

    @property
    def cost(self) -> Decimal:
        assert self.list_monthly is not None, f"{self.candidate.id} has no price"
        return self.list_monthly


def pricer_for(scene: Scene, prices: PriceList, region: str | None = None) -> Pricer:
    """Return a pricer on top of what the Stack uses today, with the account's allowances."""
    return Pricer(
        prices,
        region or scene.brief.region.value,
        baseline_of(scene.stack),
        allowances=scene.brief.free_tier.value is FreeTier.ALWAYS,
    )


def weigh(candidate: Candidate, scene: Scene, pricer: Pricer, own_faults: OwnFaults) -> Weighed:
    """Return one candidate weighed in one scene."""
    asking, graph = Asking.about(scene), Graph(candidate)
    one = priced(candidate, asking.usage(graph), pricer)
    one.broken_by = broken_limits(one, asking.margins(graph), scene, own_faults)
    return one


def priced(candidate: Candidate, usage: list[PartUsage], pricer: Pricer) -> Weighed:
    """Return a candidate with its price, its limits not looked at yet."""
    listed = pricer.listed(usage)
    if listed.unpriced:
        return Weighed(candidate, usage, None, listed.unpriced)
    assert isinstance(listed.list_monthly, Decimal), "a candidate is weighed with numbers"
    return Weighed(candidate, usage, listed.list_monthly, ())


def broken_limits(
    one: Weighed, margins: Iterable[PartMargin], scene: Scene, own_faults: OwnFaults
) -> tuple[PartMargin, ...]:
    """Return the limits a candidate breaks: its parts', the whole graph's, and the budget.

    What the Stack breaks by itself is reported; it is held against no candidate.
    """
    whole = [*graph_margins(one.candidate, scene.brief)]
    if one.list_monthly is not None:
        whole += budget_margins(one.candidate, one.list_monthly, scene.brief)
    return (
        *(
            found
            for found in margins
            if exceeded(found.margin) and (found.service, found.margin.check) not in own_faults
        ),
        *(PartMargin("", margin) for margin in whole if exceeded(margin)),
    )


def exceeded(margin: Margin) -> bool:
    """Return whether a limit is broken; asking that of an open one is a mistake of ours."""
    assert isinstance(margin.used, Decimal), f"{margin.check} is open"
    return margin.used > margin.limit
