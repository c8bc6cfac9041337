"""A queue between the backend and a function that pays.

The backend sends the payout's id to SQS when it commits; Lambda polls the queue and starts the
function within a second or so. The function works through the backend's endpoint, as in the
scheduled one, so the database stays closed. A schedule remains for the waits: an inconclusive
payout is looked up when it is due in the ledger, because an SQS delay ends at 15 minutes and the
partner takes 25 to 30.

A Lightsail instance has no role: either it holds a long-lived access key for SendMessage, or it
posts to a function URL that does the sending.
"""

from __future__ import annotations

from collections.abc import Iterable

from frugal.model.graph import Link, Placement, Scalar, Settings, Verb
from frugal.patterns import parts, shapes
from frugal.patterns.pattern import Kind, Pattern, Scene

#: Calls one run makes to the partner at the same time, at most: threads of a small function.
CALLS_ABREAST_MAX = 10


class Queue(Pattern):
    id = "queue"
    name = "Queue and function"
    kind = Kind.QUEUE
    real_time = True
    summary = (
        "Your backend puts each payout's id on a queue as it commits; a function takes it within "
        "seconds, pays it at the partner, and a sweep looks up what stayed unknown."
    )
    strengths = (
        "pays within seconds, and takes any burst",
        "concurrency towards the partner is capped in one place",
    )
    weaknesses = (
        "idle pollers and a sweep are paid for whether or not there is work",
        "the instance needs a credential to send, rotated by hand",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.backend is None:
            return "there is no backend that could send messages"
        return parts.no_sending(scene)

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "memory_mb": (256,),
            "architecture": parts.ARCHITECTURES,
            "batch_size": (1, 10, 100),
            "max_concurrency": (2, 10, 100, 1000),
            "fifo": (False, True),
            "secrets": ("parameter_store",),
            "retention_days": parts.RETENTION_KEPT,
            "alarms": ("money",),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        load = scene.load
        batch = int(settings["batch_size"])
        items = min(batch, parts.items_per_call(scene))
        shape, links = shapes.queued(
            scene,
            settings,
            items_per_call=items,
            calls_abreast=min(batch // items, CALLS_ABREAST_MAX),
            sends="the payout's id, after commit",
            sweeps="look-ups that are due, payouts without a message",
            fifo=settings["fifo"],
        )
        runs, sweeps = shapes.batch_runs(scene, settings)
        # Each message is said to the ledger; then each run ticks, and each round is reported.
        # Each look-up may come up alone: an upper bound.
        rounds = runs + load.lookups
        worked = (
            load.payouts
            + (runs + sweeps) * parts.SENTENCES_PER_BEAT
            + rounds * parts.SENTENCES_PER_ROUND
        )
        placements = (
            *shape,
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        )
        return placements, (
            *links,
            Link(
                source="payout-function",
                target="backend",
                verb=Verb.CALLS,
                per_month=worked,
                request_kib=parts.ENVELOPE_KIB,
                response_kib=parts.ENVELOPE_KIB,
                seconds=parts.BACKEND_SECONDS,
                path="public",
                purpose="take the leases, report the outcomes",
            ),
            Link(
                source="payout-function",
                target="backend",
                verb=Verb.CALLS,
                per_month=parts.ledger_steps(scene),
                request_kib=parts.BACKEND_KIB_PER_PAYOUT,
                response_kib=parts.BACKEND_KIB_PER_PAYOUT,
                path="public",
                purpose="the records those calls carry",
            ),
            parts.backend_to_ledger(scene, worked),
            *parts.calls_partner(scene, "payout-function", beats=runs + sweeps, items=items),
            parts.writes_logs("payout-function", runs + sweeps, load.partner_calls),
            parts.dead_letter_link("payout-queue"),
        )


PATTERN = Queue()
