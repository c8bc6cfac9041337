"""Keys, and the argument that a lost answer never pays twice, crash point by crash point.

It rests on the order of commits and on the partner recognising a repeat. Where the second is only
assumed the argument says so, and nothing is ever sent again.
"""

from __future__ import annotations

from frugal.design.draft import Draft
from frugal.design.figures import number
from frugal.design.partner_rules import (
    KEY_CHARACTERS,
    name_of,
    partner_facts,
    patience,
    resends,
)
from frugal.model.brief import Direction
from frugal.model.document import Block, Bullets, Heading, Steps, Table, Text
from frugal.model.graph import Role, Verb
from payouts.facts import Fact


def keys(draft: Draft) -> tuple[Block, ...]:
    """Return how a payout is known again: our key, and what the partner compares."""
    name, facts = name_of(draft), partner_facts(draft)
    if draft.brief.direction.value is Direction.RECEIVE:
        return (
            Heading(words="Idempotency keys"),
            Bullets(
                items=(
                    "The key is the partner's own reference of a record, with its status; a unique "
                    "constraint in Postgres holds it.",
                    "A webhook and a poll that tell of the same record meet in the same row.",
                )
            ),
        )
    theirs = facts.idempotency
    assert theirs is not None, "the generic partner fills every gap"
    return (
        Heading(words="Idempotency keys"),
        Bullets(
            items=(
                f"One payout, one key: {KEY_CHARACTERS} letters and digits, derived from the "
                "payout's own id, so the same payout gets the same key even after a restore. It "
                "fits the shortest reference limit we know of.",
                "The key is stored and **committed before the first send**, under a unique "
                "constraint, together with payee and amount. Sends are made from those stored "
                "fields and nothing else.",
                "The same key with another amount or payee is refused here, before any call.",
                f"On {name}'s side{' (assumed)' if theirs.assumed else ''}: {theirs.value}",
                _window(draft),
                "What the key cannot see is one debt entered as two payouts. Your own reference "
                "of the debt (invoice, claim, withdrawal) is therefore required, and unique.",
            )
        ),
    )


def _window(draft: Draft) -> str:
    """Return how long a repeat is the same payout, and what follows for us."""
    rules, name = patience(draft), name_of(draft)
    if not resends(draft):
        return (
            f"Until {name} says in writing how it recognises a repeat, **nothing is sent twice**: "
            "a payout in doubt is looked up and then held for a person."
        )
    return (
        f"A repeat counts as the same payout for {number(rules.window_basis.value)} h "
        f"({rules.window_basis.basis}). We stop sending after {number(rules.last_send_hours)} h; "
        "what is older is only looked up, whatever asks for it: a tick, a redelivered message, or "
        "a dead letter replayed by hand."
    )


def lost_answers(draft: Draft) -> tuple[Block, ...]:
    """Return the argument that a lost answer never pays twice, crash point by crash point."""
    if draft.brief.direction.value is Direction.RECEIVE:
        return ()
    rules, name = patience(draft), name_of(draft)
    worker, trigger = _worker(draft), _trigger(draft)
    ledger_by = _ledger_by(draft)
    first = number(rules.first_lookup_minutes.value)
    judged = (
        "It was tried out under faults: the end of this section shows what happened."
        if draft.tried_out
        else "It is judged by hard checks; it is not yet tried out under faults."
    )
    return (
        Heading(words="A lost answer can never pay twice"),
        Text(
            words=f"What makes it so is the order of commits, not any promise of delivery. {judged}"
        ),
        Steps(
            items=(
                "Your backend's own transaction enters the payout. If that transaction did not "
                "commit, there is no payout.",
                f"{worker} takes it{ledger_by}: one transaction gives it a lease with a fencing "
                "number, stores key, payee and amount as an open attempt, and commits.",
                f"Only then {worker} sends, with exactly the stored fields.",
                "The outcome is committed under the same fencing number, and the attempt is "
                "closed.",
            )
        ),
        Table(
            columns=("It breaks", "The ledger holds", "What happens"),
            rows=(
                (
                    "before the attempt is committed",
                    "a due payout, no attempt",
                    "Nothing was sent. The next run takes it",
                ),
                (
                    "after the commit, before the send",
                    "an open attempt",
                    "Nobody assumes that it was not sent. The lease ends, it is looked up after "
                    f"{first} min; "
                    + (
                        "only not found lets the same key go out"
                        if resends(draft)
                        else "if it is not found, a person decides"
                    ),
                ),
                (
                    "after the send, before the answer",
                    "the same open attempt",
                    f"Looked up: {name} knows it, its status is recorded, nothing is sent",
                ),
                (
                    "after the answer, before its commit, or on the way to it",
                    "the same open attempt",
                    "As above: the answer is read again by look-up",
                ),
                (
                    f"{trigger} fires twice",
                    "a leased payout",
                    "The second run skips locked and leased rows, and finds nothing",
                ),
                (
                    "a second worker takes over, the first wakes up again",
                    "a newer fencing number",
                    _sent_twice(draft),
                ),
                (
                    "the database comes back from an older dump",
                    "less than was sent",
                    "Quarantine: nothing is sent until the partner's own list is compared, payout "
                    "by payout. Derived keys come out the same",
                ),
            ),
            caption="Every place where it can break",
        ),
        Text(words=_carried_by(draft)),
    )


def _sent_twice(draft: Draft) -> str:
    """Return what a sender that lost its lease can still do at worst."""
    if not resends(draft):
        return (
            "The first one's writes are refused. The second one never sends what has an open "
            "attempt, so a late send of the first one stays the only one"
        )
    return (
        "The first one's writes are refused. All it could still send is the same key, payee and "
        f"amount, which {name_of(draft)} takes as the same payout; past an age measured on its own "
        "monotonic clock it refuses even that"
    )


def _carried_by(draft: Draft) -> str:
    """Return what the argument rests on, by name."""
    name, window = name_of(draft), number(patience(draft).window_basis.value)
    if not resends(draft):
        return (
            "One thing carries this: Postgres keeps what it has committed, and after a restore "
            f"there is the quarantine. That {name} recognises a repeat is not relied on."
        )
    return (
        f"Two things carry this, and both are named here: {name} recognises a repeat "
        f"({_basis(partner_facts(draft).idempotency)}), and Postgres keeps what it has committed. "
        f"Outside the first's window, {window} h, nothing is ever sent again; for the second there "
        "is the quarantine."
    )


def _basis(fact: Fact[str] | None) -> str:
    return str(fact.basis) if fact else "unknown"


def _worker(draft: Draft) -> str:
    return next((part.id for part in draft.candidate.role(Role.WORKER)), "the worker")


def _trigger(draft: Draft) -> str:
    roles = (Role.TRIGGER, Role.QUEUE, Role.BUS)
    names = [p.id for role in roles for p in draft.candidate.role(role)]
    return " or ".join(names) if names else "the worker's own tick"


def _ledger_by(draft: Draft) -> str:
    """Return how the worker reaches the ledger, in words."""
    worker = next(draft.candidate.role(Role.WORKER), None)
    if worker is None:
        return ""
    direct = any(True for _ in draft.candidate.outgoing(worker.id, Verb.CONNECTS))
    through = next(draft.candidate.outgoing(worker.id, Verb.CALLS), None)
    return f" through the {through.target}'s endpoint" if through and not direct else ""
