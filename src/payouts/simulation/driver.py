"""Carries out one piece of the core in the simulated world, and pulls the plug where it can.

What ``payouts.io`` does with psycopg and urllib3, this does with the simulated ledger and network,
command by command. Between two commands the process may freeze for minutes or days, lose its
connection, or die: its transaction rolls back then, a commit may have taken effect or not, and of
the requests of a ``Send`` any subset may have reached the partner and been paid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from payouts.ports import Commit, Core, Emit, Send, Statement, StoreBusy, StoreError, WaitUntil
from payouts.simulation.loop import Loop
from payouts.simulation.network import Network
from payouts.simulation.store import Connection, Ledger
from payouts.simulation.transactions import Blocked

Result = TypeVar("Result")

#: One statement on a database near by; the exact value decides nothing, its spread mixes workers.
_STATEMENT_SECONDS = 0.002
_PAUSE_SECONDS_MOST = 2 * 86_400.0


#: What may happen to a process.
KINDS = ("crash-before", "crash-after", "pause-before", "pause-after", "connection-lost")


class Died(Exception):
    """The process is gone, with everything it had in memory."""


@dataclass(slots=True)
class Clocks:
    """What one machine believes the time is. The monotonic clock starts anywhere and drifts."""

    loop: Loop
    wall_skew: float = 0.0
    monotonic_start: float = 0.0
    drift: float = 1.0  #: seconds shown per second passed

    def monotonic(self) -> float:
        return self.monotonic_start + self.loop.now * self.drift

    def wall(self) -> float:
        return self.loop.now + self.wall_skew

    def seconds_until(self, monotonic: float) -> float:
        return max(0.0, (monotonic - self.monotonic()) / self.drift)


@dataclass(slots=True)
class Misfortune:
    """When the next bad thing happens to a process, in commands, and which."""

    chance: Random
    #: Mean number of commands between two bad things; 0: never.
    mean_commands: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)
    kinds: tuple[str, ...] = KINDS
    _left: int = -1

    def next(self) -> str:
        """Return what happens at this command, usually nothing."""
        if self._left > 0:
            self._left -= 1
            return ""
        if self.mean_commands <= 0:
            return ""
        if self._left == 0:
            self._left = 1 + int(self.chance.expovariate(1 / self.mean_commands))
            kind = self.chance.choice(self.kinds)
            self.happened[kind] += 1
            return kind
        self._left = 1 + int(self.chance.expovariate(1 / self.mean_commands))
        return ""

    def calm(self) -> None:
        self.mean_commands = 0.0
        self._left = -1

    def pause_seconds(self) -> float:
        """Mostly seconds to minutes, now and then days: every magnitude is as likely."""
        return float(10 ** self.chance.uniform(-1, 5.24)) % _PAUSE_SECONDS_MOST


@dataclass(slots=True)
class Machine:
    """Where a process runs: its clocks, its luck, and the way to the ledger and the partner.

    A bare one is near its ledger and makes the requests of a ``Send`` all at once. The fields below
    ``emitted`` place it elsewhere: far from the ledger, behind a gate, with few lanes.
    """

    loop: Loop
    ledger: Ledger
    network: Network
    clocks: Clocks
    misfortune: Misfortune
    chance: Random
    answer_seconds: float = 30.0
    lock_timeout_seconds: float = 2.0
    idle_in_transaction_seconds: float = 60.0
    #: The ledger is reached through the backend: each sentence is a transaction of its own.
    commits_each: bool = False
    emitted: Counter[str] = field(default_factory=Counter)
    #: One statement, and one commit, take up to so long.
    statement_seconds: float = _STATEMENT_SECONDS
    commit_seconds: float = _STATEMENT_SECONDS
    session_seconds: float = 0.0  #: opening a session
    #: A session outlives the piece of the core it was opened for, as a process keeps it.
    keeps_session: bool = False
    #: Asked before each statement: ``None`` lets it through, else it fails after so many seconds.
    gate: Callable[[], float | None] | None = None
    #: Requests of one ``Send`` under way at the same time; 0: all of them.
    abreast: int = 0
    hangs: bool = False  #: it stops in the middle of a ``Send`` and does nothing more
    sink: Callable[[Emit], None] | None = None
    session: Connection | None = None
    ended: bool = False
    # what it did, for whoever counts
    statements: int = 0
    requests: int = 0
    payouts: int = 0  #: sends and look-ups, each about one payout
    lane_seconds: float = 0.0  #: their answers' times, one after the other
    payouts_seconds: float = 0.0  #: in which they were waited for
    statements_seconds: float = 0.0
    requests_seconds: float = 0.0

    def end_session(self) -> None:
        """Close what it keeps open: its process is gone."""
        self.ended = True
        if self.session is not None:
            self.session.close()
            self.session = None


def drive(core: Core[Result], machine: Machine) -> Generator[Any, Any, Result]:
    """Run a piece of the core to its end; raises ``Died`` or what the core raises."""
    connection, machine.session = machine.session, None
    answer: Any = None
    error: StoreError | None = None
    misfortune, chance, loop = machine.misfortune, machine.chance, machine.loop
    try:
        while True:
            try:
                command = core.send(answer) if error is None else core.throw(error)
            except StopIteration as end:
                result: Result = end.value
                if machine.keeps_session and connection is not None and connection.alive:
                    connection.rollback()
                    machine.session, connection = connection, None
                return result
            answer, error = None, None
            trouble = misfortune.next()
            if trouble == "crash-before":
                raise Died
            if trouble == "pause-before":
                yield from _pause(machine, connection)
            kind = type(command)
            try:
                if kind is Send:
                    assert isinstance(command, Send)
                    since = loop.now
                    machine.requests += len(command.requests)
                    answer = yield from machine.network.send(command, machine, trouble)
                    machine.requests_seconds += loop.now - since
                elif kind is Commit:
                    if machine.commit_seconds:
                        yield machine.commit_seconds * chance.random()
                    _commit(connection, trouble, chance)
                elif kind is Emit:
                    assert isinstance(command, Emit)
                    machine.emitted[command.event] += 1
                    if machine.sink is not None:
                        machine.sink(command)
                elif kind is WaitUntil:
                    assert isinstance(command, WaitUntil)
                    yield machine.clocks.seconds_until(command.monotonic)
                else:
                    assert isinstance(command, Statement)
                    # From afar a request may be lost, or carried out and its answer lost.
                    answer_lost = (
                        machine.commits_each
                        and trouble == "connection-lost"
                        and chance.random() < 0.5
                    )
                    if answer_lost:
                        trouble = ""
                    since = loop.now
                    machine.statements += 1
                    shut = None if machine.gate is None else machine.gate()
                    if shut is not None:
                        yield shut
                        raise StoreError("the ledger cannot be reached")
                    if connection is not None and (
                        trouble == "connection-lost" or not connection.alive
                    ):
                        # Found broken between transactions it is opened anew; else one is lost.
                        connection.close()
                        lost = connection.broken or trouble == "connection-lost"
                        connection = None
                        if lost:
                            raise StoreError("the connection was lost")
                    if connection is None:
                        connection = machine.ledger.connect(ours=not machine.commits_each)
                        if machine.session_seconds:
                            yield machine.session_seconds
                    yield machine.statement_seconds * chance.random()
                    answer = yield from _execute(connection, command, machine)
                    if machine.commits_each:
                        connection.commit()
                        if answer_lost:
                            raise StoreError("the ledger did not answer")
                    machine.statements_seconds += loop.now - since
            except StoreError as failure:
                error = failure
            if trouble == "crash-after":
                raise Died
            if trouble == "pause-after":
                yield from _pause(machine, connection)
    finally:
        core.close()
        if connection is not None:
            connection.close()


def _execute(
    connection: Connection, statement: Statement, machine: Machine
) -> Generator[float, Any, Any]:
    """Carry out a statement; wait for a lock as long as ``lock_timeout`` allows."""
    waited, wait = 0.0, 0.001
    while True:
        try:
            return connection.attempt(statement)
        except Blocked:
            if waited >= machine.lock_timeout_seconds:
                connection.rollback()
                raise StoreBusy(f"{type(statement).__name__}: lock time-out") from None
        yield wait
        waited += wait
        wait *= 2


def _commit(connection: Connection | None, trouble: str, chance: Random) -> None:
    """Commit; a connection that is lost meanwhile leaves open whether it took effect."""
    if connection is None or not (connection.alive or connection.broken):
        return
    if trouble == "connection-lost":
        if chance.random() < 0.5:
            connection.commit()
        connection.close()
        raise StoreError("the connection was lost during the commit")
    connection.commit()


def _pause(machine: Machine, connection: Connection | None) -> Generator[float, Any, None]:
    """Freeze. The world goes on; a server ends a transaction that stays idle."""
    seconds = machine.misfortune.pause_seconds()
    idle = machine.idle_in_transaction_seconds
    if connection is not None and connection.in_transaction and seconds > idle:
        yield idle
        connection.close()
        seconds -= idle
    yield seconds
