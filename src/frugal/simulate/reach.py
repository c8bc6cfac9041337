"""What a fault reaches in a design, for how long, and from when on: known before it is tried.

A fault that finds nothing to act on is left out of the trials with the reason, and never counted
as survived. How long some acts last is not the fault's to say but the part's: a standby takes over
sooner than the database comes back, a person needs longer than the outage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from frugal.faults import Fault
from frugal.faults.fault import (
    Act,
    ClockWrong,
    DatabaseDown,
    DatabaseRestored,
    Forged,
    FundsGone,
    HostDown,
    MorePayouts,
    NetworkLoses,
    PartnerDoes,
    PartnerDown,
    PartnerLimits,
    PartnerSlow,
    Poison,
    Replaced,
    RunsTooLong,
    SecretChanged,
    SessionsTaken,
    TriggerSilent,
    TriggerTwice,
    WorkersDie,
    ZoneDown,
)
from frugal.model.behaviour import (
    Bus,
    Container,
    Counterpart,
    Database,
    Function,
    Host,
    Orchestrator,
    Queue,
    Schedule,
)
from frugal.model.graph import Role, Verb
from frugal.simulate.plan import Plan, PlannedPart

_ONE = Decimal(1)


def applies(fault: Fault, plan: Plan) -> str:
    """Return nothing where a fault can be tried, else why it cannot, as a clause."""
    if hits(fault, plan):
        return ""
    return _REACH[type(fault.acts[0])].missing


def hits(fault: Fault, plan: Plan) -> tuple[str, ...]:
    """Return the ids of the parts that a fault acts on, in the plan's order."""
    return tuple(part.id for part in plan.parts if any(_hit(act, part, plan) for act in fault.acts))


def before_seconds(fault: Fault, plan: Plan) -> int:
    """Return how much must have been lived through when the fault begins.

    A database that goes back a day needs a day to go back to.
    """
    return max((lead_seconds(act, plan) - act.begins for act in fault.acts), default=0)


def lead_seconds(act: Act, plan: Plan) -> int:
    """Return how long before it begins an act must look at the site."""
    if isinstance(act, DatabaseRestored):
        return act.back
    if isinstance(act, HostDown) and act.replaced:
        return max((int(one.backup_seconds.value) for one in _lost_with_host(plan)), default=0)
    return 0


def lasting_seconds(act: Act, plan: Plan) -> float:
    """Return how long an act lasts on these parts."""
    if isinstance(act, HostDown):
        hosts = [part.behaviour for part in plan.parts if isinstance(part.behaviour, Host)]
        until = (
            max(
                (one.replace_seconds if act.replaced else one.reboot_seconds).value for one in hosts
            )
            if hosts
            else 0
        )
        return act.lasts + float(until)
    if isinstance(act, DatabaseDown):
        standby = [one.failover_seconds for one in _databases(plan) if one.failover_seconds]
        return min((float(act.lasts), *(float(one.value) for one in standby)))
    return float(act.lasts)


def ended_seconds(fault: Fault, plan: Plan) -> float:
    """Return how long after its beginning a fault is over in this design."""
    return max(act.begins + lasting_seconds(act, plan) for act in fault.acts)


def days_more(fault: Fault, plan: Plan) -> Decimal:
    """Return how many usual days' payouts a fault adds: a day has one window, however long."""
    window = plan.arrivals.window_hours * 3600
    return sum(
        (
            (Decimal(act.lasts) / 86_400 if act.lasts >= 86_400 else min(_ONE, act.lasts / window))
            * (act.factor - 1)
            for act in fault.acts
            if isinstance(act, MorePayouts)
        ),
        Decimal(0),
    )


def beyond_promise(fault: Fault, plan: Plan) -> bool:
    """Whether a fault asks for more payouts on a day than the Brief promises."""
    arrivals, more = plan.arrivals, days_more(fault, plan)
    return more > 0 and arrivals.per_day * (1 + more) > arrivals.largest_day


# What each act reaches ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reach:
    """Which parts an act hits, and what to say where there is none."""

    hits: Callable[[PlannedPart, Plan], bool]
    missing: str


def _is(*kinds: type[Any]) -> Callable[[PlannedPart, Plan], bool]:
    return lambda part, plan: isinstance(part.behaviour, kinds)


def _hit(act: Act, part: PlannedPart, plan: Plan) -> bool:
    return _REACH[type(act)].hits(part, plan)


def _sends_in_a_run(part: PlannedPart, plan: Plan) -> bool:
    return isinstance(part.behaviour, Function) and bool(plan.outgoing(part.id, Verb.CALLS_OUT))


def _is_notified(part: PlannedPart, plan: Plan) -> bool:
    return bool(plan.incoming(part.id, Verb.NOTIFIES))


def _lives_on_host(part: PlannedPart, plan: Plan) -> bool:
    own = part.behaviour
    return isinstance(own, Host) or (isinstance(own, Container | Database) and own.on_host)


def _stands_in_one_zone(part: PlannedPart, plan: Plan) -> bool:
    """A standby elsewhere must take over, which is worth a trial as well."""
    own = part.behaviour
    return isinstance(own, Database) or _lives_on_host(part, plan)


def _works(part: PlannedPart, plan: Plan) -> bool:
    own = part.behaviour
    return isinstance(own, Function) or (
        isinstance(own, Container) and part.role is not Role.BACKEND
    )


def _databases(plan: Plan) -> list[Database]:
    return [part.behaviour for part in plan.parts if isinstance(part.behaviour, Database)]


def _lost_with_host(plan: Plan) -> list[Database]:
    return [one for one in _databases(plan) if one.on_host]


_PARTNER = _Reach(_is(Counterpart), "no part of this design calls a partner")
_DATABASE = _Reach(_is(Database), "no part of this design is a database")
_WORKERS = _Reach(_works, "no part of this design is a worker of ours")

_REACH: dict[type[Act], _Reach] = {
    PartnerDown: _PARTNER,
    PartnerDoes: _PARTNER,
    PartnerSlow: _PARTNER,
    PartnerLimits: _PARTNER,
    FundsGone: _PARTNER,
    NetworkLoses: _PARTNER,
    SecretChanged: _PARTNER,
    MorePayouts: _PARTNER,
    TriggerTwice: _Reach(
        _is(Schedule, Queue, Bus, Function, Orchestrator),
        "no part of this design is triggered by AWS: a container works by itself",
    ),
    TriggerSilent: _Reach(_is(Schedule), "no part of this design is a schedule"),
    RunsTooLong: _Reach(_sends_in_a_run, "no function of this design calls the partner"),
    WorkersDie: _WORKERS,
    Replaced: _WORKERS,
    ClockWrong: _WORKERS,
    Poison: _Reach(_is(Queue, Database), "no part of this design keeps what is to be done"),
    Forged: _Reach(_is_notified, "no part of this design takes notices from outside"),
    DatabaseDown: _DATABASE,
    DatabaseRestored: _DATABASE,
    SessionsTaken: _DATABASE,
    HostDown: _Reach(_lives_on_host, "no part of this design lives on an instance"),
    ZoneDown: _Reach(
        _stands_in_one_zone, "no part of this design stands in one Availability Zone only"
    ),
}
