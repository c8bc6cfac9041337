"""The clocks of all workers are wrong: by two minutes for an hour, then by ten for another.

Requests are signed with the time. Two minutes are within what partners allow, so nothing should
happen; ten are not, and every request is refused at the door, which looks like a wrong key. What
must hold: leases, waits and ages are measured on the ledger's clock and a monotonic one, so two
wrong minutes change nothing; at ten the sending stops quietly, a person is told, and all goes on
when the clock is right.
"""

from __future__ import annotations

from frugal.faults.fault import ClockWrong, Fault
from payouts.facts import assumed

_HOUR = 3600

FAULT = Fault(
    id="clock_skewed",
    name="the workers' clocks are wrong for two hours",
    what="The workers' clocks are two minutes ahead for an hour, then ten minutes behind for one.",
    times_a_year=assumed(
        1, "AWS keeps its hosts' clocks; a container host without time service is our guess"
    ),
    acts=(
        ClockWrong(lasts=_HOUR, seconds=120.0),
        ClockWrong(begins=_HOUR, lasts=_HOUR, seconds=-600.0),
    ),
    stops_everyone=True,
)
