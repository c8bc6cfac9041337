"""The box reboots; an hour later it is lost, and a person brings up another from a snapshot.

Everything that lives on it goes with it: the backend, a worker beside it, and Postgres where that
runs in a container there. The reboot ends by itself. The loss does not: somebody has to notice,
find the runbook and attach the address to a new instance. What must hold: processes die between
two commands without harm, work is picked up where the ledger says it is, and if the database went
too and comes back older, nothing is sent before the partner's list has been read.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, HostDown
from payouts.facts import assumed

FAULT = Fault(
    id="instance_lost",
    name="the instance reboots, and is lost an hour later",
    what=(
        "Every host reboots; an hour later it is gone, and half an hour after that a person "
        "begins to replace it from its snapshot."
    ),
    times_a_year=assumed(
        1, "AWS retires single instances and gives no rate; once a year is our guess"
    ),
    acts=(HostDown(), HostDown(begins=3600, lasts=1800, replaced=True)),
    fis="aws:ec2:stop-instances",
    needs_a_person=True,
)
