"""Queue and functions with the ledger in Aurora DSQL (priced only).

SQL that grows by itself and costs nothing while idle, reached from a function without a VPC. What
binds is the rate of new sessions, so batches must be large, and that it is not quite Postgres: no
enforced foreign keys, no triggers, and a conflict shows at commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import bulk, parts
from frugal.patterns.pattern import Kind, Pattern, Scene


class DSQLLedger(Pattern):
    id = "dsql_ledger"
    name = "Queue and functions with the ledger in Aurora DSQL"
    kind = Kind.QUEUE
    full = False
    real_time = True
    summary = (
        "Payouts go through a queue to functions that keep the ledger in Aurora DSQL, a Postgres "
        "that grows by itself."
    )
    strengths = ("SQL, without a VPC and without an hourly price",)
    weaknesses = (
        "not in every Region, and not in every Region's price list",
        "a ledger without enforced foreign keys",
    )

    def fits(self, scene: Scene) -> str:
        return next(bulk.fits(scene), "")

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {**bulk.choices(), "memory_mb": (512,)}

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        batch = int(settings["batch_size"])
        store = placed("ledger", Role.STORE, "dsql", kib_per_payout=1, rows_per_transaction=batch)
        on_store = (
            Link(
                source="payout-function",
                target="ledger",
                verb=Verb.CONNECTS,
                per_month=parts.ledger_steps(scene) * parts.STATEMENTS_PER_PAYOUT,
                seconds=parts.DATABASE_SECONDS / batch,
                path="aws",
                purpose="claim, record; retried on a conflict",
            ),
        )
        return bulk.build(scene, settings, store, on_store, connections=1)


PATTERN = DSQLLedger()
