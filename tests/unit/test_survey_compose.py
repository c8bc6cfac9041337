"""Docker Compose files: what is read, what is noted, and that secrets stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, TypeAlias

import msgspec
import pytest

from frugal.model.errors import BadRequest
from frugal.model.stack import DatabaseHome, Stack
from frugal.survey import survey
from payouts.facts import Basis

Read: TypeAlias = Callable[..., Any]  # a Stack; a missing part fails the test that reads it
SECRET = "hunter2-S3cr3t"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_survey(*texts: str) -> Stack:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"compose.{number}.yml" if number else tmp_path / "compose.yml"
            path.write_text(dedent(text))
            paths.append(path)
        return survey(paths)

    return write_and_survey


def database(body: str) -> str:
    return "services:\n  db:\n" + indent(dedent(body).strip(), "    ")


@pytest.mark.parametrize(
    ("image", "engine", "version"),
    [
        ("postgres", "postgres", None),
        ("postgres:latest", "postgres", None),
        ("postgres:16", "postgres", "16"),
        ("postgres:16-alpine", "postgres", "16"),
        ("postgres:16.4-bookworm", "postgres", "16.4"),
        ("docker.io/library/postgres:9.6", "postgres", "9.6"),
        ("public.ecr.aws/docker/library/postgres:15", "postgres", "15"),
        ("registry.example.com:5000/postgres", "postgres", None),
        ("postgres:17@sha256:0123", "postgres", "17"),
        ("postgres:${V:-14}", "postgres", "14"),
        ("postgres:${V}", "postgres", None),
        ("postgis/postgis:16-3.4", "postgres", "16"),
        ("bitnami/postgresql:16.3.0-debian-12-r1", "postgres", "16.3"),
        ("timescale/timescaledb:2.14.2-pg15", "postgres", "15"),
        ("timescale/timescaledb:2.14.2", "postgres", None),
        ("pgvector/pgvector:pg16", "postgres", "16"),
        ("pgvector/pgvector:0.7.0-pg16", "postgres", "16"),
        ("mysql:8.4", "mysql", "8.4"),
    ],
)
def test_the_image_gives_engine_and_version_on_the_box(
    read: Read, image: str, engine: str, version: str | None
) -> None:
    found = read(database(f"image: {image}")).database
    assert found.home.value is DatabaseHome.ON_INSTANCE
    assert found.home.source == "compose.yml: services.db.image"
    assert found.home.basis is Basis.READ
    assert found.engine.value == engine
    assert (found.version.value if found.version else None) == version


@pytest.mark.parametrize(
    "image", ["prometheuscommunity/postgres-exporter", "pgbouncer", "dpage/pgadmin4:8", "redis:7"]
)
def test_a_tool_is_never_taken_for_the_database_or_the_backend(read: Read, image: str) -> None:
    stack = read(database(f"image: {image}"))
    assert stack.database is None
    assert stack.backend is None
    assert any("has no place in the Stack" in note for note in stack.not_understood)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("postgres -c max_connections=200", 200),
        ("postgres -c shared_buffers=1GB -c max_connections=50 -c max_connections=60", 60),
        ('["postgres", "-c", "max_connections=300"]', 300),
        ('["postgres", "--max-connections=40"]', 40),
        ("postgres -c max_connections=${MAX:-250}", 250),
        ("postgres -c max_connections=${MAX}", None),
        ("postgres -c max_connections=lots", None),
        ("postgres -c config_file=/etc/postgresql.conf", None),
        ("postgres -c 'broken", None),
        ("postgres", None),
    ],
)
def test_max_connections_comes_from_the_command_or_stays_unknown(
    read: Read, command: str, expected: int | None
) -> None:
    stack = read(database(f"image: postgres:16\ncommand: {command}"))
    found = stack.database.max_connections
    assert (found.value if found else None) == expected
    if expected is None and command != "postgres":
        assert any(
            "`db`" in n and ("command" in n or "max_conn" in n) for n in stack.not_understood
        )


@pytest.mark.parametrize(
    ("ports", "open_to_all"),
    [
        ("[]", False),
        ('["5432:5432"]', True),
        ('["5432"]', True),
        ("[5432:5432]", True),
        ('["0.0.0.0:5432:5432"]', True),
        ('["[::]:5432:5432"]', True),
        ('["127.0.0.1:5432:5432"]', False),
        ('["[::1]:5432:5432"]', False),
        ('["127.0.0.1::5432"]', False),
        ('["10.0.0.5:5432:5432"]', False),
        ('["54.10.20.30:5432:5432"]', True),
        ('["${BIND:-127.0.0.1}:5432:5432"]', False),
        ('["${BIND}:5432:5432"]', None),
        ('["5432:5432/udp"]', False),
        ('["5432-5434:5432-5434"]', True),
        ('["99999:5432"]', None),
        ('["nonsense"]', None),
        ("[{target: 5432, published: 5432}]", True),
        ('[{target: 5432, published: "5432", host_ip: 127.0.0.1}]', False),
        ("[{target: 5432, protocol: nonsense}]", None),
        ("[[5432]]", None),
    ],
)
def test_a_port_docker_publishes_on_every_address_is_open(
    read: Read, ports: str, open_to_all: bool | None
) -> None:
    stack = read(database(f"image: postgres:16\nports: {ports}"))
    found = stack.database.publicly_accessible
    assert (found.value if found else None) is open_to_all
    if open_to_all is None:
        assert any("port mapping was not understood" in note for note in stack.not_understood)
    else:
        assert found.source.startswith("compose.yml: services.db.ports (")


def test_on_the_hosts_network_openness_is_not_known(read: Read) -> None:
    stack = read(database("image: postgres:16\nnetwork_mode: host"))
    assert stack.database.publicly_accessible is None
    assert any("host's network" in note for note in stack.not_understood)


HASH = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("variable", "home", "basis"),
    [
        (f"U: postgres://me:{SECRET}@one.abc.us-east-1.rds.amazonaws.com:5432/x", "rds", "read"),
        (f"U: postgres://me:{SECRET}/@x@one.abc.us-east-1.rds.amazonaws.com/x", "rds", "read"),
        ("PGHOST: one.abc.eu-central-1.rds.amazonaws.com", "rds", "read"),
        ("ANYTHING: one.abc.eu-central-1.rds.amazonaws.com", "rds", "read"),
        ("DB_HOST: ${NAME}.abc.eu-central-1.rds.amazonaws.com", "rds", "read"),
        ("U: jdbc:postgresql://one.abc.cn-north-1.rds.amazonaws.com.cn/x", "rds", "read"),
        (f"DB_HOST: ls-{HASH}.abc.us-west-2.rds.amazonaws.com", "lightsail_managed", "read"),
        ("DB_HOST: one.cluster-abc.us-east-1.rds.amazonaws.com", "aurora", "assumed"),
        ("DB_HOST: one.cluster-ro-abc.us-east-1.rds.amazonaws.com", "aurora", "assumed"),
        ("DB_HOST: one.proxy-abc.us-east-1.rds.amazonaws.com", "rds", "assumed"),
        ("DATABASE_URL: postgres://me@host.docker.internal/x", "on_instance", "read"),
        (f"DATABASE_URL: postgres://me:{SECRET}@db.example.com/x", None, None),
        ("DB_HOST: one.abc.us-east-1.rds.amazonaws.com.example.com", None, None),
        (f"DB_PASSWORD: {SECRET}", None, None),
    ],
)
@pytest.mark.parametrize("style", ["mapping", "list"])
def test_an_environment_variable_gives_the_kind_of_host_only(
    read: Read, variable: str, home: str | None, basis: str | None, style: str
) -> None:
    name, _, value = variable.partition(": ")
    item = f'- "{name}={value}"' if style == "list" else f'{name}: "{value}"'
    stack = read(f"services:\n  api:\n    build: .\n    environment:\n      {item}\n")
    if home is None:
        assert stack.database is None
    else:
        assert stack.database.home.value.value == home
        assert stack.database.home.basis.value == basis
        assert stack.database.home.source.startswith("compose.yml: services.api.environment (")
    encoded = msgspec.json.encode(stack).decode()
    for hidden in (SECRET, "one.abc", HASH, "example.com"):
        assert hidden not in encoded


def test_the_backends_environment_wins_over_a_container_nobody_uses(read: Read) -> None:
    stack = read("""
        services:
          api:
            build: .
            environment: [DB_HOST=one.abc.us-east-1.rds.amazonaws.com]
          db: {image: "postgres:16"}
    """)
    assert stack.database.home.value is DatabaseHome.RDS
    assert any("`db`: a second database" in note for note in stack.not_understood)


def test_of_two_databases_the_one_the_backend_names_is_read(read: Read) -> None:
    stack = read("""
        services:
          analytics: {image: "postgres:14"}
          main: {image: "postgres:16", container_name: payouts-db}
          api: {build: ., environment: {DATABASE_URL: "postgres://u:p@payouts-db/x"}}
    """)
    assert stack.database.version.value == "16"
    assert any("`analytics`: a second database" in note for note in stack.not_understood)


def test_a_host_nobody_can_place_leaves_the_database_unknown(read: Read) -> None:
    stack = read("""
        services:
          db: {image: "postgres:16"}
          api: {build: ., environment: {DB_HOST: db.example.com}, depends_on: [db]}
    """)
    assert stack.database is None
    assert any("say database.home in stack.yaml" in note for note in stack.not_understood)


def test_the_backend_is_the_web_service_that_talks_to_the_database(read: Read) -> None:
    stack = read("""
        services:
          db: {image: "postgres:16"}
          worker: {build: ., depends_on: [db], command: celery worker}
          site: {build: ., ports: ["8000:8000"], depends_on: {db: {condition: service_started}},
                 command: sh -c "python manage.py migrate && gunicorn x"}
          adminer: {image: adminer, ports: ["8080:8080"], depends_on: [db]}
    """)
    assert stack.backend.docker.source == "compose.yml: services.site.build"
    assert stack.backend.language.value == "python"
    assert stack.backend.public_https is None
    for name in ("worker", "adminer"):
        assert any(f"`{name}`" in note for note in stack.not_understood)


@pytest.mark.parametrize(
    ("proxy", "https"),
    [
        ('{image: "traefik:v3", ports: ["443:443"]}', True),
        ('{image: caddy, ports: ["443:443/tcp"]}', True),
        ("{image: caddy, network_mode: host}", True),
        ('{image: nginx, ports: ["80:80", "443:443"]}', True),
        ("{image: nginx, ports: [{target: 8443, published: 443}]}", True),
        ('{image: nginx, ports: ["127.0.0.1:443:443"]}', None),
        ('{image: nginx, ports: ["443:443/udp"]}', None),
        ('{image: nginx, ports: ["80:80"]}', None),
        ('{image: caddy, ports: ["80:80"]}', None),
    ],
)
def test_https_is_public_where_443_is_published(read: Read, proxy: str, https: bool | None) -> None:
    stack = read(f"services:\n  api: {{build: .}}\n  proxy: {proxy}\n")
    found = stack.backend.public_https
    assert (found.value if found else None) is https
    assert https or any("443" in note for note in stack.not_understood)


@pytest.mark.parametrize(
    ("limit", "mebibytes"),
    [
        ("mem_limit: 512m", "512"),
        ("mem_limit: 1g", "1024"),
        ("mem_limit: 1.5GB", "1536"),
        ("mem_limit: 268435456", "256"),
        ("mem_limit: ${LIMIT:-300M}", "300"),
        ("deploy: {resources: {limits: {memory: 256M}}}", "256"),
        ("deploy: {replicas: 3, resources: {limits: {memory: 256M}}}", "768"),
        ("mem_limit: ${LIMIT}", None),
        ("mem_limit: plenty", None),
        ("deploy: {replicas: many, resources: {limits: {memory: 256M}}}", None),
    ],
)
def test_a_memory_limit_is_the_most_the_backends_containers_use(
    read: Read, limit: str, mebibytes: str | None
) -> None:
    stack = read(f"services:\n  api:\n    build: .\n    {limit}\n")
    found = stack.backend.memory_mib
    assert (found.value if found else None) == (Decimal(mebibytes) if mebibytes else None)
    if found is None:
        assert any("not understood" in note for note in stack.not_understood)
    else:
        assert "a limit" in found.source


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("include: [other.yml]\nservices: {}", "files under `include` are not read"),
        ("services: {api: {build: ., extends: {service: x}}}", "`extends`"),
        ("services: {api: {build: ., env_file: .env}}", "env_file not read"),
        ("services: {api: {build: ., provider: {type: x}}}", "`provider` is not read"),
        ("services: {debug: {image: postgres, profiles: [debug]}}", "has profiles"),
        ("services: {worker: {build: .}}", "`worker`: image build context not read"),
        ("services: {db: {image: postgres, volumes: ['./x/postgresql.conf:/c']}}", "configuration"),
        ("services: {api: {image: '${IMAGE}'}}", "image needs a variable without a default"),
        ("services: {api: {build: .}}\nmodels: {}", "`models` is not read"),
        ("services:", "has no services"),
    ],
)
def test_what_is_not_understood_is_listed(read: Read, text: str, noted: str) -> None:
    assert any(noted in note for note in read(text).not_understood), read(text).not_understood


def test_a_service_of_a_profile_does_not_count(read: Read) -> None:
    assert read("services: {db: {image: 'postgres:16', profiles: [dev]}}").database is None


def test_later_files_of_a_folder_are_layers(read: Read) -> None:
    stack = read(
        """
        services:
          db:
            image: postgres:15
            command: postgres -c max_connections=100
            ports: ["5432:5432"]
            environment: [POSTGRES_USER=me]
        """,
        """
        services:
          db:
            image: postgres:16
            command: [postgres, -c, max_connections=300]
            ports: !override ["127.0.0.1:5432:5432"]
            environment: {POSTGRES_PASSWORD: secret}
        """,
    )
    assert stack.database.version.value == "16"
    assert stack.database.version.source == "compose.1.yml: services.db.image"
    assert stack.database.max_connections.value == 300
    assert stack.database.publicly_accessible.value is False


def test_a_layer_can_take_a_port_away(read: Read) -> None:
    below = "services: {db: {image: postgres, ports: ['5432:5432']}}"
    for above in ("ports: !reset []", "ports: !reset null"):
        stack = read(below, f"services:\n  db:\n    {above}\n")
        assert stack.database.publicly_accessible.value is False


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("services: [a]", 1, "`services` must map"),
        ("services:\n  api: text", 2, "service `api` must be a mapping"),
        ("services:\n  api:\n    image: [a]", 3, "`image` must be text"),
        ("services:\n  api:\n    ports: 80", 3, "`ports` must be a list"),
        ("services:\n  api:\n    deploy: x", 3, "what holds"),
        ("services:\n  'a b': {}", 2, "a service's name"),
    ],
)
def test_a_malformed_file_is_refused_at_its_line(
    read: Read, text: str, line: int, what: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        read(text)
    assert caught.value.where == f"compose.yml:{line}"
    assert what in caught.value.what
