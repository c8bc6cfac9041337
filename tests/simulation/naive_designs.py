"""Designs that look right, are on many blogs, and lose money: what trials are held against.

Each is a program in the place of the deployed core, or a plan with a part left out or added, and
differs from the real thing in what its name says. Nothing in ``src`` knows any of them: a trial has
to show what is wrong with it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec

from frugal.model.behaviour import Queue, Schedule
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed
from frugal.simulate.plan import Plan
from frugal.simulate.programs import Deployed, Program
from frugal.simulate.site import Site
from payouts.core.tick import tick
from payouts.core.worker import Worker
from payouts.ledger.statements import (
    BeginSends,
    Evidence,
    Intervene,
    Leased,
    Measure,
    Move,
    Record,
    Take,
)
from payouts.outcome import FINAL_VERDICTS, Merchant, Outcome, Verdict
from payouts.payout import Payout
from payouts.ports import Commit, Core, Request, Response, Send, StoreError, WaitUntil
from payouts.states import Status

_KEY_LENGTH = 26
_SEND_SECONDS = 20.0


# What several of them do ------------------------------------------------------------------------


def send_one(worker: Worker, payout: Payout, nonce: str) -> Core[Outcome | None]:
    """Send one payout; what the partner says, or nothing."""
    request = worker.partner.request_for(payout, worker.merchant, nonce)
    (answer,) = yield Send((request,), worker.clock.monotonic() + _SEND_SECONDS)
    if not isinstance(answer, Response):
        return None
    return worker.partner.outcome_of(answer, payout)


def look_up(worker: Worker, payout: Payout, number: int) -> Core[Outcome | None]:
    """Look one payout up under its stored key; what the partner says, or nothing."""
    nonce = f"{payout.key}-1-l{number}a"
    request = worker.partner.lookup_for(payout, None, 0, worker.merchant, nonce)
    assert request is not None
    (answer,) = yield Send((request,), worker.clock.monotonic() + _SEND_SECONDS)
    if not isinstance(answer, Response):
        return None
    return worker.partner.found_in(answer, payout, 0)


def messages_of(event: Event) -> tuple[Event, ...]:
    return event.body if event.kind == "batch" else (event,)


def mark_paid(worker: Worker, reference: str) -> Core[None]:
    """UPDATE payouts SET status = 'paid' WHERE reference = ..., by the ledger's own sentences."""
    for action in ("hold", "paid"):
        yield Intervene(worker.partner_id, reference, action, "naive", "the partner said so")
    yield Commit()


def due_rows(site: Site, worker: Worker) -> Core[list[Payout]]:
    """SELECT * FROM payouts WHERE status = 'due', with no lock and no lease."""
    yield Measure(worker.partner_id)
    yield Commit()
    return [row.payout for row in site.ledger.rows.values() if row.status is Status.DUE]


def drawn_key(*words: object) -> str:
    """Return what uuid4() would be, were it not for the seed."""
    return sha256(" ".join(map(str, words)).encode()).hexdigest()[:_KEY_LENGTH]


# The designs ------------------------------------------------------------------------------------


class NewKeys:
    """A partner's module that is asked under a new key for each attempt."""

    def __init__(self, partner: Any) -> None:
        self._partner = partner
        self._keys: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._partner, name)

    def request_for(self, payout: Payout, merchant: Merchant, nonce: str) -> Request:
        key = self._keys[payout.id] = drawn_key(payout.key, nonce)
        request: Request = self._partner.request_for(replace(payout, key=key), merchant, f"{key}-1")
        return request

    def outcome_of(self, answer: Response, payout: Payout) -> Outcome:
        key = self._keys.get(payout.id, payout.key)
        outcome: Outcome = self._partner.outcome_of(answer, replace(payout, key=key))
        return outcome


class KeyPerAttempt(Deployed):
    """The key is drawn when a request is made, so every attempt has one of its own.

    Everything else is the deployed core: the ledger, the waiting, the looking-up.
    """

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        if not isinstance(worker.partner, NewKeys):
            worker.partner = NewKeys(worker.partner)
        return super().work(worker, event)


