"""One tick, fed by hand: which command follows which, and what a failure in between leaves out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from payouts.core.tick import tick
from payouts.core.worker import TickReport, Worker
from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Finding,
    Gauges,
    Leased,
    Measure,
    Quarantine,
    Record,
    SetStanding,
    Sighting,
    Standing,
    Take,
)
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import Merchant
from payouts.payout import Method, Payout, PayoutRefused
from payouts.ports import (
    Command,
    Commit,
    NoAnswer,
    Request,
    Response,
    Send,
    StoreBusy,
    StoreError,
)
from payouts.simulation.small_partner import PAGES, SmallPartner, body_of
from payouts.states import Status

LIMITS = Limits()
TODAY = "2026-01-05"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Picky(SmallPartner):
    """Cannot be asked to make the payout with the key ``k2``."""

    def request_for(self, payout: Payout, merchant: Merchant, nonce: str) -> Request:
        if payout.key == "k2":
            raise PayoutRefused("no such method")
        return super().request_for(payout, merchant, nonce)


def leased(number: int = 1, status: Status = Status.DUE, **given: Any) -> Leased:
    payout = Payout(
        number, "p", f"r{number}", f"k{number}", "payee", "t", Method.WALLET, Money(1000, "USD")
    )
    return Leased(payout, status, number, **given)


def in_doubt(number: int = 1) -> Leased:
    return leased(
        number,
        Status.UNKNOWN,
        attempts=1,
        sends=1,
        first_sent_seconds=600.0,
        last_sent_seconds=600.0,
    )


def paid(one: Leased) -> Response:
    return Response(200, b"settled t1 " + body_of(one.payout))


@dataclass
class Hand:
    """Answers a tick's commands; what it does not say otherwise is what a quiet ledger says."""

    rounds: list[tuple[Leased, ...]]
    answers: list[Any] = field(default_factory=list)
    standing: Standing = field(
        default_factory=lambda: Standing(5, today=TODAY, reconciled_day=TODAY)
    )
    partner: SmallPartner = field(default_factory=SmallPartner)
    #: Called before each command is answered; may raise into the tick.
    before: Callable[[list[Command]], None] = lambda said: None
    said: list[Command] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    ends: bool = True  #: whether the ledger lets the quarantine be ended

    def run(self) -> TickReport:
        worker = Worker(
            name="w1",
            partner_id="p",
            partner=self.partner,
            merchant=Merchant(base_url="http://partner.invalid", settings={}),
            limits=LIMITS,
            clock=self.clock,
        )
        core = tick(worker)
        answer: Any = None
        error: StoreError | None = None
        while True:
            try:
                command = core.send(answer) if error is None else core.throw(error)
            except StopIteration as end:
                report: TickReport = end.value
                return report
            self.said.append(command)
            answer, error = None, None
            try:
                self.before(self.said)
                answer = self._answer(command)
            except StoreError as failure:
                error = failure

    def _answer(self, command: Command) -> Any:
        if isinstance(command, BeginTick):
            return self.standing
        if isinstance(command, Take):
            taken = self.rounds.pop(0) if self.rounds else ()
            return tuple(one for one in taken if command.fresh or one.status is not Status.DUE)
        if isinstance(command, BeginSends):
            return tuple(number for number, _ in command.leases)
        if isinstance(command, Send):
            return tuple(self.answers.pop(0) for _ in command.requests)
        if isinstance(command, Record):
            return tuple(move.payout_id for move in command.moves)
        if isinstance(command, Finding | Quarantine):
            return self.ends if isinstance(command, Quarantine) else True
        if isinstance(command, Measure):
            return Gauges(0.0, 0, 0, 0)
        return Sighting((), 0) if type(command).__name__ == "Seen" else ()

    def of(self, *kinds: type[Command]) -> list[Command]:
        return [command for command in self.said if isinstance(command, kinds)]

    def names(self) -> list[str]:
        return [type(command).__name__ for command in self.said]


