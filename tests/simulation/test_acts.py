"""Each act begins, does what it says, ends, and leaves the site as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from frugal.faults import Fault
from frugal.faults.fault import (
    AnyAct,
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
from frugal.model.behaviour import Queue, Schedule
from frugal.simulate.acts import strike
from frugal.simulate.plan import Plan
from frugal.simulate.site import Site
from payouts.facts import assumed
from payouts.states import Status

Get = Callable[[str], dict[str, Plan]]
Measure = Callable[[Site], float]

HOUR = 3600.0
BEGINS, LASTS = 2 * HOUR, 2 * int(HOUR)
FIRST = "01-first"
PAYOUTS, HOURS = 300, 12.0


def fault_of(*acts: AnyAct) -> Fault:
    return Fault(
        id="made",
        name="made for a test",
        what="A test's own.",
        times_a_year=assumed(1, "a test's own"),
        acts=acts,
    )


def site_of(plan: Plan, seed: int) -> Site:
    site = Site(plan, seed, payouts=PAYOUTS, hours=HOURS)
    site.start_up()
    return site


def levels(site: Site) -> dict[str, Any]:
    """Everything that an act may turn, at one moment."""
    settings = site.double.settings
    return {
        "latency": (settings.latency_p50_seconds, settings.latency_p99_seconds),
        "rate": settings.requests_per_second,
        "key": settings.secret == site.credentials.values["api_secret"],
        "outages": [one for one in settings.outages if one.last_seconds > site.loop.now],
        "faults": dict(site.double.faults.rates),
        "funds": site.double.books.available_minor("USD") > 10**9,
        "weather": site.network.weather,
        "triggers": (site.twice_share, site.hang_share, site.silent),
        "luck": {machine.misfortune.mean_commands for _, machine in site.machines},
        "skew": {machine.clocks.wall_skew for _, machine in site.machines},
        "ledger": (site.ledger.up, site.ledger.sessions_others),
        "parts": {id: part.up for id, part in site.parts.items()},
        "troubles": list(site.troubles),
    }


# What to count, for each act ---------------------------------------------------------------------


def refusals(site: Site) -> float:
    return site.double.refusals


def partner_faults(site: Site) -> float:
    return site.double.faults.counts["declined"]


def seconds_a_request(site: Site) -> float:
    requests = sum(machine.requests for _, machine in site.machines)
    seconds = sum(machine.requests_seconds for _, machine in site.machines)
    return seconds / requests if requests else 0.0


def answers_lost(site: Site) -> float:
    return site.network.happened["answer-lost"]


def without_funds(site: Site) -> float:
    # A payment that was open and is declined gives its money back.
    return float(site.double.books.available_minor("USD") < 10**9)


def firings(site: Site) -> float:
    return sum(
        site.traffic.links[link.place].times
        for part in site.plan.parts
        if isinstance(part.behaviour, Schedule)
        for link in site.plan.outgoing(part.id)
    )


def machines(site: Site) -> float:
    return len(site.machines)


def deaths(site: Site) -> float:
    return sum(sum(machine.misfortune.happened.values()) for _, machine in site.machines)


def held_or_dead(site: Site) -> float:
    held = site.ledger.counts.get((site.partner_id, Status.HELD), 0)
    dead = sum(
        getattr(site.parts[part.id], "dead_lettered", 0)
        for part in site.plan.parts
        if isinstance(part.behaviour, Queue)
    )
    return held + dead


def forged(site: Site) -> float:
    return site.notices.forged


def ledger_down(site: Site) -> float:
    return float(not site.ledger.up)


def ledger_full(site: Site) -> float:
    return float(site.ledger.full)


def parts_down(site: Site) -> float:
    return sum(not part.up for part in site.parts.values())


def skewed(site: Site) -> float:
    return sum(machine.clocks.wall_skew == 90.0 for _, machine in site.machines)


def breakers(site: Site) -> float:
    standing = site.ledger.table.get(("standing", site.partner_id))
    return 0.0 if standing is None else float(standing.breaker_until)


def asked(site: Site) -> float:
    return len(site.business.asked)


def restores(site: Site) -> float:
    return site.restores


def hanging(site: Site) -> float:
    return sum(machine.hangs for _, machine in site.machines)


#: Act, a pattern that feels it, and what is counted: more of it at the act's end than before it.
CASES: tuple[tuple[AnyAct, str, Measure], ...] = (
    (PartnerDown(lasts=LASTS, how="503"), "container_task", refusals),
    (PartnerDoes(lasts=LASTS, faults=(("declined", 1.0),)), "queue", partner_faults),
    (PartnerSlow(lasts=LASTS, factor=4.0), "container_task", seconds_a_request),
    (PartnerLimits(lasts=LASTS, share=0.5), "container_task", refusals),
    (FundsGone(lasts=LASTS), "queue", without_funds),
    (NetworkLoses(lasts=LASTS, answers=0.5), "queue", answers_lost),
    (TriggerTwice(lasts=LASTS, share=1.0), "function_through_backend", firings),
    (RunsTooLong(lasts=LASTS, share=1.0), "function_through_backend", hanging),
    (WorkersDie(lasts=LASTS, mean_commands=5), "container_task", deaths),
    (Replaced(), "container_task", machines),
    (Replaced(), "function_through_backend", machines),
    (Poison(count=3), "container_task", held_or_dead),
    (Poison(count=3), "queue", held_or_dead),
    (Forged(lasts=LASTS, per_hour=60), "webhook_receiver", forged),
    (DatabaseDown(lasts=LASTS), "queue", ledger_down),
    (DatabaseRestored(back=3600, how="noticed"), "queue", restores),
    (DatabaseRestored(back=3600, how="declared"), "container_task", restores),
    (SessionsTaken(lasts=LASTS, share=1.0), "container_task", ledger_full),
    (HostDown(lasts=LASTS), "container_task", parts_down),
    (ZoneDown(lasts=LASTS), "queue", parts_down),
    (ClockWrong(lasts=LASTS, seconds=90.0), "container_task", skewed),
    (SecretChanged(lasts=LASTS), "container_task", breakers),
    (MorePayouts(lasts=LASTS, factor=3), "container_task", asked),
)


def test_every_act_is_tested() -> None:
    """The list of cases names every kind of act but the silent trigger, which is tested below."""
    assert {type(act) for act, _, _ in CASES} | {TriggerSilent} == set(get_args(AnyAct))


@pytest.mark.parametrize(
    ("act", "pattern", "count"),
    [pytest.param(*case, id=f"{type(case[0]).__name__}-{case[1]}") for case in CASES],
)
def test_an_act_begins_acts_and_ends(
    act: AnyAct, pattern: str, count: Measure, seed: int, plans: Get
) -> None:
    """Nothing of it is there before; then there is; afterwards every level is as it was."""
    site = site_of(plans(FIRST)[pattern], seed)
    strike(site, fault_of(act), site.start + BEGINS)
    site.loop.run(site.start + BEGINS - 1)
    before, levels_before = count(site), levels(site)
    # A poisoned message is dead when it was received often enough; all else is felt at once.
    site.loop.run(site.start + BEGINS + LASTS - 1)
    assert count(site) > before
    # A person un-stops, a host boots, a database recovers: all within the hours that follow.
    site.loop.run(site.start + 20 * HOUR)
    assert levels(site) == {**levels_before, "luck": {0.0}, "skew": {0.0}}


def test_silent_schedules_fire_later(seed: int, plans: Get) -> None:
    """While schedules are silent nothing fires; afterwards what came due meanwhile is paid."""
    site = site_of(plans(FIRST)["function_through_backend"], seed)
    silent = TriggerSilent(lasts=LASTS)
    strike(site, fault_of(silent), site.start + BEGINS)
    site.loop.run(site.start + BEGINS + 60)  # what was under way may end
    fired = firings(site)
    site.loop.run(site.start + BEGINS + LASTS - 1)
    assert firings(site) == fired
    assert site.ledger.counts[site.partner_id, Status.DUE] > 0
    site.loop.run(site.start + 20 * HOUR)
    assert firings(site) > fired
    assert not site.ledger.counts[site.partner_id, Status.DUE]
    assert not site.silent


def test_twice_is_twice(seed: int, plans: Get) -> None:
    """With every trigger doubled, about as many runs again are started in the same time."""
    plan = plans(FIRST)["function_through_backend"]
    counts = []
    for share in (0.0001, 1.0):
        site = site_of(plan, seed)
        strike(site, fault_of(TriggerTwice(lasts=LASTS, share=share)), site.start + BEGINS)
        site.loop.run(site.start + BEGINS)
        before = firings(site)
        site.loop.run(site.start + BEGINS + LASTS)
        counts.append(firings(site) - before)
    assert counts[1] > 1.5 * counts[0]


def test_acts_of_one_kind_overlap(seed: int, plans: Get) -> None:
    """Of two at a time the harder holds, in any order; when the last has ended nothing is left."""
    site = site_of(plans(FIRST)["container_task"], seed)
    mild, hard = PartnerSlow(lasts=3600, factor=2.0), PartnerSlow(lasts=3600, factor=8.0)
    strike(site, fault_of(mild), site.start + HOUR)
    strike(site, fault_of(hard), site.start + 1.5 * HOUR)
    usual = site.double.settings.latency_p50_seconds
    seen = []
    for hours in (0.9, 1.1, 1.6, 2.1, 2.6):
        site.loop.run(site.start + hours * HOUR)
        seen.append(site.double.settings.latency_p50_seconds / usual)
    assert seen == pytest.approx([1.0, 2.0, 8.0, 8.0, 1.0])


def test_a_hanging_run_is_ended_and_not_repeated(seed: int, plans: Get) -> None:
    """A run that hangs is gone after its time limit, and nothing it sent is paid a second time."""
    site = site_of(plans(FIRST)["function_through_backend"], seed)
    strike(site, fault_of(RunsTooLong(lasts=LASTS, share=1.0)), site.start + BEGINS)
    site.loop.run(site.start + BEGINS + LASTS)
    assert any(machine.hangs for _, machine in site.machines)
    site.loop.run(site.start + 20 * HOUR)
    assert site.double.books.paid_minor() > 0
    assert not site.double.books.doubles()
