"""A day of somebody, or of a bug, that makes the bill as high as the parts' limits let it.

The attack drives the mechanisms on the event loop: a schedule's grid, events retried until they are
too old, environments that are busy, messages that come back until they were received too often,
quotas that refill. What got through is written onto the candidate's own links, and the engine
prices that graph as it prices any other; only how often and how long functions ran is the
attacker's own. So the bound of ``worst`` and the day seen here come from two sides: no day may
exceed the bound, and the greediest must come near it.

Seed 0 is the greediest day; any other seed draws how hard each lever is pulled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

import msgspec

from frugal.aws_facts import limit
from frugal.model.behaviour import (
    Behaviour,
    Bus,
    Container,
    Entrance,
    Function,
    Orchestrator,
    Queue,
    Schedule,
)
from frugal.model.curve import ZERO
from frugal.model.graph import Candidate, Link, Verb
from frugal.model.worst_case import Attack, Guards
from frugal.patterns import Scene
from frugal.price.usage import PartUsage, usage_of
from frugal.price_list.meter import Meter
from frugal.simulate.plan import plan_of
from frugal.simulate.worst.adversary_day import DAY, MINUTE, Day, Levers
from frugal.simulate.worst.adversary_queue import SENDS_OF_ONE, Messages
from frugal.simulate.worst.adversary_runs import (
    CALL_CPU_SECONDS,
    LARGER,
    LOG_KIB_PER_ITEM,
    LOG_KIB_PER_RUN,
    Functions,
)
from payouts.simulation.loop import Loop, Process

#: vCPUs of a box that nobody described: the fewest of any plan.
VCPUS_AT_LEAST = Decimal(2)


class Adversary:
    """One attack on one candidate for one day."""

    def __init__(
        self,
        candidate: Candidate,
        scene: Scene,
        attack: Attack,
        seed: int,
        guards: Guards | None = None,
        reads_per_second: Decimal | None = None,
        days: int = 1,
    ) -> None:
        """Prepare the day.

        Args:
            candidate: what is attacked.
            scene: what it was built for.
            attack: what goes wrong.
            seed: 0 for the greediest day, any other for one drawn.
            guards: what is set against it.
            reads_per_second: reads of credentials that the account has; default: the lower quota.
            days: how long it goes on.
        """
        self.candidate, self.scene, self.attack = candidate, scene, attack
        self.guards = guards or Guards()
        self.chance = Random(f"adversary {attack} {seed}")
        self.levers = Levers(self.chance, greedy=seed == 0)
        self.behaviours = {
            part.id: self._guarded(part.behaviour) for part in plan_of(candidate, scene).parts
        }
        ages = [
            float(one.event_age_seconds_most.value + one.time_limit_seconds.value)
            for one in self.behaviours.values()
            if isinstance(one, Function)
        ]
        self.begins = -max(ages, default=0.0)
        self.loop = Loop(self.begins)
        self.day = Day(len(candidate.links), attack, days * DAY)
        quota = limit("ssm-get-tps-default").number
        reads = float(quota if reads_per_second is None else reads_per_second)
        self.functions = Functions(candidate, self.loop, self.day, self.levers, self.guards, reads)

    def _guarded(self, behaviour: Behaviour) -> Behaviour:
        """Return how a part behaves with the guards set."""
        if not isinstance(behaviour, Function):
            return behaviour
        retries, age = behaviour.retries_most, behaviour.event_age_seconds_most
        if self.guards.retries is not None:
            retries = replace(retries, value=Decimal(self.guards.retries))
        if self.guards.event_age_seconds is not None:
            age = replace(age, value=Decimal(self.guards.event_age_seconds))
        return msgspec.structs.replace(behaviour, retries_most=retries, event_age_seconds_most=age)

    # -- what is asked of it ---------------------------------------------------------------------

    def rows(self) -> list[PartUsage]:
        """Live the day, and return what it used beyond what is billed whatever happens."""
        for part_id, behaviour in self.behaviours.items():
            for process in self._lives(part_id, behaviour):
                self.loop.start(process)
        self.loop.run(self.day.ends)
        fixed: dict[tuple[str, Meter], Decimal] = {}
        for row in usage_of(self._lived(None), self.scene):
            key = row.placement, row.usage.meter
            fixed[key] = fixed.get(key, ZERO) + _number(row)
        seen = []
        for row in usage_of(self._lived(self.day), self.scene):
            lived = self.behaviours.get(row.placement)
            amount = _number(row)
            if isinstance(lived, Function) and row.usage.meter.unit == "GB-second":
                gib = self.candidate[row.placement].number("memory_mb") / 1024
                amount = Decimal(self.day.seconds[row.placement]) * gib
            elif isinstance(lived, Function) and row.usage.meter.unit == "request":
                amount = Decimal(self.day.runs[row.placement])
            else:
                amount -= fixed.get((row.placement, row.usage.meter), ZERO)
            if amount > ZERO:
                usage = row.usage._replace(quantity=amount, why="seen in a simulated day")
                seen.append(row._replace(usage=usage))
        return seen

    def _lived(self, day: Day | None) -> Candidate:
        """Return the candidate with each link as often, and as large, as it was used."""
        links = []
        for place, link in enumerate(self.candidate.links):
            times = ZERO if day is None else Decimal(day.times[place])
            lived = msgspec.structs.replace(link, per_month=times)
            if day is not None and day.kib[place] and times:
                lived = msgspec.structs.replace(lived, request_kib=Decimal(day.kib[place]) / times)
            links.append(lived)
        return msgspec.structs.replace(self.candidate, links=tuple(links))

    # -- the parts -------------------------------------------------------------------------------

    def _lives(self, part: str, behaviour: Behaviour) -> Iterator[Process]:
        """Yield what a part does by itself."""
        if isinstance(behaviour, Entrance):
            if not self.guards.signed:
                yield self._door(part, behaviour)
        elif self.attack is Attack.UNAUTHENTICATED:
            return  # what stands behind a door refuses, and passes nothing on
        elif isinstance(behaviour, Schedule):
            yield self._schedule(part, behaviour)
        elif isinstance(behaviour, Queue):
            yield from self._polled(part, behaviour)
        elif isinstance(behaviour, Orchestrator):
            if self.attack is Attack.LOOP:
                yield self._endless_steps(part, behaviour)
            else:
                yield from self._executions(part, behaviour)
        elif isinstance(behaviour, Container):
            yield self._container(part)

    def _schedule(self, part: str, schedule: Schedule) -> Process:
        """Fire on the grid, late and twice as the attacker likes; before the day, too."""
        every, late = float(schedule.every_seconds.value), float(schedule.late_seconds_most.value)
        yield self.chance.random() * min(every, DAY)
        while True:
            for place, link in self.out(part):
                for _ in range(1 + self.happens(self.levers.doubled)):
                    at = self.loop.now + self.chance.random() * late
                    self.loop.start(self._fired(place, link), at)
            yield every

    def _fired(self, place: int, link: Link) -> Process:
        self.day.count(place, self.loop.now)
        target = self.behaviours[link.target]
        if isinstance(target, Bus):
            yield from self._delivered(link.target, target)
        elif isinstance(target, Function):
            yield from self._asynchronous(link.target, target)

    def _delivered(self, part: str, bus: Bus) -> Process:
        """Call the endpoint, and again while it fails and the event is young enough."""
        born = self.loop.now
        for again in range(int(bus.retries_most.value) + 1):
            if self.loop.now - born > float(bus.retry_seconds_most.value):
                break
            for place, _ in self.out(part, Verb.CALLS):
                self.day.count(place, self.loop.now)
            if not self.happens(self.levers.fails):
                return
            yield float(bus.time_limit_seconds.value) + 2.0**again
        self.give_up(part)

    def _asynchronous(self, part: str, function: Function) -> Process:
        """Run an event; again after an error, and while there is no room, until it is too old."""
        born, tried, wait = self.loop.now, 0, 1.0
        age = float(function.event_age_seconds_most.value)
        opens = (self.levers.held_back - 1.0) * -self.begins
        while self.loop.now - born <= age:
            if self.loop.now < opens or self.functions.room(part, function) < 1:
                until = opens - self.loop.now
                yield min(until, wait) if until > 0.0 else wait
                wait = min(wait * 2, float(function.throttle_wait_seconds_most.value))
                continue
            yield from self.functions.run(part, function)
            if not self.happens(self.levers.fails):
                return
            tried += 1
            if tried > int(function.retries_most.value):
                break
            yield float(function.retry_wait_seconds.value) * tried
        self.give_up(part)

    def _door(self, part: str, door: Entrance) -> Process:
        """Knock at any rate; what is let in runs the function behind."""
        rate = float(door.requests_per_second_most.value)
        (_, behind), *_ = self.out(part, Verb.INVOKES)
        function = self.behaviours[behind.target]
        assert isinstance(function, Function), "behind a door stands a function"
        if "function-url" in part or (rate % 10 == 0 and rate < 10_000):
            rate = min(rate, 10.0 * self.functions.most(behind.target, function))
        if self.guards.requests_per_second is not None:
            rate = min(rate, float(self.guards.requests_per_second))
        yield -self.begins
        while self.loop.now < self.day.ends:
            knocks = rate * MINUTE * self.levers.speed
            for place, link in enumerate(self.candidate.links):
                if link.target == part and link.verb is Verb.NOTIFIES:
                    self.day.add(place, knocks)
            most = self.functions.most(behind.target, function)
            yield from self.functions.minute(behind.target, function, knocks, most)

    # -- queues ----------------------------------------------------------------------------------

    def _polled(self, part: str, queue: Queue) -> Iterator[Process]:
        """Yield the pollers of a queue, whose messages nothing can be done with."""
        for place, link in self.out(part, Verb.POLLS):
            function = self.behaviours[link.target]
            assert isinstance(function, Function), "a function polls a queue"
            received = None if "dead-letters" in self.guards.without else queue.receives_most
            messages = Messages(self, part, place, queue)
            if self.attack is Attack.LOOP and not self.levers.fans_out and messages.seen(link):
                yield messages.arrive()
                yield messages.requeued(link.target, function)
                continue
            if self.attack is Attack.LOOP or received is None or self._fed_by_functions(part):
                yield self._endless(part, place, link.target, queue, function)
                continue
            yield messages.arrive()
            for _ in range(messages.pollers(self.functions.longest(function))):
                yield messages.polled(link.target, function)

    def _endless(
        self, part: str, place: int, polling: str, queue: Queue, function: Function
    ) -> Process:
        """Keep every poller busy for as long as there is something to receive."""
        yield -self.begins
        at_once, batch = float(queue.concurrency_most.value), float(queue.batch.value)
        ends = queue.receives_most if "dead-letters" not in self.guards.without else None
        tries, received = float(ends.value) if ends is not None else 0.0, 0.0
        while self.loop.now < self.day.ends:
            wanted = at_once * MINUTE * self.functions.per_second * self.levers.speed
            there = sum(self.day.times[one] for one, _ in self.into(part, Verb.SENDS))
            if tries and self.attack is not Attack.LOOP:
                left = there * tries * (1 + self.levers.doubled) - received
                wanted = min(wanted, left / batch)
            elif not there:
                wanted = 0.0  # nothing to go round with yet
            for one, link in self.into(part, Verb.SENDS):
                if isinstance(self.behaviours.get(link.source), Container):
                    self.day.add(one, self._sends_a_minute(link))
            runs = yield from self.functions.minute(polling, function, wanted, at_once, batch)
            received += runs * batch
            self.day.add(place, runs)
            for one, _ in self.out(part, Verb.DEAD_LETTERS) if tries else ():
                given_up = max(there - self.day.times[one], 0.0)  # each message but once
                self.day.add(one, min(runs * batch / tries, given_up))

    def _sends_a_minute(self, link: Link) -> float:
        """Return what a producer puts on a queue: without end where it loops."""
        if self.attack is not Attack.LOOP:
            return self.largest(link) * SENDS_OF_ONE * MINUTE / DAY * self.levers.speed
        instance = self.scene.stack.instance
        known = instance.vcpus if instance is not None else None
        vcpus = known.value if known is not None else VCPUS_AT_LEAST
        return float(vcpus) / CALL_CPU_SECONDS * MINUTE * self.levers.speed

    def _fed_by_functions(self, part: str) -> bool:
        sources = (link.source for _, link in self.into(part, Verb.SENDS))
        return any(isinstance(self.behaviours.get(one), Function) for one in sources)

    # -- workflows, containers -------------------------------------------------------------------

    def _executions(self, part: str, machine: Orchestrator) -> Iterator[Process]:
        """Yield an execution for each payout of these days, and of the day before."""
        for place, link in self.into(part, Verb.INVOKES_ASYNC):
            largest = int(self.largest(link))
            for number in range(int(largest * (self.day.ends / DAY + 1))):
                yield self._execution(part, machine, place if number >= largest else None)

    def _execution(self, part: str, machine: Orchestrator, place: int | None) -> Process:
        """Send, and look up as often as allowed; each step with all of its retries."""
        yield -self.begins + self.chance.random() * (self.day.ends - DAY / 2)
        if place is not None:
            self.day.count(place, self.loop.now)
        steps = int(self.scene.load.lookups_per_inconclusive) + 1
        for _ in range(steps * (int(machine.retries_most.value) + 1)):
            for step, link in self.out(part, Verb.INVOKES):
                function = self.behaviours[link.target]
                assert isinstance(function, Function), "a step is a function"
                while self.functions.room(link.target, function) < 1:
                    yield MINUTE
                self.day.count(step, self.loop.now)
                yield from self.functions.run(link.target, function)
            if not self.happens(self.levers.fails):
                return
            yield float(machine.retry_wait_seconds.value)

    def _endless_steps(self, part: str, machine: Orchestrator) -> Process:
        """Start executions, and go round in them, as fast as the account's quota refills."""
        yield -self.begins
        refill = float(limit("sfn-transition-refill-large").number) * MINUTE * self.levers.speed
        while self.loop.now < self.day.ends:
            starts = min(float(machine.starts_per_second_most.value) * MINUTE, refill / 4)
            for place, _ in self.into(part, Verb.INVOKES_ASYNC):
                self.day.add(place, starts)
            for place, link in self.out(part, Verb.INVOKES):
                function = self.behaviours[link.target]
                assert isinstance(function, Function), "a step is a function"
                most = self.functions.most(link.target, function)
                wanted = (refill - starts) / 3
                runs = yield from self.functions.minute(link.target, function, wanted, most)
                self.day.add(place, runs)

    def _container(self, part: str) -> Process:
        """Crash once a second, and send and look up every payout as often as allowed."""
        yield -self.begins
        terms, load = self.scene.brief.partner, self.scene.load
        again = 1 + terms.send_retries_max.value + float(load.lookups_per_inconclusive)
        payouts = self._payouts() * (1 + DAY / self.day.ends)  # those of the day before, too
        steps = payouts * again * MINUTE / DAY * self.levers.speed
        lines = MINUTE * self.levers.speed * LOG_KIB_PER_RUN + steps * LOG_KIB_PER_ITEM
        if self.attack is Attack.LOG_FLOOD:
            lines = self.functions.lines.per_second * MINUTE
        while self.loop.now < self.day.ends:
            yield MINUTE
            now = self.loop.now
            for place, link in self.out(part):
                if link.verb is Verb.READS:
                    wanted = MINUTE * (self.levers.speed if self.attack is not Attack.LOOP else 1e4)
                    self.day.add(place, self.functions.reads.take(wanted, now))
                elif link.verb is Verb.LOGS:
                    taken = self.functions.lines.take(lines * self.levers.speed, now)
                    self.day.add(place, taken)
                elif link.verb is Verb.CALLS_OUT:
                    self.day.add(place, steps, steps * float(link.request_kib) * LARGER)

    # -- what several of them need ---------------------------------------------------------------

    def largest(self, link: Link) -> float:
        """Return how often a link is used on the largest day that was promised."""
        assert isinstance(link.per_month, Decimal), "an attack needs numbers"
        return float(link.per_month / self.scene.load.days) * self._factor()

    def _payouts(self) -> float:
        assert isinstance(self.scene.load.payouts_per_day, Decimal), "an attack needs numbers"
        return float(self.scene.load.payouts_per_day) * self._factor()

    def _factor(self) -> float:
        brief = self.scene.brief
        stated = brief.volume.payouts_per_day_high.value
        largest = brief.promises.largest_day_payouts.value
        return max(float(largest / stated), 1.0) if stated else 1.0

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def give_up(self, part: str) -> None:
        for place, _ in self.out(part, Verb.DEAD_LETTERS):
            self.day.count(place, self.loop.now)

    def out(self, part: str, *verbs: Verb) -> list[tuple[int, Link]]:
        places = self.functions.places.get(part, [])
        return [one for one in places if one[1].verb in verbs] if verbs else places

    def into(self, part: str, verb: Verb) -> list[tuple[int, Link]]:
        links = enumerate(self.candidate.links)
        return [(place, link) for place, link in links if (link.target, link.verb) == (part, verb)]


def _number(row: PartUsage) -> Decimal:
    assert isinstance(row.usage.quantity, Decimal), "an attack needs numbers"
    return row.usage.quantity
