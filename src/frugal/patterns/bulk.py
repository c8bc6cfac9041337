"""A queue in front of functions that own their ledger, for volumes one Postgres cannot carry.

Shared by the patterns whose ledger grows by itself (DynamoDB, Aurora DSQL). Whoever makes the
payouts puts them on the queue ten at a time; a function takes them in batches and works on the
ledger directly, so the backend is no part of the path. That the backend itself produces this many
is taken as given: what carries it is outside this design.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts
from frugal.patterns.pattern import Scene

#: Messages a send carries: the most SQS takes.
SEND_BATCH = 10
#: Calls one run makes to the partner at once, at most.
CALLS_ABREAST_MAX = 50
SWEEP_MINUTES = Decimal(5)


def choices() -> dict[str, tuple[Scalar, ...]]:
    """Return settings that reach from a few payouts to the account's quotas."""
    return {
        "memory_mb": (512, 1769),
        "architecture": ("arm64",),
        "batch_size": (10, 100, 1000, 5000),
        "max_concurrency": (10, 100, 1000),
        "secrets": ("parameter_store",),
        "retention_days": parts.RETENTION_KEPT,
        "alarms": ("money",),
    }


def build(
    scene: Scene,
    settings: Settings,
    store: Placement,
    on_store: Iterable[Link],
    *,
    connections: int = 0,
) -> tuple[tuple[Placement, ...], tuple[Link, ...]]:
    """Return queue, sweep and function around a store, with what the function does to it."""
    load, steps = scene.load, parts.ledger_steps(scene)
    batch = int(settings["batch_size"])
    items = min(batch, parts.partner_takes(scene))
    abreast = max(1, min(batch // items, CALLS_ABREAST_MAX))
    timeout = parts.timeout_seconds(scene, batch, abreast)
    sweeps = parts.ticks_per_month(SWEEP_MINUTES)
    runs = load.payouts / batch
    placements = (
        placed(
            "payout-queue",
            Role.QUEUE,
            "sqs",
            fifo=False,
            send_batch=SEND_BATCH,
            batch_size=batch,
            batch_window_seconds=0 if batch <= 10 else 1,
            visibility_seconds=timeout * 6 + 6,
            max_receive_count=5,
            max_concurrency=settings["max_concurrency"],
        ),
        placed("sweep", Role.TRIGGER, "scheduler", interval_minutes=SWEEP_MINUTES, sweep=True),
        placed(
            "payout-function",
            Role.WORKER,
            "aws_lambda",
            memory_mb=settings["memory_mb"],
            architecture=settings["architecture"],
            timeout_seconds=timeout,
            calls_abreast=abreast,
            items_per_call=items,
            items_per_run=batch,
            concurrency=settings["max_concurrency"],
            cold_share=parts.COLD_WHEN_FREQUENT,
            vpc=False,
            connections=connections,
        ),
        parts.credentials(settings),
        parts.backend(scene),
        store,
        parts.partner(),
        parts.dead_letters(),
        *parts.watch(settings),
    )
    links = (
        Link(
            source="backend",
            target="payout-queue",
            verb=Verb.SENDS,
            per_month=load.payouts,
            request_kib=Decimal(1),
            path="aws",
            purpose=f"payouts, {SEND_BATCH} a send",
        ),
        Link(
            source="payout-queue",
            target="payout-function",
            verb=Verb.POLLS,
            per_month=runs,
            path="internal",
            purpose=f"batches of {batch}",
        ),
        Link(
            source="sweep",
            target="payout-function",
            verb=Verb.INVOKES_ASYNC,
            per_month=sweeps,
            path="internal",
            purpose="look-ups that are due",
        ),
        parts.reads_credentials("payout-function", runs * parts.COLD_WHEN_FREQUENT),
        *on_store,
        *parts.calls_partner(scene, "payout-function", items=items),
        parts.writes_logs("payout-function", runs + sweeps, steps),
        parts.dead_letter_link("payout-queue"),
    )
    return placements, links


def fits(scene: Scene) -> Iterator[str]:
    """Yield why such a pattern cannot be built on the Stack."""
    if scene.stack.backend is None:
        yield "there is no backend that could send messages"
    if parts.receives(scene):
        yield parts.no_sending(scene)
