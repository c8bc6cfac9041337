"""Questions in the order of what an answer can do."""

from __future__ import annotations

from decimal import Decimal

from frugal.choose.questions import Unknown, questions
from frugal.choose.weighing import Weighed
from frugal.model.decision import Flip
from frugal.model.graph import Candidate
from frugal.model.ranges import Plausible

NOW = Decimal(5)
CHOSEN = Weighed(Candidate(pattern="queue", settings=(), placements=(), links=()), [], NOW, ())


def flip(input: str, cost: str | None = "6", at: str | None = None) -> Flip:
    return Flip(
        input=input,
        now="one thing",
        becomes="another",
        pattern="" if cost is None else "container_task",
        list_monthly=None if cost is None else Decimal(cost),
        because="a test",
        at=None if at is None else Decimal(at),
    )


def answer(moves: str | None, risk: str = "") -> Plausible:
    return Plausible(
        answer="another",
        why="a test",
        pattern="" if moves is None else "queue",
        list_monthly=None if moves is None else NOW + Decimal(moves),
        moves_monthly=None if moves is None else Decimal(moves),
        risk=risk,
    )


def asked(*unknowns: Unknown) -> list[str]:
    return [question.id for question in questions(unknowns, CHOSEN)]


def test_what_leaves_nothing_comes_before_what_breaks_a_promise_before_money() -> None:
    """Direction first; then nothing feasible, a broken promise, dollars."""
    assert asked(
        Unknown("timing", "batch", (flip("timing"),), (answer("40"),)),
        Unknown("webhooks", "none", (flip("webhooks"),), (answer("-90"),)),
        Unknown("partner_seconds", "2", (flip("partner_seconds"),), (answer("0", "too late"),)),
        Unknown("fixed_address", "no", (flip("fixed_address"),), (answer(None),)),
        Unknown("direction", "send", (flip("direction"),), (answer("0.01"),)),
    ) == ["direction", "fixed_address", "partner_seconds", "webhooks", "timing"]


def test_a_question_is_worth_its_plausible_answers_not_its_far_flips() -> None:
    """A flip at a value nobody will answer is worth nothing; the nearest answers are."""
    rows = questions(
        (
            Unknown(
                "payouts_per_day", "200", (flip("payouts_per_day", "900", "1e7"),), (answer("0.3"),)
            ),
            Unknown("docker", "yes", (flip("docker", "6"),), (answer("-1"), answer("0.2"))),
        ),
        CHOSEN,
    )
    assert [(row.id, row.worth_monthly) for row in rows] == [
        ("docker", Decimal(1)),
        ("payouts_per_day", Decimal("0.3")),
    ]


def test_without_drawn_months_the_flips_are_the_worth() -> None:
    """What was asked for before months were drawn is asked in the same order."""
    rows = questions(
        (
            Unknown("docker", "yes", (flip("docker", "6"),)),
            Unknown("timing", "batch", (flip("timing", "9"),)),
        ),
        CHOSEN,
    )
    assert [(row.id, row.worth_monthly) for row in rows] == [
        ("timing", Decimal(4)),
        ("docker", Decimal(1)),
    ]


def test_what_flips_nothing_is_asked_only_where_it_breaks_a_promise() -> None:
    """Money alone, without another choice behind it, is stated and not asked."""
    assert asked(Unknown("inconclusive_share", "1 %", (), (answer("3"),))) == []
    assert asked(Unknown("inconclusive_share", "1 %", (), (answer("3", "late"),))) == [
        "inconclusive_share"
    ]
