"""The store over a real connection: opened late, checked first, never repeated, never in clear."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from payouts.io.postgres import InsecureConnection, Pool, PostgresStore, secured
from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Evidence,
    Look,
    Measure,
    Move,
    Record,
    Take,
)
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import StoreError
from payouts.states import Status


def new(reference: str) -> NewPayout:
    return NewPayout("acme", reference, "payee-1", "tok_1", Method.DEBIT_CARD, Money(7, "USD"))


def cut(databases: Any, dsn: str) -> None:
    """End every session of the database, as a failover does."""
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(databases.admin, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            (name,),
        )


def test_opened_when_needed(databases: Any) -> None:
    """A store that says nothing connects to nobody."""
    PostgresStore("host=127.0.0.1 port=1 dbname=nowhere").close()
    with pytest.raises(StoreError, match="no connection"):
        PostgresStore("host=127.0.0.1 port=1 dbname=nowhere").execute(Measure("acme"))


def test_dead_before_the_first_word(databases: Any, dsn: str) -> None:
    """A connection found dead before anything was said is replaced without a word."""
    with PostgresStore(dsn) as store:
        store.execute(BeginTick("acme", 0))
        store.commit()
        cut(databases, dsn)
        assert store.execute(BeginTick("acme", 1)).position == 2
        store.commit()


def test_dead_after_the_first_word(databases: Any, dsn: str) -> None:
    """A transaction that lost its connection is over; nothing of it is said again."""
    with PostgresStore(dsn) as store:
        store.execute(Enqueue(new("order-1")))
        cut(databases, dsn)
        with pytest.raises(StoreError):
            store.execute(Enqueue(new("order-2")))
        assert not store.in_transaction
        store.commit()  # of nothing
        assert store.execute(Look("acme", "order-1")) is None


def test_commit_without_an_answer(databases: Any, dsn: str) -> None:
    """A commit whose answer is lost is an error: only the ledger knows if it took effect."""
    with PostgresStore(dsn) as store:
        store.execute(Enqueue(new("order-1")))
        cut(databases, dsn)
        with pytest.raises(StoreError, match="may have taken effect"):
            store.commit()
        assert store.execute(Look("acme", "order-1")) is None


def test_given_connection(dsn: str) -> None:
    """A connection that somebody opened is used as it is."""
    with psycopg.connect(dsn) as connection:
        store = PostgresStore(connection)
        assert store.execute(Enqueue(new("order-1"))).created
        store.commit()
        assert store.execute(Look("acme", "order-1")) is not None
        store.close()
        assert connection.closed


def test_nothing_is_prepared(dsn: str) -> None:
    """Behind a transaction-mode pooler the session is somebody else's a moment later."""
    with psycopg.connect(dsn) as connection:
        store = PostgresStore(connection)
        for number in range(8):
            store.execute(Enqueue(new(f"order-{number}")))
            store.commit()
        rows = connection.execute("select name from pg_prepared_statements").fetchall()
        assert rows == []
        settings = "select name from pg_settings where source = 'session' order by 1"
        names = {row[0] for row in connection.execute(settings).fetchall()}
        assert names == set()
        store.close()


def test_pool(databases: Any, dsn: str) -> None:
    """A pool lends a connection, takes it back rolled back, and outlives a failover."""
    with Pool(dsn, most=2) as pool:
        with pool.store() as one, pool.store() as other:
            one.execute(Enqueue(new("order-1")))
            assert other.execute(Look("acme", "order-1")) is None
        with pool.store() as store:
            assert store.execute(Enqueue(new("order-1"))).created
            store.commit()
        cut(databases, dsn)
        with pool.store() as store:
            assert store.execute(Look("acme", "order-1")) is not None


@pytest.mark.parametrize(
    "dsn",
    [
        "host=db.example.com dbname=x",
        "host=db.example.com dbname=x sslmode=require",
        "host=db.example.com dbname=x sslmode=verify-ca",
        "postgresql://user:secret@10.0.0.5/x",
        "host=localhost,db.example.com dbname=x",
        "host=127.0.0.1 hostaddr=10.0.0.5 dbname=x",
    ],
)
def test_no_database_in_clear(dsn: str) -> None:
    """A database on another machine is reached verified in full, or not at all."""
    with pytest.raises(InsecureConnection) as caught:
        PostgresStore(dsn)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "dsn",
    [
        "host=db.example.com dbname=x sslmode=verify-full",
        "postgresql://user@db.example.com/x?sslmode=verify-full&sslrootcert=system",
        "host=/var/run/postgresql dbname=x",
        "host=localhost dbname=x",
        "host=127.0.0.1 dbname=x",
        "host=::1 dbname=x",
    ],
)
def test_what_may_be_opened(dsn: str) -> None:
    """This machine, or verified in full; with time-outs of ours where none are given."""
    assert "connect_timeout=10" in secured(dsn)
    assert "connect_timeout=3" in secured(
        f"{dsn} connect_timeout=3" if "=" in dsn[:5] else "connect_timeout=3"
    )


def test_plans_do_not_grow(dsn: str) -> None:
    """A session that began on an empty ledger still goes by index when it is full."""
    with PostgresStore(dsn) as store:
        for number in range(300):
            store.execute(Enqueue(new(f"order-{number}")))
        store.commit()
        work(store)
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Before PostgreSQL 15 statistics arrive by themselves, within a second.
        flushes = connection.info.server_version >= 150000
        flush = "select pg_stat_force_next_flush()" if flushes else "select pg_sleep(1.5)"
        counts = "select relname, seq_tup_read from pg_stat_user_tables"
        connection.execute(flush)
        before = dict(connection.execute(counts).fetchall())
        with PostgresStore(dsn) as store:
            for number in range(300, 400):
                store.execute(Enqueue(new(f"order-{number}")))
            store.commit()
            work(store)
        connection.execute(flush)
        after = dict(connection.execute(counts).fetchall())
    for table in ("payout", "work", "history", "answer", "attempt", "transfer"):
        assert after[table] == before[table], f"{table} was read whole"


def work(store: PostgresStore) -> None:
    said = (Evidence("send", "settled", "00", 201, "ab" * 32),)
    while leased := store.execute(Take("acme", "w", 50, 60.0, True)):
        leases = tuple((one.payout.id, one.fence) for one in leased)
        store.execute(BeginSends("acme", "w", leases))
        moves = (Move(n, f, Status.SETTLED, "paid", evidence=said) for n, f in leases)
        store.execute(Record("w", tuple(moves)))
        store.commit()
    store.commit()
