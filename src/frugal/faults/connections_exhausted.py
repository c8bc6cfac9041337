"""Others take every session that the database has left, for half an hour.

A report, a leak, a second release of the backend running beside the first: the payouts were not
the cause, and they are turned away all the same. Functions suffer most, because each of them opens
a session of its own. What must hold: who gets no session gives up without having sent anything,
what was sent is still written down later, and the sessions that this design itself opens were
counted beforehand.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, SessionsTaken
from payouts.facts import assumed

FAULT = Fault(
    id="connections_exhausted",
    name="others take all sessions of the database for half an hour",
    what=(
        "For ten minutes others hold three quarters of the sessions that are left, then all of "
        "them for twenty minutes."
    ),
    times_a_year=assumed(6, "leaks and reports of other programs; every second month is our guess"),
    acts=(
        SessionsTaken(lasts=600, share=0.75),
        SessionsTaken(begins=600, lasts=1200, share=1.0),
    ),
)
