"""Scenes of different kinds for the contract tests: stacks, requests, and both together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from frugal.model.brief import (
    Brief,
    Direction,
    FreeTier,
    PartnerTerms,
    Promises,
    Timing,
    Volume,
)
from frugal.model.load import load_of
from frugal.model.stack import Backend, Database, DatabaseHome, Instance, Stack
from frugal.patterns import Scene
from payouts.facts import assumed, stated

WHY = "a test's own value"
PER_DAY = Decimal(200)


def partner(**changes: Any) -> PartnerTerms:
    terms = PartnerTerms(
        id=stated("generic", WHY),
        name=stated("the partner", WHY),
        batch_api=assumed(False, WHY),
        fixed_address_required=assumed(False, WHY),
        webhooks=assumed(True, WHY),
        response_seconds_p50=assumed(Decimal("0.8"), WHY),
        response_seconds_p99=assumed(Decimal(6), WHY),
        timeout_seconds=assumed(Decimal(30), WHY),
        inconclusive_share=assumed(Decimal("0.01"), WHY),
        resolution_minutes=assumed(Decimal(30), WHY),
        lookups_max=assumed(5, WHY),
        lookup_interval_minutes=assumed(Decimal(5), WHY),
        send_retries_max=assumed(5, WHY),
        send_window_hours=assumed(Decimal(24), WHY),
        request_kib=assumed(Decimal(3), WHY),
        response_kib=assumed(Decimal(2), WHY),
        ipv6=assumed(False, WHY),
    )
    return msgspec.structs.replace(terms, **changes)


def brief(**changes: Any) -> Brief:
    given = Brief(
        request="a test",
        direction=assumed(Direction.SEND, WHY),
        timing=assumed(Timing.BATCH, WHY),
        volume=Volume(
            payouts_per_day_low=stated(PER_DAY / 2, WHY),
            payouts_per_day_high=stated(PER_DAY, WHY),
            days_per_week=assumed(Decimal(7), WHY),
            window_hours=assumed(Decimal(24), WHY),
        ),
        partner=partner(),
        promises=Promises(
            paid_within_hours=assumed(Decimal(24), WHY),
            drain_within_hours=assumed(Decimal(2), WHY),
            largest_payout=assumed(Decimal(10_000), WHY),
            largest_day_payouts=assumed(PER_DAY * 2, WHY),
            currency=assumed("USD", WHY),
        ),
        region=assumed("us-east-1", WHY),
        free_tier=assumed(FreeTier.ALWAYS, WHY),
    )
    return msgspec.structs.replace(given, **changes)


def lightsail_stack() -> Stack:
    return Stack(
        instance=Instance(
            service=stated("lightsail", WHY),
            plan_monthly_usd=assumed(Decimal(12), WHY),
            cpu_used_percent=assumed(Decimal(10), WHY),
            memory_used_percent=assumed(Decimal(50), WHY),
            transfer_out_gib=assumed(Decimal(100), WHY),
        ),
        backend=Backend(docker=stated(True, WHY), public_https=assumed(True, WHY)),
        database=Database(
            home=assumed(DatabaseHome.ON_INSTANCE, WHY),
            engine=stated("postgres", WHY),
            max_connections=assumed(100, WHY),
            connections_in_use=assumed(20, WHY),
        ),
    )


def ec2_stack(home: DatabaseHome, instance_class: str = "db.t4g.small") -> Stack:
    return Stack(
        instance=Instance(
            service=stated("ec2", WHY),
            instance_type=stated("t3.small", WHY),
            vcpus=assumed(Decimal(2), WHY),
            memory_gib=assumed(Decimal(2), WHY),
            memory_used_percent=assumed(Decimal(50), WHY),
            static_address=assumed(True, WHY),
        ),
        backend=Backend(docker=stated(True, WHY), public_https=assumed(True, WHY)),
        database=Database(
            home=stated(home, WHY),
            engine=stated("postgres", WHY),
            instance_class=stated(instance_class, WHY),
            size_gib=stated(Decimal(50), WHY),
        ),
    )


STACKS: dict[str, Callable[[], Stack]] = {
    "lightsail": lightsail_stack,
    "rds": lambda: ec2_stack(DatabaseHome.RDS),
    "aurora": lambda: ec2_stack(DatabaseHome.AURORA, "db.t4g.medium"),
    "lightsail-database": lambda: ec2_stack(DatabaseHome.LIGHTSAIL_MANAGED),
}
BRIEFS: dict[str, Callable[[], Brief]] = {
    "send": brief,
    "receive": lambda: brief(direction=stated(Direction.RECEIVE, WHY)),
    "batches": lambda: brief(
        partner=partner(batch_api=stated(True, WHY), batch_items_max=stated(500, WHY))
    ),
}


def built(
    stack_name: str = "lightsail",
    brief_name: str = "send",
    *,
    of: Stack | None = None,
    **changes: Any,
) -> Scene:
    wanted = msgspec.structs.replace(BRIEFS[brief_name](), **changes)
    return Scene(brief=wanted, stack=of or STACKS[stack_name](), load=load_of(wanted))


@pytest.fixture
def scene() -> Callable[..., Scene]:
    """A scene by the names of its stack and request, with values of the Brief changed at will."""
    return built
