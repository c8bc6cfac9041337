"""A queue as SQS is one: a message is delivered until it is deleted, and maybe once more.

Whoever receives a message hides it from others for the visibility time-out. A worker that says it
is done deletes it; one that fails, dies or is throttled says nothing, and the message is there
again when that time is over. What was received too often goes to the dead-letter queue, if there is
one, at the moment it would be received again. Pollers hand batches to a function, so many at the
same time at most; of a batch only the messages that failed come back (partial batch responses).

A dead-letter queue is a queue nobody polls: it keeps what it is given until a person looks.

What AWS does is in docs.aws.amazon.com/AWSSimpleQueueService (visibility, redrive, retention) and
docs.aws.amazon.com/lambda/latest/dg/with-sqs.html; the numbers are the behaviour's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import count
from math import inf
from typing import TYPE_CHECKING

from frugal.model.behaviour import Queue as QueueBehaviour
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site

#: One call to SQS in the same Region, as the pollers make it. Assumed.
_RECEIVE_SECONDS = 0.02
#: Within this time a FIFO queue drops a second message with the same deduplication id (the
#: developer guide's page "Exactly-once processing in Amazon SQS").
_SAME_SECONDS = 300.0
_MEASURE_SECONDS = 60.0


class Message:
    """One message. ``hidden``: received, and not to be seen before its time-out."""

    __slots__ = ("copy", "event", "group", "hidden", "number", "receives", "sent_at")

    def __init__(self, number: int, event: Event, group: str, *, copy: bool = False) -> None:
        self.number = number
        self.event = event
        self.group = group
        self.sent_at = event.born
        self.receives = 0
        self.hidden = False
        self.copy = copy  #: what a server that missed the delete delivers once more


class Queue(Mechanism):
    """One queue with its pollers, or a dead-letter queue."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, QueueBehaviour)
        self.visibility = float(says.visibility_seconds.value)
        self.retention = float(says.retention_seconds.value)
        self.window = float(says.window_seconds.value)
        self.twice_share = float(says.twice_share.value)
        self.fifo = says.fifo
        self.chance = site.chance_of(f"queue {part.id}")
        polled = site.plan.outgoing(part.id, Verb.POLLS)
        self._poller = polled[0] if polled else None
        scale = site.scale_of(part.id)
        self.batch, self.abreast_most = scale.items, scale.concurrency
        dead = site.plan.outgoing(part.id, Verb.DEAD_LETTERS)
        self._dead = dead[0] if dead else None
        most = says.receives_most
        #: Without a dead-letter queue nothing is ever given up.
        self.receives_most = int(most.value) if most is not None and self._dead else None

        self.accepted = 0
        self.redelivered = 0
        self.expired = 0
        self.dead_lettered = 0
        self._numbers = count()
        self._kept: dict[int, Message] = {}  #: everything that was not deleted, oldest first
        self._ready: dict[int, Message] = {}  #: what can be received now
        self._locked: Counter[str] = Counter()  #: FIFO: groups with messages in somebody's hands
        self._same: dict[str, float] = {}
        self._expires = inf
        self._abreast = 0
        self._polling = False
        self._measuring = False

    # What others see ---------------------------------------------------------------------------

    def visible(self) -> int:
        """Count the messages that can be received, as ApproximateNumberOfMessagesVisible does."""
        self._forget_old()
        return len(self._ready)

    def oldest_seconds(self) -> float:
        """Return the age of the oldest message that is not deleted."""
        self._forget_old()
        oldest = next(iter(self._kept.values()), None)
        return 0.0 if oldest is None else self.site.loop.now - oldest.sent_at

    def events(self) -> tuple[Event, ...]:
        """Return what is in it, oldest first, as a person looking at it sees it."""
        self._forget_old()
        return tuple(message.event for message in self._kept.values())

    def _measure(self, _: object) -> None:
        """Tell the metrics, on every minute as SQS does, while there is anything to tell."""
        metrics, now = self.site.metrics, self.site.loop.now
        metrics.gauge(self.id, "AWS/SQS/ApproximateAgeOfOldestMessage", self.oldest_seconds())
        metrics.gauge(self.id, "AWS/SQS/ApproximateNumberOfMessagesVisible", self.visible())
        if self._kept:
            self.site.loop.call(now + _MEASURE_SECONDS, self._measure)
        else:
            self._measuring = False

    # Taking in ---------------------------------------------------------------------------------

    def accept(self, event: Event) -> None:
        """Keep one message for each payout of the event, or the event as it is."""
        if not self.up:
            raise Failed("the queue is not there")
        now = self.site.loop.now
        if event.kind == "payouts" and len(event.references) > 1:
            for reference in event.references:
                self._keep(Event("payouts", (reference,), born=now, again=event.again))
        else:
            # What is dead-lettered keeps the moment it was first sent, and its retention.
            born = event.born if self._poller is None and event.born else now
            self._keep(Event(event.kind, event.references, event.body, born, event.again))
        self._wake()

    def _keep(self, event: Event) -> None:
        number = next(self._numbers)
        # Order matters among messages of one payout and its reissues, and nowhere else.
        group = event.references[0].partition("~")[0] if event.references else str(number)
        if self.fifo and event.references and self._seen_lately(event.references[0], event.born):
            return
        message = Message(number, event, group)
        self._kept[message.number] = self._ready[message.number] = message
        self._expires = min(self._expires, message.sent_at + self.retention)
        self.accepted += 1
        if not self._measuring:
            self._measuring = True
            now = self.site.loop.now
            self.site.loop.call(now + _MEASURE_SECONDS - now % _MEASURE_SECONDS, self._measure)

    def _seen_lately(self, id: str, now: float) -> bool:
        same = self._same
        while same and next(iter(same.values())) <= now - _SAME_SECONDS:
            del same[next(iter(same))]
        if id in same:
            return True
        same[id] = now
        return False

    def redrive(self) -> int:
        """Send everything back to the queue it came from, as a person does; return how much."""
        back = [
            source
            for link in self.site.plan.incoming(self.id, Verb.DEAD_LETTERS)
            if isinstance(source := self.site.parts[link.source], Queue)
        ]
        events = self.events() if back else ()
        for event in events:
            back[0].accept(event.once_more())
        if events:
            self.purge()
        return len(events)

    def purge(self) -> None:
        """Delete everything that waits, as a person does who has read it."""
        self._kept.clear()
        self._ready.clear()
        self._expires = inf

    # Handing out -------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self._polling or self._poller is None or not self._ready:
            return
        if self._abreast < self.abreast_most:
            self._polling = True
            full = len(self._ready) >= self.batch
            wait = _RECEIVE_SECONDS if full else max(_RECEIVE_SECONDS, self.window)
            self.site.loop.call(self.site.loop.now + wait, self._poll)

    def _poll(self, _: object) -> None:
        self._polling = False
        self._forget_old()
        while self.up and self._abreast < self.abreast_most:
            received = self._receive()
            if not received:
                return
            self._abreast += 1
            self.site.loop.start(self._work(received))
            if self.window and len(self._ready) < self.batch:
                break
        self._wake()

    def _receive(self) -> list[Message]:
        """Take a batch of what is visible; give up what was received too often."""
        received: list[Message] = []
        given_up: list[Message] = []
        for message in self._ready.values():
            if len(received) == self.batch:
                break
            if self.fifo and self._locked[message.group]:
                continue
            if self.receives_most is not None and message.receives >= self.receives_most:
                given_up.append(message)
                continue
            received.append(message)
        for message in given_up:
            self._give_up(message)
        twice = max(self.twice_share, self.site.twice_share)
        for message in received:
            del self._ready[message.number]
            message.receives += 1
            message.hidden = True
            self.redelivered += message.receives > 1
            if twice and not message.copy and self.chance.random() < twice:
                self._copy(message)
        if self.fifo:
            self._locked.update(message.group for message in received)
        return received

    def _copy(self, message: Message) -> None:
        copy = Message(next(self._numbers), message.event, message.group, copy=True)
        copy.receives = message.receives
        self._kept[copy.number] = self._ready[copy.number] = copy

    def _work(self, batch: list[Message]) -> Process:
        """Hand a batch to the function; what it did not do is seen again after the time-out."""
        assert self._poller is not None
        receives = [message.receives for message in batch]
        self.site.loop.call(self.site.loop.now + self.visibility, self._show, (batch, receives))
        event = Event(
            "batch",
            tuple(reference for message in batch for reference in message.event.references),
            body=tuple(message.event for message in batch),
            born=min(message.sent_at for message in batch),
            again=max(receives) - 1,
        )
        failed: Collection[int]
        try:
            failed = (yield from self.site.hand_over(self._poller, event)) or ()
        except Failed:
            failed = range(len(batch))
        self._delete(
            message
            for place, message in enumerate(batch)
            # A handle is worth nothing once somebody else has received the message.
            if place not in failed and message.receives == receives[place]
        )
        rest = self.site.parts[self._poller.target].rest_seconds()
        if rest:
            yield rest
        self._abreast -= 1
        self._wake()

    def _delete(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._kept.pop(message.number, None)
            self._ready.pop(message.number, None)
            self._unhide(message)

    def _unhide(self, message: Message) -> None:
        if message.hidden:
            message.hidden = False
            if self.fifo:
                self._locked[message.group] -= 1

    def _show(self, handed: tuple[list[Message], list[int]]) -> None:
        """Make visible what of a batch was neither deleted nor received by another since."""
        shown = False
        for message, receives in zip(*handed, strict=True):
            if message.hidden and message.receives == receives and message.number in self._kept:
                self._unhide(message)
                self._ready[message.number] = message
                shown = True
        if shown:
            if self.fifo:
                self._ready = dict(sorted(self._ready.items()))
            self._wake()

    # Giving up ---------------------------------------------------------------------------------

    def _give_up(self, message: Message) -> None:
        assert self._dead is not None
        self._kept.pop(message.number, None)
        self._ready.pop(message.number, None)
        self.dead_lettered += 1
        self.site.parts[self._dead.target].accept(message.event)

    def _forget_old(self) -> None:
        """Drop what is older than the retention: nobody is told."""
        now = self.site.loop.now
        if now < self._expires:
            return
        self._expires = inf
        for message in list(self._kept.values()):
            end = message.sent_at + self.retention
            if end <= now:
                self._delete((message,))
                self.expired += 1
            else:
                self._expires = min(self._expires, end)
