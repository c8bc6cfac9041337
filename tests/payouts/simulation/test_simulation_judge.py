"""The judge can judge: each rule catches a world that was made wrong by hand.

A small quiet world is run once; each case changes what a witness says, and one rule must name it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from payouts.ledger.statements import Evidence
from payouts.money import Money
from payouts.sandbox.books import BookEntry, EntryKind
from payouts.simulation.judge import Case, judge
from payouts.simulation.rows import Answer, Attempt, Change, Row
from payouts.simulation.scenario import DAY, Scenario
from payouts.simulation.world import World
from payouts.states import Account, Status

Wrong = Callable[[Case], None]


@cache
def _quiet() -> Case:
    world = World(Scenario(seed=5, payouts=12, workers=1, span_seconds=60.0, bursts=2))
    world.run()
    return world.case()


def case() -> Case:
    """A fresh copy of the quiet world's witnesses, to be bent."""
    quiet = _quiet()
    return replace(
        quiet,
        asked={name: replace(asked) for name, asked in quiet.asked.items()},
        books=list(quiet.books),
        rows={number: row.copy() for number, row in quiet.rows.items()},
        sends={key: list(times) for key, times in quiet.sends.items()},
        lookups={},
        breaches={},
    )


def first(case: Case) -> Row:
    return case.rows[min(case.rows)]


def payment(case: Case) -> BookEntry:
    key = first(case).payout.key
    return next(one for one in case.books if one.kind is EntryKind.PAID and one.key == key)


def book(case: Case, entry: BookEntry) -> None:
    assert isinstance(case.books, list)
    case.books.append(entry)


def _lost(case: Case) -> None:
    assert isinstance(case.rows, dict)
    del case.rows[first(case).id]


def _forgotten_and_paid(case: Case) -> None:
    case.asked[first(case).payout.reference].forgotten = True
    _lost(case)


def _paid_twice(case: Case) -> None:
    book(case, payment(case))


def _other_amount(case: Case) -> None:
    book(case, payment(case)._replace(minor=payment(case).minor + 1, kind=EntryKind.ACCEPTED))


def _other_recipient(case: Case) -> None:
    book(case, payment(case)._replace(recipient="somebody"))


def _new_key(case: Case) -> None:
    book(case, payment(case)._replace(key="f" * 26, kind=EntryKind.ACCEPTED))


def _new_key_in_ledger(case: Case) -> None:
    row = first(case)
    row.payout = replace(row.payout, key="e" * 26)


def _never_asked(case: Case) -> None:
    asked = case.asked[first(case).payout.reference]
    asked.accepted, asked.withdrawn = False, True


def _one_sided(case: Case) -> None:
    row = first(case)
    row.entries = row.entries[:-1]


def _shared_transfer(case: Case) -> None:
    rows = [case.rows[number] for number in sorted(case.rows)[:2]]
    number = rows[0].entries[0].transfer
    rows[1].entries = tuple(entry._replace(transfer=number) for entry in rows[1].entries[:2])


def _wrong_account(case: Case) -> None:
    row = first(case)
    row.entries = tuple(
        entry._replace(account=Account.HELD) if entry.account is Account.FUNDING else entry
        for entry in row.entries
    )


def _settled_unpaid(case: Case) -> None:
    assert isinstance(case.books, list)
    case.books.remove(payment(case))


def _declined_but_paid(case: Case) -> None:
    row = first(case)
    row.status = Status.DECLINED


def _not_in_ledger(case: Case) -> None:
    case.asked[first(case).payout.reference].accepted = False
    _lost(case)


def _not_ended(case: Case) -> None:
    row = first(case)
    row.status = Status.UNKNOWN


def _held_without_reason(case: Case) -> None:
    row = first(case)
    row.status, row.reason = Status.HELD, ""


def _backwards(case: Case) -> None:
    row = first(case)
    row.history += (
        Change(0.0, Status.SETTLED, Status.SENDING, "again", "w"),
        Change(0.0, Status.SENDING, Status.SETTLED, "TC/DI", "w"),
    )


def _gap_in_history(case: Case) -> None:
    row = first(case)
    row.history = (row.history[0], row.history[-1])


