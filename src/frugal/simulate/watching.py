"""The alarms of a design, as a trial can ring them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from frugal.model.graph import Candidate, Role
from frugal.model.watch import Rule
from frugal.patterns import Scene
from frugal.price.usage import parts_of
from frugal.services import service
from frugal.simulate.metrics import Watched

#: What the runtime measures of its ledger belongs to no single part.
_LEDGER = "Payouts/"

_replace = msgspec.structs.replace


def watched_in(
    candidate: Candidate, scene: Scene, rules: Mapping[tuple[str, str], Rule] | None = None
) -> tuple[Watched, ...]:
    """Return the alarms that a candidate has chosen, by their short names.

    ``rules``: by part and alarm, what a design says in the place of what its services offer.
    """
    rules = rules or {}
    chosen = chosen_alarms(candidate, scene)
    times = Counter(alarm for _, alarm in chosen)
    return tuple(
        _replace(
            one,
            id=alarm if times[alarm] == 1 else f"{alarm} ({part})",
            rule=rules.get((part, alarm), one.rule),
        )
        for one in alarms_offered(candidate, scene)
        for part, alarm in (parted(one.id),)
        if (part, alarm) in chosen
    )


def chosen_alarms(candidate: Candidate, scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return part and id of each alarm that a candidate has."""
    kept = {str(one.get("alarms", "")) for one in candidate.role(Role.ALARM)}
    return tuple(
        (part.id, alarm.id)
        for part in parts_of(candidate, scene)
        for alarm in service(part.placement.service).alarms(part)
        if "all" in kept or ("money" in kept and alarm.guards_money)
    )


def alarms_offered(candidate: Candidate, scene: Scene) -> tuple[Watched, ...]:
    """Return every alarm that a candidate's parts offer, chosen or not, named by part and id."""
    return tuple(
        Watched(
            id=alarm_key(part.id, alarm.id),
            metric=alarm.metric,
            rule=alarm.rule,
            part="" if alarm.metric.startswith(_LEDGER) else part.id,
        )
        for part in parts_of(candidate, scene)
        for alarm in service(part.placement.service).alarms(part)
    )


def alarm_key(part_id: str, alarm_id: str) -> str:
    """Return what tells an alarm from all others of a design: two parts may name one alike."""
    return f"{part_id}/{alarm_id}"


def parted(key: str) -> tuple[str, str]:
    """Return part and id of an alarm's key."""
    part, _, alarm = key.partition("/")
    return part, alarm
