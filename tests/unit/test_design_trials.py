"""“Tried out” shows what the trials hold, all of it, and nothing where none were run."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from frugal.design.appendix import rejected_section
from frugal.design.assumptions import assumption_section
from frugal.design.checks import checks_of
from frugal.design.costs import cost_section
from frugal.design.draft import Draft
from frugal.design.summary import lead_of
from frugal.design.trials import backlog_picture, trial_assumptions, tried_out
from frugal.faults import fault
from frugal.model.brief import Brief
from frugal.model.decision import Rejection
from frugal.model.document import Block, Bullets, Code, Heading, Section, Table, Text
from frugal.model.trial import CALM, Kept, Peaks, Point, Spread, Totals, Tried
from frugal.render.markdown import markdown
from payouts.facts import stated

Drafter = Callable[..., Draft]
Briefer = Callable[..., Brief]

OUTAGE = "partner_down"
HOUR = 3600


def kept(promise: str, used: str, limit: str, unit: str = "payouts") -> Kept:
    return Kept(
        promise=promise,
        what=f"{promise} counted",
        used=Decimal(used),
        limit=Decimal(limit),
        unit=unit,
        source="a test",
    )


def a_trial(id: str, **changes: Any) -> Tried:
    """Return a trial of 200 payouts in which a fault lasts from the sixth to the tenth hour."""
    calm = id == CALM
    given = Tried(
        pattern="function_through_backend",
        fault=id,
        seed=7,
        ratio=Decimal(1),
        hours=Decimal(24),
        fault_began_hours=None if calm else Decimal(6),
        fault_ended_hours=None if calm else Decimal(10),
        totals=Totals(
            asked=200,
            settled=190,
            declined=3,
            returned=1,
            held=4,
            pending=2,
            lost=0,
            doubled=0,
            late=5,
        ),
        latency=Spread(p50=Decimal(30), p90=Decimal(60), p99=Decimal("754.3"), most=Decimal(14400)),
        peaks=Peaks(
            backlog_payouts=33,
            backlog_seconds=Decimal(14400),
            database_sessions=21,
            concurrency=1,
            sends_again=2,
            runs_again=0,
            dead_letters=0,
            partner_refusals=9,
        ),
        drained_seconds=None if calm else Decimal(312),
        promises=(
            kept("never-lost", "0", "0"),
            kept("paid-within", "1" if calm else "4.2", "24", "hours"),
        ),
        violations=(),
        timeline=tuple(
            Point(
                seconds=at,
                due=max(0, min((at - 6 * HOUR) // 436, (10 * HOUR + 312 - at) // 10)),
                unknown=0,
                held=0,
                oldest_due_seconds=max(0, at - 6 * HOUR) if at < 10 * HOUR else 0,
            )
            for at in range(0, 24 * HOUR, 300)
        ),
        replay=f"python -m frugal.simulate out/brief.yaml --fault {id} --seed 7",
    )
    return replace(given, **changes)


def with_trials(draft: Draft, *given: Tried, **changes: Any) -> Draft:
    trials = given or (a_trial(CALM), a_trial(OUTAGE))
    decision = replace(
        draft.decision,
        chosen=replace(draft.decision.chosen, trials=len(trials)),
        options=(replace(draft.decision.options[0], trials=len(trials)),),
        trials=trials,
        trials_run=4,
        tried=3,
        trial_seed=7,
    )
    return replace(draft, decision=replace(decision, **changes), tried_out=True)


def words_of(blocks: tuple[Block, ...]) -> str:
    rows: list[str] = []
    for block in blocks:
        match block:
            case Text() | Heading():
                rows.append(block.words)
            case Bullets():
                rows += block.items
            case Table():
                rows += [" | ".join(row) for row in (block.columns, *block.rows)]
            case Code():
                rows.append(block.text)
    return "\n".join(rows)


def shown(draft: Draft) -> str:
    return words_of(tuple(tried_out(draft)))


def test_without_trials_there_is_no_such_heading(drafted: Drafter) -> None:
    """What was not asked for is not mentioned, and the lead says what judged instead."""
    assert shown(drafted()) == ""
    assert trial_assumptions(drafted()) == ()
    assert "hard checks alone" in lead_of(drafted())[-1]


def test_every_number_of_a_trial_has_its_column(drafted: Drafter) -> None:
    """Paid, not paid, held, open, late, lost, doubled, p99, backlog, drain, verdict."""
    row = (
        "the partner is down for four hours | 190 of 200 | 4 | 4 | 2 | 5 | 0 | 0 | 12.6 min | "
        "33, 4 h | 5.2 min | kept"
    )
    text = shown(with_trials(drafted()))
    assert row in text
    assert "nothing is done to it | 190 of 200" in text
    assert fault(OUTAGE).what in text


def test_how_many_trials_of_how_many_candidates(drafted: Drafter) -> None:
    """The lead and the section count trials, candidates and faults alike."""
    draft = with_trials(drafted())
    words = "4 trials of 3 candidates; this one kept every promise in calm and under 1 fault"
    assert words in shown(draft)
    assert words in lead_of(draft)[-1]
    assert "seed 7" in shown(draft)


def test_a_scaled_trial_says_what_a_payout_stands_for(drafted: Drafter) -> None:
    """One of 40 is no fine print."""
    scaled = a_trial(CALM, ratio=Decimal(40))
    assert "190 of 200 × 40" in shown(with_trials(drafted(), scaled))
    assert "×" not in shown(with_trials(drafted()))


def test_the_replay_is_one_command(drafted: Drafter) -> None:
    """Of the trial that is drawn, as code, unbroken."""
    codes = [b for b in tried_out(with_trials(drafted())) if isinstance(b, Code)]
    assert codes[-1].text == a_trial(OUTAGE).replay
    assert "\n" not in codes[-1].text


def test_what_is_left_out_has_its_reason(drafted: Drafter) -> None:
    """A fault that cannot be done is named with why, beside the table and not in it."""
    draft = with_trials(drafted(), not_applicable=(("webhook_forged", "no door stands open"),))
    assert f"{fault('webhook_forged').name}: no door stands open." in shown(draft)


def test_a_partner_without_a_double_says_who_stands_in(drafted: Drafter, briefed: Briefer) -> None:
    """Trials against somebody else's double are not sold as trials against the partner."""
    assert "stands in" not in shown(with_trials(drafted()))
    assert "no double" not in shown(with_trials(drafted()))
    assert "no double of" in shown(with_trials(drafted(brief=briefed("wise"))))


