"""The ledger in Aurora Serverless v2, reached by the Data API (priced only).

The third way round the central trap: move the ledger to where a function reaches it over HTTPS, so
that it needs no VPC, no NAT gateway and no backend in between. The price is a database that is
never idle: a tick keeps it from pausing.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts
from frugal.patterns.pattern import Kind, Pattern, Scene

#: The least an instance runs on where a tick keeps it awake.
MIN_ACU = Decimal("0.5")


class AuroraDataApi(Pattern):
    id = "aurora_data_api"
    name = "Function with the ledger in Aurora, by the Data API"
    kind = Kind.SCHEDULED_FUNCTION
    full = False
    summary = (
        "The ledger moves to Aurora Serverless v2; a scheduled function outside any VPC works on "
        "it through the Data API and pays at the partner."
    )
    receives = (
        "The payouts move to Aurora Serverless v2; a scheduled function outside any VPC fetches "
        "what the partner paid and stores it through the Data API."
    )
    strengths = ("no VPC, no NAT gateway, no endpoint of yours", "a database in three zones")
    weaknesses = (
        "half an ACU at least, every hour",
        "the business's data and the ledger are in two databases",
    )

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "interval_minutes": parts.intervals(scene),
            "memory_mb": (256, 512),
            "architecture": parts.ARCHITECTURES,
            "instances": (1, 2),
            "secrets": ("secrets_manager",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        interval = Decimal(settings["interval_minutes"])
        ticks, steps = parts.ticks_per_month(interval), parts.ledger_steps(scene)
        abreast = 4
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
                items_per_call=parts.items_per_call(scene),
                items_per_run=items,
                interval_minutes=interval,
                cold_share=cold,
                connections=0,
                vpc=False,
            ),
            parts.credentials(settings),
            parts.new_aurora(min_acu=MIN_ACU, instances=int(settings["instances"])),
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
                path="internal",
                purpose=f"a tick every {interval} min",
            ),
            parts.reads_credentials("payout-function", ticks * cold),
            Link(
                source="payout-function",
                target="ledger",
                verb=Verb.CONNECTS,
                per_month=steps * parts.STATEMENTS_PER_PAYOUT + ticks,
                seconds=parts.DATABASE_SECONDS * 3,
                path="aws",
                purpose="claim due payouts, record outcomes, over HTTPS",
            ),
            *parts.calls_partner(scene, "payout-function", beats=ticks),
            parts.writes_logs("payout-function", ticks, steps),
            parts.dead_letter_link("payout-function"),
        )
        return placements, links


PATTERN = AuroraDataApi()
