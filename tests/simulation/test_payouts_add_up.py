"""Asked = settled + declined + returned + held + pending + lost, whatever is done to a design.

Faults are drawn, up to three acts at any times, in every full design. After each trial the payouts
are counted a second time, without the trial's own counting: from what the business asked for, from
the rows of the ledger, and from the books of the partner, which no answer can change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import naive_designs as naive
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from frugal.faults import Fault, fault
from frugal.faults.fault import (
    AnyAct,
    ClockWrong,
    DatabaseDown,
    DatabaseRestored,
    Forged,
    FundsGone,
    HostDown,
    MorePayouts,
    NetworkLoses,
    PartnerDoes,
    PartnerDown,
    PartnerLimits,
    PartnerSlow,
    Poison,
    Replaced,
    RunsTooLong,
    SecretChanged,
    SessionsTaken,
    TriggerSilent,
    TriggerTwice,
    WorkersDie,
    ZoneDown,
)
from frugal.model.trial import Totals
from frugal.simulate.plan import Plan
from frugal.simulate.trial import Trial
from payouts.facts import assumed
from payouts.sandbox.books import EntryKind
from payouts.simulation.rows import Row
from payouts.states import ACCOUNT_OF, Account, Status

#: So many, within so short a time that what lasts ten minutes meets some of them.
PAYOUTS, WINDOW_HOURS = 40, Decimal(4)
HOUR = 3600

COUNTED = {
    Status.SETTLED: "settled",
    Status.DECLINED: "declined",
    Status.RETURNED: "returned",
    Status.CANCELLED: "returned",
    Status.HELD: "held",
    Status.DUE: "pending",
    Status.SENDING: "pending",
    Status.UNKNOWN: "pending",
}
#: What an entry of the partner's books does to the money that has left the account.
MOVES = {EntryKind.PAID: 1, EntryKind.RETURNED: -1, EntryKind.REVERSED: -1}

STATES = (*dict.fromkeys(COUNTED.values()), "lost")
Plans: TypeAlias = Callable[[str], dict[str, Plan]]

SHARES = st.sampled_from([0.05, 0.3, 1.0])
TIMES = {
    "begins": st.sampled_from([0, 60, HOUR]),
    "lasts": st.sampled_from([600, HOUR, 4 * HOUR]),
}
PARTNER_FAULTS = st.sampled_from(
    [
        "declined",
        "failed-500",
        "in-process",
        "lookup-500",
        "lookup-dropped",
        "not-visible-yet",
        "paid-then-500",
        "paid-then-dropped",
        "request-doubled",
        "review",
        "timeout-400",
        "unknown-status",
    ]
)

PARTNER_DOES = st.builds(
    PartnerDoes,
    faults=st.lists(
        st.tuples(PARTNER_FAULTS, SHARES), min_size=1, max_size=3, unique_by=lambda one: one[0]
    ).map(tuple),
    **TIMES,
)
ACTS: st.SearchStrategy[AnyAct] = st.one_of(
    *[PARTNER_DOES] * 12,  # as many kinds of trouble as all others together
    st.builds(PartnerDown, how=st.sampled_from(["refused", "silent", "503"]), **TIMES),
    st.builds(PartnerSlow, factor=st.sampled_from([5.0, 100.0]), **TIMES),
    st.builds(PartnerLimits, share=SHARES, **TIMES),
    st.builds(FundsGone, **TIMES),
    st.builds(NetworkLoses, requests=SHARES, answers=SHARES, **TIMES),
    st.builds(TriggerTwice, share=SHARES, **TIMES),
    st.builds(TriggerSilent, **TIMES),
    st.builds(RunsTooLong, share=st.sampled_from([0.05, 0.3]), **TIMES),
    st.builds(WorkersDie, mean_commands=st.sampled_from([5, 50]), **TIMES),
    st.builds(Replaced, begins=TIMES["begins"]),
    st.builds(Poison, begins=TIMES["begins"], count=st.integers(1, 3)),
    st.builds(Forged, **TIMES),
    st.builds(DatabaseDown, **TIMES),
    st.builds(
        DatabaseRestored,
        begins=TIMES["begins"],
        back=st.sampled_from([60, HOUR, 24 * HOUR]),
        how=st.just("noticed"),
    ),
    st.builds(SessionsTaken, share=SHARES, **TIMES),
    st.builds(HostDown, begins=TIMES["begins"], replaced=st.booleans()),
    st.builds(ZoneDown, **TIMES),
    st.builds(ClockWrong, seconds=st.sampled_from([-90.0, 600.0]), **TIMES),
    st.builds(SecretChanged, **TIMES),
    st.builds(MorePayouts, factor=st.sampled_from([2, 5]), **TIMES),
)

FAULTS = st.lists(ACTS, min_size=1, max_size=3).map(
    lambda acts: Fault(
        id="drawn",
        name="drawn for a test",
        what="What the property search made up.",
        times_a_year=assumed(1, "a test's own"),
        acts=tuple(acts),
    )
)


def counted_again(trial: Trial) -> Totals:
    """Count where each payout is, from the rows and the books alone."""
    site = trial.site
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in site.ledger.rows.values():
        rows[row.payout.reference].append(row)
    left: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for entry in site.double.books.entries:
        left[entry.key] += MOVES.get(entry.kind, 0) * entry.minor
        paid[entry.key] += MOVES.get(entry.kind, 0)
    assert set(rows) <= set(site.business.asked), "a payout that nobody asked for"
    counts: Counter[str] = Counter()
    doubled = 0
    for reference, asked in site.business.asked.items():
        if not rows[reference]:
            counts["lost" if asked.accepted else "pending"] += 1
            continue
        (row,) = rows[reference]
        _is_in_one_state(row)
        amount, gone = row.payout.amount.minor, left.pop(row.payout.key, 0)
        doubled += paid[row.payout.key] > 1
        should = {"settled": {amount}, "declined": {0}, "returned": {0}}
        state = COUNTED[row.status]
        counts[state if gone in should.get(state, {0, amount}) else "lost"] += 1
    assert not +left, "money left the account for no payout"
    return Totals(
        asked=len(site.business.asked),
        **{name: counts[name] for name in STATES},
        doubled=doubled,
        late=0,
    )


def _is_in_one_state(row: Row) -> None:
    """Its history ends in its status, each step where the last one ended; its money is there."""
    before = None
    for change in row.history:
        assert change.before is before
        before = change.after
    assert before is row.status
    amount = row.payout.amount.minor
    accounts: Counter[Account] = Counter()
    for entry in row.entries:
        accounts[entry.account] += entry.minor
    expected = Counter({ACCOUNT_OF[row.status]: amount})
    expected[Account.BUSINESS] -= amount
    assert all(accounts[account] == expected[account] for account in Account)


@given(
    number=st.integers(0, 100),
    drawn=st.none() | FAULTS,
    seed=st.integers(0, 2**32),
)
def test_payouts_add_up(plans: Plans, number: int, drawn: Fault | None, seed: int) -> None:
    """Every payout is in exactly one state, none is lost or paid twice, and the counts agree."""
    designs = [*plans("01-first").values(), *plans("07-rds-frankfurt").values()]
    plan = designs[number % len(designs)]
    arrivals = replace(plan.arrivals, window_hours=WINDOW_HOURS)
    trial = Trial(replace(plan, arrivals=arrivals), drawn, seed, PAYOUTS)
    trial.run()
    counted = counted_again(trial)
    total = trial.result((), PAYOUTS, False).totals
    assert counted.asked == sum(getattr(counted, name) for name in STATES)
    for name in ("asked", *STATES, "doubled"):
        assert getattr(total, name) == getattr(counted, name), (name, total, counted)
    assert (counted.lost, counted.doubled) == (0, 0)


def test_the_second_count_notices_what_is_wrong(plans: Plans) -> None:
    """A design that draws a key for each attempt pays under keys that no row holds."""
    plan = plans("01-first")["function_through_backend"]
    trial = Trial(plan, fault("answers_lost"), 1, PAYOUTS, naive.KeyPerAttempt)
    trial.run()
    with pytest.raises(AssertionError, match="money left the account for no payout"):
        counted_again(trial)
