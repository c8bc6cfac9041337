"""Somebody who is not the partner tells every entrance that payouts are settled, for a day.

A webhook's address is no secret for long. Notices arrive that look right and carry another secret,
or none; they name payouts that are due, unknown or not ours at all. A receiver that believes them
marks as paid what nobody paid, and one that answers each with work gives strangers a lever on the
bill. What must hold: source and secret are checked before anything else, an authentic notice is a
reason to look and never a status, and a day of knocking changes no payout.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, Forged
from payouts.facts import assumed

FAULT = Fault(
    id="webhook_forged",
    name="forged notices at every entrance for a day",
    what="For a day 120 notices an hour with a wrong secret say that payouts are settled.",
    times_a_year=assumed(
        2, "a public address is found by scanners within days; an aimed day is our guess"
    ),
    acts=(Forged(lasts=86_400, per_hour=120),),
)