def test_what_every_design_breaks_is_told_in_the_verdict(drafted: Drafter) -> None:
    """Shared with the Stack is not the same as kept, nor held against this design."""
    broken = a_trial(
        "zone_lost", promises=(kept("never-lost", "0", "0"), kept("paid-within", "30", "24"))
    )
    excused = with_trials(
        drafted(), a_trial(CALM), broken, shared_by_trial=(("zone_lost", "paid-within"),)
    )
    assert "paid-within: broken by every design alike" in shown(excused)
    assert "under 1 more every design breaks one alike" in lead_of(excused)[-1]
    blamed = with_trials(drafted(), a_trial(CALM), broken)
    assert "**broken:** paid-within" in shown(blamed)
    assert [c.passed for c in trial_rows(excused)] == [True, True, True]
    assert "not counted" in trial_rows(excused)[1].evidence
    assert [c.passed for c in trial_rows(blamed)] == [True, False, True]


def trial_rows(draft: Draft) -> list[Any]:
    words = ("in every trial", "the judge")
    return [check for check in checks_of(draft) if check.what.startswith(words)]


def test_checks_name_the_worst_trial_of_each_promise(drafted: Drafter) -> None:
    """One row a promise, with the fullest number and where it was seen; none without trials."""
    lost, paid, judge = trial_rows(with_trials(drafted()))
    assert "at most 0 payouts" in lost.what
    assert lost.evidence == "0 payouts in 2 trials"
    assert "4.2 hours (while the partner is down for four hours) in 2 trials" in paid.evidence
    assert "2 trials, seed 7" in judge.evidence
    assert not trial_rows(drafted())


def test_what_the_judge_found_fails_a_check(drafted: Drafter) -> None:
    """A violation that no promise counts is not lost on the way."""
    found = a_trial(OUTAGE, violations=("P-17 was paid twice",))
    rows = trial_rows(with_trials(drafted(), a_trial(CALM), found))
    assert not rows[-1].passed
    assert "P-17" in rows[-1].evidence


