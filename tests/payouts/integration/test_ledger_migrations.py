"""Migrations: from nothing, again, changed, from the future, and as package data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from payouts.ledger.migrate import Migration, MigrationError, migrate, migrations, pending


def connect(dsn: str, **options: Any) -> Any:
    return psycopg.connect(dsn, **options)


def test_from_nothing_and_again(databases: Any) -> None:
    """An empty database gets all of them, in order; a second run finds nothing to do."""
    with connect(databases.empty(), autocommit=True) as connection:
        assert pending(connection) == migrations()
        assert connection.execute("select to_regnamespace('payouts')").fetchone() == (None,)
        assert migrate(connection) == migrations()
        assert pending(connection) == ()
        assert migrate(connection) == ()
        rows = connection.execute("select number, name, sha256 from payouts.migration order by 1")
        assert rows.fetchall() == [(m.number, m.name, m.sha256) for m in migrations()]
        why = connection.execute("select why from payouts.birth").fetchall()
        assert why == [("migration",)]


def test_owner_is_no_superuser(databases: Any) -> None:
    """The right to create a schema is all that it needs: no superuser, no extension."""
    with connect(databases.empty()) as connection:
        migrate(connection)
        row = connection.execute("select rolsuper from pg_roles where rolname = current_user")
        assert row.fetchone() == (False,)
        rows = connection.execute("select extname from pg_extension").fetchall()
        assert rows == [("plpgsql",)]


def test_one_that_changed_is_refused(dsn: str) -> None:
    """A migration that was applied is never edited."""
    changed = (replace(migrations()[0], sql="select 1"), *migrations()[1:])
    with connect(dsn) as connection:
        for ask in (pending, migrate):
            with pytest.raises(MigrationError, match="0001"):
                ask(connection, changed)


def test_newer_database_is_refused(dsn: str) -> None:
    """A program does not run on a ledger that is newer than it."""
    with connect(dsn) as connection, pytest.raises(MigrationError, match="newer"):
        migrate(connection, migrations()[:-1])


def test_one_that_fails_leaves_the_ones_before(databases: Any) -> None:
    """Each is a transaction: a failed one leaves nothing of itself, and the next run goes on."""
    broken = Migration(2, "broken", "create table payouts.half (n integer); select 1/0")
    first = Migration(1, "first", "create table payouts.whole (n integer)")
    with connect(databases.empty(), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(connection, (first, broken))
        assert connection.execute("select to_regclass('payouts.half')").fetchone() == (None,)
        assert pending(connection, (first, broken)) == (broken,)
        mended = replace(broken, sql="create table payouts.half (n integer)")
        assert migrate(connection, (first, mended)) == (mended,)
