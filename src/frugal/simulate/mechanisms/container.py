"""A process that always runs: a worker that ticks or is woken, and the backend that answers calls.

It dies with its host, or by itself, and is started again. What it had open is gone then; what it
had begun is in the ledger. The backend answers 202 to whoever says that there may be work, and
wakes the worker beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frugal.model import behaviour
from frugal.model.graph import Verb
from frugal.simulate.grounds import NOTHING, Work
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.ticking import Grid, idle_gauges
from frugal.simulate.programs import Passed
from payouts.core.worker import TickReport, Worker
from payouts.ports import StoreError
from payouts.simulation.driver import Died, Machine, drive
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site

#: Whoever calls a host that is gone gives up its connection after so long.
_REFUSED_SECONDS = 3.0
_IDLE_SENTENCES = 3
_BEFORE_STOP_SECONDS = 0.001


class Container(Mechanism):
    """Ticks by itself, or when somebody says so; answers calls, if it is the backend."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, behaviour.Container)
        self.answer_seconds = float(says.answer_seconds.value)
        self.restart_seconds = float(says.restart_seconds.value)
        self.on_host = says.on_host
        self.program = site.program_of(part)
        self.worked = site.traffic.parts[part.id]
        self.wakes = tuple(
            link
            for link in site.plan.outgoing(part.id, Verb.INVOKES_ASYNC)
            if isinstance(site.plan[link.target].behaviour, behaviour.Container)
        )
        self._machine: Machine | None = None
        self._worker: Worker | None = None
        self._life: Process | None = None
        self._woken = False
        self._lives = 0
        self._grid: Grid | None = None
        if says.tick_seconds is not None:
            every = float(says.tick_seconds.value)
            offset = site.chance_of(f"container {part.id}").uniform(0.0, every)
            self._grid = Grid(
                site,
                site.start + offset,
                every,
                fire=lambda at: self._wake(Event("tick", born=at)),
                next_work=self.next_work,
                skipped=lambda count, last: self.skipped(count, last, every),
            )

    def start(self) -> None:
        if self._grid is not None:
            self._grid.begin()

    def stir(self) -> None:
        if self._grid is not None:
            self._grid.plan()

    def settle(self) -> None:
        """Count what was left out until now."""
        if self._grid is not None:
            self._grid.settle(self.site.loop.now)

    def next_work(self) -> float:
        if self._life is not None:
            return float("inf")  # it looks again when it has ended what it does
        return self.program.next_work(self.site)

    def skipped(self, count: int, last: float, every: float) -> None:
        for link in self.wakes:
            self.site.traffic.add(link.place, count)
            self.site.parts[link.target].skipped(count, last, every)
        if self.wakes:
            return
        way = self.site.way(self.id)
        self.worked.runs += count
        self.worked.seconds += count * _IDLE_SENTENCES * way.statement_seconds
        way.say(self.site.traffic, count * _IDLE_SENTENCES)
        if self.program.measures:
            idle_gauges(self.site, self.id, count, last, every)

    # Being called ------------------------------------------------------------------------------

    def accept(self, event: Event) -> None:
        if not self.up:
            raise Failed("nobody is there")
        self._wake(event)

    def take(self, event: Event) -> Process:
        """Answer a call, as the backend does; what it leads to comes afterwards."""
        if not self.up:
            yield _REFUSED_SECONDS
            raise Failed("nobody is there")
        yield self.answer_seconds
        if not self.up:
            raise Failed("no answer")
        if event.kind == "notice":
            return (yield from self._one(event))
        for link in self.wakes:
            self.site.post(link, event)
        if not self.wakes:
            self._wake(event)
        return None

    # Working -----------------------------------------------------------------------------------

    def _wake(self, event: Event) -> None:
        if self._life is not None:
            self._woken = True
            return
        self._life = self._work(event)
        self.site.loop.start(self._life)

    def _work(self, event: Event) -> Process:
        """Work until there is no more to do at once."""
        while True:
            self._woken = False
            self.worked.runs += 1
            began = self.site.loop.now
            since = None if self._machine is None else Work.of(self._machine)
            try:
                answer = yield from self._one(event)
            except Died:
                self.worked.seconds += self.site.loop.now - began
                self._die()
                return
            except (Failed, StoreError):
                # It says so in its log; the next tick finds everything in the ledger.
                self.worked.failed += 1
                answer = None
            self.worked.seconds += self.site.loop.now - began
            if self._machine is not None:
                busy = self.site.still_busy(self.id, self._machine, since or NOTHING)
                if busy:
                    yield busy
            more = isinstance(answer, TickReport) and answer.ended == "time"
            if not (more or self._woken):
                break
        self._life = None
        self.stir()

    def _one(self, event: Event) -> Process:
        """Carry out one event."""
        if self._machine is None:
            self._machine = self.site.machine(self.id)
            self._worker = self.site.worker(self.id, self._machine)
        assert self._worker is not None
        machine = self._machine
        worker = self._worker
        if event.kind == "notice":
            # The endpoint has threads of its own: it does not wait for the worker.
            machine = self.site.machine(self.id)
            worker = self.site.worker(self.id, machine)
        answer: Any = yield from drive(self.program.work(worker, event), machine)
        if machine is not self._machine:
            machine.end_session()
        if isinstance(answer, Passed):
            for one in answer.events:
                yield from self.site.hand_over(answer.link, one)
                if answer.done is not None:
                    answer.done(one)
            return answer.answer
        return answer

    def _die(self) -> None:
        """Die by itself; whoever runs containers starts it again."""
        self._life = None
        self.stop()
        self.resume()

    def stop(self) -> None:
        super().stop()
        self._lives += 1
        if self._life is not None:
            self._life.close()
            self._life = None
        if self._machine is not None:
            self._machine.end_session()
        self._machine = self._worker = None
        if self._grid is not None:
            self._grid.end()

    def resume(self) -> None:
        """Start it; it works when it has started."""
        loop = self.site.loop
        loop.call(loop.now + self.restart_seconds, self._come_up, self._lives)

    def _come_up(self, life: int) -> None:
        if life != self._lives:
            return  # it died again meanwhile
        self.up = True
        if self._grid is not None:
            self._grid.begin()
        self.site.stir()
