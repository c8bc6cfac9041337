"""Section 3 and the checklist: each figure is the difference of two designs that were priced."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.architecture import architecture_section
from frugal.design.checklist import checklist_of
from frugal.design.costs import Ends, cost_section
from frugal.design.draft import Draft
from frugal.design.figures import money
from frugal.design.hidden import hidden_costs_of
from frugal.design.repricing import at_volume, changed, list_added, rebuilt
from frugal.design.summary import LEAD_LINES_MAX, lead_of, summary_section, title_of
from frugal.design.tradeoffs import reacts
from frugal.model.brief import Brief, Direction
from frugal.model.decision import Flip, Question, Rejection
from frugal.model.design import ChecklistItem
from frugal.model.document import Section, Table
from frugal.model.graph import Role
from frugal.patterns import pattern, pattern_ids
from frugal.services.service import having
from payouts.facts import stated

Drafter = Callable[..., Draft]


def others(draft: Draft) -> tuple[Rejection, ...]:
    """Return two real candidates against the choice: a queue, and one on a public database."""
    found = []
    for pattern_id, check in (("queue", "dearer"), ("direct_function", "open-database")):
        own = pattern(pattern_id)
        settings = {name: values[0] for name, values in own.choices(draft.scene).items()}
        candidate = own.candidate(draft.scene, settings)
        found.append(
            Rejection(
                pattern=pattern_id,
                settings=candidate.settings,
                check=check,
                placement="",
                what="a reason",
                used=Decimal(1),
                limit=Decimal(0),
                unit="things",
                source="a page",
                basis="documented",
                list_monthly=list_added(candidate, draft.scene, draft.pricer),
            )
        )
    return tuple(found)


def full(draft: Draft) -> Draft:
    """Return the draft with its hidden costs and its checklist, as the stage fills them."""
    draft = replace(draft, decision=replace(draft.decision, rejections=others(draft)))
    hidden = hidden_costs_of(draft.decision.chosen, draft.scene, draft.pricer)
    checklist = checklist_of(draft.decision, draft.scene, draft.pricer, hidden)
    return replace(draft, hidden_costs=hidden, checklist=checklist)


def item(draft: Draft, opens: str) -> ChecklistItem:
    return next(one for one in draft.checklist if one.item.startswith(opens))


def tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def words(section: Section) -> str:
    return repr(section)


@pytest.mark.parametrize("pattern_id", pattern_ids())
def test_every_pattern_can_be_written_up(pattern_id: str, drafted: Drafter) -> None:
    """Whatever is recommended, its first three sections have no empty cell row and no gap."""
    draft = full(drafted(pattern_id))
    for section in (
        summary_section(draft),
        architecture_section(draft, "drawing", "chart"),
        cost_section(draft),
    ):
        for table in tables(section):
            assert table.rows
            assert all(len(row) == len(table.columns) for row in table.rows)
    assert len(lead_of(draft)) <= LEAD_LINES_MAX


def test_worth_is_the_difference_of_two_prices(drafted: Drafter) -> None:
    """Arm is worth what x86 would cost more, to the last digit."""
    draft = full(drafted())
    part = draft.candidate["payout-function"]
    x86 = changed(draft.candidate, (having(part, architecture="x86_64"),))
    there = list_added(x86, draft.scene, draft.pricer)
    assert there is not None
    assert item(draft, "Arm").worth_monthly == there - draft.list_monthly > 0


def test_what_is_not_applied_says_what_it_would_save(drafted: Drafter) -> None:
    """The same habit seen from the other side is worth the same."""
    arm = item(full(drafted(architecture="arm64")), "Arm")
    x86 = item(full(drafted(architecture="x86_64")), "Arm")
    assert (arm.applied, x86.applied) == (True, False)
    assert arm.worth_monthly == x86.worth_monthly


def test_free_allowances_are_worth_what_they_take_off(drafted: Drafter) -> None:
    """List price less the effective price, nothing else."""
    draft = full(drafted())
    chosen = draft.decision.chosen
    worth = item(draft, "Free allowances").worth_monthly
    assert worth == chosen.list_monthly - chosen.effective_monthly


def test_the_checklist_names_every_known_item(drafted: Drafter) -> None:
    """Arm, memory, batching, rules, Regions, endpoints, retention, allowances, idle parts, more."""
    said = " ".join(one.item for one in full(drafted()).checklist)
    for expected in (
        "Arm",
        "memory",
        "Batching",
        "scheduled rule",
        "between Regions",
        "interface endpoints",
        "Logs kept",
        "allowances",
        "idle",
        "Secrets Manager",
        "provisioned",
        "SnapStart",
    ):
        assert expected in said


def test_what_cannot_be_priced_has_no_number(drafted: Drafter) -> None:
    """Transfer between Regions has no usable rate in the list: said, never counted as nothing."""
    assert item(full(drafted()), "No transfer between Regions").worth_monthly is None


def test_a_hidden_cost_that_is_paid_is_shown_as_paid(drafted: Drafter) -> None:
    """A direct function behind a NAT gateway pays for it, and for its address."""
    draft = full(drafted("direct_function", database_path="private", egress="nat"))
    paid = {cost.topic: cost for cost in draft.hidden_costs if cost.paid_by}
    assert paid["way out"].paid_by == "nat-gateway"
    assert paid["addresses"].paid_by == "nat-gateway"
    assert not item(draft, "Neither a NAT gateway").applied
    assert "**paid** by `nat-gateway`" in words(cost_section(draft))


def test_nothing_hidden_is_paid_by_the_first_answer(drafted: Drafter) -> None:
    """The function through the backend pays for no gateway, proxy, address, balancer or key."""
    draft = full(drafted())
    assert not [cost.what for cost in draft.hidden_costs if cost.paid_by]
    assert all(cost.monthly is not None and cost.monthly > 0 for cost in draft.hidden_costs)


def test_the_ends_of_a_range_are_both_priced(drafted: Drafter) -> None:
    """The low end is the same settings at the low volume; more payouts never cost less."""
    draft = drafted()
    ends = Ends(draft)
    scene = at_volume(draft.scene, Decimal(100))
    again = list_added(rebuilt(draft.candidate, scene), scene, draft.pricer)
    assert ends.low_list == again <= draft.list_monthly


def test_a_total_is_the_sum_of_its_unrounded_lines(drafted: Drafter) -> None:
    """The last row of the option table is the Option's own figure."""
    draft = full(drafted())
    table = next(
        one
        for one in tables(cost_section(draft))
        if one.columns[0] == "Service" and one.columns[1].startswith("A")
    )
    total = next(row for row in table.rows if "Added a month" in row[0])
    assert total[1] == f"**{money(draft.list_monthly)}**"


