"""A world of one payout that can be forked: what the exhaustive search walks through.

Generators cannot be copied. What a live tick knows follows from what it was answered, so a fork
keeps the answers and the times at which they came, and feeds them to a fresh generator when that
tick goes on. Everything else is a value or copied in a few lines.
"""

from __future__ import annotations

from typing import Any

from payouts.core.notify import notify
from payouts.core.tick import tick
from payouts.core.worker import Worker
from payouts.ledger.statements import (
    BeginSends,
    Enqueue,
    Intervene,
    Quarantine,
)
from payouts.limits import Limits
from payouts.outcome import Merchant, Notice
from payouts.ports import (
    Commit,
    Core,
    Emit,
    Send,
    Statement,
    StoreError,
    WaitUntil,
)
from payouts.simulation.lives import START, Clock, Life, row_key
from payouts.simulation.rows import Row, StandingRow
from payouts.simulation.rules import (
    ASKED,
    PARTNER,
    Violation,
    judge_begun,
    judge_books,
    judge_commit,
)
from payouts.simulation.small_network import sent
from payouts.simulation.small_partner import Books, SmallPartner
from payouts.simulation.store import Connection, Ledger, Snapshot
from payouts.simulation.transactions import Transaction
from payouts.states import Status

LIMITS = Limits()
_MERCHANT = Merchant(base_url="http://partner.invalid", settings={})
_PARTNER = SmallPartner()
_IDLE_IN_TRANSACTION_SECONDS = 60.0


