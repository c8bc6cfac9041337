"""What a worker runs when an event reaches it: the deployed core, or a design to be disproved.

``Deployed`` is what ``payouts.io`` does with the core, face by face: a schedule ticks, a queue's
batch is enqueued and then ticked, a step ticks and looks, a notice is authenticated and noted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frugal.simulate.mechanisms.mechanism import Event, Failed
from payouts.core.notify import notify
from payouts.core.tick import tick
from payouts.core.worker import TickReport, Worker
from payouts.ledger.statements import Enqueue, Intervene, Look, View
from payouts.partners import fiserv_ddp
from payouts.payout import NewPayout
from payouts.ports import Commit, Core, StoreError, StoreRefused
from payouts.states import FINAL, Status

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedLink
    from frugal.simulate.site import Site


@dataclass(frozen=True, slots=True)
class Passed:
    """What a run hands on before it ends; a refusal fails the run."""

    link: PlannedLink
    events: tuple[Event, ...]
    answer: Any = None
    done: Callable[[Event], None] | None = None  #: called with each event that was taken


class Program:
    """Base of what a worker runs. ``measures``: each of its ticks writes the ledger's gauges."""

    measures = True

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        """Return the piece of the core that an event asks for.

        It may return ``Passed``; raise ``Failed``, which fails the run; and, for a batch, return
        the positions of what failed.
        """
        raise NotImplementedError

    def next_work(self, site: Site) -> float:
        """Return the earliest time at which a tick has something to do."""
        return site.next_work()


class Deployed(Program):
    """The runtime as it is deployed."""

    def __init__(self, site: Site, onward: PlannedLink | None = None) -> None:
        self._site = site
        self._onward = onward

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        kind = event.kind
        if kind == "tick":
            return tick(worker)
        if kind in {"payouts", "batch", "poison"}:
            return self._batch(worker, event)
        if kind == "step":
            return self._step(worker, event)
        assert kind == "notice", f"no face of the runtime takes {kind!r}"
        return self._notice(worker, event)

    def _batch(self, worker: Worker, event: Event) -> Core[tuple[int, ...]]:
        """Take in each message, then tick; return the positions of those that failed."""
        messages = event.body if event.kind == "batch" else (event,)
        failed: list[int] = []
        for place, message in enumerate(messages):
            if not (yield from self._taken(worker, message)):
                failed.append(place)
        if len(failed) < len(messages):
            # If it fails they are in the ledger and due: the next tick sends them.
            with suppress(StoreError):
                yield from tick(worker)
        if failed and event.kind != "batch":
            raise Failed("a message that nothing can be done with")
        return tuple(failed)

    def _taken(self, worker: Worker, message: Event) -> Core[bool]:
        if message.kind == "notice":
            return (yield from self._noted(worker, message))
        if message.kind != "payouts":
            return False
        asked = self._site.business.asked
        for reference in message.references:
            known = asked.get(reference)
            try:
                if known is None:
                    yield Intervene(worker.partner_id, reference, "look", "queue", "asked to look")
                else:
                    yield Enqueue(known.payout)
                yield Commit()
            except StoreError:
                return False
        return True

    def _noted(self, worker: Worker, message: Event) -> Core[bool]:
        try:
            yield from notify(worker, fiserv_ddp.notices_in(message.body.body))
        except (StoreError, ValueError):
            return False
        return True

    def _step(self, worker: Worker, event: Event) -> Core[float | None]:
        """Tick, look, and say how long to wait; ``None``: this payout needs no further step."""
        report: TickReport = yield from tick(worker)
        (reference,) = event.references
        view: View | None = yield Look(worker.partner_id, reference)
        yield Commit()
        if view is None or view.status in FINAL or view.status is Status.HELD:
            return None
        unknown = view.status is Status.UNKNOWN
        return max(1.0, report.wait_seconds(unknown, worker.limits))

    def _notice(self, worker: Worker, event: Event) -> Core[Any]:
        """Source and secret first; then pass it on, or note it. Only then is it acknowledged."""
        notice = event.body
        why = fiserv_ddp.authentic(
            notice.headers,
            notice.body,
            notice.source,
            worker.merchant,
            self._site.credentials,
            self._site.wall(worker),
        )
        if why is not None:
            raise Failed("403")
        if self._onward is not None:
            return Passed(self._onward, (event,))
        if not (yield from self._noted(worker, event)):
            raise Failed("503")
        return None


def payout_of(site: Site, reference: str) -> NewPayout:
    """Return what the business asked for under a reference."""
    return site.business.asked[reference].payout


__all__ = ["Deployed", "Passed", "Program", "StoreRefused", "payout_of"]
