"""What stands after the seven sections: nothing assumed is hidden, nothing rejected is dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.appendix import (
    appendix,
    best_of,
    question_section,
    rejected_section,
    source_section,
    sources_of,
    why_not,
)
from frugal.design.assumptions import ALWAYS_SHOWN, assumption_section, assumptions_of, known
from frugal.design.detail import detailed_design
from frugal.design.draft import Draft
from frugal.design.monitoring import monitoring
from frugal.design.risks import risk_section
from frugal.design.roadmap import implementation
from frugal.model.brief import Brief, Direction
from frugal.model.decision import Flip
from frugal.model.document import Bullets, Code, Section, Steps, Table
from payouts.facts import assumed, stated

Drafter = Callable[..., Draft]
#: How a value looks that was printed and not written: its type, its absence, its exponent.
LEAKS = re.compile(r"Decimal\(|Fact\(|<[A-Za-z]\w*[. ]|[:=] None\b|\d(\.\d+)?E[-+]?\d")


def table_of(section: Section, caption: str = "") -> Table:
    return next(
        block
        for block in section.blocks
        if isinstance(block, Table) and (not caption or block.caption == caption)
    )


# -- assumptions ---------------------------------------------------------------------------------


def test_every_assumed_value_is_listed_once(drafted: Drafter) -> None:
    """The list is the walk over Brief and Stack: no assumed Fact is missing, none is twice."""
    draft = drafted()
    fields = [assumption.field for assumption in assumptions_of(draft)]
    assert len(fields) == len(set(fields))
    facts = known(draft.brief, draft.stack)
    assert set(fields) == {path for path, fact in facts.items() if fact.assumed}
    assert "brief.promises.largest_payout" in fields
    assert "stack.database.connections_in_use" in fields


def test_what_was_stated_is_no_assumption(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """Saying a value takes it off the list; assuming one in a tuple puts it on."""
    brief = briefed()
    brief = replace(
        brief,
        region=stated("eu-central-1", "Frankfurt"),
        must_not=(assumed("nat_gateway", "nobody wants one"),),
    )
    fields = {assumption.field for assumption in assumptions_of(drafted(brief=brief))}
    assert "brief.region" not in fields
    assert "brief.must_not[0]" in fields


def test_what_can_flip_the_choice_comes_first(drafted: Drafter) -> None:
    """An assumption that appears in a flip is marked, and stands before those that do not."""
    draft = drafted()
    flip = Flip(
        input="partner_seconds",
        now="2",
        becomes="9",
        pattern="queue",
        list_monthly=None,
        because="function-time-limit",
    )
    decision = replace(draft.decision, flips=(flip,))
    found = assumptions_of(replace(draft, decision=decision))
    flipping = [assumption.field for assumption in found if assumption.flips]
    assert flipping == ["brief.partner.response_seconds_p50", "brief.partner.response_seconds_p99"]
    assert [assumption.field for assumption in found[:2]] == flipping


def test_six_topics_are_always_said(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """Latency, partner, instance, database, Region and compliance: stated, assumed or asked."""
    for draft in (drafted(), drafted(brief=briefed("stripe"))):
        rows = table_of(assumption_section(draft), "Always said").rows
        assert [row[0] for row in rows] == [topic for topic, _ in ALWAYS_SHOWN]
        assert all("(" in said or "unknown: asked" in said or "none" in said for _, said in rows)


def test_the_unknown_is_asked_not_zero(drafted: Drafter) -> None:
    """Fiserv publishes no rate limit: the topic says that it is unknown and asked."""
    rows = dict(table_of(assumption_section(drafted()), "Always said").rows)
    assert "rate limit unknown: asked" in rows["Partner's API"]


# -- questions and rejections --------------------------------------------------------------------


def test_a_question_shows_where_it_flips(drafted: Drafter) -> None:
    """The value at which the answer changes, what is chosen then, and what it is worth."""
    row = table_of(question_section(drafted())).rows[0]
    assert row[2] == "0.02 requests/s → nothing is feasible"
    assert row[3] == "the design itself"


def test_the_partner_is_not_asked_the_same_twice(drafted: Drafter) -> None:
    """A question that can flip the choice is not repeated in the partner's list."""
    section = question_section(drafted())
    asked = next(block for block in section.blocks if isinstance(block, Bullets)).items
    assert not any("How many requests a second" in question for question in asked)
    assert any("list the addresses" in question for question in asked)


def test_each_rejected_pattern_has_one_line(drafted: Drafter) -> None:
    """One line a pattern, with how many of it were rejected; all of them add up."""
    draft = drafted()
    rows = table_of(rejected_section(draft)).rows
    patterns = {rejection.pattern for rejection in draft.decision.rejections}
    assert len(rows) == len(patterns)
    assert sum(int(row[1]) for row in rows) == len(draft.decision.rejections)


