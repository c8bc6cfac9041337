"""Amazon RDS Proxy.

Billed per vCPU-hour of the database behind it, at least 2 vCPUs, every hour; for Aurora Serverless
per ACU-hour. It pools sessions, so that many short-lived functions do not exhaust
``max_connections``. It serves RDS and Aurora in its own VPC and nothing else: never Postgres on
Lightsail or in a container. It stops Aurora's auto-pause, and some SQL (SET, PREPARE, session
advisory locks, nextval) pins a session, which ends the pooling.

Worked number (us-east-1): 2 vCPUs x 730 h x $0.015 = $21.900, more than the smallest RDS instance
behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

from frugal.aws_facts import limit
from frugal.model.brief import Value
from frugal.model.curve import ONE, ZERO
from frugal.model.graph import Link, Role, Verb, placed
from frugal.model.load import HOURS_PER_MONTH
from frugal.price_list.meter import Meter
from frugal.services.alarm_rules import above
from frugal.services.rds import OFFER, class_of, shape_of
from frugal.services.resource import Declared, Resource, Told, Unknown
from frugal.services.service import (
    Alarm,
    Example,
    Failure,
    Hidden,
    Margin,
    Part,
    Row,
    Said,
    Service,
    Statement,
    Unsaid,
    Usage,
    margin,
    metered,
    times,
)

VCPU_HOURS = Meter(offer=OFFER, usage_type="RDS:ProxyUsage", name="RDSProxy", unit="hour")
AURORA_VCPU_HOURS = Meter(
    offer=OFFER, usage_type="RDS:ProxyUsage", name="RDSProxy Aurora PostgreSQL Hrs", unit="hour"
)
SERVED = ("rds", "aurora")


AURORA_ACU_HOURS = Meter(offer=OFFER, name="RDSProxy Aurora PostgreSQL ACU-Hr", unit="ACU-hour")


_TARGETS = ("AWS::RDS::DBProxyTargetGroup", "aws_db_proxy_target")
_DATABASES = ("AWS::RDS::DBInstance", "aws_db_instance")


def _databases(proxy: Resource) -> Iterator[Resource]:
    """Yield the database a proxy stands before, as its target group names it."""
    for target in proxy.users(_TARGETS, "db_proxy_name"):
        names = ("db_instance_identifiers", "db_instance_identifier")
        database = target.linked(_DATABASES, *names)
        if database is not None:
            yield database


class RDSProxyInputs(Value, frozen=True, kw_only=True):
    """A proxy in front of one database."""

    database: Literal["rds", "aurora", "aurora_serverless"] = "rds"
    vcpus: Decimal = Decimal(2)  #: of the database behind it; at least 2 are billed
    acus: Said = None  #: Aurora Serverless: capacity units in use, mean
    proxies: Decimal = Decimal(1)
    hours: Said = None  #: default: the month


class RDSProxy(Service):
    id = "rds_proxy"
    name = "Amazon RDS Proxy"
    category = "Databases"
    offer = OFFER
    known_as = ("proxy",)
    examples = (Example(quantities=((VCPU_HOURS, Decimal(1460)),), cost=Decimal("21.900")),)

    steady = "it is billed by the hour"

    inputs = RDSProxyInputs

    resource_types = (
        "AWS::RDS::DBProxy",
        "aws_db_proxy",
    )

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        database = next(_databases(resource), None)
        shape = None
        if database is not None:
            shape = shape_of(database.known_text("db_instance_class", "instance_class") or "")
        vcpus = (
            Unknown("the database behind it is not in this template")
            if shape is None
            else shape.vcpus
        )
        yield Declared({"vcpus": vcpus})

    def used(self, inputs: RDSProxyInputs, hours: Decimal) -> Iterable[Usage | Unsaid]:
        total = inputs.proxies * (hours if inputs.hours is None else inputs.hours)
        if inputs.database == "aurora_serverless":
            units = times(inputs.acus, total)
            yield metered(AURORA_ACU_HOURS, units, "capacity units x hours", needs="acus")
            return
        vcpus = max(inputs.vcpus, limit("rds-proxy-minimum-vcpu").number)
        meter = AURORA_VCPU_HOURS if inputs.database == "aurora" else VCPU_HOURS
        yield Usage(meter, vcpus * total, f"{vcpus} vCPUs x hours")

    def usage(self, part: Part) -> Iterable[Usage]:
        for store in _stores(part):
            meter = AURORA_VCPU_HOURS if store.placement.service == "aurora" else VCPU_HOURS
            vcpus = _vcpus(store)
            yield Usage(meter, vcpus * HOURS_PER_MONTH, f"{vcpus} vCPUs, every hour")

    def limits(self, part: Part) -> Iterable[Margin]:
        serves = limit("rds-proxy-not-self-managed")
        for store in _stores(part):
            yield Margin(
                check="proxy-serves",
                placement=part.id,
                what=f"databases behind the proxy it cannot serve ({store.placement.service})",
                used=Decimal(0 if store.placement.service in SERVED else 1),
                limit=Decimal(0),
                unit="databases",
                source=f"{serves.source}: {serves.value}",
                remedy="a small pool in the caller, or the backend's endpoint",
            )
        yield margin(
            part, "proxy-count", "proxies of this design", Decimal(1), limit("rds-proxy-limit")
        )

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        if link.verb is Verb.CONNECTS:
            yield Statement(
                actions=("rds-db:connect",),
                resource="arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:"
                "${ProxyResourceId}/payouts",
            )

    def alarms(self, part: Part) -> Iterable[Alarm]:
        yield Alarm(
            id=f"{part.id}-pinned",
            metric="AWS/RDS/DatabaseConnectionsCurrentlySessionPinned",
            rule=above(max(_sessions(part) / 2, ONE)),
            says="half of the pool",
            why="pinned sessions are not pooled: the proxy is paid for and does nothing",
        )

    def failures(self, part: Part) -> Iterable[Failure]:
        yield Failure(
            what="a statement pins the session",
            effect="the pool runs dry and new sessions wait",
            mitigation="the runtime uses transaction-level advisory locks and no session state",
        )

    def specification(self, part: Part) -> Iterable[Row]:
        yield Row(name="Minimum", value=f"{limit('rds-proxy-minimum-vcpu').value} vCPUs billed")
        yield Row(name="Pinned by", value=limit("rds-proxy-pinning-postgres").what)

    def encryption(self, part: Part) -> str:
        return "TLS on both sides; its database credential in Secrets Manager"

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        store = next((part for part in parts if part.placement.role is Role.STORE), None)
        if store is None:
            return
        yield Hidden(
            topic="database sessions",
            what="RDS Proxy",
            parts=(placed("hidden-proxy", Role.NETWORK, self.id),),
            links=(
                Link(
                    source="hidden-proxy", target=store.id, verb=Verb.ROUTES, per_month=Decimal(0)
                ),
            ),
            comes_with="the advice to pool whatever a function connects to",
            avoided_by="this design opens too few sessions to pool"
            if store.placement.service in SERVED
            else "it serves RDS and Aurora only, and could not stand in front of this database at "
            "any price",
            paid_by=self.paying(parts),
        )


def _stores(part: Part) -> Iterable[Part]:
    return (part.other(link.target) for link in part.outgoing(Verb.ROUTES))


def _sessions(part: Part) -> Decimal:
    """Return the sessions that this design opens on the proxy."""
    callers = (part.candidate[link.source] for link in part.incoming(Verb.CONNECTS))
    return sum((one.number("connections") for one in callers if one.get("connections")), ZERO)


def _vcpus(store: Part) -> Decimal:
    """Return the vCPUs billed; the minimum where the class is not known or cannot be served."""
    floor = limit("rds-proxy-minimum-vcpu").number
    if store.placement.service != "rds":
        return floor
    instance_class = class_of(store)
    shape = shape_of(instance_class) if instance_class else None
    return max(floor, shape.vcpus) if shape else floor


SERVICE = RDSProxy()
