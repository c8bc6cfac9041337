"""The partner answers, but thirty times as slowly, for two hours.

Nothing is down, so no alarm of the obvious kind rings: connections stay open, workers stand and
wait, functions run to their limit and bill for it, and answers that come after our patience are as
good as lost, although the money moved. What must hold: what timed out is unknown, not failed; a
slow partner costs time and not a second payment; and waiting does not use up every connection to
the database.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, PartnerSlow
from payouts.facts import assumed

FAULT = Fault(
    id="partner_slow",
    name="the partner answers thirty times as slowly for two hours",
    what="Every answer of the partner takes 30 times as long as usual, for two hours.",
    times_a_year=assumed(6, "slowness is commoner than an outage; every second month is our guess"),
    acts=(PartnerSlow(lasts=2 * 3600, factor=30.0),),
)
