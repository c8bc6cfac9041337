"""One store to every story, twice: Postgres and the simulated one.

A *world* is one ledger: ``connect()`` opens a session, ``later(seconds)`` makes time pass,
``move_elsewhere()`` makes it a restored copy. In Postgres time passes by moving every noted time
into the past, which only a superuser with triggers off can do; the simulated ledger has a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Protocol

import psycopg
import pytest

from payouts.io.postgres import PostgresStore
from payouts.ledger.statements import (
    BeginSends,
    Enqueue,
    Enqueued,
    Evidence,
    Leased,
    Move,
    Record,
    Take,
)
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.simulation.store import Ledger
from payouts.states import FINAL, Status

NOON = 1_800_014_400.0  #: 2027-01-15 12:00 UTC, so that an hour more is the same day

_SHIFTED = {
    "work": ("due_at", "due_since", "lease_until", "first_sent_at", "last_sent_at", "seen_at"),
    "standing": ("quarantine_at", "ticked_at", "breaker_until"),
    "orphan": ("at",),
    "finding": ("at",),
}
_DATES = {
    "work": ("counted_on",),
    "standing": ("quarantine_from", "reconciled_day"),
    "day_total": ("day",),
}


class Store(Protocol):
    def execute(self, statement: Any) -> Any: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class PostgresWorld:
    """``admin``: a superuser's address of the same database."""

    def __init__(self, dsn: str, admin: str) -> None:
        self.dsn = dsn
        self.admin = admin
        self._open: list[PostgresStore] = []

    def connect(self) -> PostgresStore:
        self._open.append(PostgresStore(self.dsn))
        return self._open[-1]

    def later(self, seconds: float, partner: str | None = None) -> None:
        days = int(seconds // 86400)
        with psycopg.connect(self.admin) as connection:
            connection.execute("set local session_replication_role = replica")
            for table in sorted({*_SHIFTED, *_DATES}):
                changes = [
                    f"{name} = {name} - make_interval(secs => {seconds})"
                    for name in _SHIFTED.get(table, ())
                ]
                if days:
                    changes += [f"{name} = {name} - {days}" for name in _DATES.get(table, ())]
                if changes:
                    connection.execute(
                        f"update payouts.{table} set {', '.join(changes)} "
                        "where partner = coalesce(%s, partner)",
                        (partner,),
                    )
            connection.execute(
                "update payouts.history set at = at - make_interval(secs => %s) "
                "where payout_id in (select id from payouts.payout "
                "where partner = coalesce(%s, partner))",
                (seconds, partner),
            )

    def move_elsewhere(self) -> None:
        with psycopg.connect(self.admin) as connection:
            connection.execute("set local session_replication_role = replica")
            connection.execute("update payouts.birth set table_oid = (table_oid::bigint + 1)::oid")

    def audit(self) -> list[Any]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute("select * from payouts.unbalanced()").fetchall()

    def close(self) -> None:
        for store in self._open:
            store.close()


class SimulatedWorld:
    def __init__(self) -> None:
        self.now = NOON
        self._ledger = Ledger(self._clock)

    def _clock(self) -> float:
        self.now += 0.001  # no two readings are equal, as on a real clock
        return self.now

    def connect(self) -> Any:
        return self._ledger.connect()

    def later(self, seconds: float, partner: str | None = None) -> None:
        self.now += seconds

    def move_elsewhere(self) -> None:
        self._ledger.place += 1

    def audit(self) -> list[Any]:
        """The books of the simulated ledger: each transfer adds up to zero."""
        wrong = []
        for row in self._ledger.rows.values():
            if sum(entry.minor for entry in row.entries):
                wrong.append(row.payout.reference)
            if row.history[-1].after is not row.status:
                wrong.append(row.payout.reference)
        return wrong

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def ledger_dsns(databases: Any) -> Iterator[tuple[str, str]]:
    """One ledger for all stories of a process; each story has a partner of its own."""
    dsn = databases.fresh()
    name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    yield dsn, databases.dsn(name)
    databases.drop(dsn)


@pytest.fixture(params=["postgres", "simulated"])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A ledger with nothing of this story's partner in it."""
    if request.param == "postgres":
        made: Any = PostgresWorld(*request.getfixturevalue("ledger_dsns"))
    else:
        made = SimulatedWorld()
    yield made
    assert made.audit() == [], "the books do not balance"
    made.close()


@pytest.fixture
def own_world(request: pytest.FixtureRequest, world: Any) -> Iterator[Any]:
    """A ledger of the story's own, for stories that move it elsewhere."""
    if isinstance(world, PostgresWorld):
        dsn = request.getfixturevalue("dsn")
        databases = request.getfixturevalue("databases")
        made = PostgresWorld(dsn, databases.dsn(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]))
        yield made
        assert made.audit() == [], "the books do not balance"
        made.close()
    else:
        yield world


