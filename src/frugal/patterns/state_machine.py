"""A state machine around one step.

One Step Functions execution a payout: send; if the outcome is unknown, wait, look up, and again, as
often as the partner allows. The wait costs nothing and survives everything, and the console shows
where each payout stands. The step itself is the same function as elsewhere, working through the
backend's endpoint, and the ledger still decides what is sent: the machine's "exactly once" is about
its own steps, not about the partner.

Executions are started by a scheduled function, or by the backend itself, which then needs a
credential. An execution's name is the payout's key, so that it cannot be started twice. A sweep
every five minutes lets the same step take what no execution follows: a start that was lost, a
payout that a person has released.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.curve import Amount
from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.patterns import parts, shapes
from frugal.patterns.pattern import Kind, Pattern, Scene

#: How often the starter looks for payouts that have no execution.
START_MINUTES = Decimal(1)


class StateMachine(Pattern):
    id = "state_machine"
    name = "State machine around one step"
    kind = Kind.QUEUE
    real_time = True  # started by the backend; the starter's schedule fails its own check
    wait = "a Wait state of the payout's own execution"
    summary = (
        "Each payout has a Step Functions execution: send, and while the outcome is unknown wait "
        "and look up; the step works through your backend's endpoint."
    )
    strengths = (
        "where each payout stands can be seen, and a wait of half an hour costs nothing",
        "look-ups wait in the execution, not for the next tick",
    )
    weaknesses = (
        "dearer a payout than any other pattern: transitions, whatever the payout",
        "two sources of truth, of which only the ledger counts",
    )

    def fits(self, scene: Scene) -> str:
        if scene.stack.backend is None:
            return "there is no backend to go through"
        return parts.no_sending(scene)

    def choices(self, scene: Scene) -> dict[str, tuple[Scalar, ...]]:
        return {
            "start": ("schedule", "backend"),
            "memory_mb": (256, 512),
            "architecture": parts.ARCHITECTURES,
            "secrets": parts.SECRETS,
            **parts.kept_watch(),
        }

    def build(self, scene: Scene, settings: Settings) -> tuple[Iterable[Placement], Iterable[Link]]:
        load = scene.load
        starts: Amount = load.payouts
        sweep, sweeps = shapes.swept(scene, "payout-step")
        step = _function(settings, "payout-step", int(load.partner_timeout_seconds) + 30, 1)
        placements: list[Placement] = [
            placed("payout-machine", Role.ORCHESTRATOR, "step_functions"),
            step,
            sweep,
            parts.credentials(settings),
            parts.backend(scene),
            *parts.box(scene),
            parts.ledger(scene),
            parts.partner(),
            parts.dead_letters(),
            *parts.watch(settings),
        ]
        starter = "backend"
        links: list[Link] = []
        if settings["start"] == "schedule":
            starter = "starter"
            ticks = parts.ticks_per_month(START_MINUTES)
            placements += [
                placed("schedule", Role.TRIGGER, "scheduler", interval_minutes=START_MINUTES),
                _function(settings, "starter", 60, 100),
            ]
            links += [
                Link(
                    source="schedule",
                    target="starter",
                    verb=Verb.INVOKES_ASYNC,
                    per_month=ticks,
                    path="internal",
                    purpose=f"a tick every {START_MINUTES} min",
                ),
                Link(
                    source="starter",
                    target="backend",
                    verb=Verb.CALLS,
                    per_month=ticks,
                    request_kib=parts.BACKEND_KIB_PER_PAYOUT,
                    response_kib=parts.BACKEND_KIB_PER_PAYOUT * 10,
                    seconds=parts.BACKEND_SECONDS,
                    path="public",
                    purpose="due payouts without an execution",
                ),
                parts.writes_logs("starter", ticks, Decimal(0)),
                parts.dead_letter_link("starter"),
            ]
        links += [
            Link(
                source=starter,
                target="payout-machine",
                verb=Verb.INVOKES_ASYNC,
                per_month=starts,
                request_kib=Decimal(1),
                seconds=parts.API_SECONDS,
                path="aws",
                purpose="one execution a payout, named by its key",
            ),
            Link(
                source="payout-machine",
                target="payout-step",
                verb=Verb.INVOKES,
                per_month=load.partner_calls,
                path="internal",
                purpose="send; wait; look up",
            ),
            *shapes.step_links(scene, "payout-step"),
            *sweeps,
        ]
        return placements, links


def _function(settings: Settings, name: str, timeout: int, items: int) -> Placement:
    return placed(
        name,
        Role.WORKER,
        "aws_lambda",
        memory_mb=settings["memory_mb"],
        architecture=settings["architecture"],
        timeout_seconds=min(timeout, 900),
        calls_abreast=1,
        items_per_call=1,
        items_per_run=items,
        cold_share=parts.COLD_WHEN_FREQUENT,
        vpc=False,
    )


PATTERN = StateMachine()
