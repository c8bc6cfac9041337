"""The checks made before finishing are real: each one fails when what it looks at is spoilt."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from frugal.design.appendix import check_section
from frugal.design.checks import checks_of
from frugal.design.draft import Draft
from frugal.model.brief import Brief
from frugal.model.decision import Ceiling
from frugal.model.design import CheckMade
from frugal.model.document import Table, Text
from frugal.model.estimate import UnpricedPart
from frugal.model.graph import Link, Role, Verb, placed
from payouts.facts import stated

Drafter = Callable[..., Draft]


def failed(draft: Draft) -> tuple[str, ...]:
    return tuple(check.what for check in checks_of(draft) if not check.passed)


def test_the_first_request_passes_every_check(drafted: Drafter) -> None:
    """The untouched answer fails nothing, so a failure below is the tampering's."""
    assert failed(drafted()) == ()


def with_option(draft: Draft, **changes: Any) -> Draft:
    chosen = replace(draft.decision.chosen, **changes)
    return replace(draft, decision=replace(draft.decision, chosen=chosen))


def with_lines(draft: Draft, **changes: Any) -> Draft:
    estimate = draft.decision.chosen.estimate
    lines = (replace(estimate.lines[0], **changes), *estimate.lines[1:])
    return with_option(draft, estimate=replace(estimate, lines=lines))


def with_candidate(draft: Draft, **changes: Any) -> Draft:
    return with_option(draft, candidate=replace(draft.candidate, **changes))


def linked(draft: Draft, wanted: Verb, **changes: Any) -> Draft:
    links = tuple(
        replace(link, **changes) if link.verb is wanted else link for link in draft.candidate.links
    )
    return with_candidate(draft, links=links)


def dearer_by_a_cent(draft: Draft) -> Draft:
    return with_option(draft, list_monthly=draft.list_monthly + Decimal("0.01"))


def a_line_made_cheaper(draft: Draft) -> Draft:
    """The total is made to match, so that only asking the price list again can notice."""
    first = draft.decision.chosen.estimate.lines[0]
    cheaper = with_lines(draft, list_cost=first.list_cost / 2)
    return with_option(cheaper, list_monthly=cheaper.decision.chosen.estimate.list_monthly)


def no_date(draft: Draft) -> Draft:
    return with_lines(draft, effective_date="")


def unpriced(draft: Draft) -> Draft:
    missing = UnpricedPart(placement="logs", service="cloudwatch_logs", meter="m", reason="none")
    estimate = replace(draft.decision.chosen.estimate, unpriced=(missing,))
    return with_option(draft, estimate=estimate)


def counted_as_free(draft: Draft) -> Draft:
    return with_lines(draft, list_unit_price=Decimal(0))


def a_part_forgotten(draft: Draft) -> Draft:
    estimate = draft.decision.chosen.estimate
    lines = tuple(line for line in estimate.lines if line.placement != "logs")
    return with_option(draft, estimate=replace(estimate, lines=lines))


def an_idle_gateway(draft: Draft) -> Draft:
    gateway = placed("nat-gateway", Role.NETWORK, "nat_gateway", zones=1)
    grown = with_candidate(draft, placements=(*draft.candidate.placements, gateway))
    estimate = grown.decision.chosen.estimate
    line = replace(
        estimate.lines[0],
        placement="nat-gateway",
        pricing_unit="Hrs",
        pricing_quantity=Decimal(730),
        list_cost=Decimal("32.85"),
    )
    return with_option(grown, estimate=replace(estimate, lines=(*estimate.lines, line)))


def a_guard_left_out(draft: Draft) -> Draft:
    alarms = tuple(replace(alarm, chosen=False) for alarm in draft.alarms)
    return replace(draft, alarms=alarms)


def a_failure_without_answer(draft: Draft) -> Draft:
    failures = (replace(draft.failures[0], mitigation=" "), *draft.failures[1:])
    return replace(draft, failures=failures)


