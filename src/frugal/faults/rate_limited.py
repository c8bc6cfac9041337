"""A storm of 429: the partner takes fewer requests than are made, for two hours.

Somebody else of the same merchant runs a big import, or the partner lowered a limit on a Friday.
Every worker is told to come back later, and workers that come back all at once make the storm. An
answer of 429 is neither a yes nor a no: the payout was not taken. What must hold: nothing is
declined because of it, nothing is given up, look-ups turned away are not counted as looked up, and
the backlog drains when the limit is lifted.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, PartnerDoes, PartnerLimits
from payouts.facts import assumed

_HOUR = 3600

FAULT = Fault(
    id="rate_limited",
    name="the partner answers 429 for two hours",
    what=(
        "For an hour the partner refuses nine of ten requests with 429, and for another hour "
        "whatever exceeds half the rate that the payouts need."
    ),
    times_a_year=assumed(
        4, "the partner publishes no limit, so one is met by surprise; every quarter is our guess"
    ),
    acts=(
        PartnerDoes(lasts=_HOUR, faults=(("rate-limited", 0.9),)),
        PartnerLimits(begins=_HOUR, lasts=_HOUR, share=0.5),
    ),
)
