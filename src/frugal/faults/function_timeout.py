"""Functions stop in the middle of a send and are ended at their time limit, for an hour.

A function that is ended does not get to say goodbye: its memory is gone, the request it made may
have reached the partner, and AWS may run the event again. The most-used library in this field
reopens a withdrawal after such an end. What must hold: the attempt that was open is looked up
after the partner's waiting time and not sent anew, and the leases of the dead run out by
themselves.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, RunsTooLong
from payouts.facts import assumed

FAULT = Fault(
    id="function_timeout",
    name="half of all runs are ended in the middle of a send, for an hour",
    what=(
        "For an hour every second run of a function stops half-way through a send and is ended "
        "at its time limit."
    ),
    times_a_year=assumed(
        12, "runs that meet their limit are single ones; an hour a month stands for them"
    ),
    acts=(RunsTooLong(lasts=3600, share=0.5),),
    fis="aws:lambda:invocation-add-delay",
)
