"""The alarms of a design, as a trial can ring them."""

from __future__ import annotations

from frugal.model.graph import Candidate, Role
from frugal.patterns import Scene
from frugal.price.usage import parts_of
from frugal.services import service
from frugal.simulate.metrics import Watched

#: What the runtime measures of its ledger belongs to no single part.
_LEDGER = "Payouts/"


def watched_in(candidate: Candidate, scene: Scene) -> tuple[Watched, ...]:
    """Return the alarms that a candidate has chosen, by part."""
    kept = {str(one.get("alarms", "")) for one in candidate.role(Role.ALARM)}
    if "all" not in kept and "money" not in kept:
        return ()
    found: dict[str, Watched] = {}
    for part in parts_of(candidate, scene):
        for alarm in service(part.placement.service).alarms(part):
            if alarm.guards_money or "all" in kept:
                ours = alarm.metric.startswith(_LEDGER)
                id = alarm.id if alarm.id not in found else f"{alarm.id} ({part.id})"
                found[id] = Watched(
                    id=id, metric=alarm.metric, rule=alarm.rule, part="" if ours else part.id
                )
    return tuple(found.values())
