"""One soak run from beginning to end: set the world up, let it go wrong, let it end, judge."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from business import Business
from database import BACKEND, WORKER, Database, free_port
from function import Function
from judge import Row, Verdict, judge
from partner import Sandbox
from person import Person, command
from processes import Child
from troubles import MILESTONES, MILESTONES_LONG, Troubles
from workers import MACHINE, PARTNER, Container, Settings, limits

STEP_SECONDS = 0.02
WATCH_SECONDS = 0.5

_ROWS = """
select p.reference, p.key, p.recipient, p.amount, w.status, s.reason
  from payouts.payout p join payouts.work w on w.payout_id = p.id
  join payouts.payout_status s on s.payout_id = p.id
"""
_FUNDING = """
select coalesce(sum(balance), 0)::bigint from payouts.balance where account = 'funding'
"""
_OPEN_SENDS = """
select reason, count(*) from payouts.history
 where before = 'sending' and after in ('due', 'unknown') group by 1 order by 2 desc, 1 limit 8
"""
_IN_QUARANTINE = "select quarantine_why from payouts.standing where quarantine_at is not null"
_OPEN = """
select count(*) from payouts.work where status in ('due', 'sending', 'unknown') or asked
"""


@dataclass(frozen=True, slots=True)
class Plan:
    payouts: int
    seed: int
    factor: float
    per_second: float
    seconds: float
    defect: str = ""
    long: bool = False  #: go through every kind of restart and restore
    parent: int = 0  #: stop when this is not our parent any more
    troubles: bool = True


@dataclass(slots=True)
class Figures:
    numbers: dict[str, Any]
    faults: list[tuple[str, str]]
    diary: str = ""
    tails: str = ""


@dataclass(slots=True)
class World:
    """Everything that runs, to be stopped in any case."""

    children: list[Child] = field(default_factory=list)
    database: Database | None = None
    function: Function | None = None
    business: Business | None = None
    person: Person | None = None

    def close(self) -> None:
        if self.person is not None:
            self.person.close()
        if self.business is not None:
            self.business.stop()
            if self.business.ident is not None:
                self.business.join(10)
        for child in self.children:
            child.thaw()
            child.ask(15)
        for child in self.children:
            child.stop(seconds=5)
        if self.function is not None:
            self.function.close()
        if self.database is not None:
            self.database.close()


def soak(plan: Plan, folder: Path) -> Figures:
    """Make one run and judge it, even if time is up before it ends; logs go to the folder."""
    world = World()
    try:
        return _run(plan, folder, world)
    finally:
        world.close()


def _run(plan: Plan, folder: Path, world: World) -> Figures:
    chance = random.Random(f"run {plan.seed}")
    database = world.database = Database()
    ports = [free_port(), free_port()]
    # The partner delivers its notices to one address: the first container's.
    sandbox = Sandbox(
        folder,
        seed=plan.seed,
        speed=plan.factor,
        payouts=plan.payouts,
        webhook=f"http://127.0.0.1:{ports[0]}/webhook",
    )
    world.children.append(sandbox.child)
    settings = Settings(folder, database, sandbox.address, plan.factor)
    containers = [
        Container(f"container-{place}", port, settings, folder, plan.defect)
        for place, port in enumerate(ports, 1)
    ]
    function = world.function = Function(settings, folder)
    workers = [*(one.child for one in containers), function.child]
    world.children += workers

    def begun(child: Child) -> None:
        if child is function.child:
            function.begun()

    for child in workers:
        child.start()
        begun(child)
    business = world.business = Business(
        database.address(BACKEND),
        PARTNER,
        seed=plan.seed,
        payouts=plan.payouts,
        per_second=plan.per_second,
        late_seconds=2 * MACHINE["quarantine_seconds"],
        http=lambda body: chance.choice(containers).enqueue(body) in (200, 201),
        queue=function.post,
    )
    person = world.person = Person(database, database.address(WORKER), sandbox)
    fast = limits(plan.factor)
    milestones = MILESTONES_LONG if plan.long else MILESTONES
    troubles = Troubles(
        plan.seed,
        workers,
        begun,
        database=database,
        sandbox=sandbox,
        business=business,
        person=person,
        folder=folder,
        lease_seconds=MACHINE["lease_seconds"],
        patience_seconds=fast.lookup_wait_seconds + fast.lookups_max * fast.lookup_interval_seconds,
        milestones=milestones if plan.troubles else (),
    )
    began = time.monotonic()
    business.start()
    watch = _Watch(plan, began + plan.seconds, world, database, person, troubles, function)
    over = watch.until(lambda: business.ended.is_set() and troubles.milestones_over)
    enqueued = time.monotonic()
    # The end: no new trouble and no new fault, but what was begun still has its consequences.
    sandbox.calm()
    over = over and watch.until(watch.nothing_open, calm=True)
    if over:
        command(settings.environment(), "reconcile", *_days(database))
        person.look()
        over = watch.until(watch.nothing_open, calm=True)
    ended = time.monotonic()
    troubles.settle()
    business.stop()
    verdict = _judged(business, sandbox, database)
    numbers = _numbers(plan, verdict, database, sandbox, world, person, troubles, watch)
    numbers["ended"] = over
    numbers["enqueued in seconds"] = round(enqueued - began, 1)
    numbers["seconds"] = round(ended - began, 1)
    numbers["payouts a second"] = round(plan.payouts / (ended - began), 1)
    tails = "\n".join(f"--- {one.name}\n{one.tail()}" for one in world.children)
    diary = "\n".join(troubles.diary)
    (folder / "diary.txt").write_text(diary + "\n", encoding="utf-8")
    faults = list(verdict.faults)
    if business.bug is not None:
        faults.append(("the business failed", repr(business.bug)))
    if not over and not faults:
        faults.append(("not over", f"{watch.open} open, {function.waiting} messages"))
    return Figures(numbers, faults, diary, tails)


class _Watch:
    """Turns the run's wheel from the main thread, and sees when it is over."""

    def __init__(
        self,
        plan: Plan,
        until: float,
        world: World,
        database: Database,
        person: Person,
        troubles: Troubles,
        function: Function,
    ) -> None:
        self._plan, self._until, self._world = plan, until, world
        self._database, self._person, self._troubles = database, person, troubles
        self._function = function
        self._next = 0.0
        self.open: int | None = None
        self.quarantines: set[str] = set()  #: why each began

    def nothing_open(self) -> bool:
        business = self._world.business
        assert business is not None
        return (
            self._troubles.quiet
            and not business.behind
            and not self._function.waiting
            and self.open == 0
        )

    def until(self, over: Callable[[], bool], calm: bool = False) -> bool:
        """Go on until it is over; false if time was up, or the business failed, before."""
        business = self._world.business
        assert business is not None
        calm = calm or not self._plan.troubles
        self.open = None
        while not over():
            progress = len(business.wanted) / self._plan.payouts
            self._troubles.step(progress, calm)
            if self._function.late():
                self._function.child.kill()  # as Lambda does; the next step starts it again
            now = time.monotonic()
            if now >= self._next:
                self._next = now + WATCH_SECONDS
                if not self._plan.defect:
                    self._person.round()
                self._look()
                if now > self._until or business.bug is not None:
                    return False
                if self._plan.parent and os.getppid() != self._plan.parent:
                    raise KeyboardInterrupt
            time.sleep(STEP_SECONDS)
        return True

    def _look(self) -> None:
        business = self._world.business
        assert business is not None
        try:
            self.open = int(self._database.read(_OPEN)[0][0])
            quarantine = self._database.read(_IN_QUARANTINE)
            if quarantine:
                self.quarantines.add(quarantine[0][0])
            else:
                business.reconciled()
        except psycopg.OperationalError:
            self.open = None


