"""What was promised, and what a trial showed: the judge of a trial.

The runtime's own judge (``payouts.simulation.judge``) hears what the business asked for, what the
partner's books say and what the ledger holds, and finds what was lost, doubled or done against the
rules. Times are judged here, against the Brief.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from frugal.model.trial import Kept, Totals
from frugal.simulate.outcomes import Outcome, seconds, share_of
from payouts.simulation.judge import Case, Violation

if TYPE_CHECKING:
    from frugal.simulate.plan import Promised
    from frugal.simulate.site import Site

ALWAYS = "every design: checked by the judge of the payout runtime"
_PARTNER = "the partner's documents, as its file in payouts.partners has them"

#: Which promise each rule of the judge belongs to. What has not ended is late, not against a rule.
PROMISE_OF = {
    "lost": "never-lost",
    "disagrees": "never-lost",
    "paid-twice": "never-doubled",
    "new-key": "never-doubled",
    "never-asked": "never-doubled",
    "other-recipient": "rules-of-money",
    "other-amount": "rules-of-money",
    "one-sided": "rules-of-money",
    "wrong-account": "rules-of-money",
    "unbalanced": "rules-of-money",
    "funding": "rules-of-money",
    "not-in-ledger": "rules-of-money",
    "forbidden-change": "rules-of-money",
    "concluded-too-soon": "rules-of-money",
    "too-many-sends": "partner-rules",
    "sent-after-accepted": "partner-rules",
    "sent-too-late": "partner-rules",
    "resent-early": "partner-rules",
    "early-lookup": "partner-rules",
    "not-ended": "",
}

_WORDS = {
    "never-lost": (
        "every payout that was asked for is in the ledger as the partner has it",
        ALWAYS,
    ),
    "never-doubled": ("no payout is paid twice, or under a second key", ALWAYS),
    "rules-of-money": ("every amount has two sides and agrees with the partner's books", ALWAYS),
    "partner-rules": ("no send or look-up breaks a rule of the partner", _PARTNER),
}


def case_of(site: Site, *, restored_unseen: bool) -> Case:
    """Return what the judge is told of a site."""
    books = site.double.books
    undisturbed = not (site.restores or site.person.acted or site.plan.counterpart.webhooks)
    return Case(
        site.partner_id,
        site.limits,
        site.business.asked,
        books.entries,
        site.ledger.rows,
        frozenset(key[2] for key in site.ledger.table if key[0] == "orphan"),
        site.network.sends,
        site.network.lookups,
        books.breaches,
        unseen_restore=restored_unseen,
        only_by_the_clock=undisturbed,
    )


def kept_by_rules(violations: Sequence[Violation]) -> tuple[Kept, ...]:
    """Return the promises that are rules: broken by one violation."""
    counts = Counter(PROMISE_OF[one.rule] for one in violations)
    return tuple(
        Kept(
            promise=promise,
            what=what,
            used=Decimal(counts[promise]),
            limit=Decimal(0),
            unit="violations",
            source=source,
        )
        for promise, (what, source) in _WORDS.items()
    )


def kept_in_time(
    promised: Promised,
    found: Sequence[Outcome],
    *,
    excused: tuple[float, float] | None,
    drained: Decimal | None,
    fault_ended: float | None,
    end: float,
    drained_anyway: Callable[[], float],
    beyond_promise: bool,
) -> tuple[Kept, ...]:
    """Return the promises that are times.

    Args:
        promised: what was promised.
        found: what became of each payout.
        excused: when nobody could pay, by the world's clock.
        drained: seconds from the fault's end until no backlog was left; None: one was.
        fault_ended: when the fault ended, by the world's clock; None: there was none.
        end: when the trial ended.
        drained_anyway: seconds after the fault's end at which, without it, what was due then would
            have been sent: a night's batch is no backlog of the fault's. Asked only if needed.
        beyond_promise: more payouts were asked for than was promised: no time is judged.
    """
    if beyond_promise:
        return ()
    longest = max((one.took(excused, end) for one in found), default=0.0)
    kept = [
        Kept(
            promise="paid-within",
            what="every payout that can be paid is paid in time"
            + (", counted from the end of what stopped everyone" if excused else ""),
            used=seconds(longest),
            limit=promised.paid_within_seconds,
            unit="seconds",
            source=promised.paid_within_source,
        )
    ]
    if fault_ended is not None:
        used = seconds(end - fault_ended) if drained is None else drained
        if used > promised.drained_within_seconds:
            used = max(Decimal(0), used - seconds(drained_anyway()))
        kept.append(
            Kept(
                promise="drained-within",
                what="what piled up is sent in time after the fault has ended",
                used=used,
                limit=promised.drained_within_seconds,
                unit="seconds",
                source=promised.drained_within_source,
            )
        )
    elif promised.real_time_seconds is not None:
        took = sorted(
            one.paid_at - one.asked_at for one in found if one.at_once and one.paid_at is not None
        )
        kept.append(
            Kept(
                promise="real-time",
                what="99 of 100 payouts are paid in real time where the partner answers at once",
                used=seconds(share_of(took, 0.99)) if took else seconds(end),
                limit=promised.real_time_seconds,
                unit="seconds",
                source=promised.real_time_source,
            )
        )
    return tuple(kept)


def adds_up(totals: Totals) -> Kept:
    """Return whether every payout is counted once."""
    ended = (
        totals.settled
        + totals.declined
        + totals.returned
        + totals.held
        + totals.pending
        + totals.lost
    )
    return Kept(
        promise="adds-up",
        what="asked for = settled + declined + returned + held + pending + lost",
        used=Decimal(abs(totals.asked - ended)),
        limit=Decimal(0),
        unit="payouts",
        source=ALWAYS,
    )


def drained_seconds(found: Sequence[Outcome], ended: float, end: float) -> Decimal | None:
    """Return how long after a fault's end everything had been sent that was due then.

    What is unknown waits for the partner's own rule and is no backlog. None: some still is due.
    """
    last = ended
    for one in found:
        for since, until in one.due:
            if since <= ended < until:
                if until >= end:
                    return None
                last = max(last, until)
    return seconds(last - ended)


def backlog_over(found: Sequence[Outcome], at: float) -> float:
    """Return when all that was due at a moment had been sent."""
    spans = (until for one in found for since, until in one.due if since <= at < until)
    return max(spans, default=at)
