"""The driver: each command is carried out once, and nothing stays open."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from payouts.io import driver
from payouts.io.clock import SystemClock
from payouts.ledger.statements import Measure, Take
from payouts.ports import (
    Commit,
    Core,
    Emit,
    NotSent,
    Request,
    Send,
    StoreError,
    StoreRefused,
    WaitUntil,
)

TAKE = Take("p", "w", 5, 60.0, True)


class Store:
    """Writes down what it is told; refuses ``Measure``."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def execute(self, statement: Any) -> Any:
        self.heard.append(type(statement).__name__)
        if isinstance(statement, Measure):
            raise StoreRefused("no")
        return ("one",)

    def commit(self) -> None:
        self.heard.append("commit")

    def rollback(self) -> None:
        self.heard.append("rollback")


class Channel:
    def send_all(self, requests: tuple[Request, ...], not_after: float) -> tuple[Any, ...]:
        return tuple(NotSent("test") for _ in requests)


def carry(core: Core[Any], store: Store, stop: threading.Event | None = None) -> Any:
    said: list[str] = []
    clock = SystemClock()
    result = driver.run(core, store, Channel(), clock, lambda emit: said.append(emit.event), stop)
    return result, said


def test_commands_are_answered_in_order() -> None:
    """Statement, send, emit, wait, commit; the result comes back."""

    def core() -> Core[Any]:
        taken = yield TAKE
        answers = yield Send((Request("GET", "/"),), 1.0)
        yield Emit("seen")
        yield WaitUntil(0.0)
        yield Commit()
        return taken, answers

    store = Store()
    result, said = carry(core(), store)
    assert result == (("one",), (NotSent("test"),))
    assert said == ["seen"]
    assert store.heard == ["Take", "commit", "rollback"]


def test_a_store_error_is_raised_where_the_core_waits() -> None:
    """The core may answer it and go on."""

    def core() -> Core[str]:
        try:
            yield Measure("p")
        except StoreError as error:
            yield Commit()
            return str(error)
        return "not raised"

    assert carry(core(), Store())[0] == "no"


def test_whatever_ends_the_core_nothing_stays_open() -> None:
    """A bug after a statement rolls back."""

    def core() -> Core[None]:
        yield TAKE
        raise ZeroDivisionError

    store = Store()
    with pytest.raises(ZeroDivisionError):
        carry(core(), store)
    assert store.heard == ["Take", "rollback"]


def test_asked_to_stop_nothing_more_is_taken() -> None:
    """What is in hand is still written down; a wait ends at once."""

    def core() -> Core[Any]:
        yield WaitUntil(SystemClock().monotonic() + 3600)
        yield Commit()
        return (yield TAKE)

    stop = threading.Event()
    stop.set()
    store = Store()
    assert carry(core(), store, stop)[0] == ()
    assert store.heard == ["commit", "rollback"]


def test_a_wait_ends_when_a_stop_comes_in_the_middle() -> None:
    """The stop event wakes the sleeper, it does not wait to be polled."""
    stop = threading.Event()
    clock = SystemClock()
    began = clock.monotonic()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    assert clock.wait_until(began + 30, stop)
    assert clock.monotonic() - began < 5
    timer.join()
