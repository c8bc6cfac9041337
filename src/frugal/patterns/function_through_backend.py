"""A scheduled function that calls the partner, and reaches the database through the backend.

This is the way round the central trap: a function outside a VPC reaches the partner for nothing,
but no private database; a function inside one reaches the database and needs a NAT gateway for the
partner. So the function asks the backend's own endpoint for due payouts (the backend commits the
keys first), sends them, and reports the outcomes. The database stays closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts
from frugal.patterns.pattern import Kind, Pattern, Scene


class FunctionThroughBackend(Pattern):
    id = "function_through_backend"
    name = "Scheduled function through the backend"
    kind = Kind.FUNCTION_THROUGH_BACKEND
    summary = (
        "EventBridge Scheduler starts a function; it claims due payouts from your backend's HTTPS "
        "endpoint, pays them at the partner, and reports each outcome back."
    )
    receives = (
        "EventBridge Scheduler starts a function; it fetches what the partner paid and hands it to "
        "your backend's HTTPS endpoint, which stores each payout once."
    )
    strengths = (
        "the database stays closed and the function needs no VPC, so no NAT gateway",
        "the partner's latency is waited for outside your instance",
        "any Lightsail plan will do: the instance only answers a few small calls a tick",
    )
    weaknesses = (
        "the backend must be reachable over public HTTPS",
        "no fixed address towards the partner",
    )

    def fits(self, scene: Scene) -> str:
        return "" if scene.stack.backend else "there is no backend to go through"

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "interval_minutes": parts.intervals(scene),
            "memory_mb": parts.MEMORY_MB,
            "architecture": parts.ARCHITECTURES,
            "calls_abreast": (1, 4, 16),
            "secrets": parts.SECRETS,
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        steps = parts.ledger_steps(scene)
        interval = Decimal(settings["interval_minutes"])
        ticks = parts.ticks_per_month(interval)
        abreast = int(settings["calls_abreast"])
        items = parts.items_per_run(scene, abreast)
        cold = parts.cold_share(interval)
        placements = (
            placed("schedule", Role.TRIGGER, "scheduler", interval_minutes=interval),
            placed(
                "payout-function",
                Role.WORKER,
                "aws_lambda",
                memory_mb=settings["memory_mb"],
                architecture=settings["architecture"],
                timeout_seconds=parts.timeout_seconds(scene, items, abreast),
                calls_abreast=abreast,
                items_per_run=items,
                items_per_call=parts.items_per_call(scene),
                interval_minutes=interval,
                cold_share=cold,
                vpc=False,
            ),
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        )
        links = (
            Link(
                source="schedule",
                target="payout-function",
                verb=Verb.INVOKES_ASYNC,
                per_month=ticks,
                purpose=f"a tick every {interval} min",
                path="internal",
            ),
            parts.reads_credentials("payout-function", ticks * cold),
            *parts.through_backend(scene, "payout-function", ticks, abreast),
            *parts.calls_partner(scene, "payout-function", beats=ticks),
            parts.writes_logs("payout-function", ticks, steps),
            parts.dead_letter_link("payout-function"),
        )
        return placements, links


PATTERN = FunctionThroughBackend()
