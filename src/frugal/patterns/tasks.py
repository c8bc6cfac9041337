"""Links that every worker in a container of its own shares, wherever that container runs.

Such a worker (a Fargate task, a Lightsail container service) reaches the ledger through the
backend's endpoint, or by a session of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.model.curve import Amount
from frugal.model.graph import Link, Verb
from frugal.patterns import parts
from frugal.patterns.pattern import Scene

#: CPU of the worker a payout: 0.15 to 1.5 ms was measured in plain loops; ten times the upper one.
CPU_SECONDS_PER_PAYOUT = Decimal("0.015")


def worker_links(
    scene: Scene, worker: str, beats: Amount, calls_abreast: int, database_path: str
) -> Iterator[Link]:
    """Yield what a worker does: claim, pay, record, log.

    Args:
        scene: what is asked and what is there.
        worker: id of its placement.
        beats: how often a month it looks for work.
        calls_abreast: calls it makes to the partner at once.
        database_path: ``backend``, or the path of its own sessions (``private``, ``public``).
    """
    steps = parts.ledger_steps(scene)
    yield parts.reads_credentials(worker, Decimal(30))
    if database_path == "backend":
        yield from parts.through_backend(scene, worker, beats, calls_abreast)
    else:
        yield Link(
            source=worker,
            target="ledger",
            verb=Verb.CONNECTS,
            per_month=steps * parts.STATEMENTS_PER_PAYOUT + beats,
            seconds=parts.DATABASE_SECONDS,
            path=database_path,
            purpose="claim due payouts, record outcomes",
        )
    yield from parts.calls_partner(scene, worker, beats=beats, items=parts.partner_takes(scene))
    yield parts.writes_logs(worker, Decimal(730), steps, platform=False)
