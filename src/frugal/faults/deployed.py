"""A release in the middle of a run: workers are replaced, the new ones crash, the old come back.

Every worker is replaced at once, as a deployment does it, without asking what it was doing. The
new version dies every few commands for a quarter of an hour, until somebody rolls back and every
worker is replaced again. What must hold: a worker may end between any two commands, the next one
takes over what the ledger says, and no payout is in the hands of two.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, Replaced, WorkersDie
from payouts.facts import assumed

_ROLLED_BACK = 15 * 60

FAULT = Fault(
    id="deployed",
    name="a release crashes for a quarter of an hour and is rolled back",
    what=(
        "Every worker is replaced, the new ones die at every twentieth command for 15 minutes, "
        "and all are replaced again."
    ),
    times_a_year=assumed(
        12, "a release a month that has to be rolled back; more than most teams would admit"
    ),
    acts=(
        Replaced(),
        WorkersDie(lasts=_ROLLED_BACK, mean_commands=20),
        Replaced(begins=_ROLLED_BACK),
    ),
)
