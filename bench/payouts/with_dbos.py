"""The same payouts with DBOS: one durable workflow per payout, 10 at once, polled every 20 ms.

Of the configurations tried (no limit, 4, 10 and 50 at once; synchronous and asynchronous), 10 at
once was the fastest. With the default poll of one second a bounded queue would start only that
many a second. The workflow's id is the key, committed with the row; the send is a step, the row's
new state a transaction of a datasource, so each is done once and remembered. What DBOS does not do
here: an attempt per send, a history in the business's words, a ledger, look-ups.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import psycopg
import sqlalchemy as sa
import urllib3
import work
from candidate import Drained, processor_seconds
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, SQLAlchemyDatasource

NAME = "dbos, worker_concurrency 10, poll 20 ms"
CONCURRENCY = 10
POLL_SECONDS = 0.02
QUEUE = "payouts"
WORKFLOW = "pay"
VERSION = "bench"
TIMEOUT_SECONDS = 600.0


def _config(address: str) -> DBOSConfig:
    return {
        "name": "bench",
        "system_database_url": _driver(address),
        "application_version": VERSION,
        "log_level": "WARNING",
    }


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://")


def prepare(address: str) -> None:
    """Make the library's schemas and the table."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(work.TABLE.encode())
    DBOS(config=_config(address))
    SQLAlchemyDatasource.create(_driver(address))
    DBOS.launch()
    DBOS.destroy()


def intake(address: str, count: int) -> float:
    """Insert the rows and enqueue their workflows, 100 a commit; return the seconds."""
    engine = sa.create_engine(_driver(address))
    client = DBOSClient(system_database_url=_driver(address))
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "app_version": VERSION,
    }
    started = time.perf_counter()
    for portion in work.rows(count):
        with engine.begin() as connection:
            with connection.connection.cursor() as cursor:
                cursor.executemany(
                    work.INSERT,
                    [(r.reference, r.key, r.recipient, r.token, r.amount_minor) for r in portion],
                )
            for r in portion:
                client.enqueue_in_transaction(
                    connection,
                    {**options, "workflow_id": r.key},
                    r.key,
                    r.recipient,
                    r.token,
                    r.amount_minor,
                )
    seconds = time.perf_counter() - started
    client.destroy()
    engine.dispose()
    return seconds


def drain(address: str, partner: str, count: int) -> Drained:
    """Work until every payout is settled; the clock starts with the first workflow."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    http = urllib3.PoolManager(maxsize=CONCURRENCY, retries=False)
    DBOS(config=_config(address))
    source = SQLAlchemyDatasource.create(_driver(address))
    first: list[float] = []
    done, lock, finished = [0], threading.Lock(), threading.Event()

    @DBOS.step()
    def send(key: str, recipient: str, token: str, amount_minor: int) -> str:
        body = work.body_of(key, recipient, token, amount_minor)
        answer = http.request(
            "POST", partner + work.PATH, body=body, headers=work.signed(body, key)
        )
        return work.partner_id_of(answer.status, answer.data)

    @source.transaction
    def settle(key: str, partner_id: str) -> None:
        source.sql_session().connection().exec_driver_sql(work.SETTLE, (partner_id, key))

    @DBOS.workflow(name=WORKFLOW)
    def pay(key: str, recipient: str, token: str, amount_minor: int) -> None:
        if not first:
            first.append(time.perf_counter())
        settle(key, send(key, recipient, token, amount_minor))
        with lock:
            done[0] += 1
            if done[0] == count:
                finished.set()

    DBOS.launch()
    used = processor_seconds()
    queue: dict[str, Any] = {
        "worker_concurrency": CONCURRENCY,
        "polling_interval_sec": POLL_SECONDS,
    }
    DBOS.register_queue(QUEUE, **queue)
    if not finished.wait(TIMEOUT_SECONDS):
        raise SystemExit(f"dbos settled {done[0]} of {count} in {TIMEOUT_SECONDS:g} s")
    drained = Drained(time.perf_counter() - first[0], processor_seconds() - used)
    DBOS.destroy(workflow_completion_timeout_sec=10)
    return drained


def verify(address: str) -> tuple[int, int]:
    """Return how many payouts are settled with a partner's id, and how many keys they have."""
    return work.verify_table(address)