def test_a_slower_partner_costs_a_function_more(drafted: Drafter) -> None:
    """Median, slow tail and time-out are priced in this order, each dearer than the last."""
    draft = full(drafted())
    table = next(one for one in tables(cost_section(draft)) if one.columns[0] == "Every call takes")
    costs = [Decimal(row[2].removeprefix("$")) for row in table.rows]
    assert costs == sorted(costs)
    assert costs[0] > 0


def test_waiting_in_the_container_is_said_to_cost_nothing(drafted: Drafter) -> None:
    """A worker on a machine that is paid for anyway is not billed for waiting."""
    assert "None of the options is billed while it waits" in words(
        cost_section(full(drafted("container_task")))
    )


def test_the_verdict_on_the_proxy_has_its_price(drafted: Drafter) -> None:
    """RDS Proxy is refused with the connection arithmetic and with what it would cost."""
    text = words(cost_section(full(drafted())))
    assert "**RDS Proxy: no.** It would add $21.90 a month" in text
    assert "21 of 97 connections" in text


def test_an_assumed_direction_is_said_and_the_other_priced(drafted: Drafter) -> None:
    """Where nobody said send or receive, the lead says what was assumed, and prices the other."""
    draft = drafted()
    assert any(line.startswith("**Read as:**") for line in lead_of(draft))
    flip = Flip(
        input="direction",
        now="send",
        becomes="receive",
        pattern="container_task",
        list_monthly=Decimal("1.25"),
        because="the price alone",
    )
    ask = Question(
        id="direction", text="?", assumed="send", flips=(flip,), worth_monthly=Decimal("0.25")
    )
    asking = replace(draft, decision=replace(draft.decision, questions=(ask,)))
    both = lead_of(asking)
    assert any("If you fetch what the partner paid" in line and "$1.25" in line for line in both)
    said = replace(draft.brief, direction=stated(Direction.SEND, "we pay out"))
    assert not any("Read as" in line for line in lead_of(replace(draft, brief=said)))


