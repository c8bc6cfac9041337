"""The same payouts with procrastinate: one asynchronous task per payout, 20 at once.

Of the configurations tried (tasks in threads, one at a time, two workers), asynchronous tasks at
20 at once were the fastest for one worker. A job is deferred in the transaction that inserts the
row; the key is in both. The task posts and commits the row's new state; the library then marks the
job as done. What procrastinate does not do here: an attempt per send, a history, books, look-ups.
"""

from __future__ import annotations

import asyncio
import time

import aiohttp
import psycopg
import work
from candidate import Drained, processor_seconds
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from psycopg_pool import AsyncConnectionPool

NAME = "procrastinate, async task, concurrency 20"
CONCURRENCY = 20
TASK = "pay"


def prepare(address: str) -> None:
    """Make the library's schema and the table."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(work.TABLE.encode())
    with App(connector=SyncPsycopgConnector(conninfo=address)).open() as app:
        app.schema_manager.apply_schema()


def intake(address: str, count: int) -> float:
    """Insert the rows and defer their jobs, 100 a commit; return the seconds."""
    with (
        App(connector=SyncPsycopgConnector(conninfo=address)).open() as app,
        psycopg.connect(address) as connection,
    ):
        started = time.perf_counter()
        for portion in work.rows(count):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(
                    work.INSERT,
                    [(r.reference, r.key, r.recipient, r.token, r.amount_minor) for r in portion],
                )
                app.configure_task(TASK, connection=connection).batch_defer(
                    *(
                        {
                            "key": r.key,
                            "recipient": r.recipient,
                            "token": r.token,
                            "amount_minor": r.amount_minor,
                        }
                        for r in portion
                    )
                )
        return time.perf_counter() - started


def drain(address: str, partner: str, count: int) -> Drained:
    """Work until no job is left."""
    return asyncio.run(_drain(address, partner))


async def _drain(address: str, partner: str) -> Drained:
    app = App(connector=PsycopgConnector(conninfo=address))
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with (
        app.open_async(),
        aiohttp.ClientSession(connector=connector) as http,
        AsyncConnectionPool(
            address, min_size=4, max_size=CONCURRENCY, kwargs={"autocommit": True}
        ) as pool,
    ):
        await pool.wait()

        @app.task(name=TASK)
        async def pay(key: str, recipient: str, token: str, amount_minor: int) -> None:
            body = work.body_of(key, recipient, token, amount_minor)
            async with http.post(
                partner + work.PATH, data=body, headers=work.signed(body, key)
            ) as response:
                partner_id = work.partner_id_of(response.status, await response.read())
            async with pool.connection() as connection:
                await connection.execute(work.SETTLE, (partner_id, key))

        used, started = processor_seconds(), time.perf_counter()
        await app.run_worker_async(
            concurrency=CONCURRENCY, wait=False, install_signal_handlers=False
        )
        return Drained(time.perf_counter() - started, processor_seconds() - used)


def verify(address: str) -> tuple[int, int]:
    """Return how many payouts are settled with a partner's id, and how many keys they have."""
    return work.verify_table(address)
