"""A Docker Compose file as services, with what this project needs of each.

Reads the text only: no Docker, no ``.env``, no ``env_file``, no build context, no other file.
Whatever could change the answer and was not read leaves a note. Keys that cannot bear on an
integration's design or cost (``restart``, ``healthcheck``, ``networks``, ...) are passed over.

Several Compose files of one folder are layers, as ``docker compose -f a -f b`` has it: later ones
add to and replace parts of earlier ones (https://docs.docker.com/reference/compose-file/merge/).
"""

from __future__ import annotations

import re
from decimal import Decimal

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.survey import compose_fields as fields
from frugal.survey.database_hosts import DatabaseHost, database_host
from frugal.survey.ports import Port, read_port
from frugal.survey.yaml_tree import Mapping, Node, Scalar, Sequence

_NAME = re.compile(r"^[A-Za-z0-9._-]{1,100}$")

_KEYS_READ = """
build command configs container_name depends_on deploy entrypoint env_file environment expose
extends hostname image links mem_limit network_mode ports profiles scale volumes
"""
_KEYS_WITHOUT_BEARING = """
annotations attach blkio_config cap_add cap_drop cgroup cgroup_parent cpu_count cpu_percent
cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec develop
device_cgroup_rules devices dns dns_opt dns_search domainname extra_hosts group_add healthcheck init
ipc isolation label_file labels logging mac_address mem_reservation mem_swappiness memswap_limit
networks oom_kill_disable oom_score_adj pid pids_limit platform post_start pre_stop privileged
pull_policy read_only restart runtime secrets security_opt shm_size stdin_open stop_grace_period
stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode uts working_dir
"""
_ROOT_KEYS = "configs name networks secrets services version volumes"
_KNOWN = frozenset(f"{_KEYS_READ} {_KEYS_WITHOUT_BEARING}".split())
_ROOT_KNOWN = frozenset(_ROOT_KEYS.split())
# Where two layers have the same list, the later one replaces it instead of adding to it.
_REPLACED = frozenset({"command", "entrypoint"})


class Service(Value, frozen=True, kw_only=True):
    """One service that runs by default; ``None`` and empty mean that the file does not say."""

    name: str
    node: Mapping
    image: str | None = None
    built: bool = False
    ports: tuple[Port, ...] = ()
    ports_known: bool = True  #: every entry of ``ports`` was understood
    exposed: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  #: services it depends on or links to
    database_hosts: tuple[DatabaseHost, ...] = ()
    memory_mib: Decimal | None = None  #: the most one container may use
    memory_key: str = ""
    replicas: int | None = 1
    host_network: bool = False

    def source(self, key: str) -> str:
        """Return where ``key`` stands, as a Fact's source cites it."""
        node = self.node.get(key.partition(".")[0])
        return f"{(node or self.node).place.file}: services.{self.name}.{key}"

    def note(self, what: str, key: str = "") -> str:
        node = self.node.get(key) if key else None
        return f"{(node or self.node).place.file}: compose service `{self.name}`: {what}"


class ComposeFile(Value, frozen=True, kw_only=True):
    file: str
    services: tuple[Service, ...]
    notes: tuple[str, ...]


def read_compose(root: Mapping) -> ComposeFile:
    """Return the services that run by default, and notes on all that was not understood."""
    file = root.place.file
    notes = [
        f"{key.place.file}: the files under `include` are not read; name them with --stack"
        if key.text == "include"
        else f"{key.place.file}: {_key(key.text)} is not read"
        for key, _ in root.entries
        if key.text not in _ROOT_KNOWN and not key.text.startswith("x-")
    ]
    services = root.get("services")
    if services is None:
        notes.append(f"{file}: has no services")
        return ComposeFile(file=file, services=(), notes=tuple(notes))
    if not isinstance(services, Mapping):
        raise fields.wrong(services, "`services` must map names to services")
    names = _host_names(services)
    read: list[Service] = []
    for key, node in services.entries:
        if not _NAME.match(key.text):
            raise BadRequest(
                "a service's name has other characters than letters, digits, `.`, `_` and `-`",
                where=str(key.place),
                hint="Rename the service",
            )
        if not isinstance(node, Mapping):
            raise fields.wrong(node, f"service `{key.text}` must be a mapping")
        service, said = _read_service(key.text, node, names)
        notes += said
        if service.node.get("profiles") is None:
            read.append(service)
    return ComposeFile(file=file, services=tuple(read), notes=tuple(notes))


def _host_names(services: Mapping) -> dict[str, str]:
    """Return which service each host name inside the project's network stands for."""
    names: dict[str, str] = {}
    for key, node in services.entries:
        for alias in ("container_name", "hostname"):
            other = fields.text_of(node, alias) if isinstance(node, Mapping) else None
            if other:
                names.setdefault(other.lower(), key.text)
    return names | {name.lower(): name for name in services.names()}


