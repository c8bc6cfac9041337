"""What holds payouts up is noticed by an alarm of the design, soon; what is well wakes nobody.

One design of each full pattern, with the thresholds that its own calm days teach.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache

import pytest

from frugal.faults import fault
from frugal.model.trial import CALM, AlarmTried, Tried
from frugal.simulate.learning import Learned, learn
from frugal.simulate.plan import Plan
from frugal.simulate.reach import applies
from frugal.simulate.trial import try_out

STORY, SEED, PAYOUTS = "01-first", 1, 120
_MINUTE = 60
#: Within this many minutes of its begin somebody must hear of a fault. An empty account and an
#: outage take time to show: payouts come every seven minutes, and are first tried again. The
#: instance is lost an hour after it reboots, which is over by itself.
WITHIN_MINUTES = {
    "partner_down": 45,
    "database_down": 15,
    "instance_lost": 90,
    "schedule_missed": 30,
    "balance_empty": 45,
    "function_timeout": 60,
    "poison_message": 15,
}
#: Somebody is held up by a fault if a payout waits so long; what ends sooner wakes nobody.
_DELAYED_SECONDS = 3600
#: Of the alarms that parts offer those that guard money, which every design has.
_GUARD_MONEY = (
    *("-errors", "-not-empty", "-age", "-silent", "-failed", "-executionsfailed"),
    *("-executionstimedout", "/oldest-due-payout", "/unknown-payouts", "/held-payouts"),
)
PATTERNS = (
    "api_destination",
    "container_task",
    "direct_function",
    "function_through_backend",
    "outbox_relay",
    "queue",
    "state_machine",
    "webhook_receiver",
)


@pytest.fixture(scope="session")
def taught(plans: Callable[[str], dict[str, Plan]]) -> Callable[[str], Learned]:
    """What the trials of a pattern's best design say of its alarms that guard money."""

    @cache
    def of(pattern: str) -> Learned:
        plan = plans(STORY)[pattern]
        ids = [one for one in WITHIN_MINUTES if not applies(fault(one), plan)]

        def tried(id: str, seed: int = SEED) -> Tried:
            done = None if id == CALM else fault(id)
            return try_out(
                plan, done, seed, payouts_most=PAYOUTS, alarms=plan.alarms, keep_heights=True
            )

        return learn(
            plan,
            {one.id for one in plan.alarms if one.id.endswith(_GUARD_MONEY)},
            [tried(id) for id in (CALM, *ids)],
            [tried(CALM, SEED + 1)],
            {id for id in ids if fault(id).needs_a_person},
        )

    return of


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_holds_payouts_up_is_noticed(taught: Callable[[str], Learned], pattern: str) -> None:
    """Each fault of which somebody must hear sets an alarm off in time."""
    said = taught(pattern)
    waited = {one.fault: one.peaks.backlog_seconds for one in said.trials}
    for one in said.noticed:
        if not (one.must or waited[one.fault] > _DELAYED_SECONDS):
            continue
        assert one.alarm, f"{one.fault}: {one.must}, and no alarm rings"
        assert one.after_seconds is not None
        assert one.after_seconds <= WITHIN_MINUTES[one.fault] * _MINUTE, one


@pytest.mark.parametrize("pattern", PATTERNS)
def test_calm_days_ring_none(taught: Callable[[str], Learned], pattern: str) -> None:
    """No alarm rings where nothing is wrong, and the days that says this are counted."""
    for one in taught(pattern).alarms:
        assert one.false_alarms == 0, one
        assert one.calm_days >= 2


@pytest.mark.parametrize("pattern", PATTERNS)
def test_ages_are_learned_within_the_promise(
    taught: Callable[[str], Learned], pattern: str
) -> None:
    """The oldest due payout rings far sooner than a quarter of the promised time."""
    oldest = _alarm(taught(pattern), "oldest-due-payout")
    assert oldest.measured
    assert Decimal(300) <= oldest.rule.threshold <= Decimal(1200) < oldest.written


def _alarm(learned: Learned, id: str) -> AlarmTried:
    return next(one for one in learned.alarms if one.alarm == id)
