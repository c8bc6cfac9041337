"""The partner tells us: a receiver for its webhooks.

Where payouts are *sent*, a scheduled function still sends them through the backend; the partner's
messages then confirm outcomes, so that looking up becomes the exception. Where payouts are
*received*, the messages are the intake itself: receiver, queue, a function that writes through the
backend, de-duplicated by the partner's reference, and a daily comparison with the partner's list,
because a message can be lost.

The receiver is a function URL, an HTTP API, or the backend's own endpoint. All are open to the
internet and none of the first two can list the partner's addresses, so the handler checks secret
and source before it reads the body, and a message never settles anything by itself: it makes us
look up.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from frugal.model.curve import at_most
from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import function_through_backend, parts
from frugal.patterns.pattern import Kind, Pattern, Scene

#: Messages a payout: one, and a tenth again because partners repeat them. Assumed.
MESSAGES_PER_PAYOUT = Decimal("1.1")
#: Inconclusive payouts whose message does not come and that are looked up after all. Assumed.
MISSED_SHARE = Decimal("0.1")
#: The partner's list is compared once a day.
COMPARE_MINUTES = Decimal(1440)
BATCH = 10


class WebhookReceiver(Pattern):
    id = "webhook_receiver"
    name = "Webhook receiver"
    kind = Kind.EVENT_FUNCTION
    real_time = True  # as the intake; where it sends, its schedule is judged by its own check
    summary = (
        "The partner's webhooks reach a receiver that checks and stores them; outcomes are known "
        "within seconds, and looking up becomes the exception."
    )
    receives = (
        "The partner's webhooks reach a receiver that checks them; each payout is read back from "
        "the partner's API and stored once."
    )
    strengths = (
        "outcomes and returns are known as soon as the partner knows them",
        "far fewer look-ups",
    )
    weaknesses = (
        "an address that is open to the internet, checked in code",
        "webhooks are lost now and then, so a comparison with the partner's list stays",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.backend is None:
            return "there is no backend to hand the messages to"
        webhooks = scene.brief.partner.webhooks
        if not webhooks.value:
            return f"the partner is not known to send webhooks ({webhooks.basis})"
        return ""

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        sending: dict[str, tuple[Scalar, ...]] = {
            "interval_minutes": (1, 5),
            "calls_abreast": (4, 16),
        }
        return {
            "receiver": ("function_url", "api_gateway", "backend"),
            **({} if parts.receives(scene) else sending),
            "memory_mb": (256,),
            "architecture": parts.ARCHITECTURES,
            "secrets": ("parameter_store",),
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        if parts.receives(scene):
            placements, links = self._intake(scene, settings)
        else:
            placements, links = self._sends(scene, settings)
        added, told = self._receiver(scene, settings)
        return (*placements, *added), (*links, *told)

    def _sends(
        self, scene: Scene, settings: Settings
    ) -> tuple[tuple[Placement, ...], tuple[Link, ...]]:
        """Return the scheduled function that sends; it looks up only what no message confirmed."""
        placements, links = function_through_backend.PATTERN.build(scene, settings)
        load = scene.load
        kept = tuple(link for link in links if link.verb is not Verb.CALLS_OUT)
        fewer = (load.lookups * MISSED_SHARE + load.payouts) / parts.items_per_call(scene)
        ticks = parts.ticks_per_month(Decimal(settings["interval_minutes"]))
        if parts.items_per_call(scene) > 1:
            fewer = at_most(load.payouts, ticks) + fewer
        calls = parts.calls_partner(scene, "payout-function", calls=fewer, beats=ticks)
        return tuple(placements), (*kept, *calls)

    def _intake(
        self, scene: Scene, settings: Settings
    ) -> tuple[tuple[Placement, ...], tuple[Link, ...]]:
        """Return the parts around an intake: the backend, the ledger, and the daily comparison."""
        daily = parts.ticks_per_month(COMPARE_MINUTES)
        placements = (
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            placed(
                "compare", Role.TRIGGER, "scheduler", interval_minutes=COMPARE_MINUTES, sweep=True
            ),
            _function(scene, settings, "compare-function", items=parts.items_per_run(scene, 4)),
            *parts.watch(settings),
        )
        links = (
            Link(
                source="compare",
                target="compare-function",
                verb=Verb.INVOKES_ASYNC,
                per_month=daily,
                path="internal",
                purpose="compare with the partner's list, once a day",
            ),
            parts.reads_credentials("compare-function", daily),
            *parts.calls_partner(scene, "compare-function", beats=daily),
            Link(
                source="compare-function",
                target="backend",
                verb=Verb.CALLS,
                per_month=parts.partner_calls(scene, daily),
                request_kib=parts.BACKEND_KIB_PER_PAYOUT * parts.PAGE_ITEMS,
                response_kib=parts.BACKEND_KIB_PER_PAYOUT,
                seconds=parts.BACKEND_SECONDS,
                path="public",
                purpose="hand over what the list has and we have not",
            ),
            parts.backend_to_ledger(scene, scene.load.payouts),
            parts.writes_logs("compare-function", daily, Decimal(0)),
            parts.dead_letter_link("compare-function"),
        )
        return placements, links

    def _receiver(
        self, scene: Scene, settings: Settings
    ) -> tuple[tuple[Placement, ...], tuple[Link, ...]]:
        """Return the way in: to the backend itself, or by a front door, a queue and a function."""
        messages = scene.load.payouts * MESSAGES_PER_PAYOUT
        kib = scene.load.response_kib
        front = "backend" if settings["receiver"] == "backend" else "front-door"
        told = Link(
            source="partner",
            target=front,
            verb=Verb.NOTIFIES,
            per_month=messages,
            request_kib=kib,
            response_kib=Decimal(1),
            path="public",
            purpose="an outcome, or a return",
        )
        if front == "backend":
            return (), (told,)
        timeout = 60
        placements = (
            placed("front-door", Role.RECEIVER, str(settings["receiver"])),
            _function(scene, settings, "receiver-function", items=1, concurrency=10),
            placed(
                "message-queue",
                Role.QUEUE,
                "sqs",
                fifo=False,
                batch_size=BATCH,
                batch_window_seconds=0,
                visibility_seconds=timeout * 6,
                max_receive_count=5,
                max_concurrency=2,
            ),
            _function(
                scene, settings, "message-function", items=BATCH, concurrency=2, timeout=timeout
            ),
        )
        links = (
            told,
            Link(
                source="front-door",
                target="receiver-function",
                verb=Verb.INVOKES,
                per_month=messages,
                path="internal",
                purpose="check secret and source, then the body",
            ),
            Link(
                source="receiver-function",
                target="message-queue",
                verb=Verb.SENDS,
                per_month=messages,
                request_kib=kib,
                seconds=parts.API_SECONDS,
                purpose="stored before it is answered",
            ),
            Link(
                source="message-queue",
                target="message-function",
                verb=Verb.POLLS,
                per_month=messages / BATCH,
                path="internal",
                purpose=f"batches of {BATCH}",
            ),
            Link(
                source="message-function",
                target="backend",
                verb=Verb.CALLS,
                per_month=messages / BATCH,
                request_kib=parts.BACKEND_KIB_PER_PAYOUT * BATCH,
                response_kib=parts.BACKEND_KIB_PER_PAYOUT,
                seconds=parts.BACKEND_SECONDS,
                path="public",
                purpose="record, once per reference of the partner",
            ),
            parts.writes_logs("receiver-function", messages, Decimal(0)),
            parts.writes_logs("message-function", messages / BATCH, scene.load.payouts),
            parts.dead_letter_link("message-queue"),
        )
        return placements, links


def _function(
    scene: Scene,
    settings: Settings,
    name: str,
    *,
    items: int,
    concurrency: int | None = None,
    timeout: int | None = None,
) -> Placement:
    """Return a small function outside a VPC."""
    function = placed(
        name,
        Role.WORKER,
        "aws_lambda",
        memory_mb=settings["memory_mb"],
        architecture=settings["architecture"],
        timeout_seconds=timeout or parts.timeout_seconds(scene, items, 4),
        calls_abreast=4,
        items_per_call=parts.items_per_call(scene),
        items_per_run=items,
        cold_share=parts.COLD_WHEN_RARE,
        vpc=False,
    )
    if concurrency is None:
        return function
    settings_with = (*function.settings, ("concurrency", concurrency))
    return msgspec.structs.replace(function, settings=tuple(sorted(settings_with)))


PATTERN = WebhookReceiver()
