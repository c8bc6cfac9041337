"""What a trial stands on: time, ledger, partner, network, and how much of everything is replayed.

Apart from ``Site``, which puts the candidate's parts on it, so that each can be read by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import NamedTuple

from frugal.faults.fault import Act
from frugal.model.behaviour import Container, Function, Queue
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.counterpart import double_for
from frugal.simulate.mechanisms.mechanism import Mechanism
from frugal.simulate.metrics import COUNTS_OF_PAYOUTS, Metrics
from frugal.simulate.plan import Plan, PlannedPart
from frugal.simulate.scale import Scale, scaled
from frugal.simulate.terms import limits_of_partner, round_payouts, working_limits
from frugal.simulate.traffic import Traffic
from frugal.simulate.ways import Way, count_up, way_of
from payouts.core.worker import Worker
from payouts.limits import Limits, limits_within
from payouts.partners import fiserv_ddp
from payouts.ports import Emit, Request
from payouts.simulation.driver import Clocks, Machine, Misfortune
from payouts.simulation.loop import Loop
from payouts.simulation.network import Network
from payouts.simulation.scenario import START
from payouts.simulation.sentences import day_of
from payouts.simulation.store import Ledger
from payouts.simulation.world import CREDENTIALS, MERCHANT

_DAY = 86_400
#: What a tick says to the ledger anyway, and more in each round of sends.
_SENTENCES_PER_BEAT = 3
_SENTENCES_PER_ROUND = 3
_MACHINES_KEPT = 1000
#: Ways in which a process may die between two commands (``payouts.simulation.driver``).
_DEATHS = ("crash-before", "crash-after", "connection-lost")


class Work(NamedTuple):
    """What a machine had done at one moment."""

    payouts: int
    lane_seconds: float
    payouts_seconds: float
    statements: int

    @classmethod
    def of(cls, machine: Machine) -> Work:
        return cls(
            machine.payouts, machine.lane_seconds, machine.payouts_seconds, machine.statements
        )


NOTHING = Work(0, 0.0, 0.0, 0)


class Grounds:
    """See ``Site`` for the arguments."""

    def __init__(self, plan: Plan, seed: int, ratio: Decimal) -> None:
        self.plan = plan
        self.seed = seed
        self.ratio = float(ratio)
        self.start = START
        self.loop = Loop(START)
        self.partner_id = "fiserv_ddp"
        self.credentials = CREDENTIALS
        self.traffic = Traffic()
        self.metrics = SiteMetrics(self.loop, START)
        self.troubles: list[Act] = []  #: acts that are on now (``frugal.simulate.acts``)
        self.parts: dict[str, Mechanism] = {}
        self.machines: list[tuple[str, Machine]] = []
        self._machines_most = _MACHINES_KEPT
        self._deaths = 0.0  #: mean number of commands between two deaths of a worker
        self._skew = 0.0  #: of all wall clocks
        self._names = 0
        self._day = (0.0, "")  #: when the present day began, and its date
        self._ways: dict[str, Way] = {}
        self._scales: dict[tuple[str, bool], Scale] = {}
        self._limits: dict[tuple[str, float | None, bool], Limits] = {}
        counterpart = plan.counterpart
        self.limits = limits_of_partner(plan.partner, counterpart, self.ratio)
        self.ledger = Ledger(lambda: self.loop.now)
        self.double = double_for(seed, counterpart, self.ratio)
        self.network = Network(
            self.loop, self.double, self._signed, self.chance_of("network"), latency_seconds=0.0
        )

    def chance_of(self, who: str) -> Random:
        """Chance of one's own: what one draws moves nobody else's."""
        return Random(f"{who} {self.seed}")

    def truth(self, key: str) -> str:
        """Return what really became of a payout, as the partner's books have it."""
        return self.double.books.truth(key)

    def scaled(self, number: int) -> int:
        """Return what is left of a number of things at once: at least one."""
        return max(1, round(number / self.ratio))

    def scale_of(self, part_id: str, ticked: bool = True) -> Scale:
        """Return what is left of a worker, or of the queue in front of it, in a scaled trial.

        ``ticked``: of its runs that a schedule starts, else of those that payouts start.
        """
        scale = self._scales.get((part_id, ticked))
        if scale is None:
            scale = self._scales[part_id, ticked] = self._scale(self.plan[part_id], ticked)
        return scale

    def _scale(self, part: PlannedPart, ticked: bool) -> Scale:
        own = part.behaviour
        if isinstance(own, Queue):
            for link in self.plan.outgoing(part.id, Verb.POLLS):
                return self.scale_of(link.target, ticked=False)
            return Scale()
        if isinstance(own, Container):
            return scaled(
                lanes=int(own.requests_abreast.value),
                items=int(own.items_per_run.value),
                concurrency=1,
                ratio=self.ratio,
                by_events=False,
            )
        if not isinstance(own, Function):
            return Scale()
        concurrency, items = int(own.concurrency_most.value), int(own.items_per_run.value)
        for link in () if ticked else self.plan.incoming(part.id, Verb.POLLS):
            source = self.plan[link.source].behaviour
            if isinstance(source, Queue):
                concurrency = min(concurrency, int(source.concurrency_most.value))
                items = min(items, int(source.batch.value))
        return scaled(
            lanes=int(own.requests_abreast.value),
            items=items,
            concurrency=concurrency,
            ratio=self.ratio,
            by_events=not ticked,
        )

    def way(self, part_id: str) -> Way:
        """Return how a worker reaches the ledger."""
        way = self._ways.get(part_id)
        if way is None:
            way = self._ways[part_id] = way_of(self.plan, self.plan[part_id])
        return way

    def limits_for(
        self, part_id: str, seconds_left: float | None = None, ticked: bool = True
    ) -> Limits:
        """Return the limits a worker runs with, ``seconds_left`` before it is ended."""
        known = self._limits.get((part_id, seconds_left, ticked))
        if known is None:
            if seconds_left is not None:
                known = limits_within(self.limits_for(part_id, ticked=ticked), seconds_left)
            else:
                known = working_limits(
                    self.limits,
                    self.plan[part_id].behaviour,
                    self.scale_of(part_id, ticked),
                    self.plan.counterpart,
                    self.way(part_id).statement_seconds,
                )
            self._limits[part_id, seconds_left, ticked] = known
        return known

    def still_busy(self, part_id: str, machine: Machine, since: Work, ticked: bool = True) -> float:
        """Return how long a worker is still busy after a run, in a scaled trial.

        Its replayed payouts stand for others, and it would really have worked on those as well.
        """
        if self.ratio == 1.0:
            return 0.0
        payouts = machine.payouts - since.payouts
        if not payouts:
            return 0.0
        scale = self.scale_of(part_id, ticked)
        sentence = machine.statement_seconds / 2
        round_seconds = _SENTENCES_PER_ROUND * sentence + machine.commit_seconds / 2
        busy = scale.busy_seconds(
            lane_seconds=machine.lane_seconds - since.lane_seconds,
            payouts=payouts,
            round_payouts=round_payouts(self.limits, scale, self.plan.counterpart),
            round_seconds=round_seconds,
        )
        statements = machine.statements - since.statements - _SENTENCES_PER_BEAT
        spent = machine.payouts_seconds - since.payouts_seconds + max(0, statements) * sentence
        return max(0.0, busy - spent)

    def today(self) -> str:
        """Return the ledger's day."""
        now = self.loop.now
        if not self._day[0] <= now < self._day[0] + _DAY:
            self._day = (now // _DAY * _DAY, day_of(now))
        return self._day[1]

    def _signed(self, request: Request, wall: float) -> Mapping[str, str]:
        return fiserv_ddp.signed(request, MERCHANT, self.credentials, wall)

    # Machines ----------------------------------------------------------------------------------

    def machine(self, part_id: str) -> Machine:
        """Return a new process of a worker, with clocks of its own and its way to the ledger."""
        self._names += 1
        chance = self.chance_of(f"machine {part_id} {self._names}")
        machine = Machine(
            self.loop,
            self.ledger,
            self.network,
            Clocks(
                self.loop,
                self._skew,
                chance.uniform(0.0, 1e6),
                1.0 + chance.uniform(-1e-4, 1e-4),
            ),
            Misfortune(chance, self._deaths, kinds=_DEATHS),
            chance,
            self.limits.answer_seconds,
        )
        machine.abreast = self.scale_of(part_id).lanes
        machine.sink = self._sink_of(part_id)
        way = self.way(part_id)
        way.apply(machine, self.parts[way.backend] if way.backend else None)
        if len(self.machines) >= self._machines_most:
            # A year has as many as it has cold starts: what they did is counted, they can go.
            count_up(self)
            self.machines = [one for one in self.machines if not one[1].ended]
            self._machines_most = max(_MACHINES_KEPT, 2 * len(self.machines))
        self.machines.append((part_id, machine))
        return machine

    def desk(self) -> Machine:
        """Return a machine beside the ledger, for what people do."""
        return Machine(
            self.loop,
            self.ledger,
            self.network,
            Clocks(self.loop),
            Misfortune(self.chance_of("desk")),
            self.chance_of("desk"),
        )

    def worker(self, part_id: str, machine: Machine) -> Worker:
        """Return who works in a process: with a name that nobody had before."""
        self._names += 1
        return Worker(
            name=f"{part_id}-{self._names}",
            partner_id=self.partner_id,
            partner=fiserv_ddp,
            merchant=MERCHANT,
            limits=self.limits_for(part_id),
            clock=machine.clocks,
        )

    def wall(self, worker: Worker) -> float:
        assert isinstance(worker.clock, Clocks)
        return worker.clock.wall()

    def _sink_of(self, part_id: str) -> Callable[[Emit], None]:
        """Return where a worker's events go: its metrics, as ``payouts.io.logs`` writes them."""
        metrics, loop, ratio = self.metrics, self.loop, self.ratio
        beside = not self.way(part_id).backend

        def sink(emit: Emit) -> None:
            for name, value in emit.metrics.items():
                number = value * ratio if name in COUNTS_OF_PAYOUTS else value
                metrics.sample(part_id, f"Payouts/{name}", number, loop.now)
            if beside and emit.event == "tick":
                metrics.sample(part_id, "Payouts/ConnectionsFree", self.sessions_free(), loop.now)

        return sink

    def sessions_free(self) -> float:
        ledger = self.ledger
        return max(0.0, ledger.sessions_most - ledger.sessions_others - ledger.sessions)


class SiteMetrics(Metrics):
    """Samples that carry the site's time."""

    def __init__(self, loop: Loop, start: float) -> None:
        super().__init__(start)
        self._loop = loop

    def count(self, part: str, name: str, value: float = 1.0) -> None:
        self.sample(part, name, value, self._loop.now)

    def gauge(self, part: str, name: str, value: float) -> None:
        self.sample(part, name, value, self._loop.now)
