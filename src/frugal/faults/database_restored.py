"""The database is lost and comes back as it was yesterday.

Somebody ran the wrong statement or a disk died, and after an hour the backup of the day before is
in place. The ledger has now forgotten a day of payments that the partner has made; whatever the
backend asks for again looks new. This is the fault that pays out a whole day twice. What must
hold: the ledger sees that it is not where it was, nothing is sent until the partner's own list has
been reconciled, what the partner knows and the ledger does not is listed for a person, and what is
asked for again goes out under the key it had.
"""

from __future__ import annotations

from frugal.faults.fault import DatabaseDown, DatabaseRestored, Fault
from payouts.facts import assumed

_HOUR = 3600

FAULT = Fault(
    id="database_restored",
    name="the database is restored from yesterday",
    what=(
        "The database is down for an hour and comes back as it was 24 hours before; the backend "
        "asks again for what is missing."
    ),
    times_a_year=assumed(
        1, "rarer than that, we hope; a year without it would prove nothing about it"
    ),
    acts=(
        DatabaseDown(lasts=_HOUR),
        DatabaseRestored(begins=_HOUR, back=24 * _HOUR, how="noticed"),
    ),
    stops_everyone=True,
    needs_a_person=True,
)
