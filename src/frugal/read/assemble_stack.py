"""From findings to a Stack: what the words say is there, and where its database likely runs."""

from __future__ import annotations

from typing import Any, TypeVar

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.model.stack import Backend, Database, DatabaseHome, FunctionUse, Instance, Stack
from frugal.read.findings import Findings, Found, Topic
from frugal.read.intent import OLD_ACCOUNT
from frugal.read.stack_parts import OFFERED, PART, Part, Say
from frugal.read.stack_sizes import (
    BACKEND_MEMORY,
    CONNECTIONS_MAX,
    CONNECTIONS_USED,
    CPU_USED,
    DATABASE_PLAN,
    DATABASE_SIZE,
    DATABASE_VERSION,
    FUNCTION_MEMORY,
    INSTANCE_CLASS,
    INSTANCE_TYPE,
    INVOCATIONS,
    LANGUAGE,
    MEMORY_GIB,
    MEMORY_USED,
    MULTI_AZ,
    PLAN,
    PUBLIC,
    STATIC_ADDRESS,
    TRANSFER,
    VCPUS,
)
from frugal.read.words import one_of
from payouts.facts import Fact, assumed, stated

Known = TypeVar("Known")

_ENGINES = one_of("postgres mysql mariadb")
_HOMES = {
    "rds": DatabaseHome.RDS,
    "aurora": DatabaseHome.AURORA,
    "lightsail_database": DatabaseHome.LIGHTSAIL_MANAGED,
    "elsewhere": DatabaseHome.ELSEWHERE,
}


class Parts(Value, frozen=True, kw_only=True):
    """The parts that are there, by id, with the words that first said so."""

    there: dict[str, str]
    denied: dict[str, str]

    def said(self, *ids: str) -> str:
        return next((self.there[id] for id in ids if id in self.there), "")


def stack_of(findings: Findings) -> Stack:
    """Return the Stack the words describe."""
    parts = _parts(findings)
    instance = _instance(findings, parts)
    return Stack(
        offers=tuple(stated(id, said) for id, said in parts.there.items() if id in OFFERED),
        instance=instance,
        backend=_backend(findings, parts, instance),
        database=_database(findings, parts, instance),
        functions=_functions(findings),
        account_before_2025_07_15=_stated(findings, OLD_ACCOUNT),
    )


def _stated(findings: Findings, topic: Topic[Known]) -> Fact[Known] | None:
    found = findings.first(topic)
    return None if found is None else stated(found.value, found.said)


def _parts(findings: Findings) -> Parts:
    there: dict[str, Found[Part]] = {}
    denied: dict[str, Found[Part]] = {}
    for one in findings.all(PART):
        if one.value.say is Say.HAVE or one.value.say is Say.MUST_USE:
            side, other = there, denied
        elif one.value.say in {Say.MUST_NOT, Say.ABSENT}:
            side, other = denied, there
        else:
            continue
        id = one.value.id
        if id in other:
            if not findings.corrected(other[id], one):
                raise BadRequest(
                    f"“{_denial(findings, denied.get(id, one))}” and "
                    f"“{there.get(id, one).said}” contradict each other",
                    where="request",
                    hint="Keep one of them, or say which holds: “actually, ...”",
                )
            findings.drop(other.pop(id), one)
        side.setdefault(id, one)
    return Parts(
        there={id: one.said for id, one in there.items() if one.value.say is Say.HAVE},
        denied={id: one.said for id, one in denied.items()},
    )


def _denial(findings: Findings, one: Found[Part]) -> str:
    start = one.start
    while start > 0 and findings.owners[start - 1] is one:
        start -= 1
    return findings.words.said(start, one.end)


def _instance(findings: Findings, parts: Parts) -> Instance | None:
    types = _stated(findings, INSTANCE_TYPE)
    values: dict[str, Fact[Any] | None] = {
        "plan_monthly_usd": _stated(findings, PLAN),
        "instance_type": types,
        "memory_gib": _stated(findings, MEMORY_GIB),
        "vcpus": _stated(findings, VCPUS),
        "cpu_used_percent": _stated(findings, CPU_USED),
        "memory_used_percent": _stated(findings, MEMORY_USED),
        "static_address": _stated(findings, STATIC_ADDRESS),
        "transfer_out_gib": _stated(findings, TRANSFER),
    }
    for id in ("lightsail", "ec2"):
        if id in parts.there and not (
            id == "lightsail" and types is not None and "ec2" in parts.there
        ):
            return Instance(service=stated(id, parts.there[id]), **values)
    if types is not None:
        return Instance(service=stated("ec2", types.source), **values)
    if values["plan_monthly_usd"] is not None:
        why = "a plan with a monthly price is Lightsail's way of selling an instance"
        return Instance(service=assumed("lightsail", why), **values)
    if "server" in parts.there:
        why = "a server on AWS without more words; Lightsail is the cheaper reading"
        return Instance(service=assumed("lightsail", why), **values)
    return None


