"""The rules that the exhaustive search checks in every state it visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.limits import Limits
from payouts.money import Money
from payouts.payout import Method, NewPayout, Payout
from payouts.simulation.rows import Row
from payouts.simulation.small_partner import PAGES, body_of
from payouts.states import ACCOUNT_OF, ALLOWED, FINAL, Account, Status

if TYPE_CHECKING:
    from payouts.simulation.branching import World
    from payouts.simulation.lives import Life

PARTNER = "small"
ASKED = NewPayout(PARTNER, "order-1", "payee", "tok_a", Method.DEBIT_CARD, Money(1000, "USD"))


#: A send may be this much later than the time the ledger notes for it.
SLACK = 20.0


class Violation(Exception):
    """A rule is broken; the message says which."""


def judge_send(world: World, life: Life, body: bytes) -> None:
    """What must hold when a send goes out."""
    asked = body_of(
        Payout(
            0,
            PARTNER,
            ASKED.reference,
            ASKED.key,
            ASKED.recipient,
            ASKED.token,
            ASKED.method,
            ASKED.amount,
        )
    )
    if body != asked:
        raise Violation(f"another key, payee or amount is sent: {body.decode()}")
    limits = world.limits
    if life.in_transaction or life.committed < 1:
        raise Violation("a send goes out before its attempt is committed")
    if world.now - life.committed_at > limits.send_age_seconds:
        raise Violation("a send goes out long after it was decided")
    most = limits.max_amount_per_payout
    if most is not None and ASKED.amount > most and not world.released:
        raise Violation("more than the limit of one payout is sent")
    if world.restores:
        return  # a restored ledger does not know earlier sends; the partner and the list do
    if world.sends and not world.absent:
        raise Violation("a payout is sent again though no look-up found nothing")
    if world.sends and world.now - world.sends[-1] < limits.lookup_wait_seconds - SLACK:
        raise Violation("a send is repeated sooner than the partner allows")
    if world.sends and world.now - world.sends[0] > limits.send_window_seconds + 120.0:
        raise Violation("a send is repeated beyond the window")
    if len(world.sends) >= limits.sends_max:
        raise Violation("a payout is sent more often than allowed")


def judge_begun(world: World) -> None:
    """What must hold when a send is begun. Who says stop at that very moment comes too late."""
    if world.quarantined:
        raise Violation("a send is begun in quarantine")
    if world.standing is not None and world.standing.paused:
        raise Violation("a send is begun while the partner is paused")


def judge_commit(world: World, life: Life, before: Row | None, quarantined: bool) -> None:
    """What must hold of what a tick committed; ``before`` is the row as it was."""
    after = world.row
    if life.begun and before is not None and before.accepted:
        raise Violation("a send is begun after the partner had the payout")
    if quarantined and not world.quarantined and len(world.listed) < PAGES:
        raise Violation("a quarantine ends before the list was read")
    if after is None or after is before:
        return
    judge_row(after, world.limits)
    if before is None:
        return
    leased = before.lease_until is not None and before.lease_until > world.now
    same = (after.status, after.fence, after.sends) == (before.status, before.fence, before.sends)
    if leased and before.worker != life.name and not same:
        raise Violation(f"{life.name} changes what is leased to {before.worker}")
    if after.fence != before.fence:
        world.holder = life.number
    elif not same and (before.worker != life.name or world.holder not in {0, life.number}):
        raise Violation(f"{life.name} changes what it has no lease of")
    if before.status is not after.status and after.status in _SAID:
        said = _SAID[after.status]
        if said not in world.said:
            raise Violation(f"it becomes {after.status}, and the partner never said so")


#: Final statuses that a tick may conclude only from the partner's word.
_SAID = {
    Status.SETTLED: "settled",
    Status.DECLINED: "declined",
    Status.RETURNED: "returned",
    Status.CANCELLED: "cancelled",
}


def judge_row(row: Row, limits: Limits) -> None:
    """What must hold of every committed row: the history is a path, the money follows it."""
    status: Status | None = None
    for change in row.history:
        if change.before is not status or (
            status is not None and (status, change.after) not in ALLOWED
        ):
            raise Violation(f"the status goes from {status} to {change.after}")
        status = change.after
    if status is not row.status:
        raise Violation(f"the history ends in {status}, the row says {row.status}")
    accounts: dict[Account, int] = {}
    for entry in row.entries:
        accounts[entry.account] = accounts.get(entry.account, 0) + entry.minor
    amount = row.payout.amount.minor
    expected = dict.fromkeys(accounts, 0)
    expected[Account.BUSINESS] = -amount
    expected[ACCOUNT_OF[row.status]] = expected.get(ACCOUNT_OF[row.status], 0) + amount
    if accounts != expected:
        raise Violation(f"the money of a payout that is {row.status} lies in {accounts}")
    # Those that a crash kept from being written down are the partner's only to count.
    if row.lookups > limits.lookups_max:
        raise Violation("a payout is looked up more often than the partner allows")
    if row.status not in FINAL and row.status is not Status.HELD and row.due_at is None:
        raise Violation(f"a payout that is {row.status} never comes up again")


def judge_lookup(world: World) -> None:
    if world.restores or world.asked:
        return
    if world.sends and world.now - world.sends[-1] < world.limits.lookup_wait_seconds - SLACK:
        raise Violation("a payout is looked up sooner than the partner allows")


def judge_books(world: World) -> None:
    if world.books.times_paid > 1:
        raise Violation("the payout is paid twice")