class World:
    """The ledger, the partner, up to two ticks under way, and the time."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.now = START
        self.ledger = Ledger(self._clock)
        self.books = Books()
        self.lives: dict[str, Life] = {}
        self.running = ""  #: whose turn it is
        self.witnesses = {"A": 0, "B": 0}
        self.names = 0
        self.dumps: dict[str, tuple[Snapshot, float]] = {}
        self.restores = 0
        self.notices = 0
        self.holder = 0  #: which tick had the last lease, as the judge saw it
        self.released = False  #: a person let it pass the limit of one payout
        self.absent = False  #: a look-up since the last send found nothing
        self.listed: frozenset[int] = frozenset()  #: pages of the list read since the last restore
        self.said: frozenset[str] = frozenset()  #: what the partner said in any answer
        self.asked = False  #: a webhook or a person asked for a look-up: none is too early then
        self.asks_late = False  #: the backend asks again only after the quarantine
        self.sends: tuple[float, ...] = ()  #: that count: made, and not certainly turned away

    def _clock(self) -> float:
        return self.now

    # Forking -----------------------------------------------------------------------------------

    def fork(self) -> World:
        new = World(self.limits)
        new.now = self.now
        new.ledger.restore(self.ledger.snapshot(), noticed=False)
        new.ledger.place = self.ledger.place
        new.books, new.running, new.names = self.books, self.running, self.names
        new.witnesses = dict(self.witnesses)
        new.dumps = dict(self.dumps)
        new.restores, new.notices = self.restores, self.notices
        new.holder = self.holder
        new.asks_late, new.sends = self.asks_late, self.sends
        new.asked, new.released, new.absent, new.listed, new.said = (
            self.asked,
            self.released,
            self.absent,
            self.listed,
            self.said,
        )
        for slot, life in self.lives.items():
            copy = Life(
                life.name,
                life.number,
                life.witness,
                life.restores,
                life.heard,
                life.said,
                life.moments,
                life.fence,
                life.quarantine,
                life.command,
                life.begun,
                life.committed,
                life.committed_at,
                Clock(self.now),
            )
            old = life.connection
            if old is not None:
                copy.connection = _copied(old, new.ledger)
            new.lives[slot] = copy
        return new

    def key(self) -> int:
        """A hash of what distinguishes this state from others, with times seen from now.

        64 bits: among ten million states two share one with a chance below 1 in 100,000.
        """
        return hash(self._state())

    def _state(self) -> Any:
        ledger, now = self.ledger, self.now
        row = self.row
        standing = self.standing
        fence = 0 if row is None else row.fence
        owners = {life.name: slot for slot, life in self.lives.items()}
        lives = tuple(
            (
                slot,
                life.restores == self.restores,
                life.begun,
                life.committed,
                None if life.connection is None else life.connection.alive,
                life.in_transaction,
                life.said,
                fence - life.fence,
                *[now - at for at in life.moments],
            )
            for slot, life in sorted(self.lives.items())
        )
        return (
            row_key(row, now, owners),
            standing
            and (
                standing.place == ledger.place,
                standing.quarantine_since and now - standing.quarantine_since,
                # Whether what each worker read at the beginning of its tick is still this one.
                tuple(
                    life.quarantine == repr(standing.quarantine_since)
                    for life in self.lives.values()
                ),
                max(0.0, standing.breaker_until - now),
                standing.failures,
                standing.no_funds,
                standing.stopped,
                standing.paused,
                standing.reconcile_page,
                standing.reconciled_day,
                tuple(seen > standing.position for seen in self.witnesses.values()),
            ),
            tuple(sorted(key[2] for key in ledger.table if key[0] == "orphan")),
            tuple(
                one._replace(first_at=now - one.first_at, changes_at=max(0, one.changes_at - now))
                for one in self.books.transactions
            ),
            tuple((at - now, body) for at, body in self.books.under_way),
            lives,
            self.running,
            tuple(sorted(self.dumps)),
            self.restores,
            self.notices,
            self.asks_late,
            (self.asked, self.released, self.absent),
            (tuple(sorted(self.listed)), tuple(sorted(self.said))),
            tuple(now - at for at in self.sends),
            int(now // 86400),
        )

    @property
    def row(self) -> Row | None:
        return next(iter(self.ledger.rows.values()), None)

    @property
    def standing(self) -> StandingRow | None:
        found: StandingRow | None = self.ledger.table.get(("standing", PARTNER))
        return found

    @property
    def quarantined(self) -> bool:
        standing = self.standing
        return standing is not None and (
            standing.quarantine_since is not None or standing.place != self.ledger.place
        )

    # What happens ------------------------------------------------------------------------------

    def say(self, statement: Statement) -> Any:
        """A transaction of somebody else: the backend, a webhook, a person."""
        connection = self.ledger.connect()
        try:
            answer = connection.execute(statement)
            connection.commit()
            return answer
        finally:
            connection.close()

    def enqueue(self) -> None:
        self.say(Enqueue(ASKED))

    def webhook(self) -> None:
        self.notices += 1
        self.asked = True
        dedupe = f"notice-{self.notices}"
        self._carry(notify(self._worker("hook"), (Notice(dedupe, ASKED.key, None, "look"),)))
        if ("notice", PARTNER, dedupe) not in self.ledger.table:
            raise Violation("a webhook is acknowledged and forgotten")

    def _carry(self, core: Core[Any]) -> None:
        """Carry out a short piece of the core that asks the ledger only."""
        connection = self.ledger.connect()
        answer: Any = None
        try:
            while True:
                command = core.send(answer)
                answer = None
                if isinstance(command, Commit):
                    connection.commit()
                elif isinstance(command, Statement):
                    answer = connection.execute(command)
        except StopIteration:
            return
        finally:
            connection.close()

    def _worker(self, name: str, witness: int = 0, clock: Clock | None = None) -> Worker:
        return Worker(
            name=name,
            partner_id=PARTNER,
            partner=_PARTNER,
            merchant=_MERCHANT,
            limits=self.limits,
            clock=clock or Clock(self.now),
            witness=witness,
        )

    def person(self, action: str) -> None:
        self.released |= action == "release"
        self.asked = True
        self.say(
            Intervene(
                PARTNER,
                ASKED.reference,
                action,
                "person",
                "test",
                self.limits.not_paid_after_seconds,
            )
        )

    def dump(self, label: str) -> None:
        self.dumps.setdefault(label, (self.ledger.snapshot(), self.now))

    def restore(self, label: str, noticed: bool = True) -> None:
        """The database comes back from a dump; what was in a worker's memory goes on.

        If the ledger cannot see it by itself, somebody declares it.
        """
        for life in self.lives.values():
            if life.connection is not None:
                life.connection.close()
        self.ledger.restore(self.dumps[label][0], noticed)
        if not noticed:
            self.say(Quarantine(PARTNER, True, "restored from a dump"))
        self.restores += 1
        self.holder = 0
        self.listed = frozenset()

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.books = self.books.arrived(self.now)
        if seconds >= _IDLE_IN_TRANSACTION_SECONDS:
            for life in self.lives.values():
                if life.in_transaction:
                    assert life.connection is not None
                    life.connection.close()
        judge_books(self)

    def start(self, slot: str) -> None:
        self.names += 1
        life = Life(f"{slot}{self.names}", self.names, self.witnesses[slot], self.restores)
        self.lives[slot] = life
        self.running = slot
        self._resume(slot, None)

    def die(self, slot: str) -> None:
        """The process is gone: its transaction rolls back, what it remembered is lost."""
        life = self.lives.pop(slot)
        if life.core is not None:
            life.core.close()
        if life.connection is not None and life.connection.alive:
            life.connection.close()
        self.witnesses[slot] = 0
        self._turn()

    def step(self, slot: str, how: str = "") -> None:
        """Carry out what a tick waits for and let it go on to its next command."""
        life = self.lives[slot]
        self.running = slot
        self.books = self.books.arrived(self.now)
        try:
            answer = self._carried_out(life, how)
        except StoreError as error:
            life.begun = 0
            answer = error
        self._resume(slot, answer)

    def _carried_out(self, life: Life, how: str) -> Any:
        command = life.command
        if isinstance(command, Send):
            return sent(self, life, command, how)
        if isinstance(command, WaitUntil):
            self.passes(max(0.0, command.monotonic + START - self.now))
            return None
        connection = life.connection
        if connection is not None and not connection.alive:
            life.connection = None
            if connection.broken:
                raise StoreError("the connection was lost")
            connection = None
        if how == "connection lost" and connection is not None:
            connection.close()
            life.connection = None
            raise StoreError(how)
        if isinstance(command, Commit):
            if how == "commit fails" and connection is not None:
                connection.rollback()
                raise StoreError(how)
            if connection is not None:
                self._commit(life, connection)
            if how == "commit is lost":
                raise StoreError(how)
            return None
        assert isinstance(command, Statement)
        if connection is None:
            connection = life.connection = self.ledger.connect()
        answer = connection.execute(command)
        if isinstance(command, BeginSends) and answer:
            judge_begun(self)
            life.begun += len(answer)
        return answer

    def _commit(self, life: Life, connection: Connection) -> None:
        before, quarantined = self.row, self.quarantined
        connection.commit()
        judge_commit(self, life, before, quarantined)
        after = self.row
        if life.begun:
            life.committed += life.begun
            life.committed_at = self.now
            life.begun = 0
        if after is not None and after is not before:
            if after.status is Status.SENDING:
                self.dump("sending")
            elif after.status is Status.UNKNOWN:
                self.dump("unknown")

    def _resume(self, slot: str, answer: Any) -> None:
        life = self.lives[slot]
        if life.core is None:
            self._feed(life)
        core = life.core
        assert core is not None
        while True:
            life.clock.now = self.now
            life.hear(self.now, answer)
            try:
                if isinstance(answer, StoreError):
                    life.command = core.throw(answer)
                else:
                    life.command = core.send(answer)
            except StopIteration:
                break
            except StoreError:
                break
            except (AssertionError, LookupError, TypeError, ValueError) as error:
                raise Violation(f"the core raises {type(error).__name__}: {error}") from error
            if not isinstance(life.command, Emit):
                return
            answer = None
        del self.lives[slot]
        if life.connection is not None and life.connection.alive:
            life.connection.close()
        self._turn()

    def _feed(self, life: Life) -> None:
        """Bring a fresh generator to where the tick stood."""
        life.core = core = tick(self._worker(life.name, life.witness, life.clock))
        for at, answer in life.heard:
            life.clock.now = at
            if isinstance(answer, StoreError):
                core.throw(answer)
            else:
                core.send(answer)

    def _turn(self) -> None:
        self.running = next(iter(self.lives), "")


def _copied(old: Connection, ledger: Ledger) -> Connection:
    """A connection to the forked ledger with the same transaction open."""
    new = ledger.connect()
    if not old.alive:
        new.close()
        new.broken = old.broken
        return new
    was = old._transaction
    if was is not None:
        new._transaction = transaction = Transaction(ledger)
        transaction.rows = {number: row.copy() for number, row in was.rows.items()}
        transaction.table, transaction.days = dict(was.table), dict(was.days)
        transaction.held = list(was.held)
        ledger.locks.update(dict.fromkeys(was.held, transaction))
    return new
