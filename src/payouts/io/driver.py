"""Carries out the core's commands for real: the thin end of the runtime.

Everything that is decided is decided in ``payouts.core``; here a command is done and its answer
handed back. So that a stop never tears a round apart, a worker that was asked to stop is told that
nothing more is due: it writes down what it has and ends by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from payouts.core.tick import tick as core_tick
from payouts.core.worker import TickReport, Worker
from payouts.ledger.statements import Take
from payouts.limits import Limits
from payouts.ports import (
    Answer,
    Commit,
    Core,
    Emit,
    Request,
    Send,
    Statement,
    StoreError,
    WaitUntil,
)

Result = TypeVar("Result")

Sink = Callable[[Emit], None]


class WaitingClock(Protocol):
    def monotonic(self) -> float: ...
    def wait_until(self, monotonic: float, stop: threading.Event) -> bool: ...


class Store(Protocol):
    """One transaction at a time; a refused statement rolls it back."""

    def execute(self, statement: Any) -> Any: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Channel(Protocol):
    def send_all(self, requests: tuple[Request, ...], not_after: float) -> tuple[Answer, ...]: ...


def run(
    core: Core[Result],
    store: Store,
    channel: Channel | None,
    clock: WaitingClock,
    sink: Sink,
    stop: threading.Event | None = None,
) -> Result:
    """Carry out a piece of the core; return its result.

    What a ``StoreError`` means is the core's to say, so it is raised where the core waits. Any
    other error ends the core. Either way no transaction stays open.
    """
    stopping = stop or threading.Event()
    answer: Any = None
    trouble: StoreError | None = None
    try:
        while True:
            try:
                command = core.send(answer) if trouble is None else core.throw(trouble)
            except StopIteration as ended:
                result: Result = ended.value
                return result
            answer, trouble = None, None
            try:
                if isinstance(command, Statement):
                    if isinstance(command, Take) and stopping.is_set():
                        answer = ()
                    else:
                        answer = store.execute(command)
                elif isinstance(command, Commit):
                    store.commit()
                elif isinstance(command, Send):
                    if channel is None:
                        raise RuntimeError("this piece of the core was to make no requests")
                    answer = channel.send_all(command.requests, command.not_after)
                elif isinstance(command, Emit):
                    sink(command)
                elif isinstance(command, WaitUntil):
                    clock.wait_until(command.monotonic, stopping)
                else:
                    raise TypeError(f"not a command: {command!r}")
            except StoreError as error:
                trouble = error
    finally:
        core.close()
        store.rollback()


def tick(
    clock: WaitingClock,
    http: Channel,
    store: Store,
    limits: Limits,
    *,
    worker: Worker,
    sink: Sink,
    stop: threading.Event | None = None,
) -> TickReport:
    """Do what is due for one partner within these limits: the one entry point of every face.

    It can be stopped anywhere, by ``stop`` or by ending the process: the ledger holds all there is
    to know. The worker remembers the ledger's position for its next tick.
    """
    working = replace(worker, limits=limits, clock=clock)
    try:
        return run(core_tick(working), store, http, clock, sink, stop)
    finally:
        worker.witness = max(worker.witness, working.witness)