def test_the_picture_shows_the_outage_and_the_drain() -> None:
    """One row a stretch, bars as long as the backlog, a mark while the fault lasts."""
    lines = backlog_picture(a_trial(OUTAGE)).splitlines()
    assert len(lines) <= 24
    assert lines[0] == "  5:00"
    marked = [line for line in lines if line[7:8] == "|"]
    assert marked[0].startswith("  6:00 |")
    assert marked[-1].startswith("  9:")
    longest = max(lines, key=lambda line: line.count("#"))
    assert longest.count("#") == 40
    assert longest == marked[-1]
    assert "due" not in lines[-1]


@pytest.mark.parametrize("hours", [1, 30, 700])
def test_the_picture_is_bounded_for_any_length(hours: int) -> None:
    """A minute or a month, at most 24 rows and a full bar."""
    timeline = tuple(
        Point(seconds=at, due=n % 7 + 1, unknown=0, held=0, oldest_due_seconds=at)
        for n, at in enumerate(range(0, hours * HOUR, max(60, hours * 60)))
    )
    trial = a_trial(OUTAGE, timeline=timeline, drained_seconds=None)
    lines = backlog_picture(trial).splitlines()
    assert 1 <= len(lines) <= 24
    assert max(line.count("#") for line in lines) == 40


def test_assumed_behaviour_is_listed(drafted: Drafter) -> None:
    """Every number of the parts' behaviour that nobody documents, with its reason."""
    draft = with_trials(drafted())
    rows = trial_assumptions(draft)
    assert rows
    assert all(row.why and row.value for row in rows)
    text = words_of(assumption_section(draft).blocks)
    for row in rows:
        assert f"{row.field.replace('_', ' ')} | {row.value} | {row.why}" in text


def test_an_option_says_whether_it_was_tried(drafted: Drafter) -> None:
    """An alternative that no trial has seen is marked as such."""
    draft = with_trials(drafted())
    other = replace(draft.decision.options[0], label="priced only", trials=0)
    options = (*draft.decision.options, other)
    decision = replace(draft.decision, options=options, rejections=())
    text = words_of(cost_section(replace(draft, decision=decision)).blocks)
    assert "kept every promise in" in text
    assert "(priced only, not tried out)" in text
    plain = replace(drafted(), decision=replace(drafted().decision, rejections=()))
    assert "tried out)" not in words_of(cost_section(plain).blocks)


def test_the_rejected_section_counts_who_fell(drafted: Drafter) -> None:
    """A trial's rejection reads like any other, with its number."""
    fell = Rejection(
        pattern="queue",
        settings=(),
        check="trial:partner_down",
        placement="queue",
        what="while the partner is down for four hours, payouts lost",
        used=Decimal(3),
        limit=Decimal(0),
        unit="payouts",
        source="python -m frugal.simulate ...",
        basis="tried",
        list_monthly=Decimal("0.93"),
    )
    draft = with_trials(drafted(), rejections=(fell,))
    text = words_of(rejected_section(draft).blocks)
    assert "3 of them by trials, in which 1 fell" in text
    assert "payouts lost: 3 of at most 0 payouts" in text
    assert "3 candidates, 1 of which fell" in lead_of(draft)[-1]


def test_why_nothing_was_tried_is_said(drafted: Drafter) -> None:
    """Asked for and not possible: the reason, in the section and in the lead."""
    draft = drafted()
    why = "payouts that are fetched cannot be tried out yet"
    told = replace(draft, decision=replace(draft.decision, untried=why, trial_seed=1))
    assert f"It was not: {why}." in shown(told)
    assert f"have not been run ({why})" in lead_of(told)[-1]


def test_it_prints(drafted: Drafter) -> None:
    """Rows are as wide as their table, and a hostile name stays text."""
    brief = drafted().brief
    partner = replace(brief.partner, name=stated("**Evil** `rm`", "a test"))
    draft = with_trials(drafted(brief=replace(brief, partner=partner)))
    section = Section(number=4, title="x", blocks=tuple(tried_out(draft)))
    text = markdown(_document(section))
    assert "`rm`" not in text


def _document(section: Section) -> Any:
    from frugal.model.document import Document

    return Document(title="x", lead=(), sections=(section,))
