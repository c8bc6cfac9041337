"""The worst case: what has no bound says so, and each guardrail is shown with its effect."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.draft import Draft
from frugal.design.worst_case import NAMES, worst_case
from frugal.model.document import Bullets, Document, Section, Table, Text
from frugal.model.worst_case import Attack, Bound, Guardrail, Guards, WorstCase
from frugal.price.usage import part_usage, parts_of
from frugal.price_list.lookup import open_snapshot
from frugal.render.markdown import markdown
from frugal.services import Part, Service, Usage, service
from frugal.services.aws_lambda import DURATION
from frugal.simulate.worst.bounds import ONE_DAY, Worst
from frugal.simulate.worst.guardrails import AGE_SECONDS, lag_days, settings, worst_case_of

Drafter = Callable[..., Draft]

HOME = "us-east-1"
FULL = (
    "api_destination",
    "container_task",
    "direct_function",
    "function_through_backend",
    "outbox_relay",
    "queue",
    "state_machine",
)


def found(draft: Draft) -> WorstCase:
    return worst_case_of(draft.candidate, draft.scene, open_snapshot(), HOME)


def of(bounds: tuple[Bound, ...], attack: Attack) -> Bound:
    return next(bound for bound in bounds if bound.attack is attack)


def guardrail(case: WorstCase, id: str) -> Guardrail:
    return next(one for one in case.guardrails if one.id == id)


@pytest.mark.parametrize("name", FULL)
def test_every_meter_is_answered_for(drafted: Drafter, name: str) -> None:
    """A meter that a part uses has a bound, is said to have none, or cannot be used more."""
    draft = drafted(name)
    for part in parts_of(draft.candidate, draft.scene):
        own = service(part.placement.service)
        said = {use.meter for use in own.worst(part, Guards(), ONE_DAY)}
        used = {row.usage.meter for row in part_usage(part) if row.usage.quantity}
        fixed = {meter for meter in used if meter.unit.endswith(("hour", "-month", "Hrs"))}
        assert own.steady or used <= said | fixed, (name, part.id, used - said)


@pytest.mark.parametrize("name", FULL)
def test_a_month_is_more_than_a_day_and_less_than_all_its_days(drafted: Drafter, name: str) -> None:
    """What was still under way from before counts once, and the dearest tiers come first."""
    for bound in found(drafted(name)).bounds:
        assert bound.day <= bound.month <= bound.day * 31


def test_who_says_nothing_is_not_bounded(drafted: Drafter) -> None:
    """A service without an answer has no bound: what it meters could be used without end."""

    class Silent(Service):
        id, name = "silent", "Silent"

        def usage(self, part: Part) -> tuple[Usage, ...]:
            return (Usage(DURATION, Decimal(1), "a test"),)

    part = drafted("queue").parts()[0]
    said = tuple(Silent().worst(part, Guards(), ONE_DAY))
    assert {use.attack for use in said} == set(Attack)
    assert {use.quantity for use in said} == {None}


def test_what_has_no_price_is_not_bounded(drafted: Drafter) -> None:
    """A meter without a price in a Region is listed, and costs no $0."""
    draft = drafted("function_through_backend")
    worst = Worst(draft.candidate, draft.scene, open_snapshot(), "no-such-region")
    storm = of(worst.bounds(Guards()), Attack.RETRY_STORM)
    assert storm.day == 0
    assert any(end.placement == "payout-function" for end in storm.not_bounded)
    assert all("no price" in end.why or "port" in end.why for end in storm.not_bounded)


@pytest.mark.parametrize("name", FULL)
def test_no_guardrail_raises_a_bound(drafted: Drafter, name: str) -> None:
    """With it is never more than without, and what it does not lower is not listed."""
    for one in found(drafted(name)).guardrails:
        for before, after in zip(one.before, one.after, strict=True):
            assert before.attack is after.attack
            assert after.day <= before.day
            assert after.month <= before.month
            assert after.month < before.month or after.day < before.day


def test_concurrency_and_age_lower_a_storm_and_both_together_lower_it_most(
    drafted: Drafter,
) -> None:
    """A storm is as long as events are old and as wide as there are environments."""
    case = found(drafted("function_through_backend"))
    before = of(case.bounds, Attack.RETRY_STORM)
    by_age = of(guardrail(case, "no-retries").after, Attack.RETRY_STORM)
    by_room = of(guardrail(case, "reserved-concurrency").after, Attack.RETRY_STORM)
    both = of(case.guarded, Attack.RETRY_STORM)
    assert both.day < min(by_age.day, by_room.day) < before.day


def test_what_reserved_concurrency_takes_is_said(drafted: Drafter) -> None:
    """It is taken from the account, of which a hundred must be left."""
    one = guardrail(found(drafted("function_through_backend")), "reserved-concurrency")
    assert "1,000" in one.costs
    assert "100" in one.costs
    assert not one.present


def test_no_bound_rests_on_the_log_filter(drafted: Drafter) -> None:
    """It stops lines below its level; a flood of errors passes it."""
    case = found(drafted("function_through_backend"))
    one = guardrail(case, "log-filter")
    assert [bound.attack for bound in one.after] == [Attack.LOG_FLOOD]
    assert not one.counted
    assert of(case.guarded, Attack.LOG_FLOOD).day > of(one.after, Attack.LOG_FLOOD).day


def test_a_queue_has_its_dead_letters_already(drafted: Drafter) -> None:
    """Poison is received five times; without them it would circle as fast as it is polled."""
    one = guardrail(found(drafted("queue")), "dead-letters")
    assert one.present
    poison = of(one.before, Attack.POISON_MESSAGE), of(one.after, Attack.POISON_MESSAGE)
    assert poison[0].day > 5 * poison[1].day


def test_a_budget_action_lowers_months_alone(drafted: Drafter) -> None:
    """Its data is a day and a half old, so a day is over before it acts."""
    for name in FULL:
        case = found(drafted(name))
        for one in case.guardrails:
            if one.id == "budget-action":
                assert [bound.day for bound in one.before] == [bound.day for bound in one.after]
                assert Attack.UNAUTHENTICATED not in {bound.attack for bound in one.after}
    assert lag_days(Guards()) > lag_days(Guards(event_age_seconds=AGE_SECONDS)) > Decimal("1.5")


def test_a_budget_stops_what_roles_start_and_no_door(drafted: Drafter) -> None:
    """A door that anyone may knock at is opened by no role: its bound stays."""
    draft = drafted("function_through_backend")
    unbounded = of(found(draft).guarded, Attack.UNAUTHENTICATED).not_bounded
    assert [end.placement for end in unbounded] == ["instance"]
    assert all(end.existing for end in unbounded)


def test_every_guardrail_says_what_it_breaks_and_where_it_is_written(drafted: Drafter) -> None:
    for one in settings(drafted("queue").scene):
        assert one.costs
        assert one.breaks
        assert "/" in one.source


# -- the document --------------------------------------------------------------------------------


def shown(draft: Draft) -> str:
    section = Section(number=3, title="Cost", blocks=tuple(worst_case(draft)))
    return markdown(Document(title="", lead=(), sections=(section,)))


def test_nothing_is_shown_where_no_trial_was_asked_for(drafted: Drafter) -> None:
    assert not tuple(worst_case(drafted("queue")))


@pytest.mark.parametrize("name", FULL)
def test_the_document_shows_every_attack_and_every_guardrail(drafted: Drafter, name: str) -> None:
    """Each attack has its row, each guardrail its bounds; what has no bound is in no sum."""
    draft = drafted(name)
    draft = replace(draft, worst_case=found(draft))
    assert draft.worst_case is not None
    text = shown(draft)
    for attack in Attack:
        assert NAMES[attack] in text.lower()
    for one in draft.worst_case.guardrails:
        assert one.name in text
    for bound in draft.worst_case.bounds:
        assert not bound.not_bounded or "Not bounded" in text
    blocks = tuple(worst_case(draft))
    first = next(block for block in blocks if isinstance(block, Table))
    assert len(first.rows) == len(Attack)
    assert any(isinstance(block, Text) for block in blocks)
    assert isinstance(blocks[-1], Bullets)


def test_an_amount_with_an_open_end_is_not_shown_as_the_whole(drafted: Drafter) -> None:
    draft = drafted("function_through_backend")
    draft = replace(draft, worst_case=found(draft))
    (table,) = [
        b for b in worst_case(draft) if isinstance(b, Table) and "A day, at most" in b.columns
    ]
    loop = next(row for row in table.rows if "loop" in row[0].lower())
    assert loop[1].endswith("and what is not bounded")
