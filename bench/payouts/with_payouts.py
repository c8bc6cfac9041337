"""The same payouts with this runtime: ticks of one worker, as the container runs them.

The business enqueues with the SQL function ``payouts.enqueue``, 100 payouts a commit. One worker
ticks until nothing is due: configuration, ledger, partner file and HTTP channel are those that are
deployed, and so is everything the others leave out: the send is committed with its attempt before
it is made, each change of state has its history row and its entry in the books, leases are fenced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import work
from candidate import Drained, processor_seconds

from payouts.io.config import Config
from payouts.io.postgres import PostgresStore, open_connection
from payouts.io.runtime import Runtime
from payouts.ledger.migrate import migrate
from payouts.limits import limits_for
from payouts.outcome import Credentials, Merchant
from payouts.partners.fiserv_ddp import FACTS

BATCH = 200
CONCURRENCY = 16
NAME = f"payouts, batch {BATCH}, {CONCURRENCY} connections"

#: One statement for the rows of a commit, as the others enqueue theirs.
ENQUEUE = """
select payouts.enqueue(reference => r.reference, partner => 'fiserv_ddp', recipient => r.recipient,
                       token => r.token, method => 'debit_card', amount_minor => r.amount,
                       currency => 'USD')
  from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
    as r(reference, recipient, token, amount)
"""


def prepare(address: str) -> None:
    """Make the ledger."""
    connection = open_connection(address)
    migrate(connection)
    connection.close()


def intake(address: str, count: int) -> float:
    """Enqueue the payouts, 100 a commit; return the seconds."""
    with psycopg.connect(address) as connection:
        started = time.perf_counter()
        for portion in work.rows(count):
            columns = (
                [row.reference for row in portion],
                [row.recipient for row in portion],
                [row.token for row in portion],
                [row.amount_minor for row in portion],
            )
            with connection.transaction():
                connection.execute(ENQUEUE, columns)
        return time.perf_counter() - started


def drain(address: str, partner: str, count: int) -> Drained:
    """Tick until nothing is due."""
    limits = replace(limits_for(FACTS), batch=BATCH, concurrency=CONCURRENCY)
    config = Config(
        partner_id=FACTS.id,
        merchant=Merchant(base_url=partner, settings={"payment_type": "Wages"}),
        credentials=Credentials(
            values={"api_key": work.API_KEY, "api_secret": work.SECRET.decode()}
        ),
        limits=limits,
        database=address,
    )
    store = PostgresStore(address)

    @contextmanager
    def stores() -> Iterator[PostgresStore]:
        yield store

    runtime = Runtime(config, stores, lambda emit: None)
    used, started, sent = processor_seconds(), time.perf_counter(), 0
    while sent < count:
        report = runtime.tick()
        if not report.taken:
            raise SystemExit(f"payouts sent {sent} of {count}; the tick ended: {report.ended}")
        sent += report.sent
    drained = Drained(time.perf_counter() - started, processor_seconds() - used)
    runtime.close()
    store.close()
    return drained


def verify(address: str) -> tuple[int, int]:
    """Return how many payouts are settled with a partner's id, and how many keys they have.

    Nothing may be out of balance either: the ledger's own second way to every figure says so.
    """
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "select count(distinct w.partner_id), count(distinct p.key) from payouts.payout p"
            " join payouts.work w on w.payout_id = p.id"
            " where w.status = 'settled' and w.partner_id like 'TID-%'"
        ).fetchone()
        wrong = connection.execute("select * from payouts.unbalanced() limit 5").fetchall()
    if wrong:
        raise SystemExit(f"the books do not balance: {wrong}")
    assert row is not None
    return int(row[0]), int(row[1])
