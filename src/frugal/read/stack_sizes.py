"""Numbers of a stack: plan, CPU and memory in use, connections, sizes, versions, instance types."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal
from functools import cache

from frugal.read.findings import Findings, Topic
from frugal.read.numbers import Quantity, quantity
from frugal.read.periods import DAYS_PER_MONTH, HOURS_PER_MONTH, period
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases

PLAN: Topic[Decimal] = Topic("stack.instance.plan_monthly_usd")
DATABASE_PLAN: Topic[Decimal] = Topic("stack.database.plan_monthly_usd")
INSTANCE_TYPE: Topic[str] = Topic("stack.instance.instance_type")
INSTANCE_CLASS: Topic[str] = Topic("stack.database.instance_class")
MEMORY_GIB: Topic[Decimal] = Topic("stack.instance.memory_gib")
VCPUS: Topic[Decimal] = Topic("stack.instance.vcpus")
CPU_USED: Topic[Decimal] = Topic("stack.instance.cpu_used_percent")
MEMORY_USED: Topic[Decimal] = Topic("stack.instance.memory_used_percent")
BACKEND_MEMORY: Topic[Decimal] = Topic("stack.backend.memory_mib")
CONNECTIONS_MAX: Topic[int] = Topic("stack.database.max_connections")
CONNECTIONS_USED: Topic[int] = Topic("stack.database.connections_in_use")
DATABASE_SIZE: Topic[Decimal] = Topic("stack.database.size_gib")
DATABASE_VERSION: Topic[str] = Topic("stack.database.version")
FUNCTION_MEMORY: Topic[int] = Topic("stack.functions.memory_mb")
INVOCATIONS: Topic[Decimal] = Topic("stack.functions.invocations_per_month")
MULTI_AZ: Topic[bool] = Topic("stack.database.multi_az")
PUBLIC: Topic[bool] = Topic("stack.database.publicly_accessible")
TRANSFER: Topic[Decimal] = Topic("stack.instance.transfer_out_gib")
STATIC_ADDRESS: Topic[bool] = Topic("stack.instance.static_address")
LANGUAGE: Topic[str] = Topic("stack.backend.language")

_LANGUAGES = one_of(
    "python django flask fastapi node nodejs typescript java golang ruby rails php laravel rust"
    " dotnet kotlin spring"
)


@cache
def _states() -> Lexicon[Topic[bool]]:
    """States of a database that are said in a word."""
    return Lexicon(
        {
            **phrases("multi az|multiaz", MULTI_AZ),
            **phrases("publicly accessible|public database|open to the internet", PUBLIC),
        }
    )


def find_sizes(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find connections, CPU and memory in use, sizes, versions and instance types."""
    words = findings.words
    for place, token in enumerate(words.tokens):
        if token.kind is Kind.NAME and "." in token.text and token.text[0].isalpha():
            if token.text.startswith("db."):
                text = f"{INSTANCE_CLASS.name} = {token.text}"
                findings.add(INSTANCE_CLASS, token.text, place, place + 1, text)
            elif not token.text.startswith(("http", "cache.")):
                text = f"{INSTANCE_TYPE.name} = {token.text}"
                findings.add(INSTANCE_TYPE, token.text, place, place + 1, text)
        elif token.text in _LANGUAGES and findings.free(place, place + 1):
            text = f"{LANGUAGE.name} = {token.text}"
            findings.add(LANGUAGE, token.text, place, place + 1, text)
    for place, end, topic in _states().scan(words):
        denied = words.at(place - 1) in {"no", "not", "without", "non"}
        start = place - denied
        if findings.free(start, end):
            text = f"{topic.name} = {str(not denied).lower()}"
            findings.add(topic, not denied, start, end, text)
    _find_versions(findings)
    for one in quantities:
        if findings.free(one.start, one.end):
            _size(findings, one)
    _find_connections(findings, quantities)


def _find_versions(findings: Findings) -> None:
    words = findings.words
    for place in range(1, len(words)):
        if words.kind(place) is not Kind.NUMBER or not findings.free(place, place + 1):
            continue
        before = words.at(place - 1)
        version = words.at(place - 2) if before in {"v", "version", "-"} else before
        if version in {"postgres", "postgresql", "pg", "mysql", "mariadb"}:
            if words.at(place + 1) in {"connections", "%", "gb", "gib"}:
                continue
            text = f"{DATABASE_VERSION.name} = {words.at(place)}"
            also = [place - 1] if version != before else []
            findings.add(DATABASE_VERSION, words.at(place), place, place + 1, text, also=also)