def test_the_best_of_a_pattern_is_the_nearest(drafted: Drafter) -> None:
    """One that keeps every promise comes before a broken one, then the cheaper."""
    broken, dear, good = drafted().decision.rejections
    assert best_of((broken, dear)) is broken
    assert best_of((broken, dear, good)) is good
    unpriced = replace(broken, list_monthly=None)
    assert best_of((unpriced, dear)) is dear


def test_a_reason_has_its_number(drafted: Drafter) -> None:
    """A rejection by a limit shows used and limit; an assumed limit is called assumed."""
    broken = drafted().decision.rejections[0]
    assert "1 of at most 0 things" in why_not(broken)
    assert "(assumed)" in why_not(replace(broken, basis="assumed"))


# -- sources -------------------------------------------------------------------------------------


def test_every_line_item_has_its_source(drafted: Drafter) -> None:
    """SKU, date, formula and address of each line, of the design and of what is there today."""
    draft = drafted()
    sources = sources_of(draft)
    for line in (*draft.decision.chosen.estimate.lines, *draft.decision.baseline.lines):
        assert any(
            s.sku_id == line.sku_id
            and s.effective_date == line.effective_date
            and s.address == line.source
            and line.formula in s.formula
            for s in sources
        ), line


def test_every_number_in_brackets_is_an_address(drafted: Drafter) -> None:
    """A reader who follows [n] finds it below; every address below is followed from somewhere."""
    section = source_section(drafted())
    cited = {row[-1] for block in section.blocks if isinstance(block, Table) for row in block.rows}
    listed = next(block for block in section.blocks if isinstance(block, Bullets)).items
    assert cited == {item.split(" ")[0] for item in listed}
    assert all(item.split(" ", 1)[1].strip() for item in listed)


# -- laws of every section -----------------------------------------------------------------------


def words_of(section: Section) -> Iterator[str]:
    for block in section.blocks:
        match block:
            case Table():
                yield from (cell for row in block.rows for cell in row)
                yield from (*block.columns, block.caption)
            case Bullets() | Steps():
                yield from block.items
            case Code():
                pass
            case _:
                yield block.words


def sections_of(draft: Draft) -> tuple[Section, ...]:
    return (
        detailed_design(draft),
        implementation(draft),
        monitoring(draft),
        risk_section(draft),
        *appendix(draft),
    )


@pytest.mark.parametrize("direction", list(Direction), ids=lambda direction: direction.value)
@pytest.mark.parametrize("partner", ["fiserv_ddp", "generic", "stripe", "wise"])
@pytest.mark.parametrize("pattern", ["function_through_backend", "container_task", "queue"])
def test_sections_are_well_formed(
    drafted: Drafter,
    briefed: Callable[..., Brief],
    pattern: str,
    partner: str,
    direction: Direction,
) -> None:
    """Tables are rectangular, marks are closed, and no value leaks its Python spelling."""
    draft = drafted(pattern, brief=briefed(partner, direction=direction))
    sections = sections_of(draft)
    assert [section.number for section in sections] == [4, 5, 6, 7, 0, 0, 0, 0, 0]
    for section in sections:
        assert section.blocks
        for block in section.blocks:
            if isinstance(block, Table):
                assert block.rows, block.caption
                assert {len(row) for row in block.rows} == {len(block.columns)}
        for words in words_of(section):
            assert words.count("**") % 2 == 0, words
            assert words.count("`") % 2 == 0, words
            assert not any("`" in strong for strong in words.split("**")[1::2]), "marks do not nest"
            assert "](" not in words, "only strong and code are mark-up"
            assert not LEAKS.search(words), words


def test_other_people_s_words_are_data(drafted: Drafter, briefed: Callable[..., Brief]) -> None:
    """A partner's name with mark-up or lines in it changes no block's shape."""
    brief = briefed("generic")
    named = replace(brief.partner, name=stated("Evil** `Pay`\n# Corp", "the request"))
    draft = drafted(brief=replace(brief, partner=named))
    for section in sections_of(draft):
        for words in words_of(section):
            assert "\n" not in words
            assert words.count("**") % 2 == 0
            assert words.count("`") % 2 == 0


def test_money_is_never_shown_as_nothing(drafted: Drafter) -> None:
    """A line of a fraction of a cent keeps its digits in the list of prices."""
    draft = drafted()
    rows = table_of(source_section(draft), "Prices").rows
    tiny = [
        line
        for line in draft.decision.chosen.estimate.lines
        if Decimal(0) < line.list_cost < Decimal("0.001")
    ]
    assert tiny
    assert not any(row[3].endswith("= $0.00") for row in rows)
