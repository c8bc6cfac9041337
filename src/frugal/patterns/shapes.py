"""Shapes of several parts that more than one pattern is built around, each written once.

``queued`` is a queue, the function that polls it, and the sweep for what is due without a message.
``step_links`` is one payout at a time, worked through the backend's endpoint.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.curve import Amount, at_most
from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.model.load import DAYS_PER_MONTH, SECONDS_PER_HOUR
from frugal.patterns import parts
from frugal.patterns.pattern import Scene

#: Sweeps for what is due but has no message: look-ups, and messages that were never sent.
SWEEP_MINUTES = Decimal(5)
#: How often what has gathered in a queue is taken. Assumed: between two polls and one batch window.
TAKEN_SECONDS = Decimal(1)
#: Batches larger than SQS's ten need a window to fill in.
WINDOW_SECONDS = 1


def batch_runs(scene: Scene, settings: Settings) -> tuple[Amount, Decimal]:
    """Return the runs a month that messages start, and those the sweep starts.

    A batch is only full where messages come faster than they are taken. Taken about once a second,
    each second that has payouts may leave one that is not; a year's rehearsal at 200 a day found
    each message in a batch of its own.
    """
    load, batch = scene.load, int(settings["batch_size"])
    seconds = DAYS_PER_MONTH * load.window_hours * SECONDS_PER_HOUR
    runs = at_most(load.payouts, load.payouts / batch + seconds / TAKEN_SECONDS)
    return runs, parts.ticks_per_month(SWEEP_MINUTES)


def queued(
    scene: Scene,
    settings: Settings,
    *,
    items_per_call: int,
    calls_abreast: int,
    sends: str,
    sweeps: str,
    fifo: Scalar = False,
    send_batch: int = 1,
    connections: int = 0,
) -> tuple[tuple[Placement, ...], tuple[Link, ...]]:
    """Return queue, sweep and function, with the links between them and to the credentials.

    Args:
        scene: what the pattern looks at.
        settings: ``batch_size``, ``max_concurrency``, ``memory_mb`` and ``architecture`` are read.
        items_per_call: payouts in one call to the partner.
        calls_abreast: calls of one run at the same time.
        sends: what the backend puts on the queue, in a few words.
        sweeps: what the sweep is for, in a few words.
        fifo: whether the queue keeps order.
        send_batch: messages the backend puts on the queue in one request.
        connections: sessions one function keeps to a database of its own.
    """
    batch = int(settings["batch_size"])
    window = 0 if batch <= 10 else WINDOW_SECONDS
    timeout = parts.timeout_seconds(scene, batch, calls_abreast)
    runs, swept = batch_runs(scene, settings)
    placements = (
        placed(
            "payout-queue",
            Role.QUEUE,
            "sqs",
            fifo=fifo,
            batch_size=batch,
            batch_window_seconds=window,
            visibility_seconds=timeout * 6 + window,
            max_receive_count=5,
            max_concurrency=settings["max_concurrency"],
            send_batch=send_batch,
        ),
        placed("sweep", Role.TRIGGER, "scheduler", interval_minutes=SWEEP_MINUTES, sweep=True),
        placed(
            "payout-function",
            Role.WORKER,
            "aws_lambda",
            memory_mb=settings["memory_mb"],
            architecture=settings["architecture"],
            timeout_seconds=timeout,
            calls_abreast=calls_abreast,
            items_per_call=items_per_call,
            items_per_run=batch,
            concurrency=settings["max_concurrency"],
            cold_share=parts.COLD_WHEN_FREQUENT,
            vpc=False,
            connections=connections,
        ),
    )
    links = (
        Link(
            source="backend",
            target="payout-queue",
            verb=Verb.SENDS,
            per_month=scene.load.payouts,
            request_kib=Decimal(1),
            path="aws",
            purpose=sends,
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
            per_month=swept,
            path="internal",
            purpose=sweeps,
        ),
        # a sweep of five minutes is counted as always cold, as any rare schedule is
        parts.reads_credentials("payout-function", runs * parts.COLD_WHEN_FREQUENT + swept),
    )
    return placements, links


def swept(scene: Scene, target: str) -> tuple[Placement, tuple[Link, ...]]:
    """Return a schedule that lets a step look for what no execution follows, with its links.

    A start that was lost after the commit, and a payout that a person released after its execution
    had ended, are due and in nobody's hands: trials found them waiting for another payout's step.
    """
    ticks = parts.ticks_per_month(SWEEP_MINUTES)
    return placed("sweep", Role.TRIGGER, "scheduler", interval_minutes=SWEEP_MINUTES, sweep=True), (
        Link(
            source="sweep",
            target=target,
            verb=Verb.INVOKES_ASYNC,
            per_month=ticks,
            path="internal",
            purpose="what is due and no execution follows",
        ),
        # of five minutes, so counted as always cold
        parts.reads_credentials(target, ticks),
        Link(
            source=target,
            target="backend",
            verb=Verb.CALLS,
            per_month=ticks * parts.SENTENCES_PER_BEAT,
            request_kib=parts.ENVELOPE_KIB,
            response_kib=parts.ENVELOPE_KIB,
            seconds=parts.BACKEND_SECONDS,
            path="public",
            purpose="ask what is due",
        ),
        parts.backend_to_ledger(scene, ticks * parts.SENTENCES_PER_BEAT),
        parts.writes_logs(target, ticks, Decimal(0)),
        parts.dead_letter_link(target),
    )


def step_links(scene: Scene, source: str) -> tuple[Link, ...]:
    """Return what a step does that works one payout at a time: lease, call, report, log."""
    calls = scene.load.partner_calls
    return (
        parts.reads_credentials(source, calls * parts.COLD_WHEN_FREQUENT),
        Link(
            source=source,
            target="backend",
            verb=Verb.CALLS,
            per_month=calls * 2,
            request_kib=parts.BACKEND_KIB_PER_PAYOUT,
            response_kib=parts.BACKEND_KIB_PER_PAYOUT,
            seconds=parts.BACKEND_SECONDS,
            path="public",
            purpose="take the lease, report the outcome",
        ),
        parts.backend_to_ledger(scene, calls * 2),
        *parts.calls_partner(scene, source),
        parts.writes_logs(source, calls, calls),
    )
