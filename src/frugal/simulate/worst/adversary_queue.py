"""A queue in an attacker's hands: poison, received again and again until it was received too often.

Messages pile up for as long as the queue keeps them, and then all are there on one day. The
attacker has each received alone, in a batch of its own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from frugal.aws_facts import limit
from frugal.model.behaviour import Function, Queue
from frugal.model.graph import Link, Verb
from frugal.simulate.worst.adversary_day import DAY, MINUTE
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.worst.adversary import Adversary

#: A producer's SDK tries one send so often.
SENDS_OF_ONE = 3


class Messages:
    """Messages that nothing can be done with, each received until it was received too often."""

    def __init__(self, adversary: Adversary, part: str, place: int, queue: Queue) -> None:
        self.adversary, self.part, self.place, self.queue = adversary, part, place, queue
        self.visible: deque[int] = deque()  #: how often each was received

    def arrive(self) -> Process:
        """Pile up for as long as messages are kept, then go on all day."""
        adversary = self.adversary
        yield -adversary.begins
        for place, link in adversary.into(self.part, Verb.SENDS):
            number = adversary.largest(link) * SENDS_OF_ONE
            kept = float(self.queue.retention_seconds.value) / DAY * adversary.levers.held_back
            self.visible.extend([0] * int(number * kept))
            for _ in range(int(number * adversary.day.ends / DAY)):
                adversary.day.add(place, 1.0)
                self.visible.append(0)
                yield DAY / number

    def seen(self, poll: Link) -> bool:
        """Return whether Lambda sees the messages go round: the function itself sends them again.

        What passes through the backend on its way carries no mark that Lambda knows.
        """
        sources = (link.source for _, link in self.adversary.into(self.part, Verb.SENDS))
        return poll.target in sources

    def requeued(self, polling: str, function: Function) -> Process:
        """Put each message back by hand, until Lambda ends the chain and SQS gives it up."""
        adversary = self.adversary
        again = next(
            place for place, link in adversary.into(self.part, Verb.SENDS) if link.source == polling
        )
        yield -adversary.begins
        while adversary.loop.now < adversary.day.ends:
            if not self.visible or adversary.functions.room(polling, function) < 1:
                yield MINUTE / 3
                continue
            chain = self.visible.popleft()
            adversary.day.count(self.place, adversary.loop.now)
            if chain >= int(limit("lambda-recursive-loop-threshold").number):
                adversary.give_up(self.part)
                continue
            yield from adversary.functions.run(polling, function, 0.0)
            adversary.day.count(again, adversary.loop.now)
            self.visible.append(chain + 1)

    def pollers(self, run_seconds: float) -> int:
        """Return the pollers that can be kept busy: no more than the queue has, or work lasts."""
        assert self.queue.receives_most is not None, "it ends somewhere"
        sends = self.adversary.into(self.part, Verb.SENDS)
        number = sum(self.adversary.largest(link) for _, link in sends) * SENDS_OF_ONE
        number *= 1.0 + float(self.queue.retention_seconds.value) / DAY
        seconds = number * float(self.queue.receives_most.value) * 2.0 * run_seconds
        return min(int(self.queue.concurrency_most.value), int(2.0 * seconds / DAY) + 1)

    def polled(self, polling: str, function: Function) -> Process:
        """Receive one message at a time; it comes back at once, or is dead-lettered."""
        adversary = self.adversary
        assert self.queue.receives_most is not None, "it ends somewhere"
        most = int(self.queue.receives_most.value)
        yield -adversary.begins
        while True:
            if not self.visible or adversary.functions.room(polling, function) < 1:
                yield MINUTE / 3
                continue
            received = self.visible.popleft()
            twice = adversary.happens(adversary.levers.doubled)
            for _ in range(1 + twice):
                adversary.day.count(self.place, adversary.loop.now)
                yield from adversary.functions.run(polling, function, 1.0)
            if not adversary.happens(adversary.levers.fails):
                continue
            if received + 1 < most:
                self.visible.append(received + 1)
            else:
                adversary.give_up(self.part)
