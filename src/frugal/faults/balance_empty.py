"""The funding account is empty for six hours, then somebody fills it.

The transfer that should have come on Friday comes on Monday. Every payout is refused for want of
money, and a runtime that goes on asking turns a backlog into a list of refusals that a person has
to clear up one by one. What must hold: after a few refusals the sending stops and says so, nothing
is declined because of it, the rest waits as *due*, and when there is money and a person has said
so, it is paid.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, FundsGone
from payouts.facts import assumed

FAULT = Fault(
    id="balance_empty",
    name="the funding account is empty for six hours",
    what="For six hours the funding account holds nothing; then it is filled again.",
    times_a_year=assumed(4, "a funding transfer that comes late; once a quarter is our guess"),
    acts=(FundsGone(lasts=6 * 3600),),
    stops_everyone=True,
    needs_a_person=True,
)
