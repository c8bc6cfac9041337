"""What is assumed of a Stack where neither words nor files say it.

Head-room, connections and the baseline bill need numbers that a request seldom holds. Each gap a
check would need is filled with an assumed Fact and its reason, so that the reader sees it, can
correct it, and is asked about it where it could change the answer. What no check needs stays
unknown. What belongs to one service (its plans, its classes) that service's own file assumes.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from frugal.model.stack import Backend, Database, DatabaseHome, Instance, Stack
from frugal.services import service, service_ids
from payouts.facts import assumed

MEMORY_USED_PERCENT = Decimal(60)
MAX_CONNECTIONS = 100
CONNECTIONS_IN_USE = 20
DATABASE_GIB = Decimal(10)

_NOTHING_SAID = (
    "nothing was said of your stack: the plainest that fits the request, one instance with the "
    "backend and Postgres on it"
)


def assume(stack: Stack) -> Stack:
    """Return the Stack with every gap a check needs filled by an assumed Fact."""
    if stack.instance is None and stack.database is None and stack.backend is None:
        stack = replace(
            stack,
            instance=Instance(service=assumed("lightsail", _NOTHING_SAID)),
            backend=Backend(docker=assumed(True, _NOTHING_SAID)),
            database=Database(
                home=assumed(DatabaseHome.ON_INSTANCE, _NOTHING_SAID),
                engine=assumed("postgres", _NOTHING_SAID),
            ),
        )
    if stack.backend is None and stack.instance is not None:
        stack = replace(
            stack,
            backend=Backend(
                docker=assumed(
                    _offers(stack, "docker"), "an instance that makes payouts runs a backend"
                )
            ),
        )
    if stack.database is None:
        home = DatabaseHome.ON_INSTANCE if stack.instance is not None else DatabaseHome.NONE
        stack = replace(
            stack,
            database=Database(
                home=assumed(home, "no database was named; a ledger needs one"),
                engine=assumed("postgres", "the ledger is kept in Postgres"),
            ),
        )
    for service_id in service_ids():
        stack = service(service_id).assume(stack)
    return replace(
        stack,
        instance=_instance(stack.instance) if stack.instance else None,
        backend=_backend(stack.backend) if stack.backend else None,
        database=_database(stack.database) if stack.database else None,
    )


def _instance(instance: Instance) -> Instance:
    return replace(
        instance,
        memory_used_percent=instance.memory_used_percent
        or assumed(MEMORY_USED_PERCENT, "not said; a backend and Postgres with room to spare"),
        count=instance.count or assumed(1, "one instance was spoken of"),
    )


def _backend(backend: Backend) -> Backend:
    if backend.public_https is not None:
        return backend
    return replace(
        backend,
        public_https=assumed(True, "a backend with users of its own has a name and a certificate"),
    )


def _database(database: Database) -> Database:
    return replace(
        database,
        max_connections=database.max_connections
        or assumed(MAX_CONNECTIONS, "Postgres's own default"),
        connections_in_use=database.connections_in_use
        or assumed(CONNECTIONS_IN_USE, "not said; two pools of ten"),
        size_gib=database.size_gib or assumed(DATABASE_GIB, "not said; small"),
    )


def _offers(stack: Stack, word: str) -> bool:
    return any(fact.value == word for fact in stack.offers)
