"""Requests arrive and are paid, and half of the answers never come back, for two hours.

The worst weather for money: from outside, a payment that was made looks exactly like one that was
not. A worker that treats a time-out as a failure pays twice within minutes; one that treats it as
a success loses payouts. What must hold: no answer is never a no, each unknown payout is looked up
by the partner's rules, and sent again only under its own key.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, NetworkLoses, PartnerDoes
from payouts.facts import assumed

_HOURS = 2 * 3600

FAULT = Fault(
    id="answers_lost",
    name="half of the partner's answers are lost for two hours",
    what=(
        "For two hours half of all answers and a tenth of all requests are lost on the way, and "
        "the partner drops one connection in ten after it has paid."
    ),
    times_a_year=assumed(4, "network trouble between two companies; once a quarter is our guess"),
    acts=(
        NetworkLoses(lasts=_HOURS, requests=0.1, answers=0.5),
        PartnerDoes(lasts=_HOURS, faults=(("paid-then-dropped", 0.1),)),
    ),
)