def test_untried_designs_say_so(drafted: Drafter) -> None:
    """Until trials have run, the lead says that hard checks alone were the judge."""
    draft = drafted()
    assert any("hard checks alone" in line for line in lead_of(draft))
    assert not any("alone" in line for line in lead_of(replace(draft, tried_out=True)))


def test_a_priced_only_answer_is_never_an_order_to_build(drafted: Drafter) -> None:
    """A pattern without runtime code is a direction, and the first line says so."""
    draft = drafted("dynamodb_ledger")
    first = lead_of(draft)[0]
    assert first.startswith("**Priced, not handed over:")
    assert "Build this" not in first


def test_a_few_payouts_are_counted_by_the_week(drafted: Drafter) -> None:
    """A dozen a week is no "1.71 a day"."""
    draft = drafted()
    twelve = stated(Decimal(12) / 7, "a dozen a week")
    volume = replace(draft.brief.volume, payouts_per_day_low=twelve, payouts_per_day_high=twelve)
    draft = replace(draft, brief=replace(draft.brief, volume=volume))
    assert title_of(draft).startswith("12 payouts a week")


def test_the_title_says_which_way_the_money_goes(
    drafted: Drafter, briefed: Callable[..., Brief]
) -> None:
    """Payouts are sent through a partner or received from it; the title is never wrong about it."""
    assert "through Fiserv" in title_of(drafted())
    received = drafted(brief=briefed(direction=Direction.RECEIVE))
    assert "received from Fiserv" in title_of(received)


def test_new_and_kept_parts_are_told_apart(drafted: Drafter) -> None:
    """What is added carries its cost; what is kept is named, the partner is neither."""
    draft = drafted()
    new = {part.id for part in draft.components if not part.existing}
    assert new >= {"schedule", "payout-function", "credentials", "logs", "alarms"}
    assert sum((part.list_monthly for part in draft.components), Decimal(0)) == draft.list_monthly
    line = next(one for one in lead_of(draft) if one.startswith("**Adds"))
    assert all(f"`{id}`" in line for id in new)
    assert "`partner`" not in line


def test_alarms_that_are_billed_are_those_that_are_chosen(drafted: Drafter) -> None:
    """Section 6 lists as many chosen alarms as the estimate counts, for either setting."""
    for setting in ("money", "all"):
        draft = drafted(alarms=setting)
        part = next(one for one in draft.parts() if one.placement.role is Role.ALARM)
        lines = [line for line in draft.decision.chosen.estimate.lines if line.placement == part.id]
        billed = max(line.pricing_quantity for line in lines if "Alarm" in line.sku_meter)
        assert billed == len([alarm for alarm in draft.alarms if alarm.chosen])


@pytest.mark.parametrize(
    ("pattern_id", "at_once"),
    [
        ("queue", True),
        ("function_through_backend", False),
        ("api_destination", False),
        ("container_task", False),
    ],
)
def test_what_reacts_is_read_off_the_graph(
    pattern_id: str, at_once: bool, drafted: Drafter
) -> None:
    """A payout starts its own sending where no tick leads to the caller; a sweep is no tick."""
    assert reacts(drafted(pattern_id).candidate) is at_once
