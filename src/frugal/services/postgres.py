"""PostgreSQL run by the user, on the instance itself.

AWS bills nothing for it. What counts are its connections, who can reach its port, and that it is
lost with its box. RDS Proxy serves RDS and Aurora only; it can never stand in front of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Database, Number
from frugal.model.curve import ZERO, Amount
from frugal.model.graph import Verb
from frugal.model.stack import DatabaseHome
from frugal.services.alarm_rules import SESSIONS_LOW
from frugal.services.in_time import hosted
from frugal.services.service import Alarm, Failure, Margin, Part, Row, Service
from payouts.facts import Fact, assumed

#: Connections Postgres keeps back for its administrators by default.
RESERVED = Decimal(3)
#: ``max_connections`` and its use where nobody said them. Assumed.
DEFAULT_CONNECTIONS = Decimal(100)
DEFAULT_IN_USE = Decimal(20)
#: One statement on an open session where no link says it, and opening one with TLS. Assumed.
STATEMENT_SECONDS = Decimal("0.01")
SESSION_SECONDS = Decimal("0.05")
#: What one vCPU carries when a worker takes payouts in batches: measured on two, see the limit.
PAYOUTS_PER_SECOND_PER_VCPU = Decimal(2500)


#: From its death to the next statement, and from one dump to the next. Assumed.
RESTART_SECONDS = Decimal(20)
BACKUP_SECONDS = Decimal(86400)


class Postgres(Service):
    id = "postgres"
    name = "PostgreSQL on the instance"
    known_as = ("postgresql",)

    def limits(self, part: Part) -> Iterable[Margin]:
        yield from connection_limits(part)
        yield open_door_limit(part)
        yield throughput_limit(part, _vcpus(part))

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id="database-connections",
            metric="Payouts/ConnectionsFree",
            rule=SESSIONS_LOW,
            why="the next deployment of anything would be refused a connection",
        )

    def behaviour(self, part: Part) -> Database:
        return database_in_time(
            part,
            restart_seconds=assumed(
                RESTART_SECONDS, "a container's restart, and recovery of a small database's log"
            ),
            backup_seconds=assumed(
                BACKUP_SECONDS, "a dump each night; nobody said what else is kept"
            ),
            on_host=hosted(part) and not _elsewhere(part),
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="the database is down, or restored from yesterday",
            effect="nothing is paid; after a restore the ledger has forgotten payouts it sent",
            mitigation="quarantine: nothing is sent until the partner's list has been compared",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        database = part.stack.database
        if database is not None and database.version is not None:
            yield Row(name="Version", value=f"{database.version.value} ({database.version.basis})")
        yield Row(
            name="Schema", value="payouts, its own role, no superuser, no extension, lock_timeout"
        )
        yield Row(name="Connections of this design", value=str(connections_needed(part)))

    def single_point_of_failure(self, part: Part) -> str:
        return "one database on one box"

    def encryption(self, part: Part) -> str:
        return "the instance's disk; vault tokens only, no account numbers"


def connections_needed(part: Part) -> Amount:
    """Return sessions this design adds to the database."""
    total: Amount = ZERO
    for link in part.incoming(Verb.CONNECTS):
        total = part.other(link.source).number("connections") + total
    return total


def connection_limits(
    part: Part, *, default: Decimal | None = None, source: str = ""
) -> Iterable[Margin]:
    """Yield the connection arithmetic of any Postgres, wherever it runs.

    Args:
        part: the database.
        default: ``max_connections`` where nobody stated it, or where the database is new.
        source: where that default comes from.
    """
    database = part.stack.database if part.existing else None
    basis, in_use = "documented", ZERO
    maximum = default
    if database is not None:
        if database.connections_in_use is not None:
            in_use = Decimal(database.connections_in_use.value)
        if database.max_connections is not None:
            maximum = Decimal(database.max_connections.value)
            basis, source = database.max_connections.basis.value, database.max_connections.source
    if maximum is None:
        return
    yield Margin(
        check="database-connections",
        placement=part.id,
        what="sessions in use and added",
        used=connections_needed(part) + in_use,
        limit=maximum - RESERVED,
        unit="connections",
        source=f"max_connections {maximum}, of which {RESERVED} are kept back for administrators; "
        f"{source}",
        basis=basis,
        remedy="fewer sessions, or a pooler",
    )


def database_in_time(
    part: Part,
    *,
    restart_seconds: Number,
    backup_seconds: Number,
    failover_seconds: Number | None = None,
    default: Number | None = None,
    on_host: bool = False,
) -> Database:
    """Return how any Postgres behaves, wherever it runs.

    Args:
        part: the database.
        restart_seconds: from its death, or the start of maintenance, to the next statement.
        backup_seconds: between two states that it can be restored to.
        failover_seconds: where it has a standby in another zone.
        default: ``max_connections`` where nobody stated it, or where the database is new.
        on_host: whether it is lost with the user's machine.
    """
    stated = part.stack.database
    most = max_connections(part, default)
    in_use = assumed(ZERO, "a database of its own: nobody else is on it")
    if stated is not None and stated.connections_in_use is not None:
        in_use = _counted(stated.connections_in_use)
    elif part.existing:
        in_use = assumed(DEFAULT_IN_USE, "not said; two pools of ten")
    waits = (link.seconds for link in part.incoming(Verb.CONNECTS))
    trip = max((each for each in waits if isinstance(each, Decimal)), default=ZERO)
    return Database(
        sessions_most=Fact(most.value - RESERVED, most.source, most.basis),
        sessions_in_use=in_use,
        statement_seconds=assumed(
            trip or STATEMENT_SECONDS, "a round trip in the same Region, session open"
        ),
        session_seconds=assumed(SESSION_SECONDS, "a session with TLS and a password's hash"),
        restart_seconds=restart_seconds,
        failover_seconds=failover_seconds,
        backup_seconds=backup_seconds,
        zones=assumed(
            Decimal(1 if failover_seconds is None else 2),
            "one machine stands in one Availability Zone, its standby in another",
        ),
        on_host=on_host,
    )


def max_connections(part: Part, default: Number | None = None) -> Number:
    """Return ``max_connections``: as stated of one that is there, else its own default."""
    database = part.stack.database if part.existing else None
    if database is not None and database.max_connections is not None:
        return _counted(database.max_connections)
    return default or assumed(DEFAULT_CONNECTIONS, "PostgreSQL's own default")


def has_standby(part: Part, name: str) -> bool:
    """Return whether a database has one: by its setting where it is new, else by the Stack."""
    if not part.existing:
        return bool(part.placement[name])
    database = part.stack.database
    return bool(database and database.multi_az and database.multi_az.value)


def _counted(fact: Fact[int]) -> Number:
    return Fact(Decimal(fact.value), fact.source, fact.basis)


def _elsewhere(part: Part) -> bool:
    database = part.stack.database
    return database is not None and database.home.value is DatabaseHome.ELSEWHERE


def open_door_limit(part: Part) -> Margin:
    """Return how many links would open this database to any address.

    A function has no fixed address, so a public port cannot be narrowed to it. A database that is
    open already gets no new door by this design; that it is open is reported apart.
    """
    database = part.stack.database if part.existing else None
    open_already = bool(
        database and database.publicly_accessible and database.publicly_accessible.value
    )
    doors = sum(1 for link in part.incoming(Verb.CONNECTS) if link.path == "public")
    return Margin(
        check="open-database",
        placement=part.id,
        what="new doors to the database that are open to any address",
        used=Decimal(0 if open_already else doors),
        limit=Decimal(0),
        unit="doors",
        source=limit("lightsail-firewall-public-only").source
        + " (a function has no fixed address, so a firewall cannot name it)",
        remedy="the backend's endpoint, or a worker beside the database",
    )


def throughput_limit(part: Part, vcpus: Decimal) -> Margin:
    """Return the payouts a second at the peak against what was measured, in proportion to vCPUs."""
    return Margin(
        check="database-throughput",
        placement=part.id,
        what="payouts a second at the peak",
        used=part.load.payouts_per_second_peak,
        limit=PAYOUTS_PER_SECOND_PER_VCPU * vcpus,
        unit="payouts per second",
        source="measured: 5,236 to 6,146 payouts/s in batches of 50 on 2 vCPUs that client, "
        "partner and Postgres shared; taken in proportion to vCPUs",
        basis="measured",
        remedy="a larger database, several split by payee, or a ledger that grows by itself",
    )


def _vcpus(part: Part) -> Decimal:
    instance = part.stack.instance
    return (
        instance.vcpus.value if instance is not None and instance.vcpus is not None else Decimal(2)
    )


SERVICE = Postgres()
