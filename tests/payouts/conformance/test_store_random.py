"""Random sentences to both stores, and the same answers from both.

Each example has a partner of its own, so one database serves them all. Ids and ages differ between
the stores; ids are replaced by references, ages are compared in hundreds of seconds, and all times
in the sentences are odd multiples of fifty, so that nothing is decided at the edge.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payouts.idempotency import derived_key
from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Evidence,
    Finding,
    Intervene,
    Look,
    Measure,
    Move,
    Noticed,
    Quarantine,
    Record,
    Reissue,
    Seen,
    SetStanding,
    Take,
    Unseen,
)
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import StoreError
from payouts.states import FINAL, Status

_EXAMPLES = count(1)
_REFERENCES = ("a", "b", "c", "a~1")
_AGES = {
    "first_sent_seconds",
    "last_sent_seconds",
    "quarantine_seconds",
    "breaker_seconds",
    "oldest_due_seconds",
}
#: The date is the machine's in one store and the simulation's in the other.
_DATES = {"today", "quarantine_from", "quarantine_began"}


class Side:
    """One store with what its own answers taught: which id is whose, which leases were given."""

    def __init__(self, store: Any, partner: str) -> None:
        self.store = store
        self.partner = partner
        self.names: dict[int, str] = {}
        self.leases: list[Any] = []
        self.workers: dict[tuple[int, int], str] = {}

    def say(self, statement: Any) -> Any:
        try:
            answer = self.store.execute(statement)
            self.store.commit()
        except StoreError as error:
            return type(error).__name__
        self._learn(answer)
        return self._plain(answer)

    def _learn(self, answer: Any) -> None:
        if hasattr(answer, "payout_id"):
            self.names[answer.payout_id] = answer.key
        for one in getattr(answer, "leased", answer if isinstance(answer, tuple) else ()):
            if hasattr(one, "fence"):
                self.names[one.payout.id] = one.payout.key
                self.leases.append(one)

    def _plain(self, value: Any, name: str = "") -> Any:
        if name in _DATES:
            return value is None
        if name in _AGES:
            return None if value is None else round(value / 100)
        if name in {"id", "payout_id", "reissue_of"}:
            return self.names.get(value, value)
        if name == "history":
            return [(round(row[0] / 100), *row[1:]) for row in value]
        if is_dataclass(value) and not isinstance(value, Money | type):
            return {f.name: self._plain(getattr(value, f.name), f.name) for f in fields(value)}
        if isinstance(value, tuple):
            return [self._plain(one, "id" if isinstance(one, int) else "") for one in value]
        return value

    def lease(self, number: int) -> Any:
        return self.leases[-1 - number % len(self.leases)] if self.leases else None


reference = st.sampled_from(_REFERENCES)
worker = st.sampled_from(["w1", "w2"])
number = st.integers(0, 5)
seconds = st.sampled_from([None, 0.0, 150.0, 350.0])
statuses = st.sampled_from(list(Status))
steps = st.one_of(
    st.tuples(st.just("enqueue"), reference, st.sampled_from([100, 200]), seconds),
    st.tuples(st.just("take"), worker, st.sampled_from([1, 50]), st.booleans()),
    st.tuples(st.just("take"), worker, st.just(50), st.just(True)),
    st.tuples(st.just("begin"), worker, number, st.sampled_from([None, 150, 350])),
    st.tuples(st.just("begin"), st.just(""), number, st.none()),
    st.tuples(st.just("record"), number, statuses, seconds, st.sets(st.integers(0, 5))),
    st.tuples(st.just("record"), number, st.just(Status.UNKNOWN), seconds, st.just({0})),
    st.tuples(st.just("record"), number, statuses, seconds, st.just({5})),
    st.tuples(
        st.just("act"),
        reference,
        st.sampled_from(["hold", "release", "cancel", "paid", "not_paid", "look"]),
    ),
    st.tuples(st.just("reissue"), reference),
    st.tuples(st.just("notice"), st.integers(0, 3), reference),
    st.tuples(st.just("seen"), worker, st.sets(reference)),
    st.tuples(st.just("tick"), st.integers(0, 3)),
    st.tuples(st.just("stand"), st.sampled_from([None, False, True]), seconds),
    st.tuples(st.just("quarantine"), st.booleans()),
    st.tuples(st.just("later"), st.sampled_from([100, 200])),
    st.tuples(st.just("unseen")),
    st.tuples(st.just("find"), reference),
)


def statement_of(step: tuple[Any, ...], side: Side) -> Any:
    """Return the sentence of a step, in the words of one side; ``None`` where it has no lease."""
    partner = side.partner
    match step:
        case ("enqueue", name, minor, delay):
            money = Money(minor, "USD")
            new = NewPayout(partner, name, "payee-1", "tok_1", Method.DEBIT_CARD, money)
            return Enqueue(new, delay or 0.0)
        case ("take", who, most, fresh):
            return Take(partner, who, most, 150.0, fresh)
        case ("begin", who, which, most):
            lease = side.lease(which)
            if lease is None:
                return None
            total = None if most is None else Money(most, "USD")
            pairs = ((lease.payout.id, lease.fence),)
            return BeginSends(partner, who or holder(side, lease), pairs, total)
        case ("record", which, to, due, flags):
            lease = side.lease(which)
            if lease is None:
                return None
            evidence = (Evidence("send", to.value, "x", 200),) if to in FINAL else ()
            if to in {Status.DUE, Status.SENDING} and due is None:
                due = 0.0
            move = Move(
                lease.payout.id,
                lease.fence,
                to,
                f"move {which}",
                due,
                evidence if 5 not in flags or which % 2 else (),
                "T-1" if 1 in flags else None,
                accepted=2 in flags,
                looked_up=0 in flags,
                turned_away=3 in flags and to is not Status.SENDING,
                keep=4 in flags,
                ask=5 in flags,
            )
            return Record(holder(side, lease), (move,))
        case ("act", name, action):
            return Intervene(partner, name, action, "a person", "because", 150.0)
        case ("reissue", name):
            return Reissue(partner, name, "a person", "because")
        case ("notice", which, name):
            return Noticed(partner, f"n{which}", derived_key(partner, name), "T-1", "said")
        case ("seen", who, names):
            keys = tuple(derived_key(partner, name) for name in sorted(names))
            return Seen(partner, who, 150.0, keys, tuple((key, "T-9", "said") for key in keys))
        case ("tick", witness):
            return BeginTick(partner, witness)
        case ("stand", paused, breaker):
            return SetStanding(partner, paused=paused, breaker_seconds=breaker, by="a person")
        case ("quarantine", begin):
            return Quarantine(partner, begin, "because", 150.0)
        case ("unseen",):
            return Unseen(partner, 350.0, 50.0)
        case ("find", name):
            return Finding(partner, "kind", name, "detail")
    raise AssertionError(step)


def holder(side: Side, lease: Any) -> str:
    return side.workers.get((lease.payout.id, lease.fence), "w1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(steps, min_size=5, max_size=30))
def test_same_answers(both_worlds: Any, script: list[tuple[Any, ...]]) -> None:
    """Whatever is said in whatever order, both stores answer the same."""
    postgres, simulated = both_worlds[0], both_worlds[1]()
    partner = f"random_{next(_EXAMPLES)}"
    store = postgres.connect()
    try:
        compare(
            script, postgres, simulated, (Side(store, partner), Side(simulated.connect(), partner))
        )
    finally:
        store.close()


def compare(
    script: list[tuple[Any, ...]], postgres: Any, simulated: Any, sides: tuple[Side, Side]
) -> None:
    partner = sides[0].partner
    for step in [("enqueue", "a", 100, None), *script]:
        if step[0] == "later":
            postgres.later(step[1], partner)
            simulated.later(step[1])
            continue
        first, second = (answer(step, side) for side in sides)
        assert first == second, step
    for question in [Measure(partner), *(Look(partner, name) for name in _REFERENCES)]:
        first, second = (side.say(question) for side in sides)
        assert first == second, question


def answer(step: tuple[Any, ...], side: Side) -> Any:
    said = statement_of(step, side)
    if said is None:
        return None
    known = len(side.leases)
    answered = side.say(said)
    for lease in side.leases[known:]:
        side.workers[lease.payout.id, lease.fence] = said.worker
    return answered
