"""The Postgres of a soak run: restarted, crashed, dumped, and put back to an older dump.

One cluster, one database that the business and the ledger share, three roles: the owner of both
schemas, the worker, and the backend, each with the rights its part needs and no more.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

TOOLS = Path(__file__).parents[3] / "tools"
sys.path.append(str(TOOLS))

from embedded_postgres_server import OWNER, Server  # noqa: E402

WORKER, BACKEND = "payouts_worker", "shop_backend"

_SHOP = f"""
create schema shop;
create table shop.orders (
  reference text primary key, recipient text not null, amount_minor bigint not null);
grant usage on schema shop to {BACKEND};
grant select, insert on shop.orders to {BACKEND};
select payouts.grants('{WORKER}', '{BACKEND}');
"""


class Database:
    """Where the business and the ledger live. ``restarts`` and ``restores`` are counted."""

    def __init__(self) -> None:
        self.server = Server()
        self.restarts = 0
        self.restores = 0
        self._owned = self.server.fresh()
        self.name = str(psycopg.conninfo.conninfo_to_dict(self._owned)["dbname"])
        for role in (WORKER, BACKEND):
            self._admin(f"create role {role} login")
        with psycopg.connect(self._owned) as connection:
            connection.execute(_SHOP)

    def address(self, role: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.server.port}/{self.name}"

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement on the business's database as the superuser; return its rows."""
        return self._run(self.server.dsn(self.name), sql)

    def restart(self, how: str) -> None:
        """``fast`` ends every session; ``crash`` is Postgres's immediate mode, with recovery."""
        self.server.restart(how)
        self.restarts += 1

    def dump(self, path: Path) -> None:
        self.server.dump(self._owned, path)

    def restore(self, path: Path) -> None:
        """Lose the database and put the dump in its place, under the same name.

        First it is lost, then the dump is read, as it goes: meanwhile nobody can connect.
        """
        self._admin(f"alter database {self.name} with allow_connections false")
        self._admin(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self.name}'"
        )
        until = time.monotonic() + 10
        while True:
            try:
                self._admin(f"drop database {self.name} with (force)")
                break
            except psycopg.errors.ObjectInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
        fresh = self.server.empty_database()
        self.server.restore(path, self.server.dsn(fresh, OWNER))
        self._admin(f"alter database {fresh} rename to {self.name}")
        self.restores += 1

    def copy(self, folder: Path) -> None:
        """Copy the cluster's files, as a snapshot of a disk does."""
        shutil.rmtree(folder, ignore_errors=True)  # of another run in the same folder
        self.server.stop("fast")
        self._files(self.server.data, folder)
        self.server.start()

    def put_back(self, folder: Path) -> None:
        """Put the copied files back: the ledger is where it was born, only younger.

        Nothing in the database tells; only a worker that lived on has seen a higher position.
        """
        self.server.stop("crash")
        shutil.rmtree(self.server.data)
        self._files(folder, self.server.data)
        self.server.start()
        self.restores += 1

    def close(self) -> None:
        self.server.close()

    @staticmethod
    def _files(source: Path, target: Path) -> None:
        # Not shutil: owners and modes must be as they were.
        subprocess.run(["cp", "-a", str(source), str(target)], check=True, timeout=120)

    def _admin(self, sql: str) -> None:
        self._run(self.server.admin, sql)

    @staticmethod
    def _run(address: str, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description is not None else []


def free_port() -> int:
    """Return a port that is free now and stays the same over a process's restarts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
