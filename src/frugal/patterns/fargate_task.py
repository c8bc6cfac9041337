"""A Fargate task started by the schedule (priced only).

EventBridge Scheduler runs a container to completion: no time limit of 15 minutes, no function, but
half a minute or more of start is paid for on every run, and a minute at least, so it suits a run or
two a day better than a tick every minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts, tasks
from frugal.patterns.pattern import Kind, Pattern, Scene


class FargateTask(Pattern):
    id = "fargate_task"
    name = "Scheduled Fargate task"
    kind = Kind.SCHEDULED_FUNCTION
    full = False
    summary = (
        "EventBridge Scheduler starts a container on Fargate; it pays what is due through your "
        "backend's endpoint and ends."
    )
    receives = (
        "EventBridge Scheduler starts a container on Fargate; it fetches what the partner paid, "
        "hands it to your backend's endpoint and ends."
    )
    strengths = ("no limit of 15 minutes a run", "the same image as on your own machine")
    weaknesses = (
        "its start is paid for on every run, and at least a minute",
        "needs a VPC with a public subnet, an image registry and an address a run",
    )

    def fits(self, scene: Scene) -> str:
        return "" if scene.stack.backend else "there is no backend to go through"

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "interval_minutes": (5, 15, 60),
            "architecture": parts.ARCHITECTURES,
            "vcpus": (Decimal("0.25"), Decimal("0.5")),
            "calls_abreast": (4, 16),
            "secrets": ("parameter_store",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        interval = Decimal(settings["interval_minutes"])
        ticks = parts.ticks_per_month(interval)
        abreast = int(settings["calls_abreast"])
        vcpus = Decimal(settings["vcpus"])
        placements = (
            placed("schedule", Role.TRIGGER, "scheduler", interval_minutes=interval),
            placed(
                "payout-task",
                Role.WORKER,
                "fargate",
                scheduled=True,
                interval_minutes=interval,
                architecture=settings["architecture"],
                vcpus=vcpus,
                memory_gib=vcpus * 2,
                public_address=True,
                calls_abreast=abreast,
                items_per_call=parts.partner_takes(scene),
                cpu_seconds_per_payout=tasks.CPU_SECONDS_PER_PAYOUT,
                connections=1,
            ),
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            *parts.watch(settings),
        )
        links = (
            Link(
                source="schedule",
                target="payout-task",
                verb=Verb.SCHEDULES,
                per_month=ticks,
                path="internal",
                purpose=f"a task every {interval} min",
            ),
            *tasks.worker_links(scene, "payout-task", ticks, abreast, "backend"),
        )
        return placements, links


PATTERN = FargateTask()
