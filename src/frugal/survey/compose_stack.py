"""From a Compose file's services to a Stack: the database, the backend, and what is open.

Every service ends up as one of these or in ``not_understood``. A choice between several candidates
is made by a stated order and noted, so that the reader can correct it in ``stack.yaml``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from frugal.model.stack import Backend, Database, DatabaseHome, Stack
from frugal.survey.compose_fields import mounts
from frugal.survey.images import Image, Kind, image_of, language_of
from payouts.facts import Basis, Fact

if TYPE_CHECKING:
    from frugal.survey.compose_file import ComposeFile, Service
    from frugal.survey.database_hosts import DatabaseHost

_HTTPS = 443
_WEB_PORTS = frozenset({80, 443, 3000, 4000, 5000, 8000, 8001, 8008, 8080, 8443, 8888, 9000})
_WEB_NAMES = frozenset({"api", "app", "web", "backend", "server"})
_PLACELESS = (
    "its database host is neither AWS's nor a service of this file; say database.home in stack.yaml"
)
_FIREWALL = (
    "its port is open unless the Lightsail firewall or security group before the machine closes "
    "it, which is not in this file"
)
_MAX_CONNECTIONS = re.compile(r"^(?:-c|--)?max[_-]connections=(\d{1,6})$", re.ASCII)


def stack_of(file: ComposeFile) -> Stack:
    """Return what the services say, and notes on every service that found no place."""
    notes = list(file.notes)
    images = {service.name: image_of(service.image) for service in file.services}
    kinds = {name: image.kind if image else Kind.APPLICATION for name, image in images.items()}
    containers = [s for s in file.services if kinds[s.name] is Kind.DATABASE]
    applications = [s for s in file.services if kinds[s.name] is Kind.APPLICATION]
    proxies = [s for s in file.services if kinds[s.name] is Kind.PROXY]

    backend = _chosen_backend(applications, containers, proxies)
    used = {service.name for service in (backend, *proxies) if service}
    read_backend = _backend(backend, images, file.services, notes) if backend else None
    database, container = _database(backend, applications, containers, images, notes)
    if container:
        used.add(container.name)
    for service in file.services:
        if service.name not in used:
            notes.append(service.note(_left_over(kinds[service.name])))
        elif service.memory_key and service is not backend:
            notes.append(service.note("its memory limit is not used", service.memory_key))
    return Stack(backend=read_backend, database=database, not_understood=tuple(notes))


def _left_over(kind: Kind) -> str:
    if kind is Kind.APPLICATION:
        return "beside the backend; its load is not in the files"
    if kind is Kind.DATABASE:
        return "a second database; not used"
    return f"a {kind.value}; has no place in the Stack"


# --- backend ------------------------------------------------------------------------------------


def _chosen_backend(
    applications: list[Service], containers: list[Service], proxies: list[Service]
) -> Service | None:
    """Return the likeliest: serves the web, talks to the database, is built here; or the first."""
    databases = {service.name for service in containers}
    behind_proxy = {name for proxy in proxies for name in proxy.links}

    def rank(service: Service) -> tuple[int, bool]:
        web = any(_serves_web(service)) or service.name in behind_proxy
        to_database = bool(databases.intersection(service.links) or service.database_hosts)
        score = 4 * web + 3 * to_database + 2 * service.built
        return score, service.name.lower() in _WEB_NAMES

    return max(applications, key=rank, default=None)  # of equals, max keeps the first


def _serves_web(service: Service) -> list[bool]:
    published = [low in _WEB_PORTS for port in service.ports for low in (port.target[0],)]
    return published + [text.partition("/")[0] in map(str, _WEB_PORTS) for text in service.exposed]


def _backend(
    service: Service,
    images: dict[str, Image | None],
    services: tuple[Service, ...],
    notes: list[str],
) -> Backend:
    key = "command" if service.command else "image"
    language = language_of(images[service.name], service.command)
    memory = None
    if service.memory_mib is not None and service.replicas:
        memory = Fact(
            service.memory_mib * service.replicas,
            f"{service.source(service.memory_key)} (a limit: the most its containers may use)",
            Basis.READ,
        )
    https = _public_https(services, images)
    if https is None:
        notes.append(service.note("no port 443 is published; whether it answers HTTPS is unknown"))
    return Backend(
        docker=Fact(True, service.source("build" if service.built else "image"), Basis.READ),
        public_https=https,
        language=Fact(language, service.source(key), Basis.READ) if language else None,
        memory_mib=memory,
    )


def _public_https(
    services: tuple[Service, ...], images: dict[str, Image | None]
) -> Fact[bool] | None:
    """Return that HTTPS is open, from whichever service holds port 443."""
    for service in services:
        image = images[service.name]
        certifies = image is not None and image.certifies
        if any(port.publishes(_HTTPS) for port in service.ports):
            why = (
                "443 is published by a proxy that gets its own certificate"
                if certifies
                else "443 is published; its certificate was not read"
            )
            return Fact(True, f"{service.source('ports')} ({why})", Basis.READ)
        if certifies and service.host_network:
            why = "a proxy that gets its own certificate, on the host's network"
            return Fact(True, f"{service.source('network_mode')} ({why})", Basis.READ)
    return None


# --- database -----------------------------------------------------------------------------------


def _database(
    backend: Service | None,
    applications: list[Service],
    containers: list[Service],
    images: dict[str, Image | None],
    notes: list[str],
) -> tuple[Database | None, Service | None]:
    """Return the database, and the container that is it, if one is.

    What the backend's own environment names wins; then a container it depends on; then any
    container; then what another service's environment names. Others that are named leave a note.
    """
    by_name = {service.name: service for service in containers}
    named: list[tuple[Service, DatabaseHost]] = []
    for service in sorted(applications, key=lambda one: one is not backend):
        for host in service.database_hosts:
            if host.home or host.service in by_name:
                named.append((service, host))
            elif host.service is None:
                notes.append(service.note(_PLACELESS, "environment"))
                if service is backend:  # a container in the file need not be what it talks to
                    return None, None
    chosen = next((one for one in named if one[0] is backend or not containers), None)
    linked = [by_name[name] for name in (backend.links if backend else ()) if name in by_name]
    if chosen and chosen[1].home:
        container, database = None, _remote(*chosen)
    elif containers:
        by_environment = by_name[chosen[1].service] if chosen and chosen[1].service else None
        container = by_environment or next(iter(linked or containers))
        database = _local(container, images[container.name], notes)
    else:
        return None, None
    here = (None, container.name) if container else (database.home.value, None)
    for service, host in named:
        if (host.home, host.service) != here:
            notes.append(service.note("names another database host; not used", "environment"))
    return database, container


def _remote(service: Service, host: DatabaseHost) -> Database:
    source = service.source("environment")
    assert host.home is not None
    engine = (
        Fact(host.engine, source, Basis.READ)
        if host.engine
        else Fact("postgres", f"{source} does not say the engine", Basis.ASSUMED)
    )
    basis = Basis.READ if host.certain else Basis.ASSUMED
    return Database(home=Fact(host.home, f"{source} ({host.why})", basis), engine=engine)


def _local(service: Service, image: Image | None, notes: list[str]) -> Database:
    assert image is not None, "only an image makes a service a database"
    source = service.source("image")
    version = image.version
    if version is None:
        notes.append(service.note("the image's tag does not say the database's version", "image"))
    return Database(
        home=Fact(DatabaseHome.ON_INSTANCE, source, Basis.READ),
        engine=Fact(image.engine, source, Basis.READ),
        version=Fact(version, source, Basis.READ) if version else None,
        max_connections=_max_connections(service, notes),
        publicly_accessible=_publicly_accessible(service, notes),
    )


def _max_connections(service: Service, notes: list[str]) -> Fact[int] | None:
    words = service.command
    found = [int(match.group(1)) for word in words if (match := _MAX_CONNECTIONS.match(word))]
    if found:  # of several, Postgres takes the last
        return Fact(found[-1], service.source("command"), Basis.READ)
    configured = any("config_file" in word for word in words)
    if configured or mounts(service.node, "postgresql.conf", "my.cnf", ".conf"):
        notes.append(service.note("max_connections may be set in its configuration file, not read"))
    elif any("max_connections" in word for word in words):
        notes.append(service.note("its max_connections was not understood", "command"))
    return None


def _publicly_accessible(service: Service, notes: list[str]) -> Fact[bool] | None:
    """Return whether Docker publishes the database to every address."""
    if service.host_network:
        notes.append(service.note("on the host's network; who reaches it is not in this file"))
        return None
    if any(port.open and port.tcp for port in service.ports):
        notes.append(service.note(_FIREWALL, "ports"))
        why = "published on every address; Docker passes the machine's own firewall"
        return Fact(True, f"{service.source('ports')} ({why})", Basis.READ)
    if not service.ports_known:
        return None
    why = "published inside the machine only" if service.ports else "no port is published"
    return Fact(False, f"{service.source('ports')} ({why})", Basis.READ)
