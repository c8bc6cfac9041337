"""Sections 5 to 7: steps with their undo, alarms with their price, risks that have a cause."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.draft import Draft
from frugal.design.figures import money
from frugal.design.monitoring import alarm_price, monitoring, watch_lines
from frugal.design.risks import risk_section, risks_of
from frugal.design.roadmap import implementation
from frugal.model.brief import Brief, Direction
from frugal.model.document import Section, Steps, Table, Text
from frugal.model.graph import Role, Verb
from frugal.model.stack import Stack
from payouts.facts import documented, stated

Drafter = Callable[..., Draft]
PATTERNS = ("function_through_backend", "container_task", "queue", "direct_function")


def steps_of(section: Section) -> tuple[str, ...]:
    return next(block.items for block in section.blocks if isinstance(block, Steps))


def tables_of(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def text_of(section: Section) -> str:
    return "\n".join(block.words for block in section.blocks if isinstance(block, Text))


# -- 5 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_step_has_its_undo(drafted: Drafter, pattern: str) -> None:
    """A step that cannot be undone says so; none is silent about it."""
    assert all(" Undo: " in step for step in steps_of(implementation(drafted(pattern))))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_new_part_is_built_once(drafted: Drafter, pattern: str) -> None:
    """The steps build exactly what the graph adds, and what starts the work comes last."""
    draft = drafted(pattern)
    building = [step for step in steps_of(implementation(draft)) if step.startswith("**Build ")]
    for component in draft.components:
        named = [step for step in building if f"{component.id} (" in step]
        assert len(named) == (0 if component.existing else 1), component.id
    if any(True for _ in draft.candidate.role(Role.TRIGGER)):
        assert "disabled" in building[-1]


def test_the_cut_over_is_in_order(drafted: Drafter) -> None:
    """Freeze, import, compare, then one, ten and all; never a payout before the comparison."""
    steps = steps_of(implementation(drafted()))
    order = [
        next(at for at, step in enumerate(steps) if step.startswith(f"**{opening}"))
        for opening in (
            "Rehearse", "Freeze the old path", "Import what is open", "Compare with Fiserv",
            "Pay 1:", "Pay 10:", "Pay all:", "Remove the old path",
        )
    ]  # fmt: skip
    assert order == sorted(order)


def test_roll_back_keeps_looking_up(drafted: Drafter) -> None:
    """What starts the work is turned off only after nothing is unknown any more."""
    section = implementation(drafted())
    back = [block.items for block in section.blocks if isinstance(block, Steps)][1]
    waits = next(at for at, step in enumerate(back) if "nothing is unknown" in step)
    off = next(at for at, step in enumerate(back) if "turn schedule off" in step)
    assert back[0].startswith("Set the cap to 0")
    assert waits < off


def test_a_worker_without_a_trigger_is_stopped(drafted: Drafter) -> None:
    """Where nothing starts the work from outside, it is started and stopped itself."""
    steps = "\n".join(steps_of(implementation(drafted("container_task"))))
    assert "start payout-worker" in steps
    assert "schedule" not in steps.replace("its schedule", "")


def test_peering_is_a_step_by_hand(drafted: Drafter) -> None:
    """Peering has no resource in either template language, so the roadmap carries it."""
    by_hand = "**Turn on peering by hand**"
    direct = steps_of(implementation(drafted("direct_function", database_path="private")))
    assert any(step.startswith(by_hand) for step in direct)
    assert not any(step.startswith(by_hand) for step in steps_of(implementation(drafted())))


def test_the_sandbox_s_limits_are_said(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """What the partner's sandbox cannot play is in the test plan; where unknown, that is."""
    known = implementation(drafted())
    assert "What Fiserv's sandbox cannot do:" in text_of(known)
    unknown = implementation(drafted(brief=briefed("generic")))
    assert "was not found" in text_of(unknown)


def test_receiving_has_no_cut_over_of_money(
    drafted: Drafter, briefed: Callable[..., Brief]
) -> None:
    """Nothing is paid, so nothing is capped; both ways run beside each other instead."""
    steps = "\n".join(steps_of(implementation(drafted(brief=briefed(direction=Direction.RECEIVE)))))
    assert "Pay 1" not in steps
    assert "Let both run" in steps


