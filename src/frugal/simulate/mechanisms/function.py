"""A function as AWS Lambda runs one: an event an environment, and an end to its time.

An environment starts cold, serves one event after the other and is taken away when it was idle for
long. More events at once than the concurrency limit are throttled. What is invoked asynchronously
waits in a queue of Lambda's own: throttled events are kept and tried again until they are too old,
failed ones are tried twice more, and then go to the on-failure destination. A run that reaches its
time limit is ended wherever it is: its session breaks, its transaction rolls back, its leases run
out, and a request that is under way at the partner stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from frugal.model import behaviour
from frugal.model.graph import Verb
from frugal.simulate.grounds import Work
from frugal.simulate.mechanisms.limited import TimedOut, limited
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.ticking import idle_gauges
from frugal.simulate.programs import Passed
from payouts.core.worker import Worker
from payouts.ports import StoreError
from payouts.simulation.driver import Died, Machine, drive
from payouts.simulation.loop import Process, Signal

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site

_NAMESPACE = "AWS/Lambda"
_FIRST_THROTTLE_SECONDS = 1.0
#: What a tick with nothing to do says to the ledger (``frugal.patterns.parts``: measured).
_IDLE_SENTENCES = 3


@dataclass(slots=True, eq=False)
class Environment:
    """One process of a function, with what it keeps between two events."""

    machine: Machine
    worker: Worker
    cold: bool = True
    idle_since: float = 0.0


class Function(Mechanism):
    """Runs events in environments."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Function)
        beyond = site.scale_of(part.id, ticked=False).beyond
        self.cold_seconds = float(says.cold_seconds.value)
        self.idle_seconds = float(says.idle_seconds.value)
        self.time_limit = float(says.time_limit_seconds.value)
        self.concurrency_most = ceil(int(says.concurrency_most.value) / beyond)
        self.retries_most = int(says.retries_most.value)
        self.retry_wait = float(says.retry_wait_seconds.value)
        self.event_age_most = float(says.event_age_seconds_most.value)
        self.throttle_wait_most = float(says.throttle_wait_seconds_most.value)
        self.twice_share = float(says.twice_share.value)
        self.chance = site.chance_of(f"function {part.id}")
        self.program = site.program_of(part)
        self.worked = site.traffic.parts[part.id]
        self.running = 0
        self._free: list[Environment] = []
        self._renewed = 0
        self._busy_until = 0.0  #: a schedule's runs, in a scaled trial
        longest = says.work_seconds_most
        self._tick_seconds = site.limits.tick_seconds if longest is None else float(longest.value)
        self._rest_seconds = 0.0
        dead = site.plan.outgoing(part.id, Verb.DEAD_LETTERS)
        self._dead = dead[0] if dead else None

    # Invoking ----------------------------------------------------------------------------------

    def accept(self, event: Event) -> None:
        """Take an asynchronous event: Lambda keeps it, whatever becomes of the function."""
        share = max(self.twice_share, self.site.twice_share)
        times = 2 if share and self.chance.random() < share else 1
        for _ in range(times):
            self._attempt((event, self.site.loop.now, 0))

    def take(self, event: Event) -> Process:
        """Run an event while the caller waits."""
        self._rest_seconds = 0.0
        outcome, self._rest_seconds = yield self._invoke(event)
        if isinstance(outcome, Failed):
            raise outcome
        return outcome

    def rest_seconds(self) -> float:
        """Of the run that was just waited for."""
        return self._rest_seconds

    def next_work(self) -> float:
        return self.program.next_work(self.site)

    def skipped(self, count: int, last: float, every: float) -> None:
        cold = count if every > self.idle_seconds else 0
        way = self.site.way(self.id)
        seconds = count * _IDLE_SENTENCES * way.statement_seconds
        self.worked.runs += count
        self.worked.cold += cold
        self.worked.seconds += seconds + cold * self.cold_seconds
        way.say(self.site.traffic, count * _IDLE_SENTENCES)
        if self._free and not cold:
            self._free[-1].idle_since = last
        if self.program.measures:
            idle_gauges(self.site, self.id, count, last, every)

    def _attempt(self, waiting: tuple[Event, float, int]) -> None:
        """Try an asynchronous event once; see what comes of it later."""
        event, born, errors = waiting
        if event.kind == "tick" and self._time_left() <= 0:
            return  # the real one would still be at work
        try:
            done = self._invoke(event)
        except Failed:
            self._wait_for_room(event, born, errors)
        else:
            done.wait(lambda told: self._seen_to(event, born, errors, told[0]))

    def _time_left(self) -> float:
        """Return how long a schedule's run may work, beside what earlier ones are still at."""
        return self._tick_seconds - max(0.0, self._busy_until - self.site.loop.now)

    def _wait_for_room(self, event: Event, born: float, errors: int) -> None:
        """Keep a throttled event; the waits double up to the most."""
        loop = self.site.loop
        age = loop.now - born
        wait = min(self.throttle_wait_most, max(_FIRST_THROTTLE_SECONDS, age))
        if age + wait > self.event_age_most:
            self._give_up(event)
            return
        self.worked.again += 1
        wait *= self.chance.uniform(0.5, 1.0)
        loop.call(loop.now + wait, self._attempt, (event.once_more(), born, errors))

    def _seen_to(self, event: Event, born: float, errors: int, outcome: Any) -> None:
        if not isinstance(outcome, Failed):
            return
        loop = self.site.loop
        wait = self.retry_wait * 2.0**errors
        if errors >= self.retries_most or loop.now + wait - born > self.event_age_most:
            self._give_up(event)
            return
        self.worked.again += 1
        loop.call(loop.now + wait, self._attempt, (event.once_more(), born, errors + 1))

    def _give_up(self, event: Event) -> None:
        """Hand a dropped event to the on-failure destination, if there is one."""
        self.worked.dropped += 1
        self.site.metrics.count(self.id, f"{_NAMESPACE}/AsyncEventsDropped")
        if self._dead is not None:
            try:
                self.site.post(self._dead, event)
            except Failed:
                self.site.metrics.count(self.id, f"{_NAMESPACE}/DestinationDeliveryFailures")

    # Running -----------------------------------------------------------------------------------

    def _invoke(self, event: Event) -> Signal:
        """Begin a run; its signal fires with the answer or ``Failed``, and the rest after it."""
        if self.running >= self.concurrency_most:
            self.worked.throttled += 1
            self.site.metrics.count(self.id, f"{_NAMESPACE}/Throttles")
            raise Failed("throttled", throttled=True)
        self.running += 1
        if self.running > self.worked.most:
            self.worked.most = self.running
        done = Signal(self.site.loop)
        self.site.loop.start(self._run(event, done))
        return done

    def _run(self, event: Event, done: Signal) -> Process:
        site, loop, worked = self.site, self.site.loop, self.worked
        environment, renewed = self._environment(), self._renewed
        worked.runs += 1
        if environment.cold:
            worked.cold += 1
            worked.seconds += self.cold_seconds
            environment.cold = False
            yield self.cold_seconds
        began, since = loop.now, Work.of(environment.machine)
        site.metrics.sample(self.id, f"{_NAMESPACE}/ConcurrentExecutions", self.running, began)
        lost = False
        outcome: Any
        try:
            outcome = yield from limited(
                self._work(environment, event), loop, began + self.time_limit
            )
        except (TimedOut, Died) as end:
            outcome, lost = Failed(type(end).__name__), True
        except (Failed, StoreError) as error:
            outcome = error if isinstance(error, Failed) else Failed(str(error))
        seconds = loop.now - began
        worked.seconds += seconds
        site.metrics.sample(self.id, f"{_NAMESPACE}/Duration", seconds * 1000.0, began)
        if isinstance(outcome, Failed):
            worked.failed += 1
            site.metrics.sample(self.id, f"{_NAMESPACE}/Errors", 1.0, loop.now)
        else:
            site.metrics.sample(self.id, f"{_NAMESPACE}/Errors", 0.0, loop.now)
        if lost or renewed != self._renewed:
            environment.machine.end_session()
        else:
            environment.idle_since = loop.now
            self._free.append(environment)
        ticked = event.kind == "tick"
        busy = site.still_busy(self.id, environment.machine, since, ticked)
        if busy and ticked:
            self._busy_until = max(self._busy_until, loop.now) + busy
        self.running -= 1
        done.fire((outcome, busy))

    def _environment(self) -> Environment:
        """Return an environment: the one last used, or a new one; idle ones are taken away."""
        now = self.site.loop.now
        while self._free and self._free[0].idle_since + self.idle_seconds < now:
            self._free.pop(0).machine.end_session()
        if self._free:
            return self._free.pop()
        machine = self.site.machine(self.id)
        return Environment(machine, self.site.worker(self.id, machine))

    def _work(self, environment: Environment, event: Event) -> Process:
        site, machine, worker = self.site, environment.machine, environment.worker
        ticked = event.kind == "tick"
        limits = site.limits_for(self.id, self.time_limit, ticked)
        if ticked and self._busy_until > site.loop.now:
            share = max(0.0, self._time_left() / self._tick_seconds)
            limits = replace(limits, tick_seconds=limits.tick_seconds * share)
        machine.abreast = limits.concurrency
        worker.limits, machine.answer_seconds = limits, limits.answer_seconds
        share = site.hang_share
        machine.hangs = bool(share) and self.chance.random() < share
        answer = yield from drive(self.program.work(worker, event), machine)
        if isinstance(answer, Passed):
            for one in answer.events:
                yield from site.hand_over(answer.link, one)
                if answer.done is not None:
                    answer.done(one)
            return answer.answer
        return answer

    def renew(self) -> None:
        """Start every later run in a new environment; those under way finish in theirs."""
        self._renewed += 1
        for environment in self._free:
            environment.machine.end_session()
        self._free.clear()
