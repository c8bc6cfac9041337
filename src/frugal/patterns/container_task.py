"""A worker in a container beside the existing backend.

No new AWS compute at all: a second container from the same compose file wakes every few seconds,
takes what is due from the ledger next to it, and calls the partner from the instance's own static
address. What it costs is head-room: CPU under the plan's baseline, memory, database connections;
and it is lost with the box, as the backend is.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts
from frugal.patterns.pattern import Kind, Pattern, Scene


class ContainerTask(Pattern):
    id = "container_task"
    name = "Worker in a container beside the backend"
    kind = Kind.CONTAINER_WORKER
    summary = (
        "A small worker container beside your backend takes due payouts from Postgres and pays "
        "them from the instance's own address."
    )
    receives = (
        "A small worker container beside your backend fetches what the partner paid, from the "
        "instance's own address, and stores each payout once."
    )
    strengths = (
        "adds no AWS compute and no network path",
        "one fixed address towards the partner",
        "local sessions to the database",
    )
    weaknesses = (
        "shares the instance's CPU baseline, memory and fate with the backend",
        "no scaling beyond the instance",
        "the instance has no role: its metrics and logs need a long-lived credential",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.instance is None or scene.stack.backend is None:
            return "there is no instance with a backend to put a worker beside"
        return "" if scene.stack.backend.docker.value else "the backend does not run in Docker"

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "tick_seconds": (1, 5, 60),
            "calls_abreast": (1, 4, 16),
            "secrets": ("parameter_store",),
            **parts.watch_choices(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        steps = parts.ledger_steps(scene)
        beats = parts.beats_per_month(Decimal(settings["tick_seconds"]))
        placements = (
            placed(
                "payout-worker",
                Role.WORKER,
                "container",
                tick_seconds=settings["tick_seconds"],
                calls_abreast=settings["calls_abreast"],
                items_per_call=parts.items_per_call(scene),
                connections=2,
            ),
            parts.credentials(settings, count=1),
            *parts.box(scene, added_memory_mib=parts.WORKER_MIB),
            parts.ledger(scene),
            parts.partner(),
            *parts.watch(settings),
        )
        links = (
            parts.reads_credentials("payout-worker", Decimal(30)),
            Link(
                source="payout-worker",
                target="ledger",
                verb=Verb.CONNECTS,
                per_month=steps * parts.STATEMENTS_PER_PAYOUT + beats,
                seconds=parts.DATABASE_SECONDS,
                path=parts.path_to_ledger(scene),
                purpose="claim due payouts, record outcomes",
            ),
            *parts.calls_partner(scene, "payout-worker", beats=beats),
            # a beat that finds nothing logs nothing; one summary line an hour says it is alive
            parts.writes_logs("payout-worker", Decimal(730), steps, platform=False),
        )
        return placements, links


PATTERN = ContainerTask()
