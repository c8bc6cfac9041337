"""No schedule fires for three hours.

Somebody disabled the schedule while looking for something else, a deployment left it out, or its
role lost a permission. There is no error anywhere: nothing runs, so nothing fails, and every alarm
that counts errors stays green. What must hold: an alarm rings because a tick is *missing*, what
came due is still due when the schedule is back, and it is paid within the time that was promised.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, TriggerSilent
from payouts.facts import assumed

FAULT = Fault(
    id="schedule_missed",
    name="no schedule fires for three hours",
    what="For three hours no schedule fires.",
    times_a_year=assumed(
        1, "mostly a mistake of ours, in a deployment or a permission; once a year is our guess"
    ),
    acts=(TriggerSilent(lasts=3 * 3600),),
)
