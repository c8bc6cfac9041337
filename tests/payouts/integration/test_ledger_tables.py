"""What the tables of the ledger refuse, even from their owner; and SQL against Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payouts.idempotency import derived_key
from payouts.io.postgres import PostgresStore
from payouts.ledger.statements import BeginSends, Enqueue, Evidence, Move, Record, Take
from payouts.money import Money, currencies
from payouts.payout import Method, NewPayout, PayoutRefused, looks_like_account_number
from payouts.states import ACCOUNT_OF, FINAL, REISSUABLE, TRANSITIONS, Status

FACTS = [
    "status",
    "transition",
    "payout",
    "history",
    "attempt",
    "answer",
    "account",
    "transfer",
    "standing_change",
    "birth",
    "notice",
    "orphan",
    "finding",
    "received",
    "migration",
]


def settle(dsn: str, *references: str) -> None:
    """Put settled payouts into the ledger as the runtime does."""
    with PostgresStore(dsn) as store:
        for reference in references:
            money = Money(1050, "USD")
            new = NewPayout("acme", reference, "payee-1", "tok_1", Method.DEBIT_CARD, money)
            store.execute(Enqueue(new))
        leased = store.execute(Take("acme", "w", 50, 60.0, True))
        store.execute(BeginSends("acme", "w", tuple((one.payout.id, one.fence) for one in leased)))
        said = (Evidence("send", "settled", "00", 201, "ab" * 32),)
        moves = (Move(x.payout.id, x.fence, Status.SETTLED, "paid", evidence=said) for x in leased)
        store.execute(Record("w", tuple(moves)))
        store.commit()


@pytest.fixture(scope="module")
def settled_dsn(databases: Any) -> Iterator[str]:
    """A ledger with a settled payout (id 1) and one that is due (id 2), for tests that fail to
    change it."""
    address = databases.fresh()
    settle(address, "order-1")
    with psycopg.connect(address) as connection:
        connection.execute(
            "select payouts.enqueue('order-2', 'acme', 'payee-1', 'tok_1', 'debit_card', 5, 'USD')"
        )
    yield address
    databases.drop(address)


def attempt(dsn: str, sql: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(sql)


def refused(dsn: str, sql: str) -> str:
    """Run what must fail, and return how it failed."""
    with pytest.raises(psycopg.Error) as caught:
        attempt(dsn, sql)
    return caught.value.sqlstate or ""


@pytest.mark.parametrize("table", FACTS)
def test_facts_stay(settled_dsn: str, table: str) -> None:
    """What was written is neither changed nor removed, by anybody short of a superuser."""
    with psycopg.connect(settled_dsn) as connection:
        described = connection.execute(f"select * from payouts.{table}").description
    column = described[-1].name  # the first one may be an identity, refused for that
    for sql in (
        f"update payouts.{table} set {column} = {column}",
        f"delete from payouts.{table}",
        f"truncate payouts.{table} cascade",
    ):
        assert refused(settled_dsn, sql) == "PY003", sql


@pytest.mark.parametrize("table", ["work", "standing", "day_total"])
def test_what_moves_is_never_removed(settled_dsn: str, table: str) -> None:
    """A row of work may change; it may not go."""
    assert refused(settled_dsn, f"delete from payouts.{table}") == "PY003"
    assert refused(settled_dsn, f"truncate payouts.{table}") == "PY003"


NEW = (
    "insert into payouts.payout (partner, reference, key, recipient, token, method, amount, "
    "currency) values ('acme', 'order-9', payouts.derived_key('acme', 'order-9'), 'payee-1', "
    "'tok_1', 'debit_card', 5, 'USD')"
)


@pytest.mark.parametrize(
    ("was", "wrong"),
    [
        ("5, 'USD'", "0, 'USD'"),
        ("5, 'USD'", "-5, 'USD'"),
        ("'USD'", "'usd'"),
        ("'debit_card'", "'cash'"),
        ("'tok_1'", "'4111111111111111'"),
        ("'tok_1'", "'4111-1111-1111-1111'"),
        ("'payee-1'", "'DE89370400440532013000'"),
        ("'payee-1'", "''"),
        ("'payee-1'", "'pay ee'"),
        ("payouts.derived_key('acme', 'order-9')", "repeat('a', 26)"),
        ("order-9", "order-1"),
    ],
)
def test_payouts_by_hand(settled_dsn: str, was: str, wrong: str) -> None:
    """A row that could never be paid safely is refused by the table itself."""
    assert was in NEW
    assert refused(settled_dsn, NEW.replace(was, wrong)).startswith("23")


@pytest.mark.parametrize(
    "sql",
    [
        "update payouts.work set status = 'due', due_at = now() where payout_id = 1",
        "update payouts.work set status = 'settled' where payout_id = 2",
        "update payouts.work set fence = fence - 1 where payout_id = 1",
        "update payouts.work set attempts = 0, sends = 0, first_sent_at = null, "
        "last_sent_at = null, counted_on = null where payout_id = 1",
        "update payouts.work set sends = 0 where payout_id = 1",
        "update payouts.work set sends = 9 where payout_id = 1",
        "update payouts.work set worker = 'w' where payout_id = 1",
        "update payouts.work set partner = 'other' where payout_id = 1",
        "update payouts.work set due_at = null where payout_id = 2",
        "insert into payouts.work (payout_id, partner, status, reason, due_at) "
        "values (77, 'acme', 'due', '', now())",
        "insert into payouts.history (payout_id, seq, before, after, reason, who) "
        "values (1, 3, 'settled', 'returned', 'r', 'w')",
        "insert into payouts.history (payout_id, seq, before, after, reason, who) "
        "values (2, 1, 'due', 'settled', 'r', 'w')",
        "insert into payouts.history (payout_id, seq, before, after, reason, who) "
        "values (77, 0, null, 'due', 'r', 'w')",
        "insert into payouts.attempt values (2, 1, now(), 'w', 1)",
        "insert into payouts.answer (payout_id, attempt, at, kind, verdict, code, worker) "
        "values (77, 0, now(), 'send', 'settled', '', 'w')",
        "insert into payouts.transfer values (2, 9, 1, 2, 5, 'USD')",
    ],
)
def test_rows_by_hand(settled_dsn: str, sql: str) -> None:
    """Status, history, money and counts cannot be made to disagree, one row at a time."""
    assert refused(settled_dsn, sql)[:2] in {"PY", "23"}, sql
    with psycopg.connect(settled_dsn) as connection:
        assert connection.execute("select * from payouts.unbalanced()").fetchall() == []


def test_unbalanced_sees(databases: Any, dsn: str) -> None:
    """The audit finds what only a superuser with triggers off can break."""
    settle(dsn, "order-1")
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    broken = {
        "update payouts.transfer set amount = amount + 1 where seq = 1": "amount",
        "delete from payouts.transfer where seq = 2": "money",
        "update payouts.work set status = 'declined'": "end of the history",
        "update payouts.day_total set total = total + 1": "total",
        "delete from payouts.attempt": "attempts",
        "delete from payouts.history where seq = 1": "path",
    }
    for sql, what in broken.items():
        with psycopg.connect(databases.dsn(name)) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(sql)
            found = connection.execute("select what from payouts.unbalanced()").fetchall()
            assert any(what in row[0] for row in found), sql
            connection.rollback()


def test_states_are_the_codes(settled_dsn: str) -> None:
    """The ledger's table of changes is the runtime's."""
    with psycopg.connect(settled_dsn) as connection:
        rows = connection.execute("select before, after, by, why from payouts.transition")
        assert sorted(rows.fetchall()) == sorted(
            (t.before.value, t.after.value, t.by, t.why) for t in TRANSITIONS
        )
        rows = connection.execute("select status, account, final, reissuable from payouts.status")
        assert sorted(rows.fetchall()) == sorted(
            (s.value, ACCOUNT_OF[s].value, s in FINAL, s in REISSUABLE) for s in Status
        )


def test_currencies_are_the_codes(settled_dsn: str) -> None:
    """The ledger takes the currencies that the runtime can write, and no other three letters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    with psycopg.connect(settled_dsn) as connection:
        taken = connection.execute(
            "select array_agg(a || b || c order by a || b || c) "
            "from regexp_split_to_table(%s, '') a, regexp_split_to_table(%s, '') b, "
            "regexp_split_to_table(%s, '') c where payouts.is_currency(a || b || c)",
            (letters, letters, letters),
        ).fetchone()
    assert taken is not None
    assert tuple(taken[0]) == currencies()


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20))
def test_keys_are_equal(settled_dsn: str, pairs: list[tuple[str, str]]) -> None:
    """The key of a payout is the same in SQL and in Python, for any text."""
    with psycopg.connect(settled_dsn) as connection:
        rows = connection.execute(
            "select payouts.derived_key(p, r) from unnest(%s::text[], %s::text[]) "
            "with ordinality x(p, r, n) order by n",
            ([p for p, _ in pairs], [r for _, r in pairs]),
        ).fetchall()
    assert [row[0] for row in rows] == [derived_key(p, r) for p, r in pairs]


IDENTIFIERS = st.one_of(
    TEXT,
    st.text("0123456789-_./ ", max_size=24),
    st.from_regex(r"\A[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{9,32}\Z"),
    st.text("aZ0._:/@#+=~- !é", max_size=12),
    st.sampled_from(("DE89370400440532013000", "GB82-WEST-1234-5698-7654-32", "GB82west12345698")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(IDENTIFIERS, min_size=1, max_size=20))
def test_identifiers_are_equal(settled_dsn: str, texts: list[str]) -> None:
    """What Python takes for a token, SQL takes; what it takes for an account number, SQL does."""
    with psycopg.connect(settled_dsn) as connection:
        rows = connection.execute(
            "select payouts.is_identifier(t, 128) and not payouts.looks_like_account_number(t) "
            "from unnest(%s::text[]) with ordinality x(t, n) order by n",
            (texts,),
        ).fetchall()
    for text, (taken,) in zip(texts, rows, strict=True):
        try:
            NewPayout("acme", "r", "payee-1", text, Method.WALLET, Money(1, "USD"))
        except PayoutRefused:
            assert not taken, text
        else:
            assert taken, text
            assert not looks_like_account_number(text)
