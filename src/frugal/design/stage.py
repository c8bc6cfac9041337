"""Designing: the Decision, written down as one value that every output prints.

The recommended graph is asked what it is made of; the sections are written from that; nothing is
decided here. The order of the sections is the document's order.
"""

from __future__ import annotations

from frugal.choose.weighing import pricer_for
from frugal.design.alarm_trials import with_trials
from frugal.design.appendix import appendix, sources_of
from frugal.design.architecture import architecture_section
from frugal.design.assumptions import assumptions_of
from frugal.design.checklist import checklist_of
from frugal.design.checks import checks_of
from frugal.design.components import (
    alarms_of,
    components_of,
    failures_of,
    flows_of,
    list_costs,
    statements_of,
)
from frugal.design.costs import cost_section
from frugal.design.detail import detailed_design
from frugal.design.draft import Draft
from frugal.design.drawing import drawing
from frugal.design.hidden import hidden_costs_of
from frugal.design.mermaid import mermaid
from frugal.design.monitoring import monitoring
from frugal.design.risks import risk_section, risks_of
from frugal.design.roadmap import implementation
from frugal.design.summary import lead_of, summary_section, title_of
from frugal.design.trials import trial_assumptions
from frugal.model.decision import Decision
from frugal.model.design import Design
from frugal.model.document import Document
from frugal.model.worst_case import WorstCase
from frugal.patterns import Scene
from frugal.price_list.lookup import PriceList


def design(scene: Scene, decision: Decision, prices: PriceList) -> Design:
    """Return everything there is to say about the answer.

    Args:
        scene: what the Decision was made for.
        decision: the choice and its reasons.
        prices: the price list it was made with.
    """
    draft = drafted(scene, decision, prices)
    candidate = draft.candidate
    names = {part.id: part.service for part in draft.components}
    costs = list_costs(decision.chosen)
    text = drawing(candidate, names, costs, decision.region)
    chart = mermaid(candidate, names, costs)
    return Design(
        brief=draft.brief,
        stack=draft.stack,
        decision=decision,
        components=draft.components,
        flows=draft.flows,
        statements=draft.statements,
        alarms=draft.alarms,
        failures=draft.failures,
        checklist=draft.checklist,
        risks=risks_of(draft),
        assumptions=(*assumptions_of(draft), *trial_assumptions(draft)),
        checks=checks_of(draft),
        sources=sources_of(draft),
        drawing=text,
        mermaid=chart,
        worst_case=draft.worst_case,
        price_list_id=prices.id,
        document=Document(
            title=title_of(draft),
            lead=lead_of(draft),
            sections=(
                summary_section(draft),
                architecture_section(draft, text, chart),
                cost_section(draft),
                detailed_design(draft),
                implementation(draft),
                monitoring(draft),
                risk_section(draft),
                *appendix(draft),
            ),
        ),
    )


def drafted(scene: Scene, decision: Decision, prices: PriceList) -> Draft:
    """Return the answer with what was read off its graph, before a word is written."""
    candidate = decision.chosen.candidate
    pricer = pricer_for(scene, prices, decision.region)
    hidden = hidden_costs_of(decision.chosen, scene, pricer)
    return Draft(
        brief=scene.brief,
        stack=scene.stack,
        scene=scene,
        decision=decision,
        pricer=pricer,
        components=components_of(decision.chosen, scene),
        flows=flows_of(candidate, scene.brief),
        statements=statements_of(candidate, scene),
        alarms=with_trials(alarms_of(candidate, scene), decision),
        failures=failures_of(candidate, scene),
        checklist=checklist_of(decision, scene, pricer, hidden),
        hidden_costs=hidden,
        worst_case=_worst_case(scene, decision, prices),
        tried_out=bool(decision.trials),
    )


def _worst_case(scene: Scene, decision: Decision, prices: PriceList) -> WorstCase | None:
    """Return the highest bills, where trials were asked for: the same question in dollars."""
    if decision.trial_seed is None:
        return None
    from frugal.simulate.worst.guardrails import worst_case_of  # only where something is simulated

    return worst_case_of(decision.chosen.candidate, scene, prices, decision.region)
