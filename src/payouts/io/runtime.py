"""One worker put together from its configuration: what every face starts with.

A ``Runtime`` belongs to one thread: it has a name of its own in the ledger, its own way to the
partner and, through ``stores``, a connection while it needs one. Nothing is opened or loaded before
it is used, because a function is billed from the moment it starts.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from payouts.core.people import act
from payouts.core.worker import TickReport, Worker
from payouts.idempotency import derived_key
from payouts.io import driver
from payouts.io.clock import SystemClock
from payouts.io.config import BadConfig, Config
from payouts.io.logs import publishing
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import Partner
from payouts.partners import runtime_for
from payouts.payout import Method, Payout, PayoutRefused
from payouts.ports import Answer, Core, Emit, NotSent, Request, Statement, StoreError

if TYPE_CHECKING:
    from payouts.io.http import PartnerChannel, Signer
    from payouts.outcome import Merchant

Result = TypeVar("Result")
Opened = TypeVar("Opened")


class Ledger(driver.Store, Protocol):
    """A way to the ledger: a connection, or a backend that has one."""

    def connections_free(self) -> int | None: ...
    def close(self) -> None: ...


Stores = Callable[[], AbstractContextManager[Ledger]]


def open_postgres(dsn: str, opened: Callable[[str], Opened]) -> Opened:
    """Open something at a database's address; say in our words what is wrong with the address."""
    import psycopg

    from payouts.io.postgres import InsecureConnection

    try:
        return opened(dsn)
    except InsecureConnection as error:
        raise BadConfig(str(error), "database", "correct the address") from None
    except psycopg.ProgrammingError:
        # libpq's message quotes the address, and the address may hold a password.
        raise BadConfig(
            "not an address that libpq can read", "database", "escape special characters"
        ) from None


def open_ledger(config: Config) -> Ledger:
    """Return a way to the ledger; nothing is connected before the first statement."""
    if config.database.startswith("https:") or config.ledger_secret:
        from payouts.io.remote import RemoteStore

        try:
            return RemoteStore(
                config.database, config.ledger_secret, SystemClock(), ca_file=config.ca_file
            )
        except ValueError as error:
            raise BadConfig(str(error), "database", "correct the address") from None
    from payouts.io.postgres import PostgresStore

    plaintext = config.database_plaintext
    return open_postgres(config.database, lambda dsn: PostgresStore(dsn, plaintext=plaintext))


def open_channel(
    config: Config,
    signer: Signer,
    merchant: Merchant,
    clock: SystemClock,
    *,
    concurrency: int,
    where: str = "base_url",
    **more: Any,
) -> PartnerChannel:
    """Return a way to a partner's product; nothing is connected before the first request."""
    import ssl

    from payouts.io.http import PartnerChannel, UnsafeAddress

    try:
        context = None
        if config.ca_file and merchant.base_url.startswith("https:"):
            context = ssl.create_default_context(cafile=config.ca_file)
        return PartnerChannel(
            signer,
            merchant,
            config.credentials,
            clock,
            answer_seconds=config.limits.answer_seconds,
            concurrency=concurrency,
            ssl_context=context,
            **more,
        )
    except UnsafeAddress as error:
        raise BadConfig(str(error), where, "correct the address") from None
    except OSError as error:
        raise BadConfig(
            f"the certificates cannot be read: {error.strerror}", "ca_file", "check the path"
        ) from None


def kept(config: Config) -> Stores:
    """Return a source of one ledger connection, opened once and kept: for one thread."""
    ledgers: list[Ledger] = []

    @contextmanager
    def opened() -> Iterator[Ledger]:
        if not ledgers:
            ledgers.append(open_ledger(config))
        yield ledgers[0]

    return opened


class _Dry:
    """A ledger on which nothing lasts: what is said is answered, and taken back."""

    def __init__(self, ledger: Ledger) -> None:
        self.execute = ledger.execute
        self.commit = self.rollback = ledger.rollback


