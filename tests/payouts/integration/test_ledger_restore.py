"""A ledger that is not where it was born, by a real dump and restore; and one that crashed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from payouts.io.postgres import PostgresStore
from payouts.ledger.statements import BeginSends, BeginTick, Enqueue, Look, Quarantine, Take
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import StoreError
from payouts.states import Status


def new(reference: str) -> NewPayout:
    return NewPayout("acme", reference, "payee-1", "tok_1", Method.DEBIT_CARD, Money(7, "USD"))


def test_restored_dump(databases: Any, dsn: str, tmp_path: Path) -> None:
    """A dump restored beside the old ledger knows that it is a copy, and sends nothing."""
    if databases.programs is None:
        pytest.skip("FRUGAL_PG_URL: no pg_dump of the server's version")
    with PostgresStore(dsn) as store:
        assert store.execute(BeginTick("acme", 0)).quarantine_seconds is None
        store.execute(Enqueue(new("order-1")))
        (leased,) = store.execute(Take("acme", "w", 1, 60.0, True))
        store.commit()
    databases.dump(dsn, tmp_path / "ledger.dump")
    copy = databases.empty()
    databases.restore(tmp_path / "ledger.dump", copy)
    with PostgresStore(copy) as store:
        # A worker that was on its way before the restore has no tick to tell it.
        lease = ((leased.payout.id, leased.fence),)
        assert store.execute(BeginSends("acme", "w", lease)) == ()
        standing = store.execute(BeginTick("acme", 0))
        assert standing.quarantine_seconds is not None
        assert standing.quarantine_from == standing.today
        store.execute(Quarantine("acme", False, "reconciled"))
        assert store.execute(BeginTick("acme", 0)).quarantine_seconds is None
        assert store.execute(BeginSends("acme", "w", lease)) == (leased.payout.id,)
        store.commit()
    with psycopg.connect(copy) as connection:
        assert connection.execute("select * from payouts.unbalanced()").fetchall() == []
        with pytest.raises(psycopg.Error, match="append-only"):
            connection.execute("delete from payouts.payout")
    with PostgresStore(dsn) as store:
        assert store.execute(BeginTick("acme", 0)).quarantine_seconds is None


def test_crash(postgres_server: Any) -> None:
    """After a crash what was committed is there, what was not is not, and it is no restore."""
    dsn = postgres_server.fresh()
    store = PostgresStore(dsn)
    store.execute(BeginTick("acme", 0))
    store.execute(Enqueue(new("order-1")))
    store.commit()
    store.execute(Enqueue(new("order-2")))
    postgres_server.restart("crash")
    with pytest.raises(StoreError):
        store.execute(Look("acme", "order-2"))
    # The next transaction opens a new connection by itself.
    assert store.execute(Look("acme", "order-1")).status is Status.DUE
    assert store.execute(Look("acme", "order-2")) is None
    assert store.execute(BeginTick("acme", 1)).quarantine_seconds is None
    store.close()
