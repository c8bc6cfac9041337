"""What a fault reaches in a design is known before anything is tried."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from frugal.faults import fault, fault_ids, faults
from frugal.model.behaviour import Database, Host
from frugal.simulate.plan import Plan
from frugal.simulate.reach import applies, before_seconds, ended_seconds, hits

Get = Callable[[str], dict[str, Plan]]

FIRST, RDS = "01-first", "07-rds-frankfurt"


@pytest.mark.parametrize("fault_id", fault_ids())
def test_a_fault_hits_parts_or_says_why_not(fault_id: str, plans: Get) -> None:
    """Exactly where nothing is hit there is a reason, and it speaks of this design."""
    for plan in plans(FIRST).values():
        hit, why = hits(fault(fault_id), plan), applies(fault(fault_id), plan)
        assert bool(hit) != bool(why)
        assert set(hit) <= {part.id for part in plan.parts}
        assert not why or ("of this design" in why and not why.endswith("."))


def test_every_fault_hits_some_design(plans: Get) -> None:
    """No fault of the catalog is idle: each can be tried on some pattern of the first request."""
    tried = {one.id for one in faults() for plan in plans(FIRST).values() if not applies(one, plan)}
    assert tried == set(fault_ids())


@pytest.mark.parametrize(
    ("fault_id", "pattern", "why"),
    [
        ("schedule_missed", "container_task", "no part of this design is a schedule"),
        ("function_timeout", "api_destination", "no function of this design calls the partner"),
        ("webhook_forged", "queue", "no part of this design takes notices from outside"),
    ],
)
def test_what_is_not_there_cannot_fail(fault_id: str, pattern: str, why: str, plans: Get) -> None:
    """A fault of a part that the design has not is left out with the reason."""
    assert applies(fault(fault_id), plans(FIRST)[pattern]) == why


def test_a_lost_box_takes_what_lives_on_it(plans: Get) -> None:
    """On one box the backend, its worker and the database are hit; a database elsewhere is not."""
    first, rds = plans(FIRST)["container_task"], plans(RDS)["container_task"]
    lost = fault("instance_lost")
    kinds = {type(first[id].behaviour).__name__ for id in hits(lost, first)}
    assert kinds == {"Host", "Container", "Database"}
    assert not any(isinstance(rds[id].behaviour, Database) for id in hits(lost, rds))


def test_going_back_needs_a_past(plans: Get) -> None:
    """A trial lives through as much before a fault as the fault takes back, and no more."""
    first, rds = plans(FIRST)["queue"], plans(RDS)["queue"]
    assert before_seconds(fault("database_restored"), first) == 23 * 3600
    assert before_seconds(fault("instance_lost"), first) == 23 * 3600
    assert before_seconds(fault("instance_lost"), rds) == 0
    assert before_seconds(fault("partner_down"), first) == 0


def test_parts_decide_how_long_a_fault_lasts(plans: Get) -> None:
    """A standby ends an outage early, and a person who replaces a box ends it late."""
    plan = plans(FIRST)["container_task"]
    database = next(part for part in plan.parts if isinstance(part.behaviour, Database))
    host = next(part.behaviour for part in plan.parts if isinstance(part.behaviour, Host))
    with_standby = msgspec.structs.replace(
        database,
        behaviour=msgspec.structs.replace(database.behaviour, failover_seconds=host.reboot_seconds),
    )
    parts = tuple(with_standby if part is database else part for part in plan.parts)
    sheltered = msgspec.structs.replace(plan, parts=parts)
    down, lost = fault("database_down"), fault("instance_lost")
    assert ended_seconds(down, plan) == down.seconds
    assert ended_seconds(down, sheltered) == float(host.reboot_seconds.value)
    assert ended_seconds(lost, plan) == lost.seconds + float(host.replace_seconds.value)
