"""“Monitoring” shows what trials taught the alarms, and what none of them notices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from frugal.design.alarm_trials import alarm_checks, unheard, with_trials
from frugal.design.draft import Draft
from frugal.design.monitoring import monitoring
from frugal.model.document import Block, Section, Table, Text
from frugal.model.trial import AlarmTried, FaultNoticed, Noticed

Drafter = Callable[..., Draft]
LEDGER = "oldest-due-payout"
MUST = "it needs a person to end"


def tried(
    draft: Draft,
    *,
    missed: bool = False,
    false_alarms: int = 0,
    measured: bool = True,
) -> Draft:
    """Return a draft whose oldest due payout's alarm learned ten minutes from four calm days."""
    (alarm,) = (one for one in draft.alarms if one.id == LEDGER)
    assert alarm.rule is not None
    heard = AlarmTried(
        alarm=alarm.id,
        placement=alarm.placement,
        rule=replace(alarm.rule, threshold=Decimal(600)),
        written=alarm.rule.threshold,
        measured=measured,
        calm_most=Decimal(290),
        false_alarms=false_alarms,
        calm_days=Decimal(4),
        noticed=(
            Noticed(fault="partner_down", after_seconds=Decimal(1230)),
            Noticed(fault="schedule_missed", after_seconds=Decimal(960)),
            Noticed(fault="balance_empty", after_seconds=None),
        ),
    )
    decision = replace(
        draft.decision,
        alarms=(heard,),
        noticed=(
            FaultNoticed(fault="partner_down", alarm=LEDGER, after_seconds=Decimal(1230)),
            FaultNoticed(fault="trigger_twice", alarm="", after_seconds=None),
            FaultNoticed(fault="balance_empty", alarm="", after_seconds=None, must=MUST)
            if missed
            else FaultNoticed(
                fault="balance_empty", alarm=LEDGER, after_seconds=Decimal(1260), must=MUST
            ),
        ),
    )
    return replace(draft, decision=decision, alarms=with_trials(draft.alarms, decision))


def words(section: Section) -> str:
    return "\n".join(_words(block) for block in section.blocks)


def _words(block: Block) -> str:
    if isinstance(block, Table):
        rows = (block.columns, *block.rows)
        return "\n".join(" | ".join(row) for row in rows)
    return block.words if isinstance(block, Text) else ""


@pytest.fixture
def draft(drafted: Drafter) -> Draft:
    return drafted()


def test_without_trials_thresholds_are_as_written(draft: Draft) -> None:
    """Nobody is told of a threshold that was tried when none was."""
    text = words(monitoring(draft))
    assert "not tried out" in text
    assert "learned" not in text
    assert "Noticed after" not in text


def test_a_learned_threshold_is_the_rule_that_templates_use(draft: Draft) -> None:
    """Rule, words and table say the same, and the written threshold is told beside it."""
    done = tried(draft)
    (alarm,) = (one for one in done.alarms if one.id == LEDGER)
    assert alarm.rule is not None
    assert alarm.rule.threshold == 600
    assert alarm.threshold.startswith("> 10 min (learned)")
    text = words(monitoring(done))
    assert alarm.threshold in text
    assert alarm.written in text
    assert "16 min to 21 min, 2 faults" in text


def test_what_rings_for_nothing_is_a_figure_and_a_failed_check(draft: Draft) -> None:
    """Two rings on four days are fifteen to sixteen a month."""
    calm = tried(draft)
    assert all(check.passed for check in alarm_checks(calm))
    noisy = tried(draft, false_alarms=2)
    assert "16 a month" in words(monitoring(noisy))
    assert [check.passed for check in alarm_checks(noisy)] == [True, False]


def test_what_nobody_notices_is_a_finding(draft: Draft) -> None:
    """In the section, among the risks and among the checks."""
    blind = tried(draft, missed=True)
    assert "Not noticed by any alarm: the funding account" in words(monitoring(blind))
    assert [check.passed for check in alarm_checks(blind)] == [False, True]
    assert len(tuple(unheard(blind))) == 1
    assert not tuple(unheard(tried(draft)))


def test_a_metric_that_no_trial_has_is_said_to_be_untried(draft: Draft) -> None:
    """Its threshold stays as written, and no delay is made up for it."""
    quiet = tried(draft, measured=False)
    (alarm,) = (one for one in quiet.alarms if one.id == LEDGER)
    assert not alarm.tried
    assert not alarm.written
    assert f"No trial has the metric of {LEDGER}" in words(monitoring(quiet)) or "not tried" in (
        words(monitoring(quiet))
    )
