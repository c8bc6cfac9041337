"""The worker's clocks, and sleeping that a request to stop ends early.

``monotonic`` decides whether a send is still young enough, so it must not stand still while the
machine sleeps: Linux's CLOCK_MONOTONIC leaves suspended time out, CLOCK_BOOTTIME counts it (man
clock_gettime(2)). ``wall`` is for the timestamps a partner wants in a signature; nothing is decided
by it.
"""

from __future__ import annotations

import threading
import time

_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)

#: A sleep is cut into pieces of this length, so that a suspended machine notices on waking.
_PIECE_SECONDS = 5.0


class SystemClock:
    """The clocks of this machine."""

    __slots__ = ()

    if _BOOTTIME is not None:

        def monotonic(self) -> float:
            assert _BOOTTIME is not None
            return time.clock_gettime(_BOOTTIME)

    else:

        def monotonic(self) -> float:
            return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def wait_until(self, monotonic: float, stop: threading.Event) -> bool:
        """Sleep until the monotonic clock shows this; return at once, and true, if asked to stop.

        A sleep is a wait for the stop event, so ending it early costs no polling.
        """
        while not stop.is_set():
            left = monotonic - self.monotonic()
            if left <= 0:
                return False
            stop.wait(min(left, _PIECE_SECONDS))
        return True
