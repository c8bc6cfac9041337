"""Facts that are not numbers, and the scene in which each is the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from frugal.model.brief import Brief, Direction, Timing
from frugal.model.graph import Candidate, Role
from frugal.model.load import load_of
from frugal.model.stack import DatabaseHome, Stack
from frugal.patterns import Scene
from frugal.services import service
from payouts.facts import Fact, stated

_replace = msgspec.structs.replace
_WHAT_IF = "what if"
#: What "in real time" is taken to mean where nobody said how fast.
_REAL_TIME_SECONDS = Decimal(10)
#: Roles whose service a person might forbid.
_MAIN_ROLES = (Role.TRIGGER, Role.BUS, Role.QUEUE, Role.WORKER, Role.ORCHESTRATOR, Role.RECEIVER)
_REGIONS = ("us-east-1", "eu-central-1", "us-west-2")


class Change(NamedTuple):
    """One fact the other way round."""

    id: str
    now: str
    becomes: str
    scene: Scene
    assumed: bool
    always: bool = False  #: shown even where the same pattern is chosen


def changes(scene: Scene, chosen: Candidate) -> Iterator[Change]:
    """Yield every fact worth turning round in this scene."""
    for change in _CHANGES:
        found = change(scene)
        if found is not None:
            yield found
    yield from _regions(scene)
    yield from _without_services(scene, chosen)


def _direction(scene: Scene) -> Change | None:
    now = scene.brief.direction
    other = Direction.RECEIVE if now.value is Direction.SEND else Direction.SEND
    brief = _replace(scene.brief, direction=stated(other, _WHAT_IF))
    return Change(
        "direction",
        now.value.value,
        other.value,
        _scene(scene, brief=brief),
        now.assumed,
        always=now.assumed,
    )


def _timing(scene: Scene) -> Change | None:
    now = scene.brief.timing
    promises = scene.brief.promises
    if now.value is Timing.BATCH:
        other = Timing.REAL_TIME
        seconds = promises.real_time_seconds or stated(_REAL_TIME_SECONDS, _WHAT_IF)
        becomes = f"real time, within {seconds.value} s"
    else:
        other, seconds, becomes = Timing.BATCH, None, "batch"
    brief = _replace(
        scene.brief,
        timing=stated(other, _WHAT_IF),
        promises=_replace(promises, real_time_seconds=seconds),
    )
    return Change("timing", now.value.value, becomes, _scene(scene, brief=brief), now.assumed)


def _of_partner(id: str, field: str, words: tuple[str, str]) -> Callable[[Scene], Change]:
    def turned(scene: Scene) -> Change:
        now: Fact[bool] = getattr(scene.brief.partner, field)
        changed: dict[str, Any] = {field: stated(not now.value, _WHAT_IF)}
        partner = _replace(scene.brief.partner, **changed)
        brief = _replace(scene.brief, partner=partner)
        return Change(
            id, words[now.value], words[not now.value], _scene(scene, brief=brief), now.assumed
        )

    return turned


def _public_https(scene: Scene) -> Change | None:
    backend = scene.stack.backend
    if backend is None:
        return None
    now = backend.public_https
    is_there = now is None or now.value
    changed = _replace(backend, public_https=stated(not is_there, _WHAT_IF))
    words = ("none", "reachable")
    return Change(
        "public_https",
        "unknown" if now is None else words[is_there],
        words[not is_there],
        _scene(scene, stack=_replace(scene.stack, backend=changed)),
        now is None or now.assumed,
    )


def _docker(scene: Scene) -> Change | None:
    backend = scene.stack.backend
    if backend is None:
        return None
    changed = _replace(backend, docker=stated(not backend.docker.value, _WHAT_IF))
    words = ("no Docker", "Docker")
    return Change(
        "docker",
        words[backend.docker.value],
        words[not backend.docker.value],
        _scene(scene, stack=_replace(scene.stack, backend=changed)),
        backend.docker.assumed,
    )


def _database_home(scene: Scene) -> Change | None:
    database = scene.stack.database
    if database is None:
        return None
    now = database.home
    other = DatabaseHome.ON_INSTANCE if now.value is DatabaseHome.RDS else DatabaseHome.RDS
    changed = _replace(database, home=stated(other, _WHAT_IF))
    stack = _replace(scene.stack, database=changed)
    return Change(
        "database_home", now.value.value, other.value, _scene(scene, stack=stack), now.assumed
    )


_CHANGES: tuple[Callable[[Scene], Change | None], ...] = (
    _direction,
    _timing,
    _of_partner("fixed_address", "fixed_address_required", ("not required", "required")),
    _of_partner("webhooks", "webhooks", ("none", "sent by the partner")),
    _public_https,
    _docker,
    _database_home,
)


def _regions(scene: Scene) -> Iterator[Change]:
    now = scene.brief.region
    for region in _REGIONS:
        if region != now.value:
            brief = _replace(scene.brief, region=stated(region, _WHAT_IF))
            yield Change("region", now.value, region, _scene(scene, brief=brief), now.assumed)


def _without_services(scene: Scene, chosen: Candidate) -> Iterator[Change]:
    """Yield the scene in which a main service of the choice is forbidden."""
    used = dict.fromkeys(
        placement.service
        for placement in chosen.placements
        if not placement.existing and placement.role in _MAIN_ROLES
    )
    for id in used:
        forbidden = (*scene.brief.must_not, stated(id, _WHAT_IF))
        brief = _replace(scene.brief, must_not=forbidden)
        name = service(id).name
        yield Change("must_not", f"{name} allowed", f"no {name}", _scene(scene, brief=brief), False)


def connections_in_use(scene: Scene, in_use: int) -> Scene:
    """Return the scene with another number of database connections in use."""
    assert scene.stack.database is not None
    database = _replace(scene.stack.database, connections_in_use=stated(in_use, _WHAT_IF))
    return _scene(scene, stack=_replace(scene.stack, database=database))


def _scene(scene: Scene, *, brief: Brief | None = None, stack: Stack | None = None) -> Scene:
    wanted = brief or scene.brief
    return Scene(
        brief=wanted,
        stack=stack or scene.stack,
        load=scene.load if brief is None else load_of(wanted),
    )
