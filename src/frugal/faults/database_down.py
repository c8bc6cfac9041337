"""The database is gone for ten minutes.

Every transaction that was open is rolled back, every connection breaks, and what was sent at that
moment has an answer that nobody could write down. Where there is a standby the failover takes over
sooner. Reconnecting is where naive workers hurt most: all at once, without a wait. What must hold:
what was sent and not written down is found in *sending* afterwards and looked up, the backend can
ask again without asking twice, and the workers come back by themselves.
"""

from __future__ import annotations

from frugal.faults.fault import DatabaseDown, Fault
from payouts.facts import assumed

FAULT = Fault(
    id="database_down",
    name="the database is down for ten minutes",
    what="For ten minutes the database takes no connection; every open one breaks.",
    times_a_year=assumed(
        4, "a minor version, a failed disk, a full one; once a quarter is our guess"
    ),
    acts=(DatabaseDown(lasts=10 * 60),),
    fis="aws:rds:reboot-db-instances",
    stops_everyone=True,
)