def _backend(findings: Findings, parts: Parts, instance: Instance | None) -> Backend | None:
    language = _stated(findings, LANGUAGE)
    memory = _stated(findings, BACKEND_MEMORY)
    if "docker" in parts.there:
        docker = stated(True, parts.there["docker"])
    elif "docker" in parts.denied:
        docker = stated(False, parts.denied["docker"])
    elif instance is not None or language is not None or memory is not None:
        docker = assumed(False, "Docker is not mentioned")
    else:
        return None
    if instance is None and language is None and memory is None and not docker.value:
        return None
    return Backend(docker=docker, language=language, memory_mib=memory)


def _database(findings: Findings, parts: Parts, instance: Instance | None) -> Database | None:
    values: dict[str, Fact[Any] | None] = {
        "version": _stated(findings, DATABASE_VERSION),
        "size_gib": _stated(findings, DATABASE_SIZE),
        "max_connections": _stated(findings, CONNECTIONS_MAX),
        "connections_in_use": _stated(findings, CONNECTIONS_USED),
        "instance_class": _stated(findings, INSTANCE_CLASS),
        "plan_monthly_usd": _stated(findings, DATABASE_PLAN),
        "multi_az": _stated(findings, MULTI_AZ),
        "publicly_accessible": _stated(findings, PUBLIC),
    }
    said = parts.said(*sorted(_ENGINES), *_HOMES, "managed_database")
    if not said and not any(values.values()):
        if "database" in parts.denied:
            why = parts.denied["database"]
            return Database(home=stated(DatabaseHome.NONE, why), engine=assumed("postgres", why))
        return None
    named = next((id for id in sorted(_ENGINES) if id in parts.there), None)
    said_postgres = next((one for one in parts.there.values() if "postgres" in one.lower()), None)
    engine: Fact[str] = (
        stated(named, parts.there[named])
        if named
        else stated("postgres", said_postgres)
        if said_postgres
        else assumed("postgres", "the engine is not said; Postgres is what we know best")
    )
    home = _home(findings, parts, instance, values)
    return Database(home=home, engine=engine, **values)


def _home(
    findings: Findings, parts: Parts, instance: Instance | None, values: dict[str, Fact[Any] | None]
) -> Fact[DatabaseHome]:
    for id, home in _HOMES.items():
        if id in parts.there:
            return stated(home, parts.there[id])
    if (kind := values["instance_class"]) is not None:
        return stated(DatabaseHome.RDS, kind.source)
    lightsail = instance is not None and instance.service.value == "lightsail"
    if "managed_database" in parts.there:
        if lightsail or values["plan_monthly_usd"] is not None:
            return stated(DatabaseHome.LIGHTSAIL_MANAGED, parts.there["managed_database"])
        return assumed(DatabaseHome.RDS, "a managed database without Lightsail is RDS")
    if (plan := values["plan_monthly_usd"]) is not None:
        return stated(DatabaseHome.LIGHTSAIL_MANAGED, plan.source)
    if (words := _beside(findings)) is not None:
        return stated(DatabaseHome.ON_INSTANCE, words)
    if instance is not None or "docker" in parts.there:
        why = "Postgres is named beside the instance and nothing says that it is managed"
        return assumed(DatabaseHome.ON_INSTANCE, why)
    return assumed(DatabaseHome.RDS, "no instance is named that Postgres could run on")


_CONTAINED = one_of("container dockerized dockerised containerized")
_BOX = one_of("docker lightsail box instance server container ec2 machine host compose vps same")


def _beside(findings: Findings) -> str | None:
    """Return the words that put Postgres on the box: ``Postgres 15 in Docker``."""
    words = findings.words
    for one in findings.all(PART):
        if one.value.id not in _ENGINES or one.value.say is not Say.HAVE:
            continue
        if {words.at(place) for place in range(one.start, one.end)} & _CONTAINED:
            return one.said
        end = one.end
        while words.at(end).replace(".", "").isdigit() or words.at(end) in {"running", "runs"}:
            end += 1
        if words.at(end) not in {"in", "on", "inside"} or not words.same_fragment(one.start, end):
            continue
        for place in range(end + 1, min(end + 5, words.fragment_end(end))):
            if words.at(place) in _BOX:
                return words.said(one.start, place + 1)
    return None


def _functions(findings: Findings) -> tuple[FunctionUse, ...]:
    memory = _stated(findings, FUNCTION_MEMORY)
    calls = _stated(findings, INVOCATIONS)
    if memory is None and calls is None:
        return ()
    return (FunctionUse(name="function", memory_mb=memory, invocations_per_month=calls),)
