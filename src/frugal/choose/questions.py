"""Questions: only unknowns that can change the answer, each with the values at which it changes.

Whether payouts are sent or received is asked first where nobody said it, since everything else
rests on it. Then comes what a plausible answer can do: leave nothing that is feasible, break a
promise, or move the month's cost; the most first. Where months were not drawn, the cost at the
flips stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from frugal.choose.weighing import Weighed
from frugal.model.curve import ZERO
from frugal.model.decision import Flip, Question
from frugal.model.ranges import Plausible

FIRST = "direction"
_CENT = Decimal("0.01")

#: What to ask for each input. An input without words here is not asked.
_ASKED = {
    "direction": "Do you send payouts through the partner, or receive what it paid out?",
    "payouts_per_day": "How many payouts a day are there at most?",
    "partner_seconds": "How long does the partner's API take to answer: the median and the p99?",
    "inconclusive_share": "What share of sends ends without a clear answer?",
    "partner_requests_per_second": "How many requests a second does the partner allow?",
    "cpu_used_percent": "How busy is the instance's CPU, as a mean over the busiest hour?",
    "memory_used_percent": "How much of the instance's memory is in use?",
    "connections_in_use": "How many of the database's connections are in use at the peak?",
    "timing": "Must a payout be made within seconds, or some time before a deadline?",
    "fixed_address": "Does the partner list the addresses that may call it?",
    "webhooks": "Does the partner call you when a payout's state changes?",
    "public_https": "Can the backend be reached over public HTTPS, with a valid certificate?",
    "docker": "Does the backend run in Docker?",
    "database_home": "Where does Postgres run: on the instance, managed, in RDS?",
    "region": "Which Region does it run in?",
}


class Unknown(NamedTuple):
    """An input nobody gave: what we took it to be, and what would change the answer."""

    id: str
    assumed: str
    flips: tuple[Flip, ...]
    plausible: tuple[Plausible, ...] = ()  #: empty: months were not drawn


def questions(unknowns: Iterable[Unknown], chosen: Weighed) -> tuple[Question, ...]:
    """Return what to ask, the most important first."""
    found = [
        Question(
            id=one.id,
            text=_ASKED[one.id],
            assumed=one.assumed,
            flips=one.flips,
            worth_monthly=_worth(one, chosen.cost),
            plausible=one.plausible,
        )
        for one in _together(unknowns).values()
        if (one.flips or any(answer.risk for answer in one.plausible)) and one.id in _ASKED
    ]
    return tuple(sorted(found, key=_rank))


def _rank(question: Question) -> tuple[bool, int, Decimal, bool, str]:
    """The order of asking: of two that are worth the same cents, the one answered by yes or no.

    A number is usually near what was assumed and far from where it would matter.
    """
    a_number = all(flip.at is not None for flip in question.flips)
    worth = question.worth_monthly.quantize(_CENT)
    return (question.id != FIRST, -_risk(question), -worth, a_number, question.id)


def _risk(question: Question) -> int:
    """Return what a plausible answer can do besides money: 2 leaves nothing, 1 breaks a promise."""
    nothing_left = any(not one.pattern for one in question.plausible)
    return 2 if nothing_left else int(any(one.risk for one in question.plausible))


def _together(unknowns: Iterable[Unknown]) -> Mapping[str, Unknown]:
    """Return one entry an input: a Region, say, may be changed to several others."""
    found: dict[str, Unknown] = {}
    for one in unknowns:
        before = found.get(one.id)
        if before is not None:
            one = one._replace(
                flips=(*before.flips, *one.flips), plausible=(*before.plausible, *one.plausible)
            )
        found[one.id] = one
    return found


def _worth(unknown: Unknown, now: Decimal) -> Decimal:
    """Return the largest difference a plausible answer makes to the month, or one at a flip."""
    moves = [one.moves_monthly for one in unknown.plausible if one.moves_monthly is not None]
    if not unknown.plausible:
        costs = (flip.list_monthly for flip in unknown.flips)
        moves = [cost - now for cost in costs if cost is not None]
    return max(map(abs, moves), default=ZERO)
