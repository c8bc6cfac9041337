"""What a deployment says about itself: one file or the environment, secrets only by reference.

The file (TOML or JSON, named by ``PAYOUTS_CONFIG``, which may also hold the JSON itself) and
the environment say the same things; the environment wins::

    partner = "fiserv_ddp"                 # PAYOUTS_PARTNER
    base_url = "https://partner.example"   # PAYOUTS_BASE_URL
    database = "file:/run/secrets/dsn"     # PAYOUTS_DATABASE, or the backend's https:// address
    ledger_secret = "env:LEDGER_SECRET"    # PAYOUTS_LEDGER_SECRET, with a backend's address
    database_plaintext = "private-network" # PAYOUTS_DATABASE_PLAINTEXT, see below
    ca_file = "/etc/ssl/partner.pem"       # PAYOUTS_CA_FILE, for a private authority
    metrics = "Unknown, Held"              # PAYOUTS_METRICS, the ones to publish; without it, all
    [merchant]
    merchant_id = "m-1"                    # PAYOUTS_MERCHANT_MERCHANT_ID
    [credentials]
    api_key = "env:FISERV_API_KEY"         # PAYOUTS_CREDENTIALS_API_KEY
    api_secret = "secretsmanager:payouts/fiserv#api_secret"
    [limits]
    tick_seconds = 20                      # PAYOUTS_LIMITS_TICK_SECONDS
    max_amount_per_payout = "500.00 USD"
    [server]
    secret = "file:/run/secrets/backend"   # PAYOUTS_SERVER_SECRET

A database that is not on this machine is reached with ``sslmode=verify-full``. Only where
``database_plaintext`` is ``"private-network"``, a host that has private addresses only (RFC 1918,
RFC 4193) is reached as its address says, in clear text if need be: a Postgres in a container beside
this one, on a Docker network of one host, never across machines (``transport``).

A reference is ``env:NAME``, ``file:/path``, ``ssm:/name`` or ``secretsmanager:id#key``. The last
two are read through AWS's Parameters and Secrets extension, inside the function, without an SDK. A
secret that is written out is refused, and neither it nor anything read through a reference is ever
part of a message.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from payouts.limits import Limits, limits_for
from payouts.money import Money, MoneyError
from payouts.outcome import Credentials, Merchant

PREFIX = "PAYOUTS_"
_TABLES = ("merchant", "credentials", "limits", "server")
_WORDS = (
    "partner",
    "base_url",
    "database",
    "database_plaintext",
    "ledger_secret",
    "ca_file",
    "metrics",
)
_REFERENCE = re.compile(r"(env|file|ssm|secretsmanager):(.+)", re.DOTALL)
_METRIC = re.compile(r"[A-Z][A-Za-z]*")
_MONEY = frozenset({"max_amount_per_payout", "max_total_per_day"})

#: "localhost port 2773 ... PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
#: (https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html)
_EXTENSION_PORT = "2773"
_EXTENSION_SECONDS = 5.0


class BadConfig(ValueError):
    """Something is missing or wrong in the configuration: what, where, and what to do."""

    def __init__(self, what: str, where: str, hint: str) -> None:
        super().__init__(f"{what} ({where}): {hint}")
        self.what, self.where, self.hint = what, where, hint


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """How the container listens. Loopback unless it says otherwise."""

    host: str = "127.0.0.1"
    port: int = 8080
    tick_every_seconds: float = 15.0
    workers: int = 1
    behind_proxy: bool = False  #: the caller's address is the last of X-Forwarded-For
    secret: str = field(default="", repr=False)
    ledger_secret: str = field(default="", repr=False)  #: of workers that are far from the ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    partner_id: str
    merchant: Merchant
    credentials: Credentials
    limits: Limits
    database: str = field(repr=False)
    database_plaintext: str = ""
    ledger_secret: str = field(default="", repr=False)
    ca_file: str | None = None
    #: What is published as a metric; AWS bills each. The others stay in the log line. None: all.
    metrics: frozenset[str] | None = None
    server: Server = Server()


def load(
    environ: Mapping[str, str] | None = None,
    *,
    path: str | None = None,
    extension: Callable[[str], bytes] | None = None,
) -> Config:
    """Read and check the whole configuration.

    Args:
        path: a file to read instead of the one ``PAYOUTS_CONFIG`` names.
        extension: reads a path of the Parameters and Secrets extension; for tests.
    """
    environ = os.environ if environ is None else environ
    said = _merged(_file(environ, path), environ)
    read = _Reader(environ, extension or (lambda target: _ask_extension(environ, target)))
    partner_id = _word(said, "partner", "name the payout partner, such as fiserv_ddp")
    return Config(
        partner_id=partner_id,
        merchant=Merchant(
            base_url=_word(said, "base_url", "the partner's address, beginning with https://"),
            settings={name: str(value) for name, value in sorted(said["merchant"].items())},
        ),
        credentials=Credentials(
            values={
                name: read.secret(value, f"credentials.{name}")
                for name, value in sorted(said["credentials"].items())
            }
        ),
        limits=_limits(partner_id, said["limits"]),
        database=_database(said, read),
        database_plaintext=_plaintext(said),
        ledger_secret=_optional(said, "ledger_secret", read),
        ca_file=said.get("ca_file"),
        metrics=_metrics(said),
        server=_server(said["server"], read),
    )


def database_only(
    environ: Mapping[str, str] | None = None, *, path: str | None = None
) -> tuple[str, str]:
    """Read only where the ledger is, and whether in clear text: what ``migrate`` needs."""
    environ = os.environ if environ is None else environ
    said = _merged(_file(environ, path), environ)
    read = _Reader(environ, lambda target: _ask_extension(environ, target))
    return _database(said, read), _plaintext(said)


def _file(environ: Mapping[str, str], path: str | None) -> dict[str, Any]:
    named = path or environ.get(f"{PREFIX}CONFIG", "")
    if not named:
        return {}
    if named.lstrip().startswith("{"):
        return _decoded(named, f"{PREFIX}CONFIG", json.loads)
    try:
        text = Path(named).read_text(encoding="utf-8")
    except OSError as error:
        raise BadConfig(
            f"the configuration cannot be read: {error.strerror}", named, "check the path"
        ) from None
    return _decoded(text, named, json.loads if named.endswith(".json") else tomllib.loads)


def _decoded(text: str, where: str, decode: Callable[[str], Any]) -> dict[str, Any]:
    try:
        said = decode(text)
    except ValueError as error:
        # The decoders quote what they stumbled over, which may be a secret: say only where.
        line = getattr(error, "lineno", None)
        raise BadConfig(
            "the configuration is not valid",
            f"{where}, line {line}" if line else where,
            "TOML, or JSON if the name ends in .json",
        ) from None
    if not isinstance(said, dict):
        raise BadConfig("the configuration is not a table", where, "begin with names and values")
    return said


def _merged(said: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(said) - {*_TABLES, *_WORDS})
    if unknown:
        raise BadConfig(
            f"unknown name {unknown[0]!r}",
            "configuration",
            f"known are {', '.join(_WORDS + _TABLES)}",
        )
    merged: dict[str, Any] = {
        word: environ.get(f"{PREFIX}{word.upper()}", said.get(word))
        for word in _WORDS
        if f"{PREFIX}{word.upper()}" in environ or word in said
    }
    for table in _TABLES:
        values = said.get(table, {})
        if not isinstance(values, dict):
            raise BadConfig(f"{table} is not a table", "configuration", f"write [{table}]")
        prefix = f"{PREFIX}{table.upper()}_"
        merged[table] = values | {
            name.removeprefix(prefix).lower(): value
            for name, value in sorted(environ.items())
            if name.startswith(prefix)
        }
    return merged


def _metrics(said: Mapping[str, Any]) -> frozenset[str] | None:
    named = said.get("metrics")
    if named is None:
        return None
    names = [one.strip() for one in str(named).split(",")]
    if not all(_METRIC.fullmatch(name) for name in names):
        raise BadConfig(
            "metrics is no list of names",
            f"metrics or {PREFIX}METRICS",
            "name them with commas between, such as OldestDueSeconds, Unknown, Held",
        )
    return frozenset(names)


def _word(said: Mapping[str, Any], name: str, hint: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadConfig(f"{name} is missing", f"{name} or {PREFIX}{name.upper()}", hint)
    return value.strip()


class _Reader:
    """Follows references to secrets."""

    def __init__(self, environ: Mapping[str, str], extension: Callable[[str], bytes]) -> None:
        self._environ = environ
        self._extension = extension

    def secret(self, value: Any, where: str) -> str:
        match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise BadConfig(
                "a secret is written out, or its reference is of no known kind",
                where,
                "write env:NAME, file:/path, ssm:/name or secretsmanager:id#key",
            )
        follow = {
            "env": self._env,
            "file": self._file,
            "ssm": self._ssm,
            "secretsmanager": self._secretsmanager,
        }[match[1]]
        found = follow(match[2], where)
        if not found:
            raise BadConfig("the secret is empty", where, f"look at {value}")
        return found

    def _env(self, name: str, where: str) -> str:
        if name not in self._environ:
            raise BadConfig(f"{name} is not set", where, "set it, or refer to another variable")
        return self._environ[name].strip()

    def _file(self, path: str, where: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not text"
            raise BadConfig(f"{path} cannot be read: {why}", where, "check the mount") from None

    def _ssm(self, name: str, where: str) -> str:
        target = f"/systemsmanager/parameters/get?name={quote(name, safe='')}&withDecryption=true"
        return str(self._answer(target, where, "Parameter", "Value"))

    def _secretsmanager(self, name: str, where: str) -> str:
        secret_id, _, key = name.partition("#")
        target = f"/secretsmanager/get?secretId={quote(secret_id, safe='')}"
        text = self._answer(target, where, "SecretString")
        if not key:
            return str(text)
        try:
            return str(json.loads(text)[key])
        except (ValueError, KeyError, TypeError):
            raise BadConfig(
                f"the secret is no JSON object with the name {key!r}", where, "check id#key"
            ) from None

    def _answer(self, target: str, where: str, *members: str) -> Any:
        try:
            found: Any = json.loads(self._extension(target))
            for member in members:
                found = found[member]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadConfig(
                f"AWS's Parameters and Secrets extension gave no value ({type(error).__name__})",
                where,
                "add the extension's layer and let the role read the secret",
            ) from None
        return found


def _ask_extension(environ: Mapping[str, str], target: str) -> bytes:
    """Ask AWS's Parameters and Secrets Lambda extension, which caches for five minutes.

    It listens on loopback only, wants the function's session token in a header so that nobody
    outside can use it, and answers during an invocation, never during INIT
    (https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html):
    that is why a function reads its configuration in its first invocation.
    """
    import http.client

    port = int(environ.get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", _EXTENSION_PORT))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_EXTENSION_SECONDS)
    try:
        token = environ.get("AWS_SESSION_TOKEN", "")
        connection.request("GET", target, headers={"X-Aws-Parameters-Secrets-Token": token})
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != 200:
        raise OSError(f"status {answer.status}")
    return body


def _database(said: Mapping[str, Any], read: _Reader) -> str:
    where = f"database or {PREFIX}DATABASE"
    text = _word(
        said, "database", "postgresql://user@host/name?sslmode=verify-full, or a reference"
    )
    if _REFERENCE.fullmatch(text):
        text = read.secret(text, where)
    if text.startswith(("https://", "http://")):
        if not said.get("ledger_secret"):
            raise BadConfig(
                "ledger_secret is missing",
                f"ledger_secret or {PREFIX}LEDGER_SECRET",
                "refer to the secret that the backend knows this worker by",
            )
        return text
    if not text.startswith(("postgresql://", "postgres://")) and "=" not in text:
        hint = "postgresql://user@host/name, or the words libpq reads: host=... dbname=..."
        raise BadConfig("not an address of a Postgres database", where, hint)
    # Whether the way there is safe is checked with libpq's own reading of it: see ``postgres``.
    return text


def _plaintext(said: Mapping[str, Any]) -> str:
    from payouts.io.transport import PRIVATE_NETWORK

    value = str(said.get("database_plaintext") or "").strip()
    if value not in ("", PRIVATE_NETWORK):
        raise BadConfig(
            "not a way to allow clear text",
            f"database_plaintext or {PREFIX}DATABASE_PLAINTEXT",
            f'write "{PRIVATE_NETWORK}", or nothing',
        )
    return value


def _optional(said: Mapping[str, Any], name: str, read: _Reader) -> str:
    return read.secret(said[name], name) if said.get(name) else ""


def _yes(value: Any) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes"}


def _limits(partner_id: str, said: Mapping[str, Any]) -> Limits:
    from payouts.partners import UnknownPartner, facts_for

    try:
        limits = limits_for(facts_for(partner_id))
    except UnknownPartner as error:
        raise BadConfig(str(error), "partner", "name one of these") from None
    kinds = {one.name: one.type for one in fields(Limits)}
    values: dict[str, Any] = {}
    for name, value in sorted(said.items()):
        where = f"limits.{name}"
        if name not in kinds:
            raise BadConfig("no such limit", where, f"known are {', '.join(sorted(kinds))}")
        values[name] = _limit(name, str(kinds[name]), value, where)
    try:
        return replace(limits, **values)
    except ValueError as error:
        raise BadConfig(str(error), "limits", "change one of the two") from None


def _limit(name: str, kind: str, value: Any, where: str) -> Any:
    text = str(value).strip()
    try:
        if name in _MONEY:
            amount, _, currency = text.partition(" ")
            money = Money.parse(amount, currency)
            if money.minor <= 0:
                raise ValueError
            return money
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        number: float = int(text) if kind == "int" else float(text)
        if not 0 <= number < float("inf"):
            raise ValueError
        return number
    except MoneyError as error:
        raise BadConfig(str(error), where, 'write "500.00 USD"') from None
    except (ValueError, KeyError):
        example = '"500.00 USD"' if name in _MONEY else "a number, zero or more"
        raise BadConfig("not a value of this limit", where, f"write {example}") from None


def _server(said: Mapping[str, Any], read: _Reader) -> Server:
    known = {one.name for one in fields(Server)}
    unknown = sorted(set(said) - known)
    if unknown:
        raise BadConfig("no such setting", f"server.{unknown[0]}", f"known are {sorted(known)}")
    usual = Server()
    try:
        server = Server(
            host=str(said.get("host", usual.host)),
            port=int(said.get("port", usual.port)),
            tick_every_seconds=float(said.get("tick_every_seconds", usual.tick_every_seconds)),
            workers=int(said.get("workers", usual.workers)),
            behind_proxy=_yes(said.get("behind_proxy", usual.behind_proxy)),
            secret=_optional(said, "secret", read),
            ledger_secret=_optional(said, "ledger_secret", read),
        )
    except (TypeError, ValueError) as error:
        if isinstance(error, BadConfig):
            raise
        raise BadConfig("not a number", "server", "port, workers, tick_every_seconds") from None
    if not 0 <= server.port < 65536 or server.workers < 1 or server.tick_every_seconds <= 0:
        raise BadConfig("out of range", "server", "port, workers, tick_every_seconds")
    return server
