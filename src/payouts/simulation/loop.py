"""Time, as a heap of what is due next: no wall clock, no waiting, the same order every time.

A process is a generator. It yields how long it sleeps, in seconds, or a ``Signal`` it waits for;
time then jumps to whatever is due next. Two events of one moment run in the order they were made,
so a run depends on nothing but its inputs.

    >>> def ringing(loop, times):
    ...     for _ in range(times):
    ...         yield 60.0
    ...         print(loop.now)
    >>> loop = Loop()
    >>> process = loop.start(ringing(loop, 2))
    >>> loop.run()
    60.0
    120.0

One event costs one sift of the heap: while a process runs, its own entry stays on top (whatever it
makes is due later, or made later), and is replaced by its next one in a single step.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush, heapreplace
from itertools import count
from math import inf
from typing import Any, TypeAlias


class Signal:
    """Something that happens once; who waits for it is resumed with its value."""

    __slots__ = ("_loop", "_waiting", "fired", "value")

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: list[Callable[[Any], Any]] = []
        self.fired = False
        self.value: Any = None

    def fire(self, value: Any = None) -> None:
        """Resume everyone who waits, now; firing again changes nothing."""
        if self.fired:
            return
        self.fired = True
        self.value = value
        for resume in self._waiting:
            self._loop.push(self._loop.now, resume, value)
        self._waiting.clear()

    def wait(self, resume: Callable[[Any], Any]) -> None:
        if self.fired:
            self._loop.push(self._loop.now, resume, self.value)
        else:
            self._waiting.append(resume)


#: Yields seconds to sleep or a signal; a signal's value comes back.
Process: TypeAlias = Generator["float | Signal", Any, Any]


class Loop:
    """The event loop. ``now`` is in seconds and only grows."""

    __slots__ = ("_heap", "_order", "events", "now")

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.events = 0
        self._heap: list[tuple[float, int, Callable[[Any], Any], Any]] = []
        self._order = count()

    def start(self, process: Process, at: float | None = None) -> Process:
        """Let a process begin now, or at a later time. ``process.close()`` ends it for good."""
        self.push(self.now if at is None else max(at, self.now), process.send, None)
        return process

    def call(self, at: float, function: Callable[[Any], None], argument: Any = None) -> None:
        """Call a plain function at a time."""
        self.push(max(at, self.now), function, argument)

    def push(self, at: float, resume: Callable[[Any], Any], value: Any) -> None:
        heappush(self._heap, (at, next(self._order), resume, value))

    def close(self) -> None:
        """End every process where it is; nothing is due any more."""
        for _, _, resume, _ in self._heap:
            process = getattr(resume, "__self__", None)
            if isinstance(process, Generator):
                process.close()
        self._heap.clear()

    def run(self, until: float = inf) -> None:
        """Run what is due, in order, until nothing is left or only what is later than ``until``."""
        heap, order = self._heap, self._order
        while heap:
            at, _, resume, value = heap[0]
            if at > until:
                self.now = until
                return
            self.now = at
            self.events += 1
            try:
                answer = resume(value)
            except StopIteration:
                # Ended, or closed meanwhile: a closed generator says so when it is resumed.
                heappop(heap)
                continue
            if answer.__class__ is float:
                heapreplace(heap, (at + answer if answer > 0.0 else at, next(order), resume, None))
                continue
            heappop(heap)
            if answer is None:
                continue
            if not isinstance(answer, Signal):
                raise TypeError(f"a process yields seconds (a float) or a Signal, not {answer!r}")
            answer.wait(resume)
