"""Bring a database to the ledger's newest shape: numbered SQL files, each applied once.

Every file is one transaction under one advisory lock, so that two deployments at once are one after
the other. What was applied is kept with its hash: a file that changed after it was applied is an
error, because a database that was migrated before the change would differ from one migrated after.

The caller brings the connection, as the owner of the schema; no superuser is needed. Works with any
connection of psycopg's shape in autocommit or not, outside a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any, Protocol

_NAME = re.compile(r"([0-9]{4})_([a-z_]+)\.sql")

#: Any number that other programs on the same database are unlikely to lock.
_LOCK = 1885434740

_NOTEBOOK = """
create schema if not exists payouts;
create table if not exists payouts.migration (
  number integer primary key,
  name text not null,
  sha256 text not null,
  at timestamptz not null default clock_timestamp()
);
"""


class MigrationError(Exception):
    """The database was migrated by other files than these."""


class Connection(Protocol):
    """What is needed of a connection; psycopg's has it."""

    def transaction(self) -> AbstractContextManager[Any]: ...

    def execute(self, query: Any, params: Any = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def migrations() -> tuple[Migration, ...]:
    """Return all migrations in order, as they are in the package."""
    found = []
    folder = files("payouts.ledger").joinpath("migrations")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), match[2], file.read_text(encoding="utf-8")))
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise MigrationError(f"migrations are numbered from 1 without a gap, not {numbers}")
    return tuple(found)


def pending(
    connection: Connection, wanted: Iterable[Migration] | None = None
) -> tuple[Migration, ...]:
    """Return what ``migrate`` would apply; changes nothing."""
    wanted = migrations() if wanted is None else tuple(wanted)
    with connection.transaction():
        there = connection.execute("select to_regclass('payouts.migration')").fetchone()[0]
        if there is None:
            return wanted
        return _missing(connection, wanted)


def migrate(
    connection: Connection, wanted: Iterable[Migration] | None = None
) -> tuple[Migration, ...]:
    """Apply what is missing and return it."""
    wanted = migrations() if wanted is None else tuple(wanted)
    applied: list[Migration] = []
    with connection.transaction():
        _lock(connection)
        there = connection.execute("select to_regclass('payouts.migration')").fetchone()[0]
        if there is None:
            connection.execute(_NOTEBOOK)
    while True:
        with connection.transaction():
            _lock(connection)
            missing = _missing(connection, wanted)
            if not missing:
                return tuple(applied)
            following = missing[0]
            connection.execute(following.sql)
            connection.execute(
                "insert into payouts.migration (number, name, sha256) values (%s, %s, %s)",
                (following.number, following.name, following.sha256),
            )
        applied.append(following)


def _lock(connection: Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def _missing(connection: Connection, wanted: Iterable[Migration]) -> tuple[Migration, ...]:
    rows = connection.execute("select number, name, sha256 from payouts.migration").fetchall()
    done = {number: (name, digest) for number, name, digest in rows}
    missing = []
    for migration in wanted:
        if migration.number not in done:
            missing.append(migration)
        elif done.pop(migration.number)[1] != migration.sha256:
            raise MigrationError(
                f"migration {migration.number:04d}_{migration.name} was applied with other text; "
                "a migration that was applied is never edited: add a new one"
            )
    if done:
        raise MigrationError(
            f"the database has migrations that are not known here: {sorted(done)}; "
            "it was migrated by a newer version"
        )
    return tuple(missing)
