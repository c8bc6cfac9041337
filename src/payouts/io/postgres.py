"""The ledger in Postgres: each statement is one call of one function of the schema ``payouts``.

Nothing is kept in the session, so it works behind a transaction-mode pooler: no prepared
statements, no settings, and the first word of a transaction is an explicit ``BEGIN``. That word is
also the check of the connection. If it fails, nothing was executed, and a new connection is opened,
once; after it, a lost connection is a ``StoreError`` and the transaction is gone. A ``COMMIT``
whose answer is lost is a ``StoreError`` too: it may have taken effect.

A connection goes to a loopback address or a Unix socket, or is verified in full
(``sslmode=verify-full``), or goes where ``transport`` allows it; anything else is refused before it
is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from payouts.io import transport
from payouts.io.postgres_calls import CALLS
from payouts.io.transport import InsecureConnection as InsecureConnection
from payouts.ports import Statement, StoreBusy, StoreError, StoreRefused

Connection: TypeAlias = "psycopg.Connection[Any]"

#: An open connection to nobody is noticed after these seconds, not after TCP's hours.
_PATIENCE: dict[str, str | int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "payouts",
}

_REFUSED = {"PY001", "PY003"}  #: refused by a function, by a trigger
_BUSY = {"55P03", "40P01", "40001"}  #: lock_not_available, deadlock, serialization


_CONNECTIONS_FREE = """
select current_setting('max_connections')::int
     - current_setting('superuser_reserved_connections')::int
     - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int
     - (select coalesce(sum(numbackends), 0) from pg_stat_database)
