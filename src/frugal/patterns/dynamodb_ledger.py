"""Queue and functions with the ledger in DynamoDB (priced only).

For volumes past one Postgres: the ledger is a table that grows by itself, each step of a payout one
conditional, transactional write. The queue's batches and the concurrency are its dials, up to the
account's quotas, which are what binds first.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import bulk, parts
from frugal.patterns.pattern import Kind, Pattern, Scene

#: Key stored, attempt opened, outcome recorded: each a transaction of one item.
WRITES_PER_PAYOUT = 3


class DynamoDBLedger(Pattern):
    id = "dynamodb_ledger"
    name = "Queue and functions with the ledger in DynamoDB"
    kind = Kind.QUEUE
    full = False
    real_time = True
    summary = (
        "Payouts go through a queue to functions that keep the ledger in DynamoDB, up to the "
        "account's quotas."
    )
    strengths = ("nothing is paid while nothing happens", "grows past what one Postgres carries")
    weaknesses = (
        "the ledger is no longer beside the business's data",
        "the runtime here keeps its ledger in Postgres; this one would have to be written",
    )

    def fits(self, scene: Scene) -> str:
        return next(bulk.fits(scene), "")

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return bulk.choices()

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        steps = parts.ledger_steps(scene)
        store = placed(
            "ledger",
            Role.STORE,
            "dynamodb",
            writes_per_payout=WRITES_PER_PAYOUT,
            kib_per_payout=1,
        )
        on_store = (
            Link(
                source="payout-function",
                target="ledger",
                verb=Verb.SENDS,
                per_month=steps * WRITES_PER_PAYOUT,
                request_kib=Decimal(1),
                seconds=Decimal("0.0002"),  # batches of writes, many at once
                path="aws",
                purpose="store the key, open the attempt, record the outcome",
            ),
            Link(
                source="payout-function",
                target="ledger",
                verb=Verb.READS,
                per_month=steps,
                request_kib=Decimal(1),
                response_kib=Decimal(1),
                seconds=Decimal("0.0002"),
                path="aws",
                purpose="what is known of this payout",
            ),
        )
        return bulk.build(scene, settings, store, on_store)


PATTERN = DynamoDBLedger()
