"""The way to the partner and back: latency, losses, and what was really sent when.

Requests are signed by the real partner file and answered by the double of the partner, so bytes,
signatures and parsing are the deployed ones. A request that is lost, refused or late, an answer
that is lost, a time-out and a death half-way all look the same to whoever waits: no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from heapq import heapreplace
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from payouts.ports import TOO_LATE, Answer, NoAnswer, NotSent, Request, Response, Send
from payouts.simulation.loop import Loop

if TYPE_CHECKING:
    from payouts.simulation.driver import Machine

_LATENCY_SECONDS = 0.08
#: A request that stays in the network past its time-out arrives at most this much later.
_LATE_SECONDS_MOST = 240.0
_KEY_LENGTH = 26
#: Longer than any process is let hang.
_FOR_EVER_SECONDS = 30 * 86_400.0
#: Answers that say: turned away at the door, certainly not taken.
_TURNED_AWAY = frozenset({401, 403, 408, 425, 429})


class Reply(Protocol):
    """What the double answers; ``response`` is ``None`` where no answer comes."""

    @property
    def response(self) -> Response | None: ...

    @property
    def delay_seconds(self) -> float: ...

    @property
    def arrived(self) -> bool: ...


class Double(Protocol):
    """The double of a partner, as the network needs it."""

    def answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now_seconds: float,
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances per request."""

    request_lost: float = 0.0
    answer_lost: float = 0.0
    refused: float = 0.0
    late: float = 0.0  #: arrives after its time-out
    reset: float = 0.0  #: the connection breaks at once; it may have arrived

    @property
    def any(self) -> float:
        return self.request_lost + self.answer_lost + self.refused + self.late + self.reset


