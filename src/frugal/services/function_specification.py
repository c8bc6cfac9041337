"""What is to be set on a function, and why: the rows of its specification."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.services.function_time import work_seconds
from frugal.services.service import Part, Row


def function_rows(part: Part, resident_mb: Decimal, headroom: Decimal) -> Iterable[Row]:
    """Yield one row a setting of the function.

    Args:
        part: the function.
        resident_mb: memory of the runtime and its libraries.
        headroom: how many times that a function is given.
    """
    get = part.placement.get
    yield Row(name="Runtime", value="Python 3.13", why="supported by AWS until 2029-06-30")
    yield Row(name="Architecture", value=str(get("architecture")), why="price per GB-second")
    yield Row(
        name="Memory",
        value=f"{get('memory_mb')} MB",
        why=f"{resident_mb} MB resident (assumed) x {headroom}; more costs more while "
        "the function waits for the partner",
    )
    yield Row(
        name="Time-out",
        value=f"{get('timeout_seconds')} s",
        why="above the longest run; a shorter one would not be cheaper",
    )
    yield Row(
        name="Concurrency",
        value=str(get("concurrency", "no reserved concurrency")),
        why="reserved concurrency caps, it does not warm; leases make a second run harmless",
    )
    yield Row(name="Payouts a run", value=f"at most {get('items_per_run')}")
    goes_on = work_seconds(part)
    if goes_on is not None:
        yield Row(
            name="Work a run",
            value=f"until nothing is due, at most {goes_on.value} s (PAYOUTS_LIMITS_TICK_SECONDS)",
            why="a backlog is worked off without a rest, and no run meets the next one",
        )
    yield Row(name="Calls abreast", value=str(get("calls_abreast")))
    yield Row(name="VPC", value="none" if not get("vpc") else "yes")
    yield Row(
        name="Asynchronous retries",
        value="2, event age at most 6 h, on-failure destination set",
        why="the schedule's own dead-letter queue never sees a function's error",
    )
