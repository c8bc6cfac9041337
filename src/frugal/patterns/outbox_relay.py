"""An outbox in the ledger, and a relay that moves it to a queue.

A message sent after a commit can be lost between the two; one sent before it can be about a payout
that was never stored. So the backend writes the payout and an *outbox* row in one transaction, and
a relay moves rows to SQS afterwards: at least once, never zero times. The relay is a small function
that asks the backend's endpoint every minute, or a container beside the backend that follows the
table within a second and needs an access key to send.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts, queue
from frugal.patterns.pattern import Kind, Pattern, Scene

#: How often the relay function looks, and how often the relay container does.
RELAY_MINUTES = Decimal(1)
RELAY_SECONDS = 1


class OutboxRelay(Pattern):
    id = "outbox_relay"
    name = "Outbox, relay, queue and function"
    kind = Kind.QUEUE
    real_time = True  # with the relay container; the relay function's schedule fails its own check
    summary = (
        "Your backend writes each payout and an outbox row in one transaction; a relay puts the "
        "rows on a queue, and a function pays them."
    )
    strengths = (
        "no payout is lost between the database and the queue",
        "takes any burst, with concurrency towards the partner capped in one place",
    )
    weaknesses = (
        "one more moving part than a queue with a sweep, which loses nothing either",
        "the relay container needs a long-lived access key where the instance has no role",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.backend is None:
            return "there is no backend that could write an outbox"
        return parts.no_sending(scene)

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "relay": ("function", "container"),
            "memory_mb": (256,),
            "architecture": parts.ARCHITECTURES,
            "batch_size": (1, 10),
            "max_concurrency": (2, 10),
            "secrets": ("parameter_store",),
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        load = scene.load
        batch = int(settings["batch_size"])
        placements, links = queue.PATTERN.build(scene, {**settings, "fifo": False})
        kept = [link for link in links if (link.source, link.verb) != ("backend", Verb.SENDS)]
        relayed = Link(
            source="relay",
            target="payout-queue",
            verb=Verb.SENDS,
            per_month=load.payouts,
            request_kib=Decimal(1),
            seconds=parts.API_SECONDS,
            path="aws",
            purpose="the payout's id, from the outbox",
        )
        if settings["relay"] == "container":
            relay = placed(
                "relay",
                Role.WORKER,
                "container",
                tick_seconds=RELAY_SECONDS,
                connections=1,
            )
            beats = parts.beats_per_month(Decimal(RELAY_SECONDS))
            follows = (
                relayed,
                Link(
                    source="relay",
                    target="ledger",
                    verb=Verb.CONNECTS,
                    per_month=load.payouts * 2 + beats,
                    seconds=parts.DATABASE_SECONDS,
                    path=parts.path_to_ledger(scene),
                    purpose="read the outbox, strike what was sent",
                ),
                parts.writes_logs("relay", Decimal(730), Decimal(0), platform=False),
            )
            return (*placements, relay), (*kept, *follows)
        ticks = parts.ticks_per_month(RELAY_MINUTES)
        schedule = placed(
            "relay-schedule", Role.TRIGGER, "scheduler", interval_minutes=RELAY_MINUTES
        )
        relay = placed(
            "relay",
            Role.WORKER,
            "aws_lambda",
            memory_mb=settings["memory_mb"],
            architecture=settings["architecture"],
            timeout_seconds=60,
            calls_abreast=1,
            items_per_run=1000,
            cold_share=parts.cold_share(RELAY_MINUTES),
            vpc=False,
        )
        own = (
            Link(
                source="relay-schedule",
                target="relay",
                verb=Verb.INVOKES_ASYNC,
                per_month=ticks,
                path="internal",
                purpose=f"a tick every {RELAY_MINUTES} min",
            ),
            Link(
                source="relay",
                target="backend",
                verb=Verb.CALLS,
                per_month=load.payouts / batch + ticks,
                request_kib=parts.BACKEND_KIB_PER_PAYOUT,
                response_kib=parts.BACKEND_KIB_PER_PAYOUT * batch,
                seconds=parts.BACKEND_SECONDS,
                path="public",
                purpose="read the outbox, strike what was sent",
            ),
            relayed,
            parts.writes_logs("relay", ticks, Decimal(0)),
            parts.dead_letter_link("relay"),
        )
        return (*placements, schedule, relay), (*kept, *own)


PATTERN = OutboxRelay()