_GIB = {
    "kb": Decimal(1) / (1024 * 1024), "mb": Decimal(1) / 1024, "mib": Decimal(1) / 1024,
    "gb": Decimal(1), "gib": Decimal(1), "gig": Decimal(1), "gigs": Decimal(1), "g": Decimal(1),
    "tb": Decimal(1024), "tib": Decimal(1024),
}  # fmt: skip


def _size(findings: Findings, one: Quantity) -> None:
    words = findings.words
    unit, end = words.at(one.end), one.end + 1
    around = _around(words, one.start, end)
    near = {words.at(place) for place in words.near(one.start, end, before=2, after=2)}
    if unit in {"%", "percent", "pct"}:
        topic, nouns = CPU_USED, {"cpu", "utilization", "utilisation", "load", "processor"}
        if near & {"memory", "ram", "mem"} and not near & {"cpu"}:
            topic, nouns = MEMORY_USED, {"memory", "ram", "mem"}
        elif not near & nouns and not ({"cpu"} & set(around)):
            return
        also = _helping(around, nouns | {"used", "use", "usage", "busy", "at", "in", "average"})
        findings.add(topic, one.measure, one.start, end, f"{topic.name} = {one.measure}", also=also)
    elif unit in {"vcpu", "vcpus", "cpu", "cpus", "core", "cores"}:
        findings.add(VCPUS, one.measure, one.start, end, f"{VCPUS.name} = {one.measure}")
    elif unit in _GIB and unit not in {"kb"}:
        _gib(findings, one, end, one.measure * _GIB[unit], around)
    elif unit in _RUNS_OF_FUNCTIONS:
        _invocations(findings, one, end)
    elif unit in {"lambda", "function"} and words.at(end) in _RUNS_OF_FUNCTIONS:
        _invocations(findings, one, end + 1)


def _gib(findings: Findings, one: Quantity, end: int, gib: Decimal, around: dict[str, int]) -> None:
    near = dict(list(around.items()))
    gib = gib.normalize() + 0 if gib != gib.to_integral_value() else gib.quantize(Decimal(1))
    if near.keys() & {"payload", "request", "response", "message", "body", "logs", "log"}:
        return
    if near.keys() & {"transfer", "bandwidth", "egress", "traffic", "outbound"}:
        also = _helping(
            near, {"transfer", "bandwidth", "egress", "traffic", "outbound", "out", "month"}
        )
        findings.add(TRANSFER, gib, one.start, end, f"{TRANSFER.name} = {gib}", also=also)
        return
    closest = _closest(near, one.start, end)
    if closest in {"lambda", "function", "functions"}:
        megabytes = int(gib * 1024)
        text = f"{FUNCTION_MEMORY.name} = {megabytes}"
        findings.add(FUNCTION_MEMORY, megabytes, one.start, end, text)
    elif closest in {"database", "db", "postgres", "postgresql", "rds", "aurora", "data", "mysql"}:
        findings.add(DATABASE_SIZE, gib, one.start, end, f"{DATABASE_SIZE.name} = {gib}")
    elif closest in {"uses", "using", "containers", "container", "docker", "backend"}:
        value = gib * 1024
        findings.add(BACKEND_MEMORY, value, one.start, end, f"{BACKEND_MEMORY.name} = {value}")
    elif closest:
        also = _helping(near, {"ram", "memory"})
        findings.add(MEMORY_GIB, gib, one.start, end, f"{MEMORY_GIB.name} = {gib}", also=also)


_OWNERS = one_of(
    "lambda function functions database db postgres postgresql rds aurora data mysql uses using"
    " containers container docker lightsail ec2 instance box server ram memory vps plan backend"
    " machine bundle"
)


def _closest(near: dict[str, int], start: int, end: int) -> str:
    """Return the word nearest to a size that can own it; the one after it wins a tie."""

    def distance(place: int) -> tuple[int, int]:
        return (place - end, 0) if place >= end else (start - 1 - place, 1)

    owners = [(distance(place), word) for word, place in near.items() if word in _OWNERS]
    return min(owners)[1] if owners else ""


