"""The state machine: what it allows, what it never allows, and where the money is."""

from __future__ import annotations

from payouts.states import (
    ACCOUNT_OF,
    ALLOWED,
    CONTRADICTIONS,
    FINAL,
    REISSUABLE,
    TRANSITIONS,
    Account,
    Status,
)


def test_each_change_is_written_once() -> None:
    """One row for each allowed change, with who makes it and why."""
    assert len(ALLOWED) == len(TRANSITIONS)
    assert all(step.by and step.why and step.before is not step.after for step in TRANSITIONS)


def test_every_status_can_be_reached_and_left() -> None:
    """From *due* there is a way to each status, and from each one to an end."""
    reached, before = {Status.DUE}, set[Status]()
    while reached != before:
        before = set(reached)
        reached |= {after for status, after in ALLOWED if status in reached}
    assert reached == set(Status)
    ending, before = set(FINAL), set()
    while ending != before:
        before = set(ending)
        ending |= {status for status, after in ALLOWED if after in ending}
    assert ending == set(Status)


def test_nothing_final_is_sent_again() -> None:
    """What has ended becomes neither due, nor sending, nor doubtful, nor held."""
    assert not {after for status, after in ALLOWED if status in FINAL} - FINAL


def test_a_send_starts_from_due_or_doubt() -> None:
    """Only what is due, or was looked up in vain, is sent."""
    assert {status for status, after in ALLOWED if after is Status.SENDING} == {
        Status.DUE,
        Status.UNKNOWN,
    }


def test_doubt_is_never_forgotten() -> None:
    """What may have been sent does not become due by itself: only a person releases it."""
    assert (Status.UNKNOWN, Status.DUE) not in ALLOWED
    assert {step.by for step in TRANSITIONS if step.after is Status.DUE} == {"worker", "person"}
    by_worker = {step.before for step in TRANSITIONS if step.after is Status.DUE and "w" in step.by}
    assert by_worker == {Status.SENDING}


def test_what_was_paid_can_only_come_back() -> None:
    """*Settled* leads to *returned* alone, and *returned* nowhere."""
    assert {after for status, after in ALLOWED if status is Status.SETTLED} == {Status.RETURNED}
    assert not {after for status, after in ALLOWED if status is Status.RETURNED}


def test_each_status_is_a_place_for_the_money() -> None:
    """Every status has its account; paid money is at the funding account and nowhere else."""
    assert set(ACCOUNT_OF) == set(Status)
    assert {status for status, place in ACCOUNT_OF.items() if place is Account.FUNDING} == {
        Status.SETTLED
    }
    assert all(ACCOUNT_OF[status] is Account.BUSINESS for status in REISSUABLE)


def test_what_may_be_reissued_was_not_paid_or_came_back() -> None:
    """A reissue replaces an ended payout whose money is back with the business."""
    assert FINAL - {Status.SETTLED} == REISSUABLE


def test_contradictions_are_the_alarms() -> None:
    """Not paid here and paid at the partner: allowed, because the partner knows, and told."""
    assert CONTRADICTIONS <= ALLOWED
    assert {before for before, _ in CONTRADICTIONS} == {Status.DECLINED, Status.CANCELLED}