@dataclass(slots=True)
class Network:
    """One way to one partner, shared by all machines."""

    loop: Loop
    double: Double
    #: (request, the sender's wall clock) to headers: the partner file's signature.
    signed: Callable[[Request, float], Mapping[str, str]]
    chance: Random
    weather: Weather = field(default_factory=Weather)
    #: Told after every request that arrived: webhooks and delayed outcomes may be due.
    arrived: Callable[[], None] | None = None
    #: Payout key to when a send began that the partner may have taken, by the world's clock.
    sends: dict[str, list[float]] = field(default_factory=dict)
    lookups: dict[str, list[float]] = field(default_factory=dict)
    requests: int = 0
    #: Added to what the double says that an answer takes.
    latency_seconds: float = _LATENCY_SECONDS
    happened: Counter[str] = field(default_factory=Counter)

    def send(
        self, command: Send, machine: Machine, trouble: str
    ) -> Generator[float, Any, tuple[Answer, ...]]:
        """Carry out a ``Send``; ``trouble`` may end or freeze the process in the middle of it."""
        from payouts.simulation.driver import Died

        requests, clocks = command.requests, machine.clocks
        answers: list[Answer] = []
        cut = -1
        if trouble in {"crash-after", "connection-lost"}:
            # It dies while they are under way: any subset of them arrives.
            yield self.latency_seconds
            for request in requests:
                if clocks.monotonic() <= command.not_after and self.chance.random() < 0.5:
                    self._note(request)
                    self._deliver_later(request, clocks.wall(), self.chance.uniform(0.0, 60.0))
            raise Died
        if machine.abreast:
            return (yield from self._abreast(command, machine))
        if trouble == "pause-after":
            cut = self.chance.randrange(len(requests) + 1)
        yield self.latency_seconds * self.chance.random()
        longest = 0.0
        for place, request in enumerate(requests):
            if place == cut:
                yield machine.misfortune.pause_seconds()
            if clocks.monotonic() > command.not_after:
                answers.append(NotSent(TOO_LATE))
                continue
            answer, seconds = self._request(request, clocks.wall(), machine.answer_seconds)
            answers.append(answer)
            if seconds > longest:
                longest = seconds
        yield longest
        return tuple(answers)

    def _abreast(
        self, command: Send, machine: Machine
    ) -> Generator[float, Any, tuple[Answer, ...]]:
        """Make the requests in so many lanes, each begun when a lane is free."""
        loop, clocks, requests = self.loop, machine.clocks, command.requests
        began, payouts = loop.now, machine.payouts
        lanes = [began] * min(machine.abreast, len(requests))
        answers: list[Answer] = []
        cut = (len(requests) + 1) // 2 if machine.hangs else -1
        for place, request in enumerate(requests):
            if place == cut:
                yield _FOR_EVER_SECONDS
            if lanes[0] > loop.now:
                yield lanes[0] - loop.now
            if clocks.monotonic() > command.not_after:
                answers.append(NotSent(TOO_LATE))
                continue
            answer, seconds = self._request(request, clocks.wall(), machine.answer_seconds)
            answers.append(answer)
            heapreplace(lanes, loop.now + seconds)
            if request.method == "POST" or "-l" in request.nonce:
                machine.payouts += 1
                machine.lane_seconds += seconds
        if cut == len(requests):
            yield _FOR_EVER_SECONDS
        longest = max(lanes) - loop.now
        if longest > 0:
            yield longest
        if machine.payouts > payouts:
            machine.payouts_seconds += loop.now - began
        return tuple(answers)

    def _request(self, request: Request, wall: float, patience: float) -> tuple[Answer, float]:
        weather = self.weather
        draw = self.chance.random() if weather.any else 1.0
        if draw < weather.any:
            return self._bad_weather(draw, request, wall, patience)
        reply = self._deliver(request, wall)
        if reply.response is None:
            if reply.arrived:
                return NoAnswer("time-out"), min(reply.delay_seconds, patience)
            return NotSent("refused"), 0.01
        if reply.delay_seconds > patience:
            return NoAnswer("time-out"), patience
        return reply.response, reply.delay_seconds + self.latency_seconds

    def _bad_weather(
        self, draw: float, request: Request, wall: float, patience: float
    ) -> tuple[Answer, float]:
        weather = self.weather
        if draw < weather.refused:
            self.happened["refused"] += 1
            return NotSent("refused"), 0.01
        draw -= weather.refused
        self._note(request)
        if draw < weather.request_lost:
            self.happened["request-lost"] += 1
            return NoAnswer("time-out"), patience
        draw -= weather.request_lost
        if draw < weather.answer_lost:
            self.happened["answer-lost"] += 1
            self._deliver(request, wall, noted=True)
            return NoAnswer("time-out"), patience
        draw -= weather.answer_lost
        if draw < weather.late:
            self.happened["late"] += 1
            later = patience + self.chance.uniform(0.0, _LATE_SECONDS_MOST)
            self._deliver_later(request, wall, later)
            return NoAnswer("time-out"), patience
        self.happened["reset"] += 1
        if self.chance.random() < 0.5:
            self._deliver(request, wall, noted=True)
        return NoAnswer("reset"), 0.01

    def _note(self, request: Request) -> None:
        nonce = request.nonce
        if request.method == "POST":
            key = nonce[:_KEY_LENGTH]
            self.sends.setdefault(key, []).append(self.loop.now)
        elif "-l" in nonce and request.method == "GET":
            key = nonce[:_KEY_LENGTH]
            self.lookups.setdefault(key, []).append(self.loop.now)

    def _deliver(self, request: Request, wall: float, noted: bool = False) -> Reply:
        self.requests += 1
        reply = self.double.answer(
            request.method, request.path, self.signed(request, wall), request.body, self.loop.now
        )
        response = reply.response
        taken = reply.arrived if response is None else response.status not in _TURNED_AWAY
        if taken and not noted:
            self._note(request)
        if self.arrived is not None:
            self.arrived()
        return reply

    def _deliver_later(self, request: Request, wall: float, seconds: float) -> None:
        def arrive(_: object) -> None:
            self._deliver(request, wall, noted=True)

        self.loop.call(self.loop.now + seconds, arrive)
