"""Who may do what: a worker speaks sentences, the backend enqueues, nobody touches a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from payouts.io.postgres import PostgresStore
from payouts.io.postgres_calls import CALLS
from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Evidence,
    Finding,
    Findings,
    Intervene,
    Look,
    Measure,
    Move,
    Noticed,
    Quarantine,
    Receive,
    Record,
    Reissue,
    Seen,
    SetStanding,
    Take,
    Unseen,
)
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.states import Status

ENQUEUE = (
    "select * from payouts.enqueue(reference => 'order-1', partner => 'acme', "
    "recipient => 'payee-1', token => 'tok_1', method => 'debit_card', amount_minor => 1050, "
    "currency => 'USD')"
)


@pytest.fixture
def roles(databases: Any, dsn: str) -> Iterator[tuple[str, str]]:
    """Addresses of a worker's and a backend's role, granted by the owner, who is no superuser."""
    name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    worker, backend = f"{name}_worker", f"{name}_backend"
    with psycopg.connect(databases.admin, autocommit=True) as admin:
        admin.execute(f"create role {worker} login")
        admin.execute(f"create role {backend} login")
    with psycopg.connect(dsn, autocommit=True) as owner:
        row = owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        assert row == (False,)
        owner.execute("select payouts.grants(%s, %s)", (worker, backend))
    yield databases.dsn(name, worker), databases.dsn(name, backend)
    with psycopg.connect(databases.dsn(name), autocommit=True) as admin:
        for role in (worker, backend):
            admin.execute(f"drop owned by {role}")
            admin.execute(f"drop role {role}")


def tables(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "select relname from pg_class where relnamespace = 'payouts'::regnamespace "
            "and relkind in ('r', 'v') order by relname"
        ).fetchall()
    return [row[0] for row in rows]


def test_worker_speaks_every_sentence(roles: tuple[str, str]) -> None:
    """A worker's role needs nothing but to execute the functions."""
    new = NewPayout("acme", "order-1", "payee-1", "tok_1", Method.DEBIT_CARD, Money(1, "USD"))
    said = (Evidence("send", "declined", "05", 400),)
    with PostgresStore(roles[0]) as store:
        store.execute(BeginTick("acme", 0))
        store.execute(SetStanding("acme", failures=0))
        store.execute(Enqueue(new))
        (one,) = store.execute(Take("acme", "w", 1, 60.0, True))
        store.execute(BeginSends("acme", "w", ((one.payout.id, one.fence),), Money(5, "USD")))
        move = Move(one.payout.id, one.fence, Status.DECLINED, "no", evidence=said)
        assert store.execute(Record("w", (move,))) == (one.payout.id,)
        store.execute(Intervene("acme", "order-1", "look", "a person", "why"))
        store.execute(Reissue("acme", "order-1", "a person", "why"))
        store.execute(Noticed("acme", "n", one.payout.key, None, "said"))
        store.execute(Seen("acme", "w", 60.0, (one.payout.key,), (("k", "t", "s"),)))
        store.execute(Unseen("acme", 60.0, 0.0))
        store.execute(Finding("acme", "kind", "subject", "detail"))
        store.execute(Findings("acme", 10))
        store.execute(Measure("acme"))
        store.execute(Look("acme", "order-1"))
        store.execute(Receive("report", ()))
        store.execute(Quarantine("acme", True, "why"))
        store.execute(Quarantine("acme", False, "why"))
        store.commit()


def test_nobody_touches_a_table(dsn: str, roles: tuple[str, str]) -> None:
    """Neither role reads or writes a table; the backend reads one view."""
    for address in roles:
        for table in tables(dsn):
            may_read = table == "payout_status" and address == roles[1]
            with psycopg.connect(address, autocommit=True) as connection:
                if may_read:
                    connection.execute(f"select * from payouts.{table}")
                else:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(f"select * from payouts.{table}")
                with pytest.raises(
                    (
                        psycopg.errors.InsufficientPrivilege,
                        psycopg.errors.ObjectNotInPrerequisiteState,
                    )
                ):
                    connection.execute(f"delete from payouts.{table}")


def test_functions_of_each(dsn: str, roles: tuple[str, str]) -> None:
    """The backend executes two functions; the worker none but the sentences; others nothing."""
    query = (
        "select p.proname from pg_proc p where p.pronamespace = 'payouts'::regnamespace "
        "and has_function_privilege(current_user, p.oid, 'execute') order by 1"
    )
    found = []
    for address in roles:
        with psycopg.connect(address) as connection:
            found.append([row[0] for row in connection.execute(query).fetchall()])
    worker, backend = found
    assert backend == ["derived_key", "enqueue"]
    assert len(worker) == len(CALLS)
    assert not {"add_payout", "note_birth", "grants", "begin_quarantine"} & set(worker)


def test_enqueue_lives_and_dies_with_the_business(roles: tuple[str, str]) -> None:
    """A payout exists if and only if the business transaction committed."""
    with psycopg.connect(roles[1]) as backend:
        backend.execute("create temporary table business (note text)")
        backend.commit()
        backend.execute("insert into business values ('rolled back')")
        backend.execute(ENQUEUE)
        backend.rollback()
        assert backend.execute("select * from payouts.payout_status").fetchall() == []
        backend.execute("insert into business values ('kept')")
        row = backend.execute(ENQUEUE).fetchone()
        assert row is not None
        backend.commit()
        (shown,) = backend.execute(
            "select reference, payout_id, status, amount_minor, currency from payouts.payout_status"
        ).fetchall()
    assert shown == ("order-1", row[0], "due", 1050, "USD")


@pytest.mark.parametrize(
    ("was", "wrong"),
    [
        ("tok_1", "4111111111111111"),
        ("payee-1", "DE89370400440532013000"),
        ("1050", "0"),
        ("1050", "null"),
        ("'USD'", "'usd'"),
        ("'USD'", "null"),
        ("debit_card", "cash"),
        ("'order-1'", "'order 1'"),
        ("'acme'", "null"),
    ],
)
def test_enqueue_refuses(roles: tuple[str, str], was: str, wrong: str) -> None:
    """A backend is told what is wrong by a code of ours, and never with the value."""
    assert was in ENQUEUE
    with psycopg.connect(roles[1]) as backend, pytest.raises(psycopg.Error) as caught:
        backend.execute(ENQUEUE.replace(was, wrong))
    assert caught.value.sqlstate == "PY001"
    assert "4111" not in str(caught.value)
    assert "DE89" not in str(caught.value)


def test_same_reference_waits_and_is_one(roles: tuple[str, str]) -> None:
    """Two business transactions with one reference make one payout."""
    with psycopg.connect(roles[1]) as one, psycopg.connect(roles[1]) as other:
        one.execute(ENQUEUE)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(ENQUEUE)
        other.rollback()
        one.commit()
        row = other.execute(ENQUEUE).fetchone()
        assert row is not None
        assert row[3] is False


def test_many_in_one_select(roles: tuple[str, str]) -> None:
    """A backend enqueues a whole table of its own in one sentence."""
    with psycopg.connect(roles[1]) as backend:
        backend.execute(
            "select payouts.enqueue('batch-' || n, 'acme', 'payee-' || n, 'tok_' || n, "
            "'bank_account', n, 'EUR', interval '1 hour') from generate_series(1, 200) n"
        )
        backend.commit()
        row = backend.execute("select count(*), sum(amount_minor) from payouts.payout_status")
        assert row.fetchone() == (200, 20100)