# -- 6 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alarms", ["money", "all"])
def test_each_alarm_is_chosen_or_left_out(drafted: Drafter, alarms: str) -> None:
    """Every alarm a part offers stands in one of the two tables, with its reason."""
    draft = drafted(alarms=alarms)
    rows = [row for table in tables_of(monitoring(draft)) for row in table.rows]
    for alarm in draft.alarms:
        found = [row for row in rows if row[0].strip("*") == alarm.id]
        assert len(found) == 1
        assert alarm.why in found[0]
    if alarms == "all":
        assert "No alarm was left out" in text_of(monitoring(draft))


def test_the_watch_costs_what_its_lines_cost(drafted: Drafter) -> None:
    """The sum shown is the sum of the estimate's own lines for logs and alarms."""
    draft = drafted()
    total = sum((line.list_cost for line in watch_lines(draft)), Decimal(0))
    assert total > 0
    assert f"{money(total)} a month at list price" in text_of(monitoring(draft))


def test_left_out_alarms_are_priced(drafted: Drafter) -> None:
    """What doing without saves is said: the price of one alarm, times those left out."""
    draft = drafted()
    price, left = alarm_price(draft), sum(1 for alarm in draft.alarms if not alarm.chosen)
    assert price is not None
    assert f"{money(price)} a month each, {money(price * left)} for all" in text_of(
        monitoring(draft)
    )


def test_a_guard_that_is_left_out_is_shouted(drafted: Drafter) -> None:
    """Leaving out an alarm that guards money is never called harmless."""
    draft = drafted()
    alarms = tuple(replace(a, chosen=a.chosen and a.id != "unknown-payouts") for a in draft.alarms)
    assert "Some of them guard money" in text_of(monitoring(replace(draft, alarms=alarms)))


def test_no_alarm_at_all_is_said(drafted: Drafter) -> None:
    """An unwatched design says so where the alarms would stand."""
    draft = drafted()
    silent = replace(draft, alarms=tuple(replace(a, chosen=False) for a in draft.alarms))
    assert "None are chosen" in text_of(monitoring(silent))


# -- 7 -------------------------------------------------------------------------------------------


def what(draft: Draft) -> str:
    return "\n".join(risk.what for risk in risks_of(draft))


def test_a_risk_needs_a_cause(
    drafted: Drafter, briefed: Callable[..., Brief], stacked: Callable[..., Stack]
) -> None:
    """Keys on the box, peering and public endpoints are risks of designs that have them."""
    through, worker = what(drafted()), what(drafted("container_task"))
    direct = what(drafted("direct_function", database_path="private"))
    assert "long-lived AWS key" in worker
    assert "long-lived AWS key" not in through
    assert "Peering opens every port" in direct
    assert "Peering opens every port" not in through
    assert "endpoint for payout-function is public" in through
    assert "public" not in worker


def test_an_open_database_is_the_first_risk(drafted: Drafter) -> None:
    """Whatever else is listed, a port open to the world stands on top."""
    draft = drafted("direct_function", database_path="public")
    assert any(
        link.verb is Verb.CONNECTS and link.path == "public" for link in draft.candidate.links
    )
    assert risks_of(draft)[0].what == "The database's port is open to the internet"
    assert "open to the internet" not in what(drafted())


def test_what_the_stack_has_already_is_told_apart(drafted: Drafter) -> None:
    """Shared single points of failure are not called new, and new ones not shared."""
    assert "the Stack has already: " in what(drafted())
    assert "New single points of failure" not in what(drafted())
    assert "New single points of failure: nat-gateway" in what(
        drafted("direct_function", egress="nat")
    )


def test_what_is_known_is_no_risk(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """A rate that is stated, a direction that is said and an old account end their risks."""
    before = what(drafted())
    brief = briefed()
    partner = replace(
        brief.partner,
        requests_per_second=documented(Decimal(10), "their page"),
        fixed_address_required=documented(False, "their page"),
    )
    after = what(
        drafted(brief=replace(brief, partner=partner, direction=stated(Direction.SEND, "we send")))
    )
    for cause in ("rate limit is unknown", "other direction was meant", "list the addresses"):
        assert cause in before
        assert cause not in after


def test_trials_end_the_risk_of_none(drafted: Drafter) -> None:
    """Only a design that was tried out may leave that risk out."""
    assert "not yet tried out" in what(drafted())
    assert "not yet tried out" not in what(replace(drafted(), tried_out=True))


def test_every_failure_of_a_part_is_in_the_table(drafted: Drafter) -> None:
    """The second table is the parts' own list, whole."""
    draft = drafted()
    rows = tables_of(risk_section(draft))[1].rows
    assert [row[1] for row in rows] == [failure.what for failure in draft.failures]