class NoDeadLetterQueue(Program):
    """A queue's function that must not fail: with nowhere to go, a message would come for ever.

    So what could not be paid is logged and the message is done; only what the partner is still
    working on comes again, and is looked up. It pays under the stored key.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        open_: list[int] = []
        for place, message in enumerate(messages_of(event)):
            for reference in message.references:
                try:
                    verdict = yield from self._pay(worker, reference, again=event.again > 0)
                except StoreError:
                    continue  # log.exception("payout failed")
                if verdict is Verdict.OPEN:
                    open_.append(place)
        return tuple(open_)

    def _pay(self, worker: Worker, reference: str, *, again: bool) -> Core[Verdict | None]:
        """Pay one payout, or look it up where its message comes again; return what was said."""
        due = yield from due_rows(self._site, worker)
        payout = next((one for one in due if one.reference == reference), None)
        if payout is None:
            return None
        outcome: Outcome | None = None
        if again:
            outcome = yield from look_up(worker, payout, 1)
        if outcome is None or outcome.verdict is Verdict.NOT_FOUND:
            outcome = yield from send_one(worker, payout, f"{payout.key}-1")
        if outcome is None:
            return None
        if outcome.verdict is Verdict.SETTLED:
            yield from mark_paid(worker, reference)
        return outcome.verdict


class WholeBatchFails(NoDeadLetterQueue):
    """The same function, where a message it cannot read is an error: that fails the whole batch."""

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        for message in messages_of(event):
            if message.kind != "payouts":
                raise Failed("KeyError: 'reference'")
        return (yield from super().work(worker, event))


class SleepInTheFunction(Program):
    """Takes what is due, sends it, and sleeps until the partner knows the outcome.

    What is being worked on is marked, so that nobody else takes it. The wait is the partner's own:
    a look-up before it finds nothing certain.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        limits = worker.limits
        while True:
            leased = yield Take(
                worker.partner_id, worker.name, limits.batch, limits.lease_seconds, True
            )
            mine = [one for one in leased if one.status is Status.DUE]
            begun = yield BeginSends(
                worker.partner_id, worker.name, tuple((one.payout.id, one.fence) for one in mine)
            )
            yield Commit()
            mine = [one for one in mine if one.payout.id in begun]
            if not mine:
                return None
            for one in mine:
                outcome = yield from send_one(
                    worker, one.payout, f"{one.payout.key}-{one.attempts + 1}"
                )
                looks = 0
                while not _is_final(outcome) and looks < limits.lookups_max:
                    yield WaitUntil(worker.clock.monotonic() + limits.lookup_wait_seconds)
                    looks += 1
                    outcome = yield from look_up(worker, one.payout, looks)
                yield Record(worker.name, (_concluded(one, outcome),))
                yield Commit()


def _is_final(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.verdict in FINAL_VERDICTS


def _concluded(one: Leased, outcome: Outcome | None) -> Move:
    """Write down what the partner said in the end; a person gets what it never said."""
    if outcome is None or not _is_final(outcome):
        return Move(one.payout.id, one.fence, Status.HELD, "no outcome")
    evidence = Evidence("lookup", outcome.verdict, outcome.code)
    status = Status(outcome.verdict)
    return Move(one.payout.id, one.fence, status, "after a sleep", evidence=(evidence,))


class TwoCrons(Program):
    """A script that selects what is due, pays it, and marks it, from two machines for safety."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        for payout in (yield from due_rows(self._site, worker)):
            key = drawn_key(payout.key, worker.name, worker.clock.monotonic())
            outcome = yield from send_one(worker, replace(payout, key=key), f"{key}-1")
            if outcome is not None and outcome.verdict is Verdict.SETTLED:
                try:
                    yield from mark_paid(worker, payout.reference)
                except StoreError:
                    continue  # marked by the other one


class WebhookBelieved(Deployed):
    """A receiver that takes what a webhook says for what is. All else is the deployed core."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._own = site

    def work(self, worker: Worker, event: Event) -> Core[Any]:
        return self._believe(worker, event) if event.kind == "notice" else tick(worker)

    def _believe(self, worker: Worker, event: Event) -> Core[None]:
        said = json.loads(event.body.body)
        key = said["eventData"]["merchantTransactionId"]
        if said["transactionStatus"] != "TC":
            return
        for row in self._own.ledger.rows.values():
            if row.payout.key == key and row.status in {Status.DUE, Status.UNKNOWN}:
                try:
                    yield from mark_paid(worker, row.payout.reference)
                except StoreError:
                    raise Failed("503") from None


# Plans of designs with a part left out or added ---------------------------------------------------


def without_dead_letters_and_sweep(plan: Plan) -> Plan:
    """The queue is all there is: no dead letters, nothing that looks for what was missed."""
    gone = {part.id for part in plan.parts if isinstance(part.behaviour, Schedule)}
    parts = tuple(
        msgspec.structs.replace(
            part, behaviour=msgspec.structs.replace(part.behaviour, receives_most=None)
        )
        if isinstance(part.behaviour, Queue)
        else part
        for part in plan.parts
        if part.id not in gone
    )
    links = tuple(
        link
        for link in plan.links
        if link.verb is not Verb.DEAD_LETTERS and not gone & {link.source, link.target}
    )
    return msgspec.structs.replace(plan, parts=parts, links=links)


def with_a_second_schedule(plan: Plan) -> Plan:
    """The same schedule once more, for the case that one of them fails."""
    (first,) = (part for part in plan.parts if isinstance(part.behaviour, Schedule))
    second = msgspec.structs.replace(first, id=f"{first.id}-2")
    place = len(plan.links)
    links = tuple(
        msgspec.structs.replace(link, source=second.id, place=place + number)
        for number, link in enumerate(plan.outgoing(first.id))
    )
    return msgspec.structs.replace(plan, parts=(*plan.parts, second), links=(*plan.links, *links))