_RUNS_OF_FUNCTIONS = one_of("invocation invocations invokes executions")


def _invocations(findings: Findings, one: Quantity, end: int) -> None:
    words = findings.words
    found = period(words, end)
    if found is None or found[0] not in {"day", "hour", "month", "week", "minute"}:
        return
    times = {
        "minute": 60 * HOURS_PER_MONTH,
        "hour": HOURS_PER_MONTH,
        "day": DAYS_PER_MONTH,
        "week": DAYS_PER_MONTH / 7,
        "month": Decimal(1),
    }
    month = (one.high * times[found[0]]).quantize(Decimal(1))
    findings.add(INVOCATIONS, month, one.start, found[1], f"{INVOCATIONS.name} = {month}")


def _around(words: Words, start: int, end: int) -> dict[str, int]:
    """Return the words of the fragment near a number, each with its place; the nearest counts."""
    first, last = words.fragment_start(start), words.fragment_end(start)
    places = [*range(max(first, start - 6), start), *range(end, min(last, end + 5))]
    places.sort(key=lambda place: -min(abs(place - start), abs(place - end)))
    return {words.at(place): place for place in places}


def _helping(around: dict[str, int], words: Set[str]) -> list[int]:
    return [place for word, place in around.items() if word in words]


def _find_connections(findings: Findings, quantities: tuple[Quantity, ...]) -> None:
    """Find ``max_connections 100, 80 in use``, ``80 of 100 connections``, ``100 connections``."""
    words = findings.words
    for one in quantities:
        if not findings.free(one.start, one.end):
            continue
        start, end = one.start, one.end
        value = int(one.high)
        if _measured(words, start, end):
            continue
        first, last = words.fragment_start(start), words.fragment_end(start)
        plain = [words.at(place) for place in range(max(first, start - 5), min(last, end + 5))]
        if not any(word.startswith("connection") for word in plain) and not _follows_connections(
            findings, start, end
        ):
            continue
        before = {words.at(place) for place in range(max(first, start - 4), start)}
        after = [words.at(place) for place in range(end, min(end + 4, last))]
        joint = words.at(end)
        other = quantity(words, end + 1) if joint in {"of", "/", "out"} else None
        if joint == "out" and words.at(end + 1) == "of":
            other = quantity(words, end + 2)
        if other is not None:
            _connections(findings, CONNECTIONS_USED, one.start, end, value)
            _connections(findings, CONNECTIONS_MAX, other.start, other.end, int(other.high))
        elif {"used", "use", "active", "open", "busy", "taken"} & set(after[:3]) or before & {
            "using", "use", "uses", "used", "active"
        }:  # fmt: skip
            _connections(findings, CONNECTIONS_USED, start, end, value)
        elif before & {"max", "connections", "maximum", "limit", "up"} or set(after[:2]) & {
            "connections", "connection", "max"
        }:  # fmt: skip
            _connections(findings, CONNECTIONS_MAX, start, end, value)


_CONNECTION_WORDS = one_of(
    "max connections connection in use used active open = is of out / to db set limit maximum"
    " currently : are"
)


def _measured(words: Words, start: int, end: int) -> bool:
    """Say if a number is an amount or a share, which counts no connections."""
    inside = {words.at(place) for place in range(start - 1, end + 1)}
    return bool(inside & {"$", "€", "£", "%", "gb", "mb", "usd", "eur"})


def _follows_connections(findings: Findings, start: int, end: int) -> bool:
    """Say if ``80 in use`` follows right after connections were counted."""
    words = findings.words
    if words.at(end) not in {"in", "used", "active", "open"}:
        return False
    earlier = findings.all(CONNECTIONS_MAX)[-1:]
    return any(0 <= start - one.end <= 4 for one in earlier)


def _connections(findings: Findings, topic: Topic[int], start: int, end: int, value: int) -> None:
    words = findings.words
    one = findings.add(topic, value, start, end, f"{topic.name} = {value}")
    for step in (-1, 1):
        place = start - 1 if step < 0 else end
        while 0 <= place < len(words) and words.at(place) in _CONNECTION_WORDS:
            findings.widen(one, [place])
            place += step
