"""Functions in an attacker's hands: environments, runs, and what runs call, read and write.

A run is counted one by one where something feeds it one by one, and by the minute where requests,
batches or steps never end. Either way it holds environments, of which there are only so many.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Function
from frugal.model.graph import Candidate, Link, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.simulate.worst.adversary_day import MINUTE, Bucket, Day, Levers
from payouts.simulation.loop import Loop, Process

#: What the bound assumes too: CPU a call takes, calls a payout takes, lines a run writes.
CALL_CPU_SECONDS = 0.0001
CALLS_PER_ITEM = 6.0
LARGER = 2.0
LOG_KIB_PER_RUN = 4.0
LOG_KIB_PER_ITEM = 4.0

_CALLS = (Verb.CALLS, Verb.CALLS_OUT, Verb.CONNECTS)


class Functions:
    """Every function of a candidate, and the quotas of the account that they share."""

    def __init__(
        self,
        candidate: Candidate,
        loop: Loop,
        day: Day,
        levers: Levers,
        guards: Guards,
        reads_per_second: float,
    ) -> None:
        self.candidate, self.loop, self.day = candidate, loop, day
        self.levers, self.guards = levers, guards
        self.places: dict[str, list[tuple[int, Link]]] = {}
        for place, link in enumerate(candidate.links):
            self.places.setdefault(link.source, []).append((place, link))
        self._busy: dict[str, int] = {}
        self._account = int(_number("lambda-concurrency-account-default"))
        self.per_second = _number("lambda-requests-per-environment")
        self._start = _number("lambda-init-max-seconds")
        self._vcpu_mb = limit("lambda-memory-mb-per-vcpu").number
        self._kib_per_second = _number("lambda-network-bandwidth-mbps") * 1e6 / 8 / 1024
        self.reads = Bucket(reads_per_second, day.ends)
        lines = _number("cloudwatch-logs-putlogevents-tps")
        self.lines = Bucket(lines * _number("cloudwatch-logs-batch-mb") * 1024, day.ends)

    # -- environments ----------------------------------------------------------------------------

    def most(self, part: str, function: Function) -> int:
        """Return the environments a function may have, as it is set or guarded."""
        most = int(function.concurrency_most.value)
        if "concurrency" in self.guards.without:
            most = self._account
        if self.guards.reserved_concurrency is not None:
            polled = any(True for _ in self.candidate.incoming(part, Verb.POLLS))
            least = int(_number("lambda-sqs-reserved-concurrency-min")) if polled else 1
            most = min(most, max(self.guards.reserved_concurrency, least))
        return most

    def room(self, part: str, function: Function) -> int:
        """Return the environments that are free now: of this function, and of the account."""
        own = self.most(part, function) - self._busy.get(part, 0)
        return min(own, self._account - sum(self._busy.values()))

    def longest(self, function: Function) -> float:
        return self._start + float(function.time_limit_seconds.value)

    # -- runs ------------------------------------------------------------------------------------

    def run(self, part: str, function: Function, items: float | None = None) -> Process:
        """Hold one environment for as long as the attacker likes, with so many payouts."""
        seconds = max(self.longest(function) * self.levers.hangs, 0.001)
        began = self.loop.now
        self._busy[part] = self._busy.get(part, 0) + 1
        yield seconds
        self._busy[part] -= 1
        inside = self.day.hold(part, began, self.loop.now)
        each = float(function.items_per_run.value) if items is None else items
        share = inside / seconds
        self._did(part, inside, share, each * share)

    def minute(
        self, part: str, function: Function, wanted: float, at_once: float, items: float = 1.0
    ) -> Process:
        """Run as much of what is wanted as so many environments take in a minute; say how much."""
        room = min(self.room(part, function), int(at_once))
        runs = min(wanted, room * self.per_second * MINUTE)
        if runs <= 0.0:
            yield MINUTE
            return 0.0
        began = self.loop.now
        self._busy[part] = self._busy.get(part, 0) + room
        yield MINUTE
        self._busy[part] -= room
        held = min(room * MINUTE, runs * self.longest(function)) * self.levers.hangs
        self.day.hold(part, began, began, runs)
        self.day.seconds[part] += held
        self._did(part, held, runs, runs * items)
        return runs

    def _did(self, part: str, seconds: float, runs: float, items: float) -> None:
        """Count what these runs did in these seconds, for so many payouts or messages."""
        if self.day.attack is Attack.LOOP:
            self._repeated(part, seconds)
        elif self.day.attack is not Attack.UNAUTHENTICATED:
            self._worked(part, seconds, items)
        lines = runs * LOG_KIB_PER_RUN
        if self.day.attack is not Attack.UNAUTHENTICATED:
            lines += items * LOG_KIB_PER_ITEM
        if self.day.attack is Attack.LOG_FLOOD and not self.guards.log_level:
            lines = max(lines, seconds * self._kib_per_second)
        for place, link in self.places.get(part, ()):
            if link.verb is Verb.LOGS:
                self.day.add(place, self.lines.take(lines * self.levers.speed, self.loop.now))
            elif link.verb is Verb.READS:
                loops = self.day.attack is Attack.LOOP
                wanted = self._calls(part, seconds) if loops else runs
                self.day.add(place, self.reads.take(wanted, self.loop.now))

    def _worked(self, part: str, seconds: float, items: float) -> None:
        """Do all the work of each run again: every payout, over every link."""
        items *= self.levers.speed
        left = seconds * self._kib_per_second
        for place, link in self.places.get(part, ()):
            if link.verb is Verb.SENDS:
                self.day.add(place, items)
            elif link.verb in _CALLS or link.verb is Verb.ROUTES:
                asked = link.verb in (Verb.CALLS, Verb.CONNECTS)
                times = items * (CALLS_PER_ITEM if asked else 1.0)
                kib = min(times * float(link.request_kib) * LARGER, left)
                left -= kib if link.verb is not Verb.ROUTES else 0.0
                self.day.add(place, times, kib)

    def _repeated(self, part: str, seconds: float) -> None:
        """Call one link over and over: a queue where there is one, else the largest request."""
        links = [one for one in self.places.get(part, ()) if one[1].verb in (*_CALLS, Verb.SENDS)]
        if not links:
            return
        place, link = max(links, key=lambda one: (one[1].verb is Verb.SENDS, _size(one[1])))
        times = self._calls(part, seconds)
        if link.verb is Verb.SENDS:
            self.day.add(place, times)
            return
        kib = min(times * float(link.request_kib) * LARGER, seconds * self._kib_per_second)
        self.day.add(place, times, kib)
        for way_out, routed in self.places.get(part, ()):
            if routed.verb is Verb.ROUTES:
                self.day.add(way_out, times, kib)
                break

    def _calls(self, part: str, seconds: float) -> float:
        """Return the calls that a function's share of a vCPU is enough for."""
        share = self.candidate[part].number("memory_mb") / self._vcpu_mb
        return seconds * float(share) / CALL_CPU_SECONDS * self.levers.speed


def _size(link: Link) -> Decimal:
    return link.request_kib if link.path == "public" else Decimal(-1)


def _number(fact: str) -> float:
    return float(limit(fact).number)