class _Silent:
    """A way to the partner on which nothing is sent."""

    def send_all(self, requests: tuple[Request, ...], not_after: float) -> tuple[Answer, ...]:
        return tuple(NotSent("dry run") for _ in requests)


def _check_settings(partner: Partner, config: Config) -> None:
    """Let the partner's file write and sign one request, so that a bad setting shows at once."""
    key = derived_key(config.partner_id, "check")
    card = Method.DEBIT_CARD
    payout = Payout(0, config.partner_id, "check", key, "check", "check", card, Money(1, "USD"))
    try:
        try:
            request = partner.request_for(payout, config.merchant, "check")
        except PayoutRefused:  # this partner has no cards: that says nothing of the settings
            request = partner.list_for("2026-01-01", "2026-01-01", 1, config.merchant, "check")
        partner.signed(request, config.merchant, config.credentials, 0.0)
    except (ValueError, KeyError) as error:
        raise BadConfig(str(error), "merchant or credentials", "add or correct it") from None


class Runtime:
    """Carries out pieces of the core for one partner."""

    def __init__(self, config: Config, stores: Stores, sink: Callable[[Emit], None]) -> None:
        self.config = config
        self.sink = publishing(sink, config.metrics)
        self.clock = SystemClock()
        self._stores = stores
        self._channel: PartnerChannel | None = None
        try:
            partner = runtime_for(config.partner_id)
        except LookupError as error:
            raise BadConfig(
                str(error), "partner", "choose a partner that can be paid through"
            ) from None
        _check_settings(partner, config)
        # A lease is held by a name, so no two processes, ever, may have the same.
        name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(6)}"
        self.worker = Worker(
            name=name,
            partner_id=config.partner_id,
            partner=partner,
            merchant=config.merchant,
            limits=config.limits,
            clock=self.clock,
        )

    def tick(self, stop: threading.Event | None = None, limits: Limits | None = None) -> TickReport:
        """Do what is due; see ``driver.tick``."""
        within = limits or self.config.limits
        channel = self.channel()
        channel.answer_seconds = within.answer_seconds
        with self._stores() as store:
            report = driver.tick(
                self.clock, channel, store, within, worker=self.worker, sink=self.sink, stop=stop
            )
            self._watch_connections(store)
            return report

    def carry(
        self, core: Core[Result], *, sends: bool = False, channel: driver.Channel | None = None
    ) -> Result:
        """Carry out a piece of the core; ``sends``: it may make requests to the partner.

        ``channel``: they go another way than those about payouts.
        """
        channel = channel or (self.channel() if sends else None)
        with self._stores() as store:
            return driver.run(core, store, channel, self.clock, self.sink)

    def rehearse(
        self, core: Core[Result], *, reads: bool = False, channel: driver.Channel | None = None
    ) -> Result:
        """Carry out a piece of the core without leaving a trace; return what it would have.

        Each commit takes back instead, and nothing is sent. ``reads``: its requests only read, so
        they are made.
        """
        channel = channel or (self.channel() if reads else _Silent())
        with self._stores() as store:
            if getattr(store, "commits_each", False):
                raise BadConfig(
                    "a dry run needs a ledger that can take back what was said",
                    "database",
                    "run it beside the database",
                )
            return driver.run(core, _Dry(store), channel, self.clock, self.sink)

    def say(self, statement: Statement) -> Any:
        """Say one sentence to the ledger, committed."""
        return self.carry(act(statement))

    def channel(self) -> PartnerChannel:
        """Return the way to the partner, made at the first call."""
        if self._channel is None:
            self._channel = open_channel(
                self.config,
                self.worker.partner,
                self.config.merchant,
                self.clock,
                concurrency=self.config.limits.concurrency,
            )
        return self._channel

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _watch_connections(self, store: Ledger) -> None:
        try:
            free = store.connections_free()
        except StoreError:
            return  # the tick is done; the next one says what is wrong
        if free is None:
            return
        fields = {"partner": self.config.partner_id}
        self.sink(Emit("connections", fields, {"ConnectionsFree": free}))