def _read_service(
    name: str, node: Mapping, names: dict[str, str]
) -> tuple[Service, tuple[str, ...]]:
    ports = tuple(read_port(item) for item in fields.items_of(node, "ports"))
    entrypoint, command = (fields.words_of(node, key) for key in ("entrypoint", "command"))
    memory_key, memory_mib = fields.memory_of(node)
    host_network = fields.text_of(node, "network_mode") == "host"
    said = (
        database_host(variable, text, names, host_network)
        for variable, text in fields.environment_of(node)
    )
    service = Service(
        name=name,
        node=node,
        image=fields.text_of(node, "image"),
        built=node.get("build") is not None,
        ports=tuple(port for port in ports if port),
        ports_known=None not in ports,
        exposed=fields.texts_of(node, "expose"),
        command=(entrypoint or ()) + (command or ()),
        links=fields.names_of(node, "depends_on") + fields.names_of(node, "links"),
        database_hosts=tuple(host for host in said if host),
        memory_mib=memory_mib,
        memory_key=memory_key,
        replicas=fields.replicas_of(node),
        host_network=host_network,
    )
    if node.get("profiles") is not None:
        why = "has profiles, so it does not start by default; not read"
        return service, (service.note(why, "profiles"),)
    checks = (
        (service.built, "image build context not read", "build"),
        (node.get("extends") is not None, "what `extends` brings in is not read", "extends"),
        (node.get("env_file") is not None, "env_file not read, it may hold secrets", "env_file"),
        (fields.unknown(service.image), "image needs a variable without a default", "image"),
        (not service.ports_known, "a port mapping was not understood", "ports"),
        (entrypoint is None, "entrypoint was not understood", "entrypoint"),
        (command is None, "command was not understood", "command"),
        (memory_key and memory_mib is None, f"{memory_key} was not understood", memory_key),
        (service.replicas is None, "its number of replicas was not understood", "deploy"),
    )
    strange = (
        service.note(f"{_key(key.text)} is not read", key.text)
        for key, _ in node.entries
        if key.text not in _KNOWN and not key.text.startswith("x-")
    )
    return service, (*(service.note(what, key) for is_so, what, key in checks if is_so), *strange)


def _key(name: str) -> str:
    return f"`{name}`" if _NAME.match(name) else "a key"


def layer(below: Mapping, above: Mapping) -> Mapping:
    """Return one Compose file made of two, by Compose's rules; ``above`` is the later file."""
    return _over(_listed(below), _listed(above))


def _over(below: Mapping, above: Mapping) -> Mapping:
    merged: dict[str, tuple[Scalar, Node]] = {key.text: (key, node) for key, node in below.entries}
    for key, node in above.entries:
        old = merged.get(key.text)
        if node.tag == "!reset":
            merged.pop(key.text, None)
        elif old is None or node.tag == "!override" or key.text in _REPLACED:
            merged[key.text] = (key, node)
        elif isinstance(old[1], Mapping) and isinstance(node, Mapping):
            merged[key.text] = (old[0], _over(old[1], node))
        elif isinstance(old[1], Sequence) and isinstance(node, Sequence):
            both = Sequence(items=old[1].items + node.items, place=node.place)
            merged[key.text] = (key, both)
        else:
            merged[key.text] = (key, node)
    return Mapping(entries=tuple(merged.values()), place=below.place)


def _listed(root: Mapping) -> Mapping:
    """Write each service's list-shaped mappings as mappings, so that two layers can meet."""
    services = root.get("services")
    if not isinstance(services, Mapping):
        return root
    even = tuple(
        (key, _even(node) if isinstance(node, Mapping) else node) for key, node in services.entries
    )
    return Mapping(
        entries=tuple(
            (key, Mapping(entries=even, place=services.place)) if node is services else (key, node)
            for key, node in root.entries
        ),
        place=root.place,
    )


def _even(service: Mapping) -> Mapping:
    return Mapping(
        entries=tuple(
            (key, _as_mapping(node) if key.text in ("environment", "depends_on") else node)
            for key, node in service.entries
        ),
        place=service.place,
        tag=service.tag,
    )


def _as_mapping(node: Node) -> Node:
    if not isinstance(node, Sequence):
        return node
    entries: dict[str, tuple[Scalar, Node]] = {}
    for item in node.items:
        if isinstance(item, Scalar):
            name, _, text = item.text.partition("=")
            key = Scalar(text=name, plain=False, place=item.place)
            entries[name] = (key, Scalar(text=text, plain=False, place=item.place))
    return Mapping(entries=tuple(entries.values()), place=node.place, tag=node.tag)
