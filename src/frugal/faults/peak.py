"""Month end: for a day ten times as many payouts are asked for.

Nothing fails. There is just more of everything than the design was sized for: a batch that fitted
into one run takes ten, functions run side by side and each holds a session, a queue grows, and the
partner's rate becomes the bound. What must hold: the backlog is worked off in order within the time
that was promised, no limit is exceeded on the way, and no payout waits for ever behind newer ones.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, MorePayouts
from payouts.facts import assumed

FAULT = Fault(
    id="peak",
    name="ten times the payouts for a day",
    what="For a day ten times the usual payouts are asked for.",
    times_a_year=assumed(12, "a month end every month"),
    acts=(MorePayouts(lasts=86_400, factor=10),),
)
