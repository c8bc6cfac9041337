"""The database: who reaches it by which path, how many sessions that takes, and whether to pool.

The arithmetic is the limit the store itself declares, so the document and the check that judged
the design cannot differ.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, money, number
from frugal.design.permissions import on_box
from frugal.design.tradeoffs import SESSIONS
from frugal.model.brief import Value
from frugal.model.document import Block, Bullets, Heading, Table, Text
from frugal.model.graph import Link, Role, Verb
from frugal.model.stack import DatabaseHome
from frugal.services import Margin, service

#: Homes inside a VPC, which a managed proxy of AWS can stand in front of.
IN_A_VPC = (DatabaseHome.RDS, DatabaseHome.AURORA)
#: Id by which every store declares how full its connections are.
CONNECTIONS = "database-connections"


class Sessions(Value, frozen=True, kw_only=True):
    """Database sessions: what the server takes, what is in use, what this design adds."""

    added: Decimal
    maximum: Decimal | None = None  #: None: unknown
    kept_back: Decimal = Decimal(0)
    in_use: Decimal | None = None

    @property
    def left(self) -> Decimal | None:
        if self.maximum is None:
            return None
        return self.maximum - self.kept_back - (self.in_use or Decimal(0)) - self.added


def database_strategy(draft: Draft) -> tuple[Block, ...]:
    """Return the path, the arithmetic and the verdict on pooling."""
    doors = session_links(draft)
    if not doors:
        return (
            Heading(words="Database connections"),
            Text(words="No part of this design opens a database session."),
        )
    return (
        Heading(words="Database connections"),
        Text(words=_path_words(draft, doors)),
        *_arithmetic(draft),
        Bullets(
            items=(
                *_proxy_verdicts(draft),
                _pool_verdict(draft),
                _tls(draft, doors),
                _role(draft),
            )
        ),
    )


def session_links(draft: Draft) -> tuple[Link, ...]:
    """Return the links that open sessions, to the store or to a proxy in front of it."""
    return tuple(link for link in draft.candidate.links if link.verb is Verb.CONNECTS)


def sessions_of(draft: Draft) -> Sessions:
    """Return the connection arithmetic, from the limit the store declares where there is one."""
    added = sum(
        (
            Decimal(str(draft.candidate[link.source].get("connections", 1)))
            for link in session_links(draft)
        ),
        Decimal(0),
    )
    database, margin = draft.stack.database, connection_margin(draft)
    if database is None or database.max_connections is None or margin is None:
        return Sessions(added=added)
    maximum = Decimal(database.max_connections.value)
    in_use = database.connections_in_use
    assert isinstance(margin.used, Decimal), "a recommended design has no open input"
    taken = Decimal(in_use.value) if in_use else Decimal(0)
    return Sessions(
        added=margin.used - taken,
        maximum=maximum,
        kept_back=maximum - margin.limit,
        in_use=Decimal(in_use.value) if in_use else None,
    )


def connection_margin(draft: Draft) -> Margin | None:
    """Return how full the store's connections are, as the store itself judges it."""
    for part in draft.parts():
        if part.placement.role is Role.STORE:
            for margin in service(part.placement.service).limits(part):
                if margin.check == CONNECTIONS:
                    return margin
    return None


def _path_words(draft: Draft, doors: tuple[Link, ...]) -> str:
    worker = next(draft.candidate.role(Role.WORKER), None)
    by = {link.source: link.path for link in doors}
    if worker is not None and worker.id not in by:
        through = listed(tuple(by))
        return (
            f"{worker.id} opens no session. It goes through {through}, which is beside the "
            "database already; the database's port stays as closed as it is today."
        )
    kinds = {
        "local": "on the same box: the traffic never leaves it",
        "private": "over a private network",
        "public": "over a public port, which is open to any address: see the risks",
        "internal": "inside AWS",
        "aws": "through an AWS endpoint",
    }
    return (
        "; ".join(f"{source} connects {kinds.get(path, path)}" for source, path in by.items()) + "."
    )