def a_call_without_retry_rule(draft: Draft) -> Draft:
    flows = tuple(
        replace(flow, retry="") if flow.verb == Verb.CALLS_OUT.value else flow
        for flow in draft.flows
    )
    return replace(draft, flows=flows)


def called_by_a_bus(draft: Draft) -> Draft:
    """A trigger that calls the partner would retry by itself, under no key of ours."""
    call = Link(
        source="schedule",
        target="partner",
        verb=Verb.CALLS_OUT,
        per_month=Decimal(1),
        path="public",
    )
    return with_candidate(draft, links=(*draft.candidate.links, call))


def no_dead_letters(draft: Draft) -> Draft:
    links = tuple(link for link in draft.candidate.links if link.verb is not Verb.DEAD_LETTERS)
    alarms = tuple(replace(a, chosen=a.placement != "payout-function") for a in draft.alarms)
    return replace(with_candidate(draft, links=links), alarms=alarms)


def a_point_of_failure(draft: Draft) -> Draft:
    gateway = placed("nat-gateway", Role.NETWORK, "nat_gateway", zones=1)
    return with_candidate(draft, placements=(*draft.candidate.placements, gateway))


def not_scaled(draft: Draft) -> Draft:
    return replace(draft, decision=replace(draft.decision, scales=()))


def a_limit_broken(draft: Draft) -> Draft:
    placements = tuple(
        replace(p, settings=tuple((n, 16 if n == "memory_mb" else v) for n, v in p.settings))
        for p in draft.candidate.placements
    )
    return with_candidate(draft, placements=placements)


def a_link_in_the_clear(draft: Draft) -> Draft:
    flows = (replace(draft.flows[0], encryption_in_transit=""), *draft.flows[1:])
    return replace(draft, flows=flows)


def a_link_nobody_describes(draft: Draft) -> Draft:
    return replace(draft, flows=draft.flows[1:])


def at_rest_in_the_clear(draft: Draft) -> Draft:
    components = tuple(
        replace(c, encryption_at_rest="") if c.role == Role.STORE.value else c
        for c in draft.components
    )
    return replace(draft, components=components)


def an_open_database(draft: Draft) -> Draft:
    return linked(draft, Verb.CONNECTS, path="public")


def a_star(draft: Draft) -> Draft:
    wide = replace(draft.statements[0], resource="*")
    return replace(draft, statements=(wide, *draft.statements[1:]))


def a_star_action(draft: Draft) -> Draft:
    wide = replace(draft.statements[0], actions=("ssm:*",))
    return replace(draft, statements=(wide, *draft.statements[1:]))


def a_permission_missing(draft: Draft) -> Draft:
    kept = tuple(s for s in draft.statements if "logs:PutLogEvents" not in s.actions)
    return replace(draft, statements=kept)


#: What spoils what: each with words of the check it must fail.
SPOILERS = (
    (dearer_by_a_cent, "add up to the totals"),
    (a_line_made_cheaper, "pricing the graph again"),
    (no_date, "its date and its address"),
    (unpriced, "no part is without a price"),
    (counted_as_free, "free of charge because no price"),
    (a_part_forgotten, "every part is priced"),
    (an_idle_gateway, "no NAT gateway"),
    (a_guard_left_out, "every way to lose money"),
    (a_failure_without_answer, "its effect and its mitigation"),
    (a_call_without_retry_rule, "retry rule"),
    (called_by_a_bus, "retries by itself"),
    (no_dead_letters, "leaves its error"),
    (a_point_of_failure, "the design adds none"),
    (not_scaled, "2 times the volume"),
    (not_scaled, "10 times the volume"),
    (a_limit_broken, "every limit of every part"),
    (a_link_in_the_clear, "every link has a path"),
    (a_link_nobody_describes, "every link has a path"),
    (at_rest_in_the_clear, "encrypted at rest"),
    (an_open_database, "not opened to the world"),
    (a_star, "wider than its link"),
    (a_star_action, "wider than its link"),
    (a_permission_missing, "the statement that allows it"),
)


