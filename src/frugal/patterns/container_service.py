"""A Lightsail container service that is always on (priced only).

A worker in a container of its own, off the instance: no head-room is taken from the backend, but it
is paid for every hour whether or not there is work. It has no way to a private database on the box,
so it goes through the backend's endpoint, or needs the database's port opened to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, placed
from frugal.patterns import parts, tasks
from frugal.patterns.pattern import Kind, Pattern, Scene

TICK_SECONDS = Decimal(5)


class ContainerService(Pattern):
    id = "container_service"
    name = "Lightsail container service"
    kind = Kind.ALWAYS_ON
    full = False
    real_time = True
    summary = (
        "A worker runs all the time in a Lightsail container service and pays what is due, through "
        "your backend's endpoint."
    )
    receives = (
        "A worker runs all the time in a Lightsail container service, fetches what the partner "
        "paid and hands it to your backend's endpoint."
    )
    strengths = ("takes nothing from the instance", "sees a due payout within seconds")
    weaknesses = (
        "paid for every hour, used or not",
        "no fixed address, no role in AWS, no way to a private database on the instance",
    )

    def fits(self, scene: Scene) -> str:
        return "" if scene.stack.backend else "there is no backend to go through"

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "power": ("nano", "micro", "small", "medium"),
            "nodes": (1, 2),
            "database_path": ("backend", "public"),
            "calls_abreast": (16,),
            "secrets": ("parameter_store",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        nodes, abreast = int(settings["nodes"]), int(settings["calls_abreast"])
        path = str(settings["database_path"])
        beats = parts.beats_per_month(TICK_SECONDS) * nodes
        placements = (
            placed(
                "payout-worker",
                Role.WORKER,
                "lightsail_container",
                power=settings["power"],
                nodes=nodes,
                calls_abreast=abreast,
                items_per_call=parts.partner_takes(scene),
                cpu_seconds_per_payout=tasks.CPU_SECONDS_PER_PAYOUT,
                connections=2 * nodes,
            ),
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            *parts.watch(settings),
        )
        return placements, tasks.worker_links(scene, "payout-worker", beats, abreast, path)


PATTERN = ContainerService()