def _silent_change(case: Case) -> None:
    row = first(case)
    row.history = row.history[:-1]


def _sent_after_accepted(case: Case) -> None:
    row = first(case)
    at = row.history[0].at
    row.answers = (Answer(1, at, Evidence("send", "open", "IP/IP")),)
    row.attempts_made = (Attempt(1, at - 5, "w"), Attempt(2, at + 600, "w"))


def _sent_too_late(case: Case) -> None:
    row = first(case)
    assert row.first_sent is not None
    row.answers = ()
    row.attempts_made += (Attempt(2, row.first_sent + DAY, "w"),)


def _late_at_the_partner(case: Case) -> None:
    case.breaches = {"late-retry": 1}


def _too_many_sends(case: Case) -> None:
    first(case).sends = case.limits.sends_max + 1


def _resent_early(case: Case) -> None:
    key = first(case).payout.key
    case.sends = {key: [*case.sends[key], case.sends[key][-1] + 60.0]}


def _early_lookup(case: Case) -> None:
    key = first(case).payout.key
    case.lookups = {key: [case.sends[key][-1] + 100.0]}


WRONG: dict[str, tuple[Wrong, str]] = {
    "accepted and in no row": (_lost, "lost"),
    "forgotten, paid, and no orphan": (_forgotten_and_paid, "lost"),
    "paid twice": (_paid_twice, "paid-twice"),
    "another amount": (_other_amount, "other-amount"),
    "another recipient": (_other_recipient, "other-recipient"),
    "a new key": (_new_key, "new-key"),
    "a new key in the ledger": (_new_key_in_ledger, "new-key"),
    "rolled back, and paid": (_never_asked, "never-asked"),
    "a transfer with one side": (_one_sided, "one-sided"),
    "two payouts in one transfer": (_shared_transfer, "one-sided"),
    "money in the wrong account": (_wrong_account, "wrong-account"),
    "accounts that do not add up": (_wrong_account, "unbalanced"),
    "settled, and never paid": (_settled_unpaid, "disagrees"),
    "a funding account that differs": (_settled_unpaid, "funding"),
    "declined, and paid": (_declined_but_paid, "disagrees"),
    "paid, and unknown to the ledger": (_not_in_ledger, "not-in-ledger"),
    "unknown for ever": (_not_ended, "not-ended"),
    "held for no reason": (_held_without_reason, "not-ended"),
    "a final status that moved back": (_backwards, "forbidden-change"),
    "a hole in the history": (_gap_in_history, "forbidden-change"),
    "a status that nobody wrote down": (_silent_change, "forbidden-change"),
    "sent after the partner had it": (_sent_after_accepted, "sent-after-accepted"),
    "sent after the window": (_sent_too_late, "sent-too-late"),
    "late by the partner's count": (_late_at_the_partner, "sent-too-late"),
    "sent too often": (_too_many_sends, "too-many-sends"),
    "sent again unasked": (_resent_early, "resent-early"),
    "looked up too soon": (_early_lookup, "early-lookup"),
}


def test_a_right_world_is_acquitted() -> None:
    """A judge who always finds something is of no use either."""
    right = case()
    assert judge(right) == ()
    assert {row.status for row in right.rows.values()} == {Status.SETTLED}
    assert len(right.rows) == 12


@pytest.mark.parametrize("wrong", WRONG)
def test_each_rule_catches_its_wrong_world(wrong: str) -> None:
    """One bent witness, one verdict that names the rule, the payout and the evidence."""
    bend, rule = WRONG[wrong]
    bent = case()
    bend(bent)
    found = [violation for violation in judge(bent) if violation.rule == rule]
    assert found
    assert all(violation.payout and violation.evidence for violation in found)


def test_a_return_makes_room_for_a_reissue() -> None:
    """What came back may be paid once more; what did not may not."""
    right = case()
    paid, row = payment(right), first(right)
    book(right, paid._replace(kind=EntryKind.RETURNED))
    book(right, paid)
    assert "paid-twice" not in {violation.rule for violation in judge(right)}
    book(right, paid)
    assert "paid-twice" in {violation.rule for violation in judge(right)}
    assert row.payout.amount == Money(paid.minor, "USD")
