"""How a part behaves in time, as data: what a trial needs to know of it, and nothing else.

A service file answers with one of these for each of its placements; ``frugal.simulate`` has one
mechanism for each kind and knows no service. So two candidates whose parts behave alike are tried
out once, whatever they cost. Every number is a Fact: documented by AWS, measured, or assumed and
shown as such. Durations are seconds, shares are of one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from frugal.model.brief import Value
from payouts.facts import Fact

Number: TypeAlias = Fact[Decimal]


class Behaviour(Value, frozen=True, kw_only=True):
    """Base of every behaviour."""

    @property
    def facts(self) -> tuple[tuple[str, Number], ...]:
        """Return every number with the name of its field."""
        named = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return tuple((name, fact) for name, fact in named if isinstance(fact, Fact))


class Schedule(Behaviour, frozen=True, kw_only=True):
    """Fires on a grid, at least once: now and then late, and now and then twice."""

    every_seconds: Number
    late_seconds_most: Number  #: after the moment it names
    twice_share: Number
    retry_seconds_most: Number  #: how long an undelivered firing is tried again
    retries_most: Number


class Function(Behaviour, frozen=True, kw_only=True):
    """Code that runs when invoked, one event an environment at a time."""

    cold_seconds: Number  #: INIT of an environment, billed
    idle_seconds: Number  #: after which an idle environment is taken away
    time_limit_seconds: Number
    concurrency_most: Number  #: environments at once
    requests_abreast: Number  #: calls one run makes to the partner at the same time
    items_per_run: Number  #: payouts one run takes at most
    #: A run goes on so long while there is work; None: as long as the runtime does by itself.
    work_seconds_most: Number | None
    #: An asynchronous event: further attempts after an error, and the wait before each.
    retries_most: Number
    retry_wait_seconds: Number  #: before the first further attempt; twice that before the second
    event_age_seconds_most: Number  #: a throttled event is kept this long
    throttle_wait_seconds_most: Number  #: between attempts of a throttled event, at most
    twice_share: Number  #: events that run twice although nothing failed


class Container(Behaviour, frozen=True, kw_only=True):
    """A process that always runs, on a host or on its own; it ticks, or waits to be woken.

    One role of it is the backend: then it answers calls, and holds the sessions to the database
    that those need.
    """

    tick_seconds: Number | None  #: None: it works when somebody calls or wakes it
    answer_seconds: Number  #: one call to it, round trip included
    restart_seconds: Number  #: from its death to its next start
    sessions: Number  #: database sessions it keeps
    requests_abreast: Number
    items_per_run: Number
    on_host: bool = False  #: dies with the candidate's host


class Queue(Behaviour, frozen=True, kw_only=True):
    """Messages, each delivered at least once until it is deleted or was received too often."""

    visibility_seconds: Number
    receives_most: Number | None  #: then dead-lettered; None: no dead-letter queue, so never
    retention_seconds: Number  #: then it is gone
    batch: Number
    window_seconds: Number  #: waited for a batch to fill
    concurrency_most: Number  #: batches worked on at the same time
    twice_share: Number
    fifo: bool = False


class Orchestrator(Behaviour, frozen=True, kw_only=True):
    """An execution a payout: steps and waits that survive everything."""

    starts_per_second_most: Number
    transition_seconds: Number
    retries_most: Number  #: of one step
    retry_wait_seconds: Number  #: before the first, doubled before each further one
    execution_seconds_most: Number


class Bus(Behaviour, frozen=True, kw_only=True):
    """Delivers events to an HTTP endpoint, and again while it fails."""

    deliver_seconds: Number
    time_limit_seconds: Number  #: the endpoint must have answered
    retry_seconds_most: Number
    retries_most: Number
    requests_per_second_most: Number
    twice_share: Number


class Host(Behaviour, frozen=True, kw_only=True):
    """A machine that containers, and maybe the database, live and die with."""

    reboot_seconds: Number
    replace_seconds: Number  #: a new one from a snapshot, by a person with a runbook
    zones: Number


class Database(Behaviour, frozen=True, kw_only=True):
    """Postgres: sessions, a restart, a failover where it has a standby, and backups."""

    sessions_most: Number  #: that may be open for programs
    sessions_in_use: Number  #: by others, at their peak
    statement_seconds: Number  #: one statement on an open session
    session_seconds: Number  #: opening one
    restart_seconds: Number
    failover_seconds: Number | None  #: None: no standby
    backup_seconds: Number  #: between two states that can be restored
    zones: Number
    on_host: bool = False  #: dies with the candidate's host


class Entrance(Behaviour, frozen=True, kw_only=True):
    """A door to the internet in front of a function or the backend: anyone may knock."""

    answer_seconds: Number
    requests_per_second_most: Number
    time_limit_seconds: Number


class Counterpart(Behaviour, frozen=True, kw_only=True):
    """The partner as the Brief has it; what else it does is its double's."""

    response_seconds_p50: Number
    response_seconds_p99: Number
    time_limit_seconds: Number  #: after which we stop waiting
    requests_per_second_most: Number | None
    inconclusive_share: Number
    resolution_seconds: Number
    webhooks: bool = False