def _days(database: Database) -> tuple[str, str]:
    """Return the days of the run, by the ledger's clock."""
    sql = """
    select (min(created_at) at time zone 'UTC')::date::text,
           (clock_timestamp() at time zone 'UTC')::date::text from payouts.payout
    """
    first, last = database.read(sql)[0]
    return str(first), str(last)


def _judged(business: Business, sandbox: Sandbox, database: Database) -> Verdict:
    return judge(
        PARTNER,
        business.wanted.values(),
        business.unwanted.values(),
        sandbox.entries(),
        [Row(*row) for row in database.read(_ROWS)],
        int(database.read(_FUNDING)[0][0]),
        database.read("select * from payouts.unbalanced()"),
    )


def _numbers(
    plan: Plan,
    verdict: Verdict,
    database: Database,
    sandbox: Sandbox,
    world: World,
    person: Person,
    troubles: Troubles,
    watch: _Watch,
) -> dict[str, Any]:
    counts, business, function = troubles.counts, world.business, world.function
    assert business is not None
    assert function is not None
    summary = sandbox.summary()
    attempts, tried = database.read(
        "select count(*), count(distinct payout_id) from payouts.attempt"
    )[0]
    open_sends = database.read(_OPEN_SENDS)
    findings = database.read("select kind, count(*) from payouts.finding group by 1 order by 1")
    return {
        "seed": plan.seed,
        "factor": plan.factor,
        "payouts": len(business.wanted),
        "rolled back": len(business.unwanted),
        "lost": verdict.count("lost") + verdict.count("not ended"),
        "doubled": verdict.count("doubled") + verdict.count("paid too often"),
        "statuses": dict(verdict.statuses),
        "held": dict(verdict.held),
        "kills": counts["kill"] + function.timeouts,
        "terminated": counts["terminate"],
        "freezes": counts["freeze"] + counts["freeze-past-lease"],
        "Postgres restarts": database.restarts,
        "restores": database.restores,
        "quarantines": sorted(watch.quarantines),
        "enqueued again": business.enqueued_again,
        "outages": sum(times for kind, times in counts.items() if kind.startswith("outage")),
        "sends at the partner": summary.get("sends", 0),
        "duplicates absorbed": summary.get("repeats", 0),
        "sends in the ledger": f"{attempts} of {tried} payouts",
        "sends left open": dict(open_sends),
        "paid": verdict.paid_minor,
        "returned": verdict.returned_minor,
        "faults in effect": dict(sorted(summary["fault_counts"].items())),
        "rules of the partner": dict(sorted(summary["breaches"].items())),
        "findings": dict(findings),
        "invocations": f"{function.invocations}, {function.failures} failed",
        "starts": dict(Counter({one.name: one.starts for one in troubles.children})),
        "released by a person": person.released,
        "altered refused": business.refused,
    }
