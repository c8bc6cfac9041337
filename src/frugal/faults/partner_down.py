"""The partner is away for four hours: first silent, then refusing, then answering 503.

For an operator it begins as a silence: requests leave, no answer comes, and nobody can say whether
the last ones were paid. Then connections are refused, then a maintenance page answers 503. The
backlog grows and there is nothing to do but leave it alone: whoever sends "again, to be sure"
under a new key pays twice. What must hold: what went out during the silence is looked up before it
is sent again, nothing is handed to a person because an outage used up its attempts, and the
backlog drains within the time that was promised.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, PartnerDown
from payouts.facts import assumed

_MINUTE, _HOUR = 60, 3600

FAULT = Fault(
    id="partner_down",
    name="the partner is down for four hours",
    what=(
        "For 15 minutes the partner takes requests and answers none, then it refuses connections "
        "for two hours, then it answers 503 until four hours are over."
    ),
    times_a_year=assumed(
        1,
        "no availability figure of a payout partner is known to us; one long outage a year is "
        "what 99.95 % allows",
    ),
    acts=(
        PartnerDown(lasts=15 * _MINUTE, how="silent"),
        PartnerDown(begins=15 * _MINUTE, lasts=2 * _HOUR, how="refused"),
        PartnerDown(begins=15 * _MINUTE + 2 * _HOUR, lasts=105 * _MINUTE, how="503"),
    ),
    stops_everyone=True,
)