"""


def secured(dsn: str, plaintext: str = "") -> str:
    """Return the address with our time-outs; refuse one that leaves the machine unverified.

    ``plaintext``: where it may be so after all, see ``transport``.
    """
    given = conninfo_to_dict(dsn)
    defaults = {
        option.keyword.decode(): option.val.decode()
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.val is not None
    }
    pinned = transport.checked({**defaults, **given}, plaintext)
    patience = {k: v for k, v in _PATIENCE.items() if k not in given}
    return make_conninfo(dsn, **{**patience, **pinned})


def _refuse_now(dsn: str, plaintext: str) -> None:
    """Refuse an address when it is configured rather than at night; a name may resolve later."""
    with suppress(transport.Unresolved):
        secured(dsn, plaintext)


def open_connection(dsn: str, plaintext: str = "") -> Connection:
    """Open a connection as the store wants it: autocommit, nothing prepared."""
    try:
        return psycopg.connect(secured(dsn, plaintext), autocommit=True, prepare_threshold=None)
    except transport.Unresolved as error:
        raise StoreError(f"no connection to the ledger: {error}") from None
    except psycopg.OperationalError as error:
        # The message of libpq may hold the host and user, never the password.
        raise StoreError(f"no connection to the ledger: {_brief(error)}") from None


class PostgresStore:
    """One worker's connection to the ledger. Opened when it is first needed; not for two threads.

    ``source`` is an address, an open connection, or, for a pool, a function that gives one;
    ``give_back`` takes a connection that is not needed any more.
    """

    def __init__(
        self,
        source: str | Connection | Callable[[], Connection],
        give_back: Callable[[Connection], None] | None = None,
        *,
        plaintext: str = "",
    ) -> None:
        self._connection: Connection | None = None
        self._cursor: psycopg.Cursor[Any] | None = None
        self._begun = False
        self._give_back = give_back or _close
        if isinstance(source, str):
            dsn = source
            _refuse_now(dsn, plaintext)
            self._open: Callable[[], Connection] = lambda: open_connection(dsn, plaintext)
        elif isinstance(source, psycopg.Connection):
            secured(source.info.dsn, plaintext)
            given = source
            given.prepare_threshold = None
            given.autocommit = True
            self._use(given)
            self._open = lambda: open_connection(
                make_conninfo(given.info.dsn, password=given.info.password), plaintext
            )
        else:
            self._open = source

    @property
    def in_transaction(self) -> bool:
        return self._begun

    def execute(self, statement: Statement) -> Any:
        """Say one statement to the ledger; the first one after a commit begins a transaction."""
        query, parameters, answer = CALLS[type(statement)]
        try:
            if not self._begun:
                self._begin()
            assert self._cursor is not None
            self._cursor.execute(query, parameters(statement), binary=True)
            return answer(self._cursor)
        except psycopg.Error as error:
            failed = _as_store_error(error, type(statement).__name__)
            self.rollback()
            raise failed from None
        except BaseException:
            # Interrupted in the middle: what arrived is not known, so it must not be committed.
            self._drop()
            raise

    def commit(self) -> None:
        """Make the transaction durable; without one, nothing."""
        if not self._begun:
            return
        assert self._cursor is not None
        try:
            self._cursor.execute("COMMIT")
            said = self._cursor.statusmessage
        except psycopg.Error as error:
            self._drop()
            raise StoreError(
                f"the commit was not answered, it may have taken effect: {_brief(error)}"
            ) from None
        except BaseException:
            self._drop()
            raise
        self._begun = False
        if said != "COMMIT":
            raise StoreError(f"the transaction was not committed: {said}")

    def rollback(self) -> None:
        """Forget the transaction."""
        if not self._begun:
            return
        assert self._cursor is not None
        try:
            self._cursor.execute("ROLLBACK")
            self._begun = False
        except psycopg.Error:
            self._drop()  # a session that is gone has rolled back

    def close(self) -> None:
        """Roll back and let the connection go; a later statement opens another."""
        self.rollback()
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            self._give_back(connection)

    def connections_free(self) -> int | None:
        """Return how many more connections the server takes; ``None`` where none is open.

        Needs no right: a session of another role is counted, though not shown.
        """
        if self._cursor is None or self._begun:
            return None
        try:
            self._cursor.execute(_CONNECTIONS_FREE)
            row = self._cursor.fetchone()
        except psycopg.Error as error:
            self._drop()
            raise StoreError(_brief(error)) from None
        return int(row[0]) if row else None

    def __enter__(self) -> PostgresStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        fresh = self._connection is None
        if fresh:
            self._use(self._open())
        assert self._cursor is not None
        try:
            self._cursor.execute("BEGIN")
        except psycopg.OperationalError:
            if fresh:
                raise
            # Idle and dead: closed by the server, or its network while we were frozen. Nothing was
            # said on it yet.
            self._drop()
            self._use(self._open())
            self._cursor.execute("BEGIN")
        self._begun = True

    def _use(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def _drop(self) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        self._begun = False
        if connection is not None:
            _close(connection)
            if self._give_back is not _close:
                self._give_back(connection)  # a pool wants its dead back, to count them


class Pool:
    """Connections of a container that works and serves at once; ``psycopg_pool`` underneath."""

    def __init__(self, dsn: str, most: int = 4, plaintext: str = "") -> None:
        from psycopg_pool import ConnectionPool

        _refuse_now(dsn, plaintext)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            lambda: secured(dsn, plaintext),  # each connection is looked at
            kwargs={"autocommit": True, "prepare_threshold": None},
            min_size=0,
            max_size=most,
            check=ConnectionPool.check_connection,  # one that died idle is replaced, not lent
            timeout=10.0,
            open=True,
            name="payouts",
        )

    @contextmanager
    def store(self) -> Iterator[PostgresStore]:
        """A store whose connection goes back to the pool at the end."""
        with PostgresStore(self._take, self._pool.putconn) as store:
            yield store

    def _take(self) -> Connection:
        from psycopg_pool import PoolTimeout

        try:
            return self._pool.getconn()
        except PoolTimeout as error:
            raise StoreError(f"no connection to the ledger: {_brief(error)}") from None

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _close(connection: Connection) -> None:
    connection.close()


def _brief(error: Exception) -> str:
    """The first line of a message: the next ones may quote values."""
    diagnostics = getattr(error, "diag", None)
    primary = getattr(diagnostics, "message_primary", None)
    return str(primary or error).partition("\n")[0]


def _as_store_error(error: psycopg.Error, said: str) -> StoreError:
    state = error.sqlstate or ""
    text = f"{said}: {_brief(error)}"
    if state in _BUSY:
        return StoreBusy(text)
    if state == "PY001":
        return StoreRefused(_brief(error))
    if state in _REFUSED or state.startswith(("22", "23")) or isinstance(error, psycopg.DataError):
        return StoreRefused(text)
    return StoreError(text)
