"""What the embedded Postgres of one benchmark can say about the work it did.

It is started as the tests start theirs, with the settings that initdb leaves: fsync,
synchronous_commit and full_page_writes on, and it listens on loopback TCP.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

sys.path.append(str(Path(__file__).parents[2] / "tools"))
import embedded_postgres_server

COUNTERS_LAG_SECONDS = 1.5  #: a backend reports its counters about a second after it left
PAGE = bytes(8192)


@dataclass(frozen=True, slots=True)
class Counters:
    """What Postgres has done for one database, and in all, up to one moment."""

    commits: int
    wal_bytes: int
    wal_fsyncs: int
    cpu_seconds: float

    def since(self, before: Counters) -> Counters:
        """Return what happened between two moments."""
        return Counters(
            self.commits - before.commits,
            self.wal_bytes - before.wal_bytes,
            self.wal_fsyncs - before.wal_fsyncs,
            self.cpu_seconds - before.cpu_seconds,
        )


@dataclass(frozen=True, slots=True)
class Server:
    """A running Postgres: where it is, and how to ask it."""

    port: int
    folder: Path
    pid: int

    def address(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside any transaction and return its rows."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def fresh_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        self.run(f'drop database if exists "{name}" with (force)')
        self.run(f'create database "{name}"')
        return self.address(name)

    def counters(self, database: str) -> Counters:
        """Return the counters, after the clients that left have reported theirs."""
        time.sleep(COUNTERS_LAG_SECONDS)
        ((commits, wal_bytes, fsyncs),) = self.run(
            "select (select xact_commit from pg_stat_database"
            f" where datname = '{database}'),"
            " pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,"
            " (select coalesce(sum(fsyncs), 0)::bigint from pg_stat_io where object = 'wal')"
        )
        return Counters(int(str(commits)), int(str(wal_bytes)), int(str(fsyncs)), self._cpu())

    def _cpu(self) -> float:
        """Return the processor seconds of Postgres and all its children, dead or alive."""
        root = psutil.Process(self.pid)
        used = root.cpu_times()
        total = used.user + used.system + used.children_user + used.children_system
        for child in root.children(recursive=True):
            try:
                one = child.cpu_times()
            except psutil.NoSuchProcess:  # ended meanwhile
                continue
            total += one.user + one.system
        return float(total)

    def version(self) -> str:
        return str(self.run("show server_version")[0][0])


@contextmanager
def postgres() -> Iterator[Server]:
    """Start an empty Postgres and remove it in the end."""
    with embedded_postgres_server.Server() as started:
        first = (started.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
        yield Server(started.port, started.folder, int(first))


def fsync_milliseconds(folder: Path, seconds: float = 1.0) -> float:
    """Return how long this disk takes to make one page of 8 kB durable, on average.

    No rate of commits means anything without it. A page is written over and over in one place, as
    ``pg_test_fsync`` does, and made durable with fdatasync, Postgres's default on Linux.
    """
    durable = getattr(os, "fdatasync", os.fsync)
    path = folder / "fsync"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(handle, PAGE, 0)
        durable(handle)
        count, started = 0, time.perf_counter()
        while (taken := time.perf_counter() - started) < seconds:
            os.pwrite(handle, PAGE, 0)
            durable(handle)
            count += 1
        return taken / count * 1000
    finally:
        os.close(handle)
        path.unlink()
