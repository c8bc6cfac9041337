"""What the recommended graph says about itself: parts, data flow, permissions, alarms, failures.

Nothing here decides. Each part's service is asked about its part, each link is described by its
verb and its path, and the order is the order in which a payout meets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from frugal.design import figures
from frugal.model.brief import Brief
from frugal.model.decision import Option
from frugal.model.design import (
    AlarmSpecification,
    Component,
    FailureMode,
    Flow,
    IamStatement,
    SpecificationRow,
)
from frugal.model.graph import Candidate, Link, Placement, Role, Verb
from frugal.patterns import Scene
from frugal.price.usage import parts_of
from frugal.services import Part, service

#: Layers of the drawing, from what starts the work to where it is kept.
LAYERS: tuple[Role, ...] = (
    Role.TRIGGER,
    Role.BUS,
    Role.QUEUE,
    Role.ORCHESTRATOR,
    Role.RECEIVER,
    Role.WORKER,
    Role.NETWORK,
    Role.BACKEND,
    Role.STORE,
    Role.PARTNER,
    Role.SECRET,
    Role.DEAD_LETTER,
    Role.LOGS,
    Role.ALARM,
)
#: At one part, what is done first: what it needs, then the work, then what it leaves behind.
_AT_ONE_PART: tuple[Verb, ...] = (
    Verb.READS,
    Verb.ROUTES,
    Verb.CALLS,
    Verb.CONNECTS,
    Verb.CALLS_OUT,
    Verb.SENDS,
    Verb.SCHEDULES,
    Verb.INVOKES,
    Verb.INVOKES_ASYNC,
    Verb.POLLS,
    Verb.NOTIFIES,
)
#: Not met by the payout itself; told last.
_AFTERWARDS: tuple[Verb, ...] = (Verb.LOGS, Verb.DEAD_LETTERS, Verb.ALARMS)
#: Who can set a payout in motion, the first to do so first.
_STARTERS: tuple[Role, ...] = (Role.BACKEND, Role.TRIGGER, Role.PARTNER, Role.WORKER)

_DOES: dict[Verb, str] = {
    Verb.SCHEDULES: "starts on time",
    Verb.INVOKES: "invokes and waits for",
    Verb.INVOKES_ASYNC: "starts",
    Verb.SENDS: "sends to",
    Verb.POLLS: "hands batches to",
    Verb.READS: "reads",
    Verb.CONNECTS: "opens a session to",
    Verb.CALLS: "calls",
    Verb.CALLS_OUT: "calls",
    Verb.NOTIFIES: "notifies",
    Verb.LOGS: "writes to",
    Verb.ALARMS: "alarms through",
    Verb.DEAD_LETTERS: "leaves what failed in",
    Verb.ROUTES: "goes out through",
}

#: How a link gets there, in a reader's words.
LINK_PATHS: dict[str, str] = {
    "public": "over public HTTPS",
    "private": "over the private network",
    "aws": "to an AWS endpoint",
    "local": "on the instance itself",
    "internal": "inside AWS",
}

_IN_TRANSIT: dict[str, str] = {
    "public": "TLS over public HTTPS, certificate checked",
    "private": "private network, TLS inside it",
    "aws": "TLS to the AWS endpoint, signed requests",
    "local": "stays on the instance",
    "internal": "between AWS services, encrypted by AWS",
}


def does(link: Link) -> str:
    """Return what a link does, as a verb of a sentence."""
    return _DOES[link.verb]


def drawing_order(candidate: Candidate) -> tuple[Placement, ...]:
    """Return the parts from what starts the work to what watches it."""
    return tuple(sorted(candidate.placements, key=lambda part: LAYERS.index(part.role)))


def flow_order(candidate: Candidate) -> tuple[Link, ...]:
    """Return every link once, in the order a payout meets them.

    The walk starts where something is set in motion and follows each call to its end before the
    next, as the running program would; logs and dead letters come after the work they are about.
    """
    met: list[Link] = []
    seen: set[int] = set()
    visited: set[str] = set()

    def walk(part_id: str) -> None:
        if part_id in visited:
            return
        visited.add(part_id)
        for link in sorted(
            candidate.outgoing(part_id, *_AT_ONE_PART), key=lambda at: _AT_ONE_PART.index(at.verb)
        ):
            if id(link) not in seen:
                seen.add(id(link))
                met.append(link)
                walk(link.target)

    for starter in _starters(candidate):
        walk(starter.id)
    for placement in drawing_order(candidate):
        walk(placement.id)
    afterwards = [link for link in candidate.links if link.verb in _AFTERWARDS]
    met += sorted(afterwards, key=lambda link: _AFTERWARDS.index(link.verb))
    assert len(met) == len(candidate.links), "every link is told once"
    return tuple(met)


def _starters(candidate: Candidate) -> Iterator[Placement]:
    """Yield the parts that act of themselves: nothing else in the graph starts them.

    The backend does where it hands payouts on, unless it is itself called on a schedule. A sweep
    looks for what the way itself has left behind, so it is told after the way.
    """
    starting = (Verb.SCHEDULES, Verb.SENDS, Verb.INVOKES, Verb.INVOKES_ASYNC, Verb.NOTIFIES)
    for role in _STARTERS:
        found = sorted(candidate.role(role), key=lambda part: bool(part.get("sweep")))
        for placement in found:
            acts = any(True for _ in candidate.outgoing(placement.id, *starting))
            called = any(
                candidate[link.source].role in (Role.TRIGGER, Role.BUS, Role.RECEIVER)
                for link in candidate.incoming(placement.id)
            )
            if (acts and not called) or role is Role.WORKER:
                yield placement


def components_of(option: Option, scene: Scene) -> tuple[Component, ...]:
    """Return each part as it is to be built, with its share of the month."""
    costs = list_costs(option)
    return tuple(
        Component(
            id=part.id,
            role=part.placement.role.value,
            service=service_name(part),
            existing=part.existing,
            specification=tuple(
                SpecificationRow(name=row.name, value=row.value, why=row.why)
                for row in service(part.placement.service).specification(part)
            ),
            encryption_at_rest=service(part.placement.service).encryption(part),
            list_monthly=costs.get(part.id, Decimal(0)),
            fixed_address=service(part.placement.service).fixed_address(part),
        )
        for part in _parts(option.candidate, scene)
    )


def service_name(part: Part) -> str:
    """Return AWS's name of the service, or the partner's own name."""
    if part.placement.role is Role.PARTNER:
        return figures.quoted(part.brief.partner.name.value, 40)
    return service(part.placement.service).name


def list_costs(option: Option) -> dict[str, Decimal]:
    """Return what each part adds to the month at list price."""
    costs: dict[str, Decimal] = {}
    for line in option.estimate.lines:
        costs[line.placement] = costs.get(line.placement, Decimal(0)) + line.list_cost
    return costs


def flows_of(candidate: Candidate, brief: Brief) -> tuple[Flow, ...]:
    """Return the data flow, link by link."""
    return tuple(
        Flow(
            source=link.source,
            target=link.target,
            verb=link.verb.value,
            per_month=_plain(link.per_month),
            path=link.path,
            encryption_in_transit=_in_transit(link),
            purpose=link.purpose,
            retry=_retry(link),
        )
        for link in flow_order(candidate)
    )


def _in_transit(link: Link) -> str:
    if link.verb is Verb.CONNECTS and link.path == "public":
        return "TLS with sslmode=verify-full; the port is open to the internet"
    return _IN_TRANSIT[link.path]


def _retry(link: Link) -> str:
    """Return what happens when one fails. Decided by the verb: who waits, and who knows the key."""
    return {
        Verb.CALLS_OUT: "looked up first, then sent again under the same key only, as often and "
        "as long as the partner's rules allow",
        Verb.SCHEDULES: "none: the next tick does the same work",
        Verb.INVOKES: "by the caller, the same input",
        Verb.INVOKES_ASYNC: "twice by AWS, then the on-failure destination",
        Verb.SENDS: "by the sender, the same id; a second copy finds nothing to do",
        Verb.POLLS: "delivered again after the visibility time-out, then dead-lettered",
        Verb.READS: "by the SDK; a run without credentials ends, the next one tries again",
        Verb.CONNECTS: "a new session, the whole transaction once more",
        Verb.CALLS: "the same request again: the ledger makes a repeat harmless",
        Verb.NOTIFIES: "by the partner; a repeat is stored once",
        Verb.LOGS: "by the platform",
        Verb.ALARMS: "by the platform",
        Verb.DEAD_LETTERS: "none: the alarm on it calls a person",
        Verb.ROUTES: "with the call that goes through",
    }[link.verb]


def statements_of(candidate: Candidate, scene: Scene) -> tuple[IamStatement, ...]:
    """Return what each part is allowed, link by link: exactly these actions on that target.

    A poll is turned round: the part at its end does the asking, so that part is allowed.
    """
    parts = {part.id: part for part in parts_of(candidate, scene)}
    found: list[IamStatement] = []
    for link in flow_order(candidate):
        asks, answers = link.source, link.target
        if link.verb is Verb.POLLS:
            asks, answers = answers, asks
        part = parts[answers]
        for statement in service(part.placement.service).statements(part, link):
            found.append(
                IamStatement(
                    principal=asks,
                    link=f"{link.source} {link.verb.value} {link.target}",
                    actions=statement.actions,
                    resource=statement.resource,
                    condition=statement.condition,
                    why_star=statement.why_star,
                )
            )
    return tuple(dict.fromkeys(found))


def alarms_of(candidate: Candidate, scene: Scene) -> tuple[AlarmSpecification, ...]:
    """Return every alarm the parts ask for; those that guard money first, as they are named."""
    chosen = {str(placement.get("alarms")) for placement in candidate.role(Role.ALARM)}
    found = [
        AlarmSpecification(
            id=alarm.id,
            placement=part.id,
            metric=alarm.metric,
            threshold=alarm.threshold,
            period_seconds=alarm.period_seconds,
            why=alarm.why,
            guards_money=alarm.guards_money,
            rule=alarm.rule,
            chosen="all" in chosen or (alarm.guards_money and "money" in chosen),
        )
        for part in _parts(candidate, scene)
        for alarm in service(part.placement.service).alarms(part)
    ]
    return tuple(sorted(found, key=lambda alarm: (not alarm.chosen, not alarm.guards_money)))


def failures_of(candidate: Candidate, scene: Scene) -> tuple[FailureMode, ...]:
    """Return how each part fails, and what the design does about it."""
    return tuple(
        FailureMode(
            placement=part.id, what=mode.what, effect=mode.effect, mitigation=mode.mitigation
        )
        for part in _parts(candidate, scene)
        for mode in service(part.placement.service).failures(part)
    )


def _parts(candidate: Candidate, scene: Scene) -> Iterable[Part]:
    order = {placement.id: at for at, placement in enumerate(drawing_order(candidate))}
    return sorted(parts_of(candidate, scene), key=lambda part: order[part.id])


def _plain(amount: object) -> Decimal:
    assert isinstance(amount, Decimal), "a recommended design has no open input"
    return amount
