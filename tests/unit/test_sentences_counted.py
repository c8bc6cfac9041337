"""What a tick says to the ledger is what designs count as calls through the backend."""

from __future__ import annotations

from collections import Counter
from typing import Any

from frugal.patterns.parts import SENTENCES_PER_BEAT, SENTENCES_PER_ROUND
from payouts.core.tick import tick
from payouts.core.worker import Worker
from payouts.ledger.statements import Enqueue
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import Merchant
from payouts.partners import fiserv_ddp
from payouts.payout import Method, NewPayout
from payouts.ports import Commit, NoAnswer, Send, Statement
from payouts.simulation.store import Ledger

NOW = 1_767_592_800.0
MERCHANT = Merchant(base_url="http://partner.invalid/ddp", settings={"payment_type": "Claims"})


class Clock:
    def monotonic(self) -> float:
        return 0.0


def sentences(payouts: int) -> int:
    """Run a second tick of a day (the first one also notes the day) and count its sentences."""
    ledger = Ledger(lambda: NOW)
    store = ledger.connect()
    worker = Worker(
        name="w1",
        partner_id="fiserv_ddp",
        partner=fiserv_ddp,
        merchant=MERCHANT,
        limits=Limits(),
        clock=Clock(),
    )
    _run(tick(worker), store)
    for number in range(payouts):
        new = NewPayout(
            "fiserv_ddp", f"o-{number}", "c-1", "tok_a", Method.DEBIT_CARD, Money(100, "USD")
        )
        store.execute(Enqueue(new))
    store.commit()
    return _run(tick(worker), store).total()


def _run(core: Any, store: Any) -> Counter[str]:
    said: Counter[str] = Counter()
    answer: Any = None
    while True:
        try:
            command = core.send(answer)
        except StopIteration:
            return said
        answer = None
        if isinstance(command, Statement):
            said[type(command).__name__] += 1
            answer = store.execute(command)
        elif isinstance(command, Commit):
            store.commit()
        elif isinstance(command, Send):
            answer = tuple(NoAnswer("time-out") for _ in command.requests)


def test_an_idle_tick() -> None:
    """With nothing due a tick begins, asks what is due, and measures."""
    assert sentences(0) == SENTENCES_PER_BEAT


def test_a_tick_with_one_round() -> None:
    """A round begins its sends, records them and asks again; a failure noted is one more."""
    assert sentences(3) == SENTENCES_PER_BEAT + SENTENCES_PER_ROUND + 1
