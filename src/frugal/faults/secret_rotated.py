"""The partner's key is changed in the middle of a run, and workers learn of it an hour later.

Somebody rotates the key in the partner's portal, as the auditors want, and the parameter that
workers read follows an hour later. Until then every signature is refused with 401. That is not a
decline of anything: no payout was taken. What must hold: the runtime stops and says so instead of
hammering at the door, nothing is declined or given up, and it goes on by itself with the new key.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, SecretChanged
from payouts.facts import assumed

FAULT = Fault(
    id="secret_rotated",
    name="the partner's key is changed an hour before the workers have it",
    what="The partner accepts a new key only; the workers get it an hour later.",
    times_a_year=assumed(
        4, "rotating every 90 days is a common rule; that each goes wrong is pessimism"
    ),
    acts=(SecretChanged(lasts=3600),),
    stops_everyone=True,
    needs_a_person=True,
)
