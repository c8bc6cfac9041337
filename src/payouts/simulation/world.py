"""One simulated world from its first payout to the day when everything has come to rest.

The real core, the real partner file and the double of the partner, around them simulated time,
ledger, network and people. First come the troubles of the scenario; then they cease, and within
some days every payout must have ended. What was found then is what the judge gets.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from payouts.core.notify import notify
from payouts.core.tick import tick
from payouts.core.worker import Worker
from payouts.ledger.statements import Quarantine
from payouts.limits import Limits, limits_for
from payouts.outcome import Credentials, Merchant
from payouts.partners import fiserv_ddp
from payouts.ports import StoreError
from payouts.sandbox.double import FiservDouble
from payouts.sandbox.notices import WebhookNotice
from payouts.sandbox.settings import Settings
from payouts.simulation.actors import PARTNER, Backend, Person
from payouts.simulation.driver import Clocks, Died, Machine, Misfortune, drive
from payouts.simulation.judge import Case
from payouts.simulation.loop import Loop, Process
from payouts.simulation.network import Network, Weather
from payouts.simulation.scenario import DAY, HOUR, START, Scenario, faults_of
from payouts.simulation.store import Ledger, Snapshot
from payouts.states import FINAL, Status

#: After the troubles: this long at least (a day's reconciliation), and this long at most.
_REST_SECONDS_LEAST = 1.1 * DAY
_RETURN_SECONDS = 2 * DAY
_REST_SECONDS_MOST = 9 * DAY

MERCHANT = Merchant(
    base_url="http://partner.invalid/ddp",
    settings={"payment_type": "Claims", "list_page_size": "100"},
)
CREDENTIALS = Credentials(
    values={
        "api_key": "sandbox-key",
        "api_secret": "sandbox-secret",
        "webhook_secret": "sandbox-webhook",
    }
)


@contextmanager
def uncollected() -> Iterator[None]:
    """Search for no garbage meanwhile: half of all time otherwise, and there is none to find."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@dataclass(slots=True)
class Tally:
    """What happened, in numbers."""

    ticks: int = 0
    crashes: int = 0
    restores: int = 0
    notices: int = 0
    names: int = field(default=0, repr=False)


