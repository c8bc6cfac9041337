"""A scheduled function that talks to Postgres and to the partner itself.

The plainest design, and the usual first sketch. Where Postgres is on Lightsail it falls into the
central trap, which each database path shows with its own number: over a public port the database is
open to any address, since a function has none of its own; over peering or in a VPC the function
loses the internet and needs a NAT gateway for the partner. Moving Postgres to a managed database or
to RDS (a small pool, or RDS Proxy) is weighed here too; it changes the database's price, not the
trap.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.model.stack import DatabaseHome
from frugal.patterns import parts
from frugal.patterns.pattern import Kind, Pattern, Scene

#: Databases that could take the place of the one on the box.
NEW_DATABASES = ("managed", "rds")


class DirectFunction(Pattern):
    id = "direct_function"
    name = "Scheduled function, direct to the database"
    kind = Kind.SCHEDULED_FUNCTION
    summary = (
        "EventBridge Scheduler starts a function that opens a database session, takes what is due, "
        "pays it at the partner and writes the outcome."
    )
    receives = (
        "EventBridge Scheduler starts a function that fetches what the partner paid and writes "
        "each payout once, in a database session of its own."
    )
    strengths = ("fewest parts", "no endpoint of yours is called")
    weaknesses = (
        "needs a network path to the database and to the partner at once",
        "opens a session on every tick",
    )

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        paths: tuple[Scalar, ...] = ("private", "public", "proxy")
        if _on_box(scene):
            paths = (*paths, *NEW_DATABASES)
        return {
            "database_path": paths,
            "egress": ("none", "nat", "nat_two_zones", "ipv6"),
            "interval_minutes": parts.intervals(scene)[:2],
            "calls_abreast": (4,),
            "memory_mb": (256,),
            "architecture": ("arm64",),
            "secrets": ("parameter_store",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        steps = parts.ledger_steps(scene)
        path, egress = str(settings["database_path"]), str(settings["egress"])
        interval = Decimal(settings["interval_minutes"])
        ticks = parts.ticks_per_month(interval)
        cold = parts.cold_share(interval)
        abreast = int(settings["calls_abreast"])
        items = parts.items_per_run(scene, abreast)
        in_vpc = path != "public"
        placements: list[Placement] = [
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
                connections=1,
                vpc=in_vpc,
                ipv6=egress == "ipv6",
            ),
            parts.credentials(settings),
            _ledger(scene, path),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        ]
        if _on_box(scene) and path not in NEW_DATABASES:
            placements += parts.box(scene)
        target = "ledger"
        links: list[Link] = []
        if path == "proxy":
            placements.append(placed("database-proxy", Role.NETWORK, "rds_proxy"))
            target = "database-proxy"
            links.append(
                Link(
                    source="database-proxy",
                    target="ledger",
                    verb=Verb.ROUTES,
                    per_month=ticks,
                    path="private",
                    purpose="pooled sessions",
                )
            )
        calls = parts.calls_partner(scene, "payout-function", beats=ticks)
        if egress.startswith("nat"):
            zones = 2 if egress == "nat_two_zones" else 1
            placements.append(placed("nat-gateway", Role.NETWORK, "nat_gateway", zones=zones))
            links += [
                Link(
                    source="payout-function",
                    target="nat-gateway",
                    verb=Verb.ROUTES,
                    per_month=call.per_month,
                    request_kib=call.request_kib,
                    response_kib=call.response_kib,
                    path="private",
                    purpose="the way out of the VPC",
                )
                for call in calls
            ]
        links += [
            Link(
                source="schedule",
                target="payout-function",
                verb=Verb.INVOKES_ASYNC,
                per_month=ticks,
                purpose=f"a tick every {interval} min",
                path="internal",
            ),
            parts.reads_credentials("payout-function", ticks * cold),
            Link(
                source="payout-function",
                target=target,
                verb=Verb.CONNECTS,
                per_month=steps * parts.STATEMENTS_PER_PAYOUT + ticks,
                seconds=parts.DATABASE_SECONDS,
                path="public" if path == "public" else "private",
                purpose="claim due payouts, record outcomes",
            ),
            *calls,
            parts.writes_logs("payout-function", ticks, steps),
            parts.dead_letter_link("payout-function"),
        ]
        return placements, links


def _ledger(scene: Scene, path: str) -> Placement:
    """Return the database: the one that is there, or a new one the business's data moves to."""
    if path == "managed":
        return placed(
            "ledger", Role.STORE, "lightsail_database", plan_usd=15, high_availability=False
        )
    if path == "rds":
        return placed(
            "ledger",
            Role.STORE,
            "rds",
            instance_class="db.t4g.micro",
            multi_az=False,
            storage_gib=20,
        )
    return parts.ledger(scene)


def _on_box(scene: Scene) -> bool:
    database = scene.stack.database
    return database is None or database.home.value is DatabaseHome.ON_INSTANCE


PATTERN = DirectFunction()