def test_a_send_is_begun_committed_and_then_made() -> None:
    """``BeginSends``, ``Commit``, ``Send``, in this order and with nothing in between."""
    one = leased()
    hand = Hand([(one,)], [paid(one)])
    report = hand.run()
    names = hand.names()
    at = names.index("BeginSends")
    assert names[at : at + 4] == ["BeginSends", "Commit", "Send", "Record"]
    assert (report.sent, report.moved) == (1, {Status.SETTLED: 1})


def test_nothing_is_sent_when_the_commit_fails() -> None:
    """Whether the commit took effect is unknown then, so nothing goes out and the tick is over."""

    def fail(said: list[Command]) -> None:
        if isinstance(said[-1], Commit) and isinstance(said[-2], BeginSends):
            raise StoreError("the connection was lost")

    hand = Hand([(leased(),)], before=fail)
    with pytest.raises(StoreError):
        hand.run()
    assert not hand.of(Send)


def test_nothing_is_sent_when_beginning_fails() -> None:
    """A lock that another holds ends the tick before anything was sent."""

    def busy(said: list[Command]) -> None:
        if isinstance(said[-1], BeginSends):
            raise StoreBusy("locked")

    hand = Hand([(leased(),)], before=busy)
    assert hand.run().ended == "busy"
    assert not hand.of(Send)


def test_what_was_heard_is_not_lost_to_a_lock() -> None:
    """If the next round cannot be taken, the last one's moves and findings are written alone."""
    one = leased()
    other = paid(one).body.replace(b"1000", b"1001")

    def busy(said: list[Command]) -> None:
        if isinstance(said[-1], Take) and any(isinstance(one, Record) for one in said):
            raise StoreBusy("locked")

    hand = Hand([(one,)], [Response(200, other)], before=busy)
    assert hand.run().ended == "busy"
    names = hand.names()
    again = names[names.index("Take", names.index("Record")) :]
    assert again[1:3] == ["Record", "Finding"]
    assert "Commit" in again[3:6]


def test_a_send_has_an_age() -> None:
    """No request is begun later than the limit after its payout was taken."""
    one = leased()
    hand = Hand([(one,)], [paid(one)])
    hand.run()
    (send,) = hand.of(Send)
    assert isinstance(send, Send)
    assert send.not_after <= hand.clock.now + LIMITS.send_age_seconds


def test_a_resend_is_written_begun_committed_and_made() -> None:
    """A look-up that found nothing is on record before the send that follows from it."""
    one = in_doubt()
    hand = Hand([(one,)], [Response(404, b""), paid(one)])
    hand.run()
    names = hand.names()
    at = names.index("Record")
    assert names[at : at + 4] == ["Record", "BeginSends", "Commit", "Send"]
    record = hand.said[at]
    assert isinstance(record, Record)
    assert [(move.to, move.keep) for move in record.moves] == [(Status.UNKNOWN, True)]


def test_a_look_up_is_no_send() -> None:
    """What is in doubt is asked about and not sent, when the partner has it."""
    one = in_doubt()
    hand = Hand([(one,)], [Response(200, b"open t1 " + body_of(one.payout))])
    hand.run()
    assert not hand.of(BeginSends)


def test_no_answer_is_written_as_doubt() -> None:
    """A time-out is committed as *unknown*, with the partner's wait."""
    hand = Hand([(leased(),)], [NoAnswer("time-out")])
    hand.run()
    (record,) = hand.of(Record)
    assert isinstance(record, Record)
    (move,) = record.moves
    assert (move.to, move.due_seconds) == (Status.UNKNOWN, LIMITS.lookup_wait_seconds)


@pytest.mark.parametrize("how", [{"paused": True}, {"stopped": True}])
def test_a_pause_still_looks_up(how: dict[str, bool]) -> None:
    """Paused or stopped for money, nothing is sent, and what is in doubt is still looked up."""
    one = in_doubt(2)
    hand = Hand(
        [(leased(), one)],
        [Response(404, b"")],
        Standing(5, today=TODAY, reconciled_day=TODAY, **how),  # type: ignore[arg-type]
    )
    hand.run()
    assert not hand.of(BeginSends)
    assert all(isinstance(take, Take) and not take.fresh for take in hand.of(Take))
    assert hand.of(Send)


