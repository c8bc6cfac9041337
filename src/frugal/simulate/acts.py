"""Doing what a fault says to a site: each act begins, lasts, ends, and leaves nothing behind.

Acts of one kind may overlap, within one fault or in a year of many. So most acts do not switch
anything on and off: what they set follows from all acts of their kind that are on at the moment,
and from none of them when the last has ended. The others happen at a moment, or are a course of
events with an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from frugal.faults.fault import (
    Act,
    ClockWrong,
    DatabaseDown,
    DatabaseRestored,
    Fault,
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
from frugal.simulate.reach import (
    applies,
    before_seconds,
    ended_seconds,
    hits,
    lasting_seconds,
    lead_seconds,
)
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.site import Site

_HOUR = 3600.0


def strike(site: Site, fault: Fault, at: float) -> None:
    """Let a fault begin at a moment of the site's time; to be called before that moment.

    What it does not find here it does not do: ``applies`` says so beforehand.
    """
    for act in fault.acts:
        kind = type(act)
        begins = at + act.begins
        if kind in _LEVELS:
            site.loop.start(_level(site, act), begins)
        elif kind in _MOMENTS:
            site.loop.call(begins, partial(_happen, site), act)
        else:
            site.loop.start(_COURSES[kind](site, act), begins - lead_seconds(act, site.plan))


# What follows from all acts of a kind that are on -------------------------------------------------

_Level: TypeAlias = Callable[["Site", Sequence[Any]], None]


def _level(site: Site, act: Act) -> Process:
    """Be on for a time, among others of the kind."""
    kind, lasts = type(act), lasting_seconds(act, site.plan)
    site.troubles.append(act)
    _set(site, kind)
    yield lasts
    site.troubles.remove(act)
    _set(site, kind)


def _set(site: Site, kind: type[Act]) -> None:
    _LEVELS[kind](site, [act for act in site.troubles if type(act) is kind])


def _partner_does(site: Site, acts: Sequence[PartnerDoes]) -> None:
    """Of two shares for one fault of the partner the larger holds."""
    shares: dict[str, float] = {}
    for act in acts:
        for id, share in act.faults:
            shares[id] = max(share, shares.get(id, 0.0))
    site.partner_as_usual()
    if shares:
        site.partner_does(shares)


def _partner_slow(site: Site, acts: Sequence[PartnerSlow]) -> None:
    site.partner_slow(max((act.factor for act in acts), default=1.0))


def _partner_limits(site: Site, acts: Sequence[PartnerLimits]) -> None:
    site.partner_limit(min((act.share for act in acts), default=None))


def _network_loses(site: Site, acts: Sequence[NetworkLoses]) -> None:
    site.weather(
        requests=max((act.requests for act in acts), default=0.0),
        answers=max((act.answers for act in acts), default=0.0),
    )


def _trigger_twice(site: Site, acts: Sequence[TriggerTwice]) -> None:
    site.twice_share = max((act.share for act in acts), default=0.0)


def _trigger_silent(site: Site, acts: Sequence[TriggerSilent]) -> None:
    site.silent = bool(acts)


def _runs_too_long(site: Site, acts: Sequence[RunsTooLong]) -> None:
    site.hang_share = max((act.share for act in acts), default=0.0)


def _workers_die(site: Site, acts: Sequence[WorkersDie]) -> None:
    site.workers_die(min((act.mean_commands for act in acts), default=0))


def _sessions_taken(site: Site, acts: Sequence[SessionsTaken]) -> None:
    if acts:
        site.take_sessions(max(act.share for act in acts))
    else:
        site.give_sessions()


def _clock_wrong(site: Site, acts: Sequence[ClockWrong]) -> None:
    site.clocks_wrong(sum(act.seconds for act in acts))


def _funds_gone(site: Site, acts: Sequence[FundsGone]) -> None:
    if acts:
        site.funds_gone()
    else:
        site.funds_back()


def _secret_changed(site: Site, acts: Sequence[SecretChanged]) -> None:
    if acts:
        site.secret_changed()
    else:
        site.secret_handed_out()


def _zone_down(site: Site, acts: Sequence[ZoneDown]) -> None:
    if acts:
        site.zone_down()
    else:
        site.zone_up()


_LEVELS: dict[type[Act], _Level] = {
    ClockWrong: _clock_wrong,
    FundsGone: _funds_gone,
    NetworkLoses: _network_loses,
    PartnerDoes: _partner_does,
    PartnerLimits: _partner_limits,
    PartnerSlow: _partner_slow,
    RunsTooLong: _runs_too_long,
    SecretChanged: _secret_changed,
    SessionsTaken: _sessions_taken,
    TriggerSilent: _trigger_silent,
    TriggerTwice: _trigger_twice,
    WorkersDie: _workers_die,
    ZoneDown: _zone_down,
}


# What happens at a moment ---------------------------------------------------------------------

_MOMENTS: dict[type[Act], Callable[[Site, Any], None]] = {
    DatabaseDown: lambda site, act: site.database_down(lasting_seconds(act, site.plan)),
    MorePayouts: lambda site, act: site.more_payouts(act.factor, float(act.lasts)),
    PartnerDown: lambda site, act: site.partner_down(act.how, float(act.lasts)),
    Poison: lambda site, act: site.poison(act.count),
    Replaced: lambda site, act: site.replace_workers(),
}


def _happen(site: Site, act: Act) -> None:
    _MOMENTS[type(act)](site, act)


# What takes a course of its own -------------------------------------------------------------------

_Course: TypeAlias = Callable[["Site", Any], Process]


def _forged(site: Site, act: Forged) -> Process:
    """Knock all the time, not on the hour: at moments of one's own chance."""
    chance = site.chance_of("forger")
    ends = site.loop.now + act.lasts
    while True:
        yield chance.expovariate(act.per_hour / _HOUR)
        if site.loop.now >= ends:
            return
        site.forge(1)


def _database_restored(site: Site, act: DatabaseRestored) -> Process:
    kept = site.remember()
    yield float(act.back)
    site.restore(kept, act.how)


def _host_down(site: Site, act: HostDown) -> Process:
    """A replaced host comes from its last backup, and with it a database that lived on it.

    A copied disk looks to Postgres as if it had only been switched off, so the ledger cannot see
    it: the person whose runbook says how to replace the host declares it.
    """
    lead = lead_seconds(act, site.plan)
    kept = site.remember() if lead else None
    yield float(lead)
    site.hosts_down()
    yield lasting_seconds(act, site.plan)
    site.hosts_up()
    if kept is not None:
        site.restore(kept, "declared")


_COURSES: dict[type[Act], _Course] = {
    DatabaseRestored: _database_restored,
    Forged: _forged,
    HostDown: _host_down,
}

__all__ = ["applies", "before_seconds", "ended_seconds", "hits", "strike"]
