"""One Availability Zone is gone for three hours.

What stands in that zone only is away: an instance, a database without a standby, a worker beside
it. What AWS spreads over zones by itself (functions, queues, schedules) goes on, and calls things
that do not answer. What must hold: a standby takes over where one is paid for, what has none comes
back with its data, and nothing is lost or paid twice on the way there or back.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, ZoneDown
from payouts.facts import assumed

FAULT = Fault(
    id="zone_lost",
    name="an Availability Zone is gone for three hours",
    what="For three hours everything that stands in one Availability Zone only is gone.",
    times_a_year=assumed(
        1, "rarer for any one zone; a year without it would prove nothing about it"
    ),
    acts=(ZoneDown(lasts=3 * 3600),),
    fis="aws:network:disrupt-connectivity",
)
