"""The Design: one value from which every output is printed.

``design.json`` is this value. The Markdown and the terminal summary print its ``document``; nothing
is worked out while printing, so the outputs cannot disagree.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Brief, Value
from frugal.model.decision import Decision
from frugal.model.document import Document
from frugal.model.stack import Stack
from frugal.model.trial import Noticed
from frugal.model.watch import Rule
from frugal.model.worst_case import WorstCase


class SpecificationRow(Value, frozen=True, kw_only=True):
    name: str
    value: str
    why: str = ""


class AlarmSpecification(Value, frozen=True, kw_only=True):
    id: str
    placement: str
    metric: str
    threshold: str
    period_seconds: int
    why: str
    guards_money: bool
    chosen: bool  #: in the recommended settings; the others are offered with their price
    rule: Rule | None = None  #: the threshold and period as data; None in a file without it
    #: The threshold before trials taught another one, in words; empty: it is as written.
    written: str = ""
    tried: bool = False  #: trials have its metric, so that the next three say something
    noticed: tuple[Noticed, ...] = ()  #: each fault that was tried
    false_alarms_per_month: Decimal | None = None
    true_alarms_per_month: Decimal | None = None  #: on calm days, for payouts that are held
    calm_days: Decimal | None = None  #: what that is counted over


class FailureMode(Value, frozen=True, kw_only=True):
    placement: str
    what: str
    effect: str
    mitigation: str


class Component(Value, frozen=True, kw_only=True):
    """One part of the recommended design, as it is to be built."""

    id: str
    role: str
    service: str  #: AWS's name
    existing: bool
    specification: tuple[SpecificationRow, ...]
    encryption_at_rest: str
    list_monthly: Decimal
    fixed_address: bool


class Flow(Value, frozen=True, kw_only=True):
    """One link of the data flow, in the order a payout meets it."""

    source: str
    target: str
    verb: str
    per_month: Decimal
    path: str
    encryption_in_transit: str
    purpose: str
    retry: str


class IamStatement(Value, frozen=True, kw_only=True):
    """What one part is allowed, for one link."""

    principal: str
    link: str
    actions: tuple[str, ...]
    resource: str
    condition: str = ""
    why_star: str = ""


class ChecklistItem(Value, frozen=True, kw_only=True):
    """One item of the cost checklist: applied or not, why, and what it is worth a month."""

    item: str
    applied: bool
    why: str
    worth_monthly: Decimal | None  #: list price; None: could not be priced, said in ``why``


class Risk(Value, frozen=True, kw_only=True):
    what: str
    likelihood: str
    effect: str
    mitigation: str


class Assumption(Value, frozen=True, kw_only=True):
    """A value nobody gave, and the reason for the default. ``flips``: could change the choice."""

    field: str
    value: str
    why: str
    flips: bool


class CheckMade(Value, frozen=True, kw_only=True):
    """One check made before finishing, with its result; a failed one is shown as failed."""

    area: str  #: prices, failure scenarios, single points of failure, growth, security
    what: str
    passed: bool
    evidence: str


class Source(Value, frozen=True, kw_only=True):
    """Where one price or limit comes from."""

    what: str
    sku_id: str
    effective_date: str
    formula: str
    address: str


class Design(Value, frozen=True, kw_only=True, omit_defaults=False):
    """Everything there is to say about the answer to one Brief."""

    schema: int = 1
    brief: Brief
    stack: Stack
    decision: Decision
    components: tuple[Component, ...]
    flows: tuple[Flow, ...]
    statements: tuple[IamStatement, ...]
    alarms: tuple[AlarmSpecification, ...]
    failures: tuple[FailureMode, ...]
    checklist: tuple[ChecklistItem, ...]
    risks: tuple[Risk, ...]
    assumptions: tuple[Assumption, ...]
    checks: tuple[CheckMade, ...]
    sources: tuple[Source, ...]
    drawing: str  #: the architecture as text
    mermaid: str
    price_list_id: str
    document: Document
    worst_case: WorstCase | None = None  #: None where no trial was asked for
