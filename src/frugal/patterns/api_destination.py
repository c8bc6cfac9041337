"""A schedule that calls the backend, with no function at all.

EventBridge Scheduler puts an event on a custom bus, a rule hands it to an API destination, and that
calls the backend's HTTPS endpoint. The endpoint answers 202 within five seconds and a worker beside
it does the rest: takes what is due from the ledger, calls the partner from the instance's own
address. EventBridge tries again for hours if the endpoint fails, which is safe only because the
endpoint is ours and idempotent: it says that there may be work, never what to pay.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts
from frugal.patterns.pattern import Kind, Pattern, Scene

#: The endpoint only wakes the worker: a round trip and nothing else. Assumed.
ANSWER_SECONDS = parts.BACKEND_SECONDS


class ApiDestination(Pattern):
    id = "api_destination"
    name = "Schedule to the backend, through an API destination"
    kind = Kind.CONTAINER_WORKER
    summary = (
        "EventBridge calls your backend's endpoint on a schedule; it answers at once and a worker "
        "beside it pays what is due, from the instance's own address."
    )
    receives = (
        "EventBridge calls your backend's endpoint on a schedule; it answers at once and a worker "
        "beside it fetches what the partner paid and stores each payout once."
    )
    strengths = (
        "no function, no queue, no worker that polls",
        "one fixed address towards the partner",
        "the tick is seen and retried by EventBridge, so a backend that is down is noticed",
    )
    weaknesses = (
        "the backend must be reachable over public HTTPS with a valid certificate",
        "shares the instance's CPU baseline, memory and fate with the backend",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.instance is None or scene.stack.backend is None:
            return "there is no instance with a backend to call"
        return "" if scene.stack.backend.docker.value else "the backend does not run in Docker"

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "interval_minutes": parts.intervals(scene),
            "calls_abreast": (1, 4, 16),
            "secrets": ("parameter_store",),
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        steps = parts.ledger_steps(scene)
        interval = Decimal(settings["interval_minutes"])
        ticks = parts.ticks_per_month(interval)
        placements = (
            placed("schedule", Role.TRIGGER, "scheduler", interval_minutes=interval),
            placed("payout-bus", Role.BUS, "eventbridge", api_destination=True),
            parts.backend(scene),
            placed(
                "payout-worker",
                Role.WORKER,
                "container",
                calls_abreast=settings["calls_abreast"],
                items_per_call=parts.items_per_call(scene),
                connections=2,
            ),
            parts.credentials(settings, count=1),
            *parts.box(scene, added_memory_mib=parts.WORKER_MIB),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        )
        links = (
            Link(
                source="schedule",
                target="payout-bus",
                verb=Verb.SENDS,
                per_month=ticks,
                request_kib=Decimal(1),
                path="internal",
                purpose=f"a tick every {interval} min",
            ),
            Link(
                source="payout-bus",
                target="backend",
                verb=Verb.CALLS,
                per_month=ticks,
                request_kib=Decimal(1),
                response_kib=Decimal(1),
                seconds=ANSWER_SECONDS,
                path="public",
                purpose="there may be work; answered 202 at once",
            ),
            Link(
                source="backend",
                target="payout-worker",
                verb=Verb.INVOKES_ASYNC,
                per_month=ticks,
                path="local",
                purpose="wake up",
            ),
            parts.reads_credentials("payout-worker", Decimal(30)),
            Link(
                source="payout-worker",
                target="ledger",
                verb=Verb.CONNECTS,
                per_month=steps * parts.STATEMENTS_PER_PAYOUT + ticks,
                seconds=parts.DATABASE_SECONDS,
                path=parts.path_to_ledger(scene),
                purpose="claim due payouts, record outcomes",
            ),
            *parts.calls_partner(scene, "payout-worker", beats=ticks),
            parts.writes_logs("payout-worker", ticks, steps, platform=False),
            parts.dead_letter_link("payout-bus"),
        )
        return placements, links


PATTERN = ApiDestination()