class World:
    """Everything there is in one run."""

    def __init__(self, scenario: Scenario, limits: Limits | None = None) -> None:
        self.scenario = scenario
        self.start = START
        self.loop = Loop(START)
        usual = limits_for(fiserv_ddp.FACTS)
        # Reading a day's list again on three days finds returns; without them once is enough.
        days = usual.reconcile_days if scenario.comes_back else 1
        self.limits = limits or replace(usual, reconcile_days=days, batch=scenario.batch)
        self.ledger = Ledger(lambda: self.loop.now)
        self.double = FiservDouble(
            scenario.seed,
            Settings(
                funding_minor=10**9 if not scenario.emptied else scenario.payouts * 30_000,
                webhooks=scenario.webhooks,
                outages=scenario.outages,
                requests_per_second=scenario.requests_per_second,
                page_size=100,
                silence_seconds=60.0,
            ),
            faults_of(scenario),
        )
        self.network = Network(
            self.loop,
            self.double,
            lambda request, wall: fiserv_ddp.signed(request, MERCHANT, CREDENTIALS, wall),
            self.chance_of("network"),
            scenario.weather,
            arrived=self._expect_notices if scenario.webhooks else None,
        )
        self.tally = Tally()
        self.over = False
        self.is_calm = False
        self.machines: list[Machine] = []
        self.desk = self._machine("desk", troubled=False)
        self.backend = Backend(self)
        self.person = Person(self)
        self._snapshot: Snapshot | None = None
        self._lives: list[Process] = []
        self._expected = inf

    def chance_of(self, who: str) -> Random:
        """Chance of one's own: what one draws moves nobody else's."""
        return Random(f"{who} {self.scenario.seed}")

    def truth(self, key: str) -> str:
        return self.double.books.truth(key)

    def worker(self, where: str) -> Worker:
        self.tally.names += 1
        machine = self.desk
        for one, name in zip(self.machines, self._names, strict=True):
            if name == where:
                machine = one
        return Worker(
            name=f"{where}-{self.tally.names}",
            partner_id=PARTNER,
            partner=fiserv_ddp,
            merchant=MERCHANT,
            limits=self.limits,
            clock=machine.clocks,
        )

    @property
    def _names(self) -> list[str]:
        return ["desk", *(f"w{number}" for number in range(1, len(self.machines)))]

    def _machine(self, name: str, troubled: bool = True) -> Machine:
        scenario, chance = self.scenario, self.chance_of(f"machine {name}")
        skew = scenario.wall_skew_seconds
        machine = Machine(
            self.loop,
            self.ledger,
            self.network,
            Clocks(
                self.loop,
                chance.uniform(-skew, skew) if troubled else 0.0,
                chance.uniform(0, 10**6),
                1.0 + chance.uniform(-1e-4, 1e-4),
            ),
            Misfortune(chance, scenario.crash_mean_commands if troubled else 0.0),
            chance,
            self.limits.answer_seconds,
        )
        self.machines.append(machine)
        return machine

    # Running -----------------------------------------------------------------------------------

    @uncollected()
    def run(self) -> None:
        """Run the whole scenario, then let everything come to rest."""
        scenario, loop = self.scenario, self.loop
        loop.start(self.backend.run())
        loop.start(self.person.run())
        for number in range(1, scenario.workers + 1):
            machine = self._machine(f"w{number}")
            # The first one; the second, if there is one, sits beside the database.
            machine.commits_each = scenario.from_afar and number == 1
            self._begin_life(number)
        for first, last in scenario.database_down:
            loop.call(START + first, lambda _: self.ledger.stop())
            loop.call(START + last, self._database_up)
        if scenario.restore:
            loop.call(START + scenario.dumped_at, self._dump)
            loop.call(START + scenario.restored_at, self._restore)
        if scenario.emptied:
            loop.call(START + scenario.span_seconds + 2 * HOUR, self._fund)
        last_trouble = max(
            scenario.span_seconds + HOUR,
            scenario.restored_at + 4 * HOUR,
            *(last for _, last in scenario.database_down),
            *(outage.last_seconds - START for outage in scenario.outages),
        )
        loop.run(START + last_trouble)
        self._calm_down()
        end = loop.now + _REST_SECONDS_MOST
        loop.run(loop.now + _REST_SECONDS_LEAST + scenario.comes_back * _RETURN_SECONDS)
        while not self._at_rest() and loop.now < end:
            loop.run(loop.now + 6 * HOUR)
        self.over = True

    def _begin_life(self, number: int) -> None:
        life = self._life(number)
        self._lives.append(life)
        self.loop.start(life)

    def _life(self, number: int) -> Process:
        """A machine that runs workers: one dies, the next one starts."""
        machine = self.machines[number]
        name = f"w{number}"
        chance = self.chance_of(f"life {name}")
        yield chance.uniform(0.0, 60.0)
        while not self.over:
            worker = self.worker(name)
            try:
                while not self.over:
                    self.tally.ticks += 1
                    doubled = self.scenario.double_ticks and not self.is_calm
                    if doubled and chance.random() < self.scenario.double_ticks:
                        self.loop.start(self._double_tick(name, machine))
                    report = yield from drive(tick(worker), machine)
                    yield self._until_next(report.ended, report.next_seconds)
            except Died:
                self.tally.crashes += 1
                yield chance.uniform(0.5, 120.0)
            except StoreError:
                yield chance.uniform(1.0, 60.0)

    def _double_tick(self, name: str, machine: Machine) -> Process:
        """The schedule fired twice: a second worker at the same moment."""
        try:
            yield from drive(tick(self.worker(name)), machine)
        except (Died, StoreError):
            self.tally.crashes += 1

    def _until_next(self, ended: str, seconds: float | None) -> float:
        """Come back every minute while there is something to do, else when there will be."""
        now = self.loop.now
        if ended != "idle":
            return min(max(60.0, seconds or 0.0), HOUR)
        upcoming = min(now + 6 * HOUR, self.ledger.next_due() or inf)
        for at in self.backend.times:
            if at >= now:
                upcoming = min(upcoming, at)
                break
        # On the minute, as a schedule fires.
        return max(1, -int((now - upcoming) // 60.0)) * 60.0 - now % 60.0 + 0.5

    def _calm_down(self) -> None:
        """All trouble ceases; what it has led to goes on."""
        self.is_calm = True
        for machine in self.machines:
            machine.misfortune.calm()
            machine.clocks.wall_skew = 0.0
        self.network.weather = Weather()
        faults = self.scenario.faults
        self.double.faults.clear()
        for name in ("sixth-retry-paid", "late-retry-paid"):
            if name in faults:
                self.double.faults.set(name, 0.0)
        self.double.settings = replace(self.double.settings, requests_per_second=None)

    def _at_rest(self) -> bool:
        return self.double.next_seconds() is None and all(
            row.status in FINAL or (row.status is Status.HELD and self._stays_held(row.payout.key))
            for row in self.ledger.rows.values()
        )

    def _stays_held(self, key: str) -> bool:
        return self.truth(key) == "open"

    # Troubles ----------------------------------------------------------------------------------

    def _database_up(self, _: object) -> None:
        self.ledger.up = True

    def _fund(self, _: object) -> None:
        self.double.fund(10**9, self.loop.now)

    def _dump(self, _: object) -> None:
        self._snapshot = self.ledger.snapshot()

    def _restore(self, _: object) -> None:
        scenario = self.scenario
        assert self._snapshot is not None
        self.tally.restores += 1
        self.ledger.up = True  # whoever restores a database also starts it
        self.ledger.restore(self._snapshot, noticed=scenario.restore == "noticed")
        if scenario.restore == "declared":
            connection = self.ledger.connect()
            connection.execute(Quarantine(PARTNER, True, "restored from a dump"))
            connection.commit()
            connection.close()
        if scenario.restore == "unnoticed":
            for life in self._lives:
                life.close()
            for number in range(1, scenario.workers + 1):
                self._begin_life(number)
        if scenario.backend_restored:
            self.backend.restored(scenario.dumped_at)
        else:
            self.loop.start(self.backend.ask_again())

    # Webhooks ----------------------------------------------------------------------------------

    def _expect_notices(self) -> None:
        due = self.double.next_seconds()
        if due is not None and due < self._expected:
            self._expected = due
            self.loop.call(due, self._hand_out)

    def _hand_out(self, _: object) -> None:
        if self.loop.now < self._expected:
            return
        self._expected = inf
        notices = self.double.due_notices(self.loop.now)
        if notices:
            self.loop.start(self._deliver(notices))
        self._expect_notices()

    def _deliver(self, notices: tuple[WebhookNotice, ...]) -> Process:
        """What the webhook's handler does: source and secret first, then the ledger, then 200."""
        machine = self.machines[-1]
        worker = self.worker("hook")
        for notice in notices:
            self.tally.notices += 1
            why = fiserv_ddp.authentic(
                notice.headers,
                notice.body,
                notice.source,
                MERCHANT,
                CREDENTIALS,
                machine.clocks.wall(),
            )
            if why is None:
                try:
                    yield from drive(notify(worker, fiserv_ddp.notices_in(notice.body)), machine)
                    continue
                except (Died, StoreError):
                    pass  # not noted, so not acknowledged: it comes again
            self.double.undelivered(notice, self.loop.now)
        self._expect_notices()

    # Judging -----------------------------------------------------------------------------------

    def case(self) -> Case:
        """What the judge is told of this world."""
        scenario, books = self.scenario, self.double.books
        return Case(
            PARTNER,
            self.limits,
            self.backend.asked,
            books.entries,
            self.ledger.rows,
            frozenset(key[2] for key in self.ledger.table if key[0] == "orphan"),
            self.network.sends,
            self.network.lookups,
            books.breaches,
            unseen_restore=scenario.restore in {"witnessed", "unnoticed"},
            only_by_the_clock=not (scenario.webhooks or scenario.restore or scenario.person),
        )


__all__ = ["World", "uncollected"]
