"""When two spellings mean the same unit.

AWS spells one unit in many ways (``Hrs``, ``hours``, ``hour``), and a price read in the wrong unit
is wrong by a factor nobody sees in the total. A meter therefore says which unit it expects, in our
spelling, and a row in another unit is refused. A row without a unit passes: most rows outside
us-east-1 have none.
"""

from __future__ import annotations

#: Our spelling: AWS's spellings of it, lower case. A unit that is not here is compared as it is.
SPELLINGS = {
    "hour": {"hrs", "hr", "hours", "hour", "hourly"},
    "request": {"requests", "request", "api requests", "api calls"},
    "GB": {"gb", "gigabytes", "processed-gigabytes"},
    "GB-month": {"gb-mo", "gb-month", "gb-months"},
    # The Lambda free-tier SKU says "seconds" for what its name and the paid SKU call GB-seconds.
    "GB-second": {"gb-seconds", "gb-second", "lambda-gb-second", "seconds"},
    "GB-hour": {"gb-hours", "gb-hour"},
    "ACU-hour": {"acu-hr", "acu-hour"},
    "LCU-hour": {"lcu-hrs", "lcu-hour"},
    "secret-month": {"secrets"},
    "alarm-month": {"alarms"},
    "zone-month": {"hostedzone"},
    "transition": {"statetransitions"},
    "64 KiB chunk": {"64k-chunks"},
    "notification": {"notifications"},
    "query": {"queries"},
    "I/O": {"ios", "i/o"},
    "operation": {"operation", "per operation"},
}
OUR_SPELLING = {spelling: ours for ours, known in SPELLINGS.items() for spelling in known}


def same_unit(expected: str, listed: str) -> bool:
    """Whether a row's unit is the one a meter expects; blank on either side claims nothing.

    >>> same_unit("hour", "Hrs"), same_unit("hour", "GB-Mo"), same_unit("hour", "")
    (True, False, True)
    """
    return not expected or not listed or _ours(expected) == _ours(listed)


def _ours(unit: str) -> str:
    return OUR_SPELLING.get(unit.lower(), unit.lower()).lower()
