"""Everything the sections of the document read: the answer, and what was read off its graph.

A section is a function of a Draft. It looks nothing up, so two sections cannot tell the same thing
in two ways, and a section can be tested with a Draft made by hand.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Brief, Value
from frugal.model.decision import Decision
from frugal.model.design import (
    AlarmSpecification,
    ChecklistItem,
    Component,
    FailureMode,
    Flow,
    IamStatement,
)
from frugal.model.graph import Candidate
from frugal.model.stack import Stack
from frugal.model.worst_case import WorstCase
from frugal.patterns import Scene
from frugal.price.engine import Pricer
from frugal.price.usage import parts_of
from frugal.services import Part


class HiddenCost(Value, frozen=True, kw_only=True):
    """Something designs pay for unawares: what it costs here, or would cost."""

    topic: str
    what: str
    monthly: Decimal | None  #: list price; None: it has no price in this Region
    comes_with: str
    avoided_by: str
    paid_by: str  #: the part of the recommended design that pays it; empty: none does


class Draft(Value, frozen=True, kw_only=True):
    """The answer before it is written down. All prices are of ``decision.region``."""

    brief: Brief
    stack: Stack
    scene: Scene  #: at the high end of the volume, what the Decision was made for
    decision: Decision
    pricer: Pricer  #: prices usage on top of what the Stack uses today
    components: tuple[Component, ...]  #: in the order of the drawing
    flows: tuple[Flow, ...]  #: in the order a payout meets them
    statements: tuple[IamStatement, ...]
    alarms: tuple[AlarmSpecification, ...]  #: chosen ones and those offered
    failures: tuple[FailureMode, ...]
    checklist: tuple[ChecklistItem, ...]
    hidden_costs: tuple[HiddenCost, ...] = ()
    worst_case: WorstCase | None = None  #: worked out where trials were asked for
    tried_out: bool = False  #: it survived trials; otherwise judged by hard checks alone

    @property
    def candidate(self) -> Candidate:
        """The recommended graph."""
        return self.decision.chosen.candidate

    def parts(self) -> tuple[Part, ...]:
        """Return every part of the recommended design where it stands."""
        return tuple(parts_of(self.candidate, self.scene))

    @property
    def list_monthly(self) -> Decimal:
        """What the recommendation adds to the month at list price."""
        return self.decision.chosen.list_monthly
