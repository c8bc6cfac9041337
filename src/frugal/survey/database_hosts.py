"""Where an environment variable says the database is, and nothing else of it.

A connection string holds a password beside the host. Only the host's *kind* leaves this module:
which AWS service its ending belongs to, or which service of the same Compose file it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from frugal.model.brief import Value
from frugal.model.stack import DatabaseHome
from frugal.survey.interpolation import interpolate

LENGTH_MAX = 4096

_AWS = re.compile(
    r"(?<![a-z0-9.-])([a-z0-9\ufffd-]+(?:\.[a-z0-9\ufffd-]+){1,4})"
    r"\.rds\.amazonaws\.com(?:\.cn)?(?![a-z0-9.-])"
)
_URL = re.compile(
    r"^(?:jdbc:)?(postgres(?:ql)?|postgis|mysql|mariadb)(?:\+[a-z0-9_]+)?://([^?#\s]*)"
)
_HOST_VARIABLE = re.compile(
    r"^(?:PG|(?:[A-Z0-9]+_)*(?:DB|DATABASE|POSTGRES|POSTGRESQL|MYSQL)_?)HOST(?:NAME)?$"
)
# What a container calls the machine it runs on: Docker's own name, and its default bridge.
_HOST_MACHINE = frozenset({"host.docker.internal", "172.17.0.1"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class DatabaseHost(Value, frozen=True, kw_only=True):
    """What one variable says. Both ``home`` and ``service`` empty: a host nobody can place."""

    home: DatabaseHome | None = None
    service: str | None = None  #: a service of the same file
    engine: str | None = None  #: where the variable says it
    certain: bool = True
    why: str = ""


def database_host(
    name: str, value: str, services: Mapping[str, str], host_network: bool
) -> DatabaseHost | None:
    """Return what variable ``name`` says of the database's host, if it speaks of one.

    Args:
        services: the host names that stand for services of the same file.
        host_network: the variable's service shares the machine's network.
    """
    text = interpolate(value[:LENGTH_MAX]).strip().lower()
    url = _URL.match(text)
    engine = _engine(url.group(1) if url else name)
    aws = _AWS.search(text)
    if aws:
        return _aws_endpoint(aws.group(1).split("."), engine)
    if url:
        # A password may hold `/` or `@`; the last `@` before the path's end comes after it.
        rest = url.group(2).rpartition("@")[2]
        host = rest.partition("/")[0].partition(":")[0]
    elif _HOST_VARIABLE.match(name.upper()) and text:
        host = text.partition(":")[0]
    else:
        return None
    if host in services:
        return DatabaseHost(service=services[host], engine=engine)
    if host in _HOST_MACHINE or (host_network and host in _LOOPBACK):
        return DatabaseHost(
            home=DatabaseHome.ON_INSTANCE, engine=engine, why="the host is the machine itself"
        )
    return DatabaseHost(engine=engine)


def _engine(word: str) -> str | None:
    word = word.lower()
    if word.startswith(("pg", "postg")):
        return "postgres"
    return "mysql" if word.startswith(("mysql", "mariadb")) else None


def _aws_endpoint(labels: list[str], engine: str | None) -> DatabaseHost:
    if any(label.startswith("proxy-") for label in labels[1:]):
        return DatabaseHost(
            home=DatabaseHome.RDS,
            engine=engine,
            certain=False,
            why="the host is an RDS Proxy, which stands before RDS or Aurora",
        )
    if any(label.startswith("cluster-") for label in labels[1:]):
        return DatabaseHost(
            home=DatabaseHome.AURORA,
            engine=engine,
            certain=False,
            why="the host is a cluster endpoint; Aurora's and a Multi-AZ DB cluster's look alike",
        )
    # Lightsail names its databases `ls-` and a long hash, as AWS CLI's reference shows in its
    # example of `lightsail get-relational-databases`.
    if labels[0].startswith("ls-"):
        return DatabaseHost(
            home=DatabaseHome.LIGHTSAIL_MANAGED,
            engine=engine,
            why="the host is named as Lightsail names its databases",
        )
    return DatabaseHost(
        home=DatabaseHome.RDS, engine=engine, why="the host ends in rds.amazonaws.com"
    )
