"""The numbers of a run: what follows from a partner's facts, and what cannot be set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payouts.core.worker import TickReport
from payouts.limits import Limits, limits_for
from payouts.partners import facts_for, fiserv_ddp, partner_ids


def test_the_issues_numbers() -> None:
    """Fiserv: first look-up after 5 minutes, 5 in all, 5 minutes apart; 5 sends in 23 hours."""
    limits = limits_for(fiserv_ddp.FACTS)
    assert (limits.lookup_wait_seconds, limits.lookup_interval_seconds) == (300.0, 300.0)
    assert (limits.lookups_max, limits.sends_max) == (5, 5)
    assert limits.send_window_seconds == 23 * 3600.0
    assert limits.not_paid_after_seconds > 24 * 3600.0
    assert limits.resends


def test_without_a_documented_key_nothing_is_sent_again() -> None:
    """Where nothing documents that a repeat is the same payout, there is no repeat."""
    assert not limits_for(replace(fiserv_ddp.FACTS, idempotency=None)).resends


@pytest.mark.parametrize("partner_id", partner_ids())
def test_every_partner_has_limits(partner_id: str) -> None:
    """The facts of each partner file give limits that can be worked with."""
    limits = limits_for(facts_for(partner_id))
    assert limits.send_window_seconds >= 0
    assert limits.not_paid_after_seconds >= limits.send_window_seconds


@pytest.mark.parametrize("name", ["batch", "concurrency", "lookups_max", "sends_max"])
def test_counts_are_at_least_one(name: str) -> None:
    """A count of nothing is a mistake, not a setting."""
    with pytest.raises(ValueError, match=name):
        replace(Limits(), **{name: 0})  # type: ignore[arg-type]


def test_a_lease_outlasts_its_send() -> None:
    """Nobody may take a payout over while a send decided under its lease can still go out."""
    with pytest.raises(ValueError, match="lease"):
        Limits(lease_seconds=99.0)
    Limits(lease_seconds=100.0)


def test_a_quarantine_outlasts_every_send() -> None:
    """The list is read only when what the lost ledger began has arrived or failed."""
    with pytest.raises(ValueError, match="quarantine"):
        Limits(quarantine_seconds=49.0)


def test_rehearsals_shorten_waits_only() -> None:
    """Faster divides the partner's waits and leaves what processors need."""
    usual, fast = Limits(), Limits().faster(60.0)
    assert fast.lookup_wait_seconds == 5.0
    assert fast.send_window_seconds == usual.send_window_seconds / 60
    for name in ("lease_seconds", "answer_seconds", "send_age_seconds", "lookups_max"):
        assert getattr(fast, name) == getattr(usual, name)


def test_a_step_waits_long_where_ticking_again_changes_nothing() -> None:
    """A state machine pays for each step: no funds, a pause or nothing due is not asked in 5 s."""
    limits = Limits()
    soon, later = limits.backoff_base_seconds, limits.lookup_interval_seconds
    assert TickReport(taken=1).wait_seconds(unknown=False, limits=limits) == soon
    assert TickReport(taken=1).wait_seconds(unknown=True, limits=limits) == later
    assert TickReport(taken=0).wait_seconds(unknown=False, limits=limits) == later
    for ended in ("funds", "paused", "quarantine"):
        assert TickReport(taken=3, ended=ended).wait_seconds(False, limits) == later
    assert TickReport(taken=3, ended="breaker", next_seconds=60.0).wait_seconds(True, limits) == 60
