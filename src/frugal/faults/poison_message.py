"""Messages arrive that nothing can be done with, however often they are delivered.

A producer changed its format, or a payout names a method that this partner does not have. Each
delivery fails; without an end to the deliveries the same message is worked on for days, takes the
place of good ones, and bills each time. What must hold: after a stated number of receives it lies
in a dead-letter queue and an alarm rings; a due payout that cannot be asked for is held for a
person; and everything behind it is paid in time.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, Poison
from payouts.facts import assumed

FAULT = Fault(
    id="poison_message",
    name="twenty messages arrive that nothing can be done with",
    what="Ten messages or due payouts that cannot be worked on arrive, and ten more an hour later.",
    times_a_year=assumed(
        4, "a change of format at the sender that nobody announced; once a quarter is our guess"
    ),
    acts=(Poison(count=10), Poison(begins=3600, count=10)),
)
