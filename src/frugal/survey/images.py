"""What a container image's name says about the service in it.

Only the last part of the name and the tag are looked at, so a mirror or a registry of one's own
changes nothing: ``public.ecr.aws/docker/library/postgres:16`` is Postgres 16.
"""

from __future__ import annotations

import re
from enum import StrEnum

from frugal.model.brief import Value
from frugal.survey.interpolation import UNKNOWN


class Kind(StrEnum):
    APPLICATION = "application"
    DATABASE = "database"
    PROXY = "proxy"
    CACHE = "cache or queue"
    TOOL = "tool"


_POSTGRES = "postgres postgresql postgis timescaledb timescaledb-ha pgvector"
_PROXIES = "traefik caddy nginx nginx-proxy nginx-proxy-manager swag haproxy envoy httpd openresty"
_CACHES = "redis redis-stack valkey keydb dragonfly memcached rabbitmq nats kafka zookeeper"
_TOOLS = (
    "acme-companion adminer alertmanager autoheal cadvisor certbot cloudflared dozzle fluent-bit "
    "grafana letsencrypt-nginx-proxy-companion loki mailhog mailpit minio node-exporter pgadmin4 "
    "pgbouncer pgcat phpmyadmin portainer portainer-ce postgres-backup-local postgres-backup-s3 "
    "postgres-exporter prometheus promtail redis-commander redisinsight vector watchtower"
)
_KINDS = {
    **dict.fromkeys((*_POSTGRES.split(), "mysql", "mariadb"), Kind.DATABASE),
    **dict.fromkeys(_PROXIES.split(), Kind.PROXY),
    **dict.fromkeys(_CACHES.split(), Kind.CACHE),
    **dict.fromkeys(_TOOLS.split(), Kind.TOOL),
}
# These obtain and renew certificates without being told how.
_CERTIFIED = frozenset({"traefik", "caddy", "nginx-proxy-manager", "swag"})

_VERSION = re.compile(r"^v?(\d{1,3}(?:\.\d{1,3})?)(?:[.-]|$)", re.ASCII)
_VERSION_OF_POSTGRES = re.compile(r"(?:^|-)pg(\d{1,2}(?:\.\d{1,2})?)(?:[.-]|$)", re.ASCII)

_LANGUAGES = {
    "python": "python pypy uvicorn-gunicorn-fastapi gunicorn uvicorn hypercorn daphne celery flask "
    "django-admin uwsgi poetry uv",
    "node": "node npm npx yarn pnpm bun deno tsx pm2 next",
    "ruby": "ruby rails puma unicorn sidekiq bundle rake",
    "java": "java openjdk eclipse-temurin amazoncorretto tomcat jetty",
    "php": "php php-fpm composer artisan",
    "go": "golang go",
    "dotnet": "dotnet aspnet",
    "elixir": "elixir mix",
}
_LANGUAGE_OF = {word: language for language, words in _LANGUAGES.items() for word in words.split()}


class Image(Value, frozen=True, kw_only=True):
    name: str  #: the last part of its path, lower case
    tag: str = ""

    @property
    def kind(self) -> Kind:
        return _KINDS.get(self.name, Kind.APPLICATION)

    @property
    def engine(self) -> str:
        """The database's engine; MySQL's family is named as such, never taken for Postgres."""
        return "mysql" if self.name in ("mysql", "mariadb") else "postgres"

    @property
    def version(self) -> str | None:
        """The database's own version; ``None`` where the tag counts something else, or nothing."""
        inner = _VERSION_OF_POSTGRES.search(self.tag)
        if inner:
            return inner.group(1)
        if self.name.startswith(("timescaledb", "pgvector")):
            return None  # a bare number there is the extension's version
        outer = _VERSION.match(self.tag)
        return outer.group(1) if outer else None

    @property
    def certifies(self) -> bool:
        return self.name in _CERTIFIED


def image_of(text: str | None) -> Image | None:
    """Return the image a reference names; ``None`` where there is none or it is not known."""
    if not text:
        return None
    path = text.partition("@")[0]
    name, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:  # that colon was a registry's port
        name, tag = path, ""
    name = name.rpartition("/")[2].lower()
    if not name or UNKNOWN in name:
        return None
    return Image(name=name, tag="" if UNKNOWN in tag else tag)


def language_of(image: Image | None, command: tuple[str, ...]) -> str | None:
    """Return the language a command's first words or the image's name give away."""
    for word in " ".join(command).split()[:8]:  # `sh -c "..."` holds several words in one
        program = word.rpartition("/")[2].lower()
        if program.endswith(".py"):
            return "python"
        if program.endswith((".js", ".mjs", ".ts")):
            return "node"
        if program.endswith(".jar"):
            return "java"
        known = _LANGUAGE_OF.get(re.sub(r"[\d.]+$", "", program))
        if known:
            return known
    return _LANGUAGE_OF.get(image.name) if image else None
