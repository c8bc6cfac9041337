"""What a person, a backend or a rule asks of the ledger, one transaction each."""

from __future__ import annotations

from typing import Any

from payouts.core.worker import Worker
from payouts.ledger.statements import Intervene, Look, View
from payouts.ports import Commit, Core, Emit, Response, Send, Statement, StoreRefused
from payouts.states import Status


def act(statement: Statement) -> Core[Any]:
    """Say one sentence to the ledger and commit it; return its answer."""
    answer = yield statement
    yield Commit()
    return answer


def cancel(worker: Worker, reference: str, by: str, because: str) -> Core[Status]:
    """Cancel a payout: here if it was never sent, else by asking the partner, where it can.

    What the partner answers to the request is not believed: the payout is looked up afterwards,
    and only its status moves it. Raises ``StoreRefused`` where it can no longer be cancelled.
    """
    view: View | None = yield Look(worker.partner_id, reference)
    if view is None:
        raise StoreRefused(f"no payout {reference} for {worker.partner_id}")
    if view.sends == 0 and view.status in {Status.DUE, Status.HELD}:
        status: Status = yield Intervene(worker.partner_id, reference, "cancel", by, because)
        yield Commit()
        return status
    if view.status not in {Status.UNKNOWN, Status.HELD, Status.SETTLED}:
        raise StoreRefused(f"{reference} is {view.status}: there is nothing to cancel")
    request = worker.partner.cancel_for(
        view.payout, view.partner_id, worker.merchant, f"{view.payout.key}-c{worker.witness}"
    )
    yield Commit()
    if request is None:
        raise StoreRefused(f"{reference} was sent, and {worker.partner_id} cannot cancel it")
    not_after = worker.clock.monotonic() + worker.limits.send_age_seconds
    (answer,) = yield Send((request,), not_after)
    heard = answer.status if isinstance(answer, Response) else answer.why
    yield Emit("cancel-asked", {"reference": reference, "answer": heard}, level="warning")
    yield Intervene(worker.partner_id, reference, "look", by, f"{because} (partner: {heard})")
    yield Commit()
    return view.status