def test_an_open_breaker_asks_nobody() -> None:
    """While the breaker is open the partner is left alone."""
    standing = Standing(5, breaker_seconds=30.0, today=TODAY, reconciled_day=TODAY)
    hand = Hand([(leased(),)], standing=standing)
    report = hand.run()
    assert (report.ended, report.next_seconds) == ("breaker", 30.0)
    assert not hand.of(Send, Take)


def test_401_opens_the_breaker() -> None:
    """One refused signature stops the tick: all others would be refused as well."""
    hand = Hand([(leased(),), (leased(2),)], [Response(401, b"")])
    assert hand.run().ended == "breaker"
    breakers = [one for one in hand.of(SetStanding) if isinstance(one, SetStanding)]
    assert breakers[0].breaker_seconds == LIMITS.unauthorised_seconds
    assert len(hand.of(Send)) == 1


def test_a_young_quarantine_only_waits() -> None:
    """Until the last send of the lost ledger has arrived, not even the list is read."""
    standing = Standing(5, quarantine_seconds=1.0, today=TODAY)
    hand = Hand([(leased(),)], standing=standing)
    report = hand.run()
    assert report.ended == "quarantine"
    assert not hand.of(Send, BeginSends, Quarantine)


def test_a_quarantine_ends_with_the_list() -> None:
    """The list comes first, then the quarantine's end, and only then a send."""
    one = leased()
    standing = Standing(5, quarantine_seconds=700.0, today=TODAY, quarantine_from="2026-01-01")
    pages = [Response(200, b"")] * PAGES
    hand = Hand([(one,)], [*pages, paid(one)], standing)
    hand.run()
    names = hand.names()
    assert names.index("Send") < names.index("Quarantine") < names.index("BeginSends")


def test_a_quarantine_that_is_not_ours_to_end_goes_on() -> None:
    """Where another one began meanwhile, its name differs and nothing is sent."""
    standing = Standing(5, quarantine_seconds=700.0, today=TODAY, quarantine_began="then")
    hand = Hand([(leased(),)], [Response(200, b"")] * PAGES, standing, ends=False)
    assert hand.run().ended == "quarantine"
    (end,) = hand.of(Quarantine)
    assert isinstance(end, Quarantine)
    assert end.began == "then"
    assert not hand.of(BeginSends)


@pytest.mark.parametrize("answer", [NoAnswer("time-out"), Response(500, b"")])
def test_a_quarantine_stays_without_the_list(answer: Any) -> None:
    """A list that cannot be read ends nothing."""
    standing = Standing(5, quarantine_seconds=700.0, today=TODAY, quarantine_from="2026-01-01")
    hand = Hand([(leased(),)], [answer], standing)
    assert hand.run().ended == "quarantine"
    assert not hand.of(Quarantine, BeginSends)


def test_what_cannot_be_sent_spoils_nobody_elses_send() -> None:
    """A payout that this partner cannot be asked for is held before the others are begun."""
    one, bad = leased(1), leased(2)
    hand = Hand([(one, bad)], [paid(one)], partner=Picky())
    report = hand.run()
    (begin,) = hand.of(BeginSends)
    assert isinstance(begin, BeginSends)
    assert begin.leases == ((1, 1),)
    assert report.moved == {Status.HELD: 1, Status.SETTLED: 1}
    assert [one.kind for one in hand.of(Finding) if isinstance(one, Finding)] == ["unsendable"]


def test_the_time_is_kept() -> None:
    """When the tick's time is over, what was heard is written and nothing more is taken."""
    one = leased()
    hand = Hand([(one,), (leased(2),)], [paid(one)])

    def late(said: list[Command]) -> None:
        if isinstance(said[-1], Send):
            hand.clock.now += LIMITS.tick_seconds

    hand.before = late
    assert hand.run().ended == "time"
    assert len(hand.of(Take)) == 1
    assert len(hand.of(Record)) == 1
