"""Scenes to choose in: a Brief and a Stack with every value given, and ways to vary one of them.

The words of a request are the reading stage's affair; these tests are about what is chosen once the
words are read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

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

WHY = "a test's own default"


def number(value: Decimal | int | str) -> Decimal:
    return Decimal(value)


def partner(**changes: Any) -> PartnerTerms:
    """Return terms like Fiserv's: no batch call, no known rate, half-hour inconclusive answers."""
    terms = PartnerTerms(
        id=stated("generic", WHY),
        name=stated("the partner", WHY),
        batch_api=assumed(False, WHY),
        fixed_address_required=assumed(False, WHY),
        webhooks=assumed(False, WHY),
        response_seconds_p50=assumed(number(2), WHY),
        response_seconds_p99=assumed(number(10), WHY),
        timeout_seconds=assumed(number(60), WHY),
        inconclusive_share=assumed(number("0.01"), WHY),
        resolution_minutes=assumed(number(30), WHY),
        lookups_max=assumed(6, WHY),
        lookup_interval_minutes=assumed(number(5), WHY),
        send_retries_max=assumed(5, WHY),
        send_window_hours=assumed(number(24), WHY),
        request_kib=assumed(number(2), WHY),
        response_kib=assumed(number(2), WHY),
        ipv6=assumed(False, WHY),
    )
    return msgspec.structs.replace(terms, **changes)


def volume(per_day: Decimal | int = 200, **changes: Any) -> Volume:
    given = Volume(
        payouts_per_day_low=stated(number(per_day) / 2, WHY),
        payouts_per_day_high=stated(number(per_day), WHY),
        days_per_week=assumed(number(7), WHY),
        window_hours=assumed(number(24), WHY),
    )
    return msgspec.structs.replace(given, **changes)


def promises(per_day: Decimal | int = 200, **changes: Any) -> Promises:
    given = Promises(
        paid_within_hours=assumed(number(24), WHY),
        drain_within_hours=assumed(number(2), WHY),
        largest_payout=assumed(number(10_000), WHY),
        largest_day_payouts=assumed(number(per_day) * 2, WHY),
        currency=assumed("USD", WHY),
    )
    return msgspec.structs.replace(given, **changes)


def brief(per_day: Decimal | int = 200, **changes: Any) -> Brief:
    given = Brief(
        request="a test",
        direction=assumed(Direction.SEND, WHY),
        timing=assumed(Timing.BATCH, WHY),
        volume=volume(per_day),
        partner=partner(),
        promises=promises(per_day),
        region=assumed("us-east-1", WHY),
        free_tier=assumed(FreeTier.ALWAYS, WHY),
    )
    return msgspec.structs.replace(given, **changes)


def stack(**changes: Any) -> Stack:
    """Return a $12 Lightsail box at 10 % CPU with a Docker backend and Postgres on it."""
    given = Stack(
        instance=Instance(
            service=stated("lightsail", WHY),
            plan_monthly_usd=assumed(number(12), WHY),
            cpu_used_percent=assumed(number(10), WHY),
            memory_used_percent=assumed(number(50), WHY),
        ),
        backend=Backend(docker=stated(True, WHY), public_https=assumed(True, WHY)),
        database=Database(
            home=assumed(DatabaseHome.ON_INSTANCE, WHY),
            engine=stated("postgres", WHY),
            max_connections=assumed(100, WHY),
            connections_in_use=assumed(20, WHY),
        ),
    )
    return msgspec.structs.replace(given, **changes)


def scene(per_day: Decimal | int = 200, *, of: Stack | None = None, **changes: Any) -> Scene:
    """Return the scene of the first request, or one that differs from it as said."""
    wanted = brief(per_day, **changes)
    return Scene(brief=wanted, stack=of or stack(), load=load_of(wanted))
