"""A durable function for each payout (priced only).

Lambda's durable functions checkpoint their steps and wait without being billed, up to a year: one
function a payout that sends, waits and looks up reads like a script. It is young: the price of its
operations is known second hand and in one Region, that of the data it writes not at all, and the
runtime we ship is not written for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts, shapes
from frugal.patterns.pattern import Kind, Pattern, Scene


class DurableFunction(Pattern):
    id = "durable_function"
    name = "Durable function"
    kind = Kind.QUEUE
    full = False
    real_time = True
    wait = "a wait of the payout's own durable execution"
    summary = (
        "Your backend starts a durable function for each payout; it sends, waits unbilled, and "
        "looks up, working through your backend's endpoint."
    )
    strengths = ("a wait of half an hour costs no compute", "no sweep, no queue")
    weaknesses = (
        "its price is not in AWS's lists yet",
        "Lambda does not retry a failed durable execution",
        "not the runtime that is handed over here",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.backend is None:
            return "there is no backend to go through"
        return parts.no_sending(scene)

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "memory_mb": (256, 512),
            "architecture": parts.ARCHITECTURES,
            "secrets": ("parameter_store",),
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        load = scene.load
        placements = (
            placed("executions", Role.ORCHESTRATOR, "lambda_durable"),
            placed(
                "payout-function",
                Role.WORKER,
                "aws_lambda",
                memory_mb=settings["memory_mb"],
                architecture=settings["architecture"],
                timeout_seconds=parts.timeout_seconds(scene, 1, 1),
                calls_abreast=1,
                items_per_run=1,
                cold_share=parts.COLD_WHEN_FREQUENT,
                vpc=False,
            ),
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        )
        links = (
            Link(
                source="backend",
                target="executions",
                verb=Verb.INVOKES_ASYNC,
                per_month=load.payouts,
                request_kib=Decimal(1),
                path="aws",
                purpose="one execution a payout, after commit",
            ),
            Link(
                source="executions",
                target="payout-function",
                verb=Verb.INVOKES,
                per_month=load.partner_calls,
                path="internal",
                purpose="send; wait; look up",
            ),
            *shapes.step_links(scene, "payout-function"),
            parts.dead_letter_link("payout-function"),
        )
        return placements, links


PATTERN = DurableFunction()