def _arithmetic(draft: Draft) -> tuple[Block, ...]:
    database, sessions = draft.stack.database, sessions_of(draft)
    if database is None or database.max_connections is None or sessions.left is None:
        return (
            Text(
                words=f"This design adds at most {counted(int(sessions.added), 'session')}. How "
                "many the server takes and how many are in use was not said; `show "
                "max_connections` and `select count(*) from pg_stat_activity` tell."
            ),
        )
    in_use = database.connections_in_use
    used = (
        (number(sessions.in_use), str(in_use.basis))
        if in_use and sessions.in_use is not None
        else ("unknown, counted as 0", "asked")
    )
    return (
        Table(
            columns=("Sessions", "Count", "Known how"),
            rows=(
                (
                    "max_connections",
                    number(database.max_connections.value),
                    str(database.max_connections.basis),
                ),
                ("kept back for administrators", number(sessions.kept_back), "Postgres's default"),
                ("in use today", *used),
                ("added by this design, at most", number(sessions.added), "from its settings"),
                ("**left**", f"**{number(sessions.left)}**", ""),
            ),
            numeric=(1,),
            caption="Connection arithmetic",
        ),
    )


def _proxy_verdicts(draft: Draft) -> tuple[str, ...]:
    """Return the verdict on each pooler AWS sells, with its price even where it is rejected."""
    found: list[str] = []
    for cost in draft.hidden_costs:
        if cost.topic != SESSIONS:
            continue
        price = "no price here" if cost.monthly is None else f"{money(cost.monthly)} a month"
        found.append(
            f"**{cost.what}: yes**, as {cost.paid_by}: {price}."
            if cost.paid_by
            else f"**{cost.what}: no.** It would add {price}; {cost.avoided_by}."
        )
    return tuple(found)


def _pool_verdict(draft: Draft) -> str:
    sessions = sessions_of(draft)
    if sessions.left is not None and sessions.left < 0:
        return (
            f"**Pooling: needed.** {counted(int(-sessions.left), 'session')} too many; a pooler "
            "on the box (PgBouncer, transaction mode) costs memory and nothing else."
        )
    spare = "" if sessions.left is None else f", {number(sessions.left)} are left"
    return (
        f"**Pooling: none new.** {counted(int(sessions.added), 'session')} at most{spare}. The "
        "runtime holds no session between runs beyond these, sets no session state, and so would "
        "work behind a transaction-mode pooler if you have one."
    )


def _tls(draft: Draft, doors: tuple[Link, ...]) -> str:
    away = tuple(link.source for link in doors if link.path != "local")
    if not away:
        return (
            "**TLS:** the session stays on the box, so it needs none. The moment database and "
            "client part, `sslmode=verify-full` with the server's certificate, nothing less."
        )
    return (
        f"**TLS:** {listed(away)} with `sslmode=verify-full` and the server's root certificate "
        "shipped beside the code; `require` would take any certificate."
    )


def _role(draft: Draft) -> str:
    if not all(placement.existing for placement in draft.candidate.role(Role.STORE)):
        return (
            "**Role:** the runtime's own: no superuser, no extension; `lock_timeout` set, so that "
            "a forgotten lock stops one run and not the next."
        )
    return (
        "**Role:** schema `payouts` with a role of its own: no superuser, no extension, no rights "
        "on your tables; `lock_timeout` set, so that a forgotten lock stops one run and not your "
        "backend."
    )


def peered(draft: Draft) -> bool:
    """Return whether a session crosses the peering between the box and the default VPC.

    It does where the box is on one side and the other end is not: a function in the VPC to a
    database on the box, or a worker on the box to RDS.
    """
    instance, database = draft.stack.instance, draft.stack.database
    if instance is None or not service(instance.service.value).peers_with_vpc:
        return False
    home = database.home.value if database else DatabaseHome.ON_INSTANCE
    return any(
        link.path == "private" and on_box(draft.candidate[link.source]) == (home in IN_A_VPC)
        for link in session_links(draft)
    )
