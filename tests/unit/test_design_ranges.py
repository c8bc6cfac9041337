"""Ranges in the document: what was drawn is what is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from frugal.design.draft import Draft
from frugal.design.ranges import months, plausible_words, range_words, scale_map
from frugal.model.decision import Question
from frugal.model.document import Table, Text
from frugal.model.ranges import Contribution, CostRange, Plausible, Reach

Drafter = Callable[..., Draft]


def a_range(p10: str, p90: str) -> CostRange:
    return CostRange(
        p10=Decimal(p10),
        p50=Decimal(p10),
        p90=Decimal(p90),
        rounded_to=Decimal("0.0001"),
        draws=3000,
        seed=1,
        varied=(
            Contribution(
                input="payouts",
                how="uniform",
                p10=Decimal(3300),
                p90=Decimal(5800),
                cost_p10=Decimal(p10),
                cost_p90=Decimal(p90),
                share=Decimal(1),
            ),
        ),
    )


def a_reach(per_day: str, pattern: str = "queue") -> Reach:
    return Reach(
        payouts_per_day=Decimal(per_day),
        pattern=pattern,
        full=bool(pattern),
        list_monthly=Decimal(3) if pattern else None,
        list_per_payout=Decimal("0.001") if pattern else None,
        until_payouts_per_day=None,
        check="" if pattern else "partner-rate",
        what="" if pattern else "requests a second",
    )


def deciding(draft: Draft, **changes: object) -> Draft:
    decision = msgspec.structs.replace(draft.decision, **changes)
    return msgspec.structs.replace(draft, decision=decision)


def test_the_ends_are_written_with_every_digit_they_have(drafted: Drafter) -> None:
    """Rounding them again would change how many months lie between them."""
    draft = deciding(drafted("queue"), cost_range=a_range("1.5852", "1.6417"))
    words = [block.words for block in months(draft) if isinstance(block, Text)]
    assert "$1.5852 to $1.6417" in words[0]
    assert "3,000 months" in words[0]


def test_what_does_not_vary_is_said_to_be_one_number(drafted: Drafter) -> None:
    """No range is shown where there is none."""
    found = a_range("1.31", "1.31")
    draft = deciding(drafted("queue"), cost_range=found)
    blocks = list(months(draft))
    assert not any(isinstance(block, Table) for block in blocks)
    assert "whatever comes" in range_words(found)


def test_nothing_is_said_of_what_was_not_drawn(drafted: Drafter) -> None:
    """Without trials there is no range and no map, and no heading for either."""
    assert list(months(drafted("queue"))) == []
    assert list(scale_map(drafted("queue"))) == []


def test_the_map_has_the_powers_of_ten_and_says_what_cannot_be_done(drafted: Drafter) -> None:
    """Points between them are for a plot; a volume nothing can do has its reason."""
    rows = (a_reach("1"), a_reach("2"), a_reach("5"), a_reach("10"), a_reach("100", pattern=""))
    draft = deciding(drafted("queue"), reaches=rows)
    (table,) = (block for block in scale_map(draft) if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["1", "10", "100"]
    assert table.rows[-1][1] == "nothing is feasible"
    assert table.rows[-1][-1] == "requests a second"


def test_an_answer_says_what_it_moves_and_what_it_breaks(drafted: Drafter) -> None:
    """Money with its sign, another design by its name, a broken promise in words."""

    def answer(moves: str | None, pattern: str, risk: str = "") -> Plausible:
        return Plausible(
            answer=f"{moves}",
            why="a test",
            pattern=pattern,
            list_monthly=None,
            moves_monthly=None if moves is None else Decimal(moves),
            risk=risk,
        )

    question = Question(
        id="timing",
        text="When?",
        assumed="batch",
        flips=(),
        worth_monthly=Decimal(1),
        plausible=(
            answer("0.5", "queue"),
            answer("0", "queue", "it is late"),
            answer("-2", "container_task"),
            answer(None, ""),
        ),
    )
    same, late, other, nothing = plausible_words(drafted("queue"), question).split("; ")
    assert same.endswith("+$0.50")
    assert late.endswith("the same, it is late")
    assert "-$2.00 with “" in other
    assert nothing.endswith("nothing is feasible")
