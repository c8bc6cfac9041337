"""A Fargate service that is always on and grows with the load (priced only).

For volumes that a function's concurrency or one box no longer carries: as many tasks as the peak
needs, in two zones. Its ledger is the Postgres that is there, where that can be reached privately,
or a new Aurora cluster.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, placed
from frugal.model.stack import DatabaseHome
from frugal.patterns import parts, tasks
from frugal.patterns.pattern import Kind, Pattern, Scene

TICK_SECONDS = Decimal(1)
MEMORY_PER_VCPU = Decimal(2)


class EcsService(Pattern):
    id = "ecs_service"
    name = "Fargate service, scaled by the peak"
    kind = Kind.ALWAYS_ON
    full = False
    real_time = True
    summary = (
        "Worker tasks run all the time on Fargate in two zones, as many as the peak needs, and pay "
        "what is due."
    )
    receives = (
        "Worker tasks run all the time on Fargate in two zones, fetch what the partner paid and "
        "store each payout once."
    )
    strengths = ("carries any volume the ledger and the partner carry", "sees a payout at once")
    weaknesses = ("paid for every hour, used or not", "a VPC, an image registry, deployments")

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        ledgers = ("aurora",) if _unreachable(scene) else ("existing", "aurora")
        return {
            "ledger": ledgers,
            "architecture": parts.ARCHITECTURES,
            "vcpus": (Decimal("0.25"), Decimal(1), Decimal(4)),
            "calls_abreast": (16, 64, 256),
            "secrets": ("parameter_store",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        vcpus, abreast = Decimal(settings["vcpus"]), int(settings["calls_abreast"])
        beats = parts.beats_per_month(TICK_SECONDS) * 2
        new = settings["ledger"] == "aurora"
        placements = (
            placed(
                "payout-service",
                Role.WORKER,
                "fargate",
                scheduled=False,
                tasks_min=2,
                architecture=settings["architecture"],
                vcpus=vcpus,
                memory_gib=vcpus * MEMORY_PER_VCPU,
                public_address=True,
                calls_abreast=abreast,
                items_per_call=parts.partner_takes(scene),
                cpu_seconds_per_payout=tasks.CPU_SECONDS_PER_PAYOUT,
                connections=8,
            ),
            parts.credentials(settings),
            parts.new_aurora(min_acu=Decimal(1), instances=2) if new else parts.ledger(scene),
            parts.partner(),
            *parts.watch(settings),
        )
        return placements, tasks.worker_links(scene, "payout-service", beats, abreast, "private")


def _unreachable(scene: Scene) -> bool:
    """Whether the Stack's Postgres is where a task in a VPC has no way to."""
    database = scene.stack.database
    return database is None or database.home.value not in (DatabaseHome.RDS, DatabaseHome.AURORA)


PATTERN = EcsService()