@pytest.fixture
def both_worlds(ledger_dsns: tuple[str, str]) -> Iterator[tuple[PostgresWorld, Callable[[], Any]]]:
    postgres = PostgresWorld(*ledger_dsns)
    yield postgres, SimulatedWorld
    postgres.close()


@pytest.fixture
def partner(request: pytest.FixtureRequest) -> str:
    """A partner's id that no other story has."""
    return f"partner_{sha256(request.node.nodeid.encode()).hexdigest()[:12]}"


class Teller:
    """Says the usual sentences in one line each; every call is a transaction of its own."""

    def __init__(self, store: Store, partner: str, worker: str = "worker-1") -> None:
        self.store = store
        self.partner = partner
        self.worker = worker

    def say(self, statement: Any) -> Any:
        answer = self.store.execute(statement)
        self.store.commit()
        return answer

    def enqueue(self, reference: str, minor: int = 1050, **changes: Any) -> Enqueued:
        delay = changes.pop("delay_seconds", 0.0)
        answer = self.say(Enqueue(self.new(reference, minor, **changes), delay))
        assert isinstance(answer, Enqueued)
        return answer

    def new(self, reference: str, minor: int = 1050, **changes: Any) -> NewPayout:
        values: dict[str, Any] = {
            "partner": self.partner,
            "reference": reference,
            "recipient": "customer-7",
            "token": "tok_8Fz",
            "method": Method.DEBIT_CARD,
            "amount": Money(minor, "USD"),
        }
        return NewPayout(**{**values, **changes})

    def take(
        self, count: int = 50, lease_seconds: float = 150.0, fresh: bool = True
    ) -> tuple[Leased, ...]:
        taken: tuple[Leased, ...] = self.say(
            Take(self.partner, self.worker, count, lease_seconds, fresh)
        )
        return taken

    def begin(self, *leased: Leased, max_total: Money | None = None) -> tuple[int, ...]:
        leases = tuple((one.payout.id, one.fence) for one in leased)
        begun: tuple[int, ...] = self.say(BeginSends(self.partner, self.worker, leases, max_total))
        return begun

    def record(self, leased: Leased, to: Status, **changes: Any) -> tuple[int, ...]:
        """Record a move, with the evidence that a final status needs."""
        if to in FINAL and "evidence" not in changes:
            changes["evidence"] = (Evidence("send", to.value, "00", 201, "ab" * 32),)
        move = Move(leased.payout.id, leased.fence, to, changes.pop("reason", "said so"), **changes)
        written: tuple[int, ...] = self.say(Record(self.worker, (move,)))
        return written

    def bring(self, reference: str, *steps: Status, **last: Any) -> Leased:
        """Enqueue a payout and move it through statuses; the last lease is returned, ended."""
        self.enqueue(reference)
        leased = self.take_one(reference)
        for step in steps:
            if step is Status.SENDING:
                assert self.begin(leased) == (leased.payout.id,)
                continue
            final = step is steps[-1]
            changes = dict(last) if final else {"due_seconds": 0.0}
            self.record(leased, step, **changes)
            if not final:
                leased = self.take_one(reference)
        return leased

    def take_one(self, reference: str) -> Leased:
        (leased,) = (one for one in self.take() if one.payout.reference == reference)
        return leased


@pytest.fixture
def teller(world: Any, partner: str) -> Teller:
    return Teller(world.connect(), partner)


@pytest.fixture
def tell() -> type[Teller]:
    return Teller