@pytest.mark.parametrize(("spoil", "words"), SPOILERS)
def test_each_check_can_fail(drafted: Drafter, spoil: Callable[[Draft], Draft], words: str) -> None:
    """Spoil one thing, and the check about that thing fails."""
    assert any(words in what for what in failed(spoil(drafted()))), failed(spoil(drafted()))


def test_every_check_is_spoilt_by_some_test(drafted: Drafter) -> None:
    """A check that nothing here can fail would be decoration."""
    draft = drafted()
    seen = {what for spoil, _ in SPOILERS for what in failed(spoil(draft))}
    never = {check.what for check in checks_of(draft)} - seen
    # What is left needs another pattern, or other partner facts: a wait that is not durable.
    assert never <= {
        "waits for an unknown outcome are durable, and sends end before the partner forgets"
    }


def test_a_window_too_short_for_the_margin_fails(
    drafted: Drafter, briefed: Callable[..., Brief]
) -> None:
    """If the partner forgets at once, there is no hour before it in which a send is safe."""
    brief = briefed()
    partner = replace(brief.partner, send_window_hours=stated(Decimal(0), "no window at all"))
    draft = drafted(brief=replace(brief, partner=partner))
    assert any("sends end before" in what for what in failed(draft))


def test_a_stated_fact_can_force_a_gateway(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """A NAT gateway is no failure where the partner lists addresses and the person said so."""
    brief = briefed()
    partner = replace(brief.partner, fixed_address_required=stated(True, "they allow-list us"))
    draft = an_idle_gateway(drafted(brief=replace(brief, partner=partner)))
    assert not any("no NAT gateway" in what for what in failed(draft))


@pytest.mark.parametrize(("growth", "holds"), [("0.2", True), ("0.5", False)])
def test_stated_growth_is_held_against_the_ceiling(
    drafted: Drafter, briefed: Callable[..., Brief], growth: str, holds: bool
) -> None:
    """200 a day and half as much again is 300, above a ceiling of 250; a fifth more is not."""
    brief = briefed()
    volume = replace(brief.volume, growth_per_year=stated(Decimal(growth), "growing"))
    draft = drafted(brief=replace(brief, volume=volume))
    ceiling = Ceiling(
        pattern=draft.candidate.pattern,
        payouts_per_day=Decimal(250),
        searched_to=Decimal(1000),
        what="payouts a second",
    )
    known = replace(draft, decision=replace(draft.decision, ceilings=(ceiling,)))
    assert any("a year of the growth" in what for what in failed(draft))
    assert any("a year of the growth" in what for what in failed(known)) is not holds


def test_what_binds_at_a_multiple_is_named(drafted: Drafter) -> None:
    """A limit that ends the settings at twice the volume is evidence, not silence."""
    draft = drafted()
    scales = tuple(replace(scale, binds="partner-rate") for scale in draft.decision.scales)
    bound = replace(draft, decision=replace(draft.decision, scales=scales))
    told = [check.evidence for check in checks_of(bound) if "2 times" in check.what]
    assert told == ["at 400 payouts a day these settings no longer do: partner-rate"]


def test_a_failed_check_is_shown_first_as_failed(drafted: Drafter) -> None:
    """Nobody has to look for the failure among the passed."""
    section = check_section(a_star(drafted()))
    summary, table = section.blocks
    assert isinstance(summary, Text)
    assert isinstance(table, Table)
    assert "1 check of" in summary.words
    assert table.rows[0][2] == "**FAILED**"
    assert [row[2] for row in table.rows].count("**FAILED**") == 1


def test_checks_name_their_evidence(drafted: Drafter) -> None:
    """A result without its numbers is a claim."""
    assert all(isinstance(check, CheckMade) and check.evidence for check in checks_of(drafted()))
