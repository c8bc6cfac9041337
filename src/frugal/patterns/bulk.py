"""A queue in front of functions that own their ledger, for volumes one Postgres cannot carry.

Shared by the patterns whose ledger grows by itself (DynamoDB, Aurora DSQL). Whoever makes the
payouts puts them on the queue ten at a time; a function takes them in batches and works on the
ledger directly, so the backend is no part of the path. That the backend itself produces this many
is taken as given: what carries it is outside this design.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from frugal.model.graph import Link, Placement, Scalar, Settings
from frugal.patterns import parts, shapes
from frugal.patterns.pattern import Scene

#: Messages a send carries: the most SQS takes.
SEND_BATCH = 10
#: Calls one run makes to the partner at once, at most.
CALLS_ABREAST_MAX = 50


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
    batch = int(settings["batch_size"])
    items = min(batch, parts.partner_takes(scene))
    shape, links = shapes.queued(
        scene,
        settings,
        items_per_call=items,
        calls_abreast=max(1, min(batch // items, CALLS_ABREAST_MAX)),
        sends=f"payouts, {SEND_BATCH} a send",
        sweeps="look-ups that are due",
        send_batch=SEND_BATCH,
        connections=connections,
    )
    runs, sweeps = shapes.batch_runs(scene, settings)
    placements = (
        *shape,
        parts.credentials(settings),
        parts.backend(scene),
        store,
        parts.partner(),
        parts.dead_letters(),
        *parts.watch(settings),
    )
    return placements, (
        *links,
        *on_store,
        *parts.calls_partner(scene, "payout-function", items=items),
        parts.writes_logs("payout-function", runs + sweeps, parts.ledger_steps(scene)),
        parts.dead_letter_link("payout-queue"),
    )


def fits(scene: Scene) -> Iterator[str]:
    """Yield why such a pattern cannot be built on the Stack."""
    if scene.stack.backend is None:
        yield "there is no backend that could send messages"
    if parts.receives(scene):
        yield parts.no_sending(scene)
