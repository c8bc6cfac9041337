"""Ending a process at a time, in the middle of whatever it does."""

from __future__ import annotations

from typing import Any

from payouts.simulation.loop import Loop, Process, Signal


class TimedOut(Exception):
    """A process was ended at its time limit."""


def limited(process: Process, loop: Loop, until: float) -> Process:
    """Run a process no longer than until a time; ``TimedOut`` then, and it is closed.

    Closed, not asked: what it has open (a transaction, a lease) is left as a killed process would.
    """
    value: Any = None
    while True:
        try:
            step = process.send(value)
        except StopIteration as end:
            return end.value
        if step.__class__ is float:
            if loop.now + step > until:
                yield max(0.0, until - loop.now)
                break
            value = yield step
            continue
        assert isinstance(step, Signal)
        either = Signal(loop)
        step.wait(either.fire)
        loop.call(until, either.fire, _OVER)
        value = yield either
        if value is _OVER:
            break
    process.close()
    raise TimedOut


_OVER = object()
