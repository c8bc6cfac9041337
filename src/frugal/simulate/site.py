"""A candidate, alive: its parts as mechanisms around the deployed code, in simulated time.

A ``Site`` is built from a plan and knows no service: a table says which mechanism each kind of
behaviour is. Inside are the real core, the simulated ledger and the partner's double; whatever a
part is reached over and whatever is done to it goes through here, so that it is counted.

    site = Site(plan, seed=1)
    site.start_up()
    site.loop.run(site.start + 86_400)

The second half are the handles that acts of faults turn, in plain words. Each acts at the present
moment and sets a level: turned twice to the same it changes nothing, turned back it leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import islice

from frugal.model.behaviour import Container, Function
from frugal.model.graph import Role, Verb
from frugal.simulate.business import Business, Person
from frugal.simulate.grounds import Grounds
from frugal.simulate.mechanisms.container import Container as ContainerMechanism
from frugal.simulate.mechanisms.counterpart import Partner
from frugal.simulate.mechanisms.database import DatabaseServer
from frugal.simulate.mechanisms.function import Function as FunctionMechanism
from frugal.simulate.mechanisms.host import HostMachine
from frugal.simulate.mechanisms.mechanism import Event, Mechanism
from frugal.simulate.mechanisms.notices import Notices
from frugal.simulate.mechanisms.table import MECHANISMS, program_of
from frugal.simulate.plan import Plan, PlannedLink, PlannedPart
from frugal.simulate.programs import Program
from frugal.simulate.ways import count_up
from payouts.ledger.statements import Quarantine
from payouts.outcome import Credentials
from payouts.simulation.loop import Process
from payouts.simulation.network import Weather
from payouts.simulation.store import Snapshot
from payouts.simulation.world import CREDENTIALS
from payouts.states import FINAL

_ASYNC = frozenset({Verb.INVOKES_ASYNC, Verb.SCHEDULES, Verb.SENDS, Verb.DEAD_LETTERS})
_DAY = 86_400
#: Somebody who forges knows of the newest payouts, if of any.
_GUESSED_AMONG = 20


class Site(Grounds):
    """Everything there is in one trial.

    Args:
        plan: what the candidate is.
        seed: of all chance.
        ratio: how many real payouts one replayed payout stands for.
        program: makes what the workers run instead of the deployed core.
        payouts: how many are asked for on a day; by default the plan's day, scaled.
        days: on so many days one after the other, each with as many.
        hours: of each day, over which they are asked for; by default the plan's window.
    """

    def __init__(
        self,
        plan: Plan,
        seed: int,
        *,
        ratio: Decimal = Decimal(1),
        program: Callable[[Site], Program] | None = None,
        payouts: int | None = None,
        days: int = 1,
        hours: float | None = None,
    ) -> None:
        super().__init__(plan, seed, ratio)
        self.program = program
        self.over = False
        self.twice_share = 0.0  #: triggers that come twice, beyond what is usual
        self.hang_share = 0.0  #: runs of functions that stop in the middle of a send
        self.funds_are_gone = False
        self.has_relay = False
        self.restores = 0
        self._silent = False
        if payouts is None:
            payouts = max(1, round(float(plan.arrivals.per_day) / self.ratio))
        if hours is None:
            hours = float(plan.arrivals.window_hours)
        self.payouts_per_second = payouts / (hours * 3600.0)
        self.parts.update(
            (part.id, MECHANISMS[type(part.behaviour)](self, part)) for part in plan.parts
        )
        self._sleepers = tuple(
            part for part in self.parts.values() if type(part).stir is not Mechanism.stir
        )
        self.notices = Notices(self)
        if plan.counterpart.webhooks:
            self.network.arrived = self.notices.expect
        self.business = Business(self, payouts, days, hours)
        self.person = Person(self)

    @cached_property
    def partner(self) -> Partner:
        return next(part for part in self.parts.values() if isinstance(part, Partner))

    @cached_property
    def database(self) -> DatabaseServer:
        return next(part for part in self.parts.values() if isinstance(part, DatabaseServer))

    @cached_property
    def hosts(self) -> tuple[HostMachine, ...]:
        return tuple(part for part in self.parts.values() if isinstance(part, HostMachine))

    @cached_property
    def backends(self) -> tuple[Mechanism, ...]:
        return tuple(self.parts[part.id] for part in self.plan.role(Role.BACKEND))

    def program_of(self, part: PlannedPart) -> Program:
        """Return what a worker runs."""
        return program_of(self, part)

    # Going on ----------------------------------------------------------------------------------

    def start_up(self) -> None:
        """Let everything begin; called once, before the loop runs."""
        for part in self.parts.values():
            part.start()
        self.business.start()
        self.loop.start(self.person.run())

    def end(self) -> None:
        """Close the accounts: nothing runs after this."""
        self.over = True
        for part in self.parts.values():
            part.settle()
        count_up(self)

    def hand_over(self, link: PlannedLink, event: Event) -> Process:
        """Hand an event over a link; its verb says whether anybody waits for an answer.

        Raises ``Failed`` where it is refused, or where what is waited for fails.
        """
        target = self.parts[link.target]
        passed = self.traffic.links[link.place]
        passed.times += 1
        if link.verb in _ASYNC:
            target.accept(event)
            return None
        loop, began = self.loop, self.loop.now
        try:
            return (yield from target.take(event))
        finally:
            passed.seconds += loop.now - began

    def post(self, link: PlannedLink, event: Event) -> None:
        """Hand an event over a link on which nobody waits."""
        assert link.verb in _ASYNC, f"{link.verb} is waited for"
        self.traffic.links[link.place].times += 1
        self.parts[link.target].accept(event)

    def stir(self) -> None:
        """Say that something may be due: whoever sleeps looks again."""
        for part in self._sleepers:
            part.stir()

    def next_work(self) -> float:
        """Return when a tick has something to do at the earliest: the past or now, or ``inf``."""
        ledger, now = self.ledger, self.loop.now
        if self.troubled:
            return now
        standing = ledger.table.get(("standing", self.partner_id))
        if standing is None or standing.place != ledger.place:
            return now
        if standing.breaker_until > now:
            return float(standing.breaker_until)
        since = standing.quarantine_since
        if since is not None:
            return max(now, float(since) + self.limits.quarantine_seconds)
        midnight = (now // _DAY + 1) * _DAY
        # Once a day a tick reads the partner's list of the days before.
        if standing.reconciled_day != self.today():
            return now
        due = ledger.next_taken(self.partner_id, not (standing.paused or standing.stopped))
        return midnight if due is None or due > midnight else due

    @property
    def troubled(self) -> bool:
        """Whether a tick would fail, though there may be nothing to do."""
        return (
            not self.ledger.up
            or self.ledger.full
            or not all(backend.up for backend in self.backends)
        )

    # The partner and the way to it -------------------------------------------------------------

    def partner_down(self, how: str, seconds: float) -> None:
        self.partner.away(how, seconds)

    def partner_does(self, shares: Mapping[str, float]) -> None:
        self.partner.does(shares)

    def partner_as_usual(self) -> None:
        self.partner.as_usual()

    def partner_slow(self, factor: float) -> None:
        self.partner.slow(factor)

    def partner_limit(self, share: float | None) -> None:
        self.partner.limit(share)

    def funds_gone(self) -> None:
        self.funds_are_gone = True
        self.partner.empty()

    def funds_back(self) -> None:
        self.funds_are_gone = False
        self.partner.fill()

    def weather(self, *, requests: float = 0.0, answers: float = 0.0) -> None:
        self.network.weather = Weather(request_lost=requests, answer_lost=answers)

    def secret_changed(self) -> None:
        self.partner.new_secret(f"{self.double.settings.secret}-next")

    def secret_handed_out(self) -> None:
        """Give the workers the key that the partner wants now."""
        values = {**CREDENTIALS.values, "api_secret": self.double.settings.secret}
        self.credentials = Credentials(values=values)

    # Triggers and workers ----------------------------------------------------------------------

    @property
    def silent(self) -> bool:
        """Whether schedules fire."""
        return self._silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        self._silent = silent
        self.stir()

    def workers_die(self, mean_commands: float) -> None:
        self._deaths = mean_commands
        for _, machine in self.machines:
            if mean_commands:
                machine.misfortune.mean_commands = mean_commands
            else:
                machine.misfortune.calm()

    def clocks_wrong(self, seconds: float) -> None:
        self._skew = seconds
        for _, machine in self.machines:
            machine.clocks.wall_skew = seconds

    def replace_workers(self) -> None:
        """Put a new one in the place of every worker, as a deployment does."""
        for part in self.plan.parts:
            own = self.parts[part.id]
            if isinstance(part.behaviour, Function):
                assert isinstance(own, FunctionMechanism)
                own.renew()
            elif isinstance(part.behaviour, Container) and part.role is not Role.BACKEND:
                assert isinstance(own, ContainerMechanism)
                if own.up:
                    own.stop()
                    own.resume()

    # The database and the hosts ----------------------------------------------------------------

    def database_down(self, seconds: float) -> None:
        self.database.away(seconds)

    def remember(self) -> Snapshot:
        """Keep a state that can be restored."""
        return self.ledger.snapshot()

    def restore(self, snapshot: Snapshot, how: str) -> None:
        """Put the ledger back; ``how`` it comes to light, as in the runtime's own simulation."""
        self.ledger.restore(snapshot, noticed=how == "noticed")
        self.database.come_up()
        if how == "declared":
            connection = self.ledger.connect(ours=False)
            connection.execute(Quarantine(self.partner_id, True, "restored from a backup"))
            connection.commit()
            connection.close()
        if how == "unnoticed":
            self.replace_workers()
        self.restores += 1
        self.loop.start(self.business.ask_again())
        self.stir()

    def take_sessions(self, share: float) -> None:
        self.database.take_sessions(share)

    def give_sessions(self) -> None:
        self.database.take_sessions(0.0)

    def hosts_down(self) -> None:
        for host in self.hosts:
            host.stop()
        self.stir()

    def hosts_up(self) -> None:
        for host in self.hosts:
            host.resume()
        self.stir()

    def zone_down(self) -> None:
        """Lose the zone that everything with one zone stands in; a standby takes over."""
        for host in self.hosts:
            if host.zones == 1:
                host.stop()
        database = self.database
        if database.zones == 1:
            database.stop()
        elif database.failover_seconds is not None:
            database.away(database.failover_seconds)
        self.stir()

    def zone_up(self) -> None:
        for host in self.hosts:
            if not host.up:
                host.resume()
        if self.database.zones == 1 and not self.database.up:
            self.database.resume()
        self.stir()

    # What comes in -----------------------------------------------------------------------------

    def poison(self, count: int) -> None:
        self.business.poison(count)

    def more_payouts(self, factor: int, seconds: float) -> None:
        self.business.more(factor, seconds)

    def forge(self, count: int) -> None:
        """Let somebody who guesses say that payouts are paid which are not."""
        newest = islice(reversed(self.ledger.rows.values()), _GUESSED_AMONG)
        rows = sorted(newest, key=lambda row: (row.status in FINAL, -row.id))
        for row in rows[:count]:
            payout = row.payout
            self.notices.forge(payout.key, payout.amount.minor, payout.amount.currency)
