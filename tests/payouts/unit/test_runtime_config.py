"""Configuration: file and environment, secrets by reference, errors that say what to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from payouts.io.config import BadConfig, load
from payouts.limits import Limits, limits_within
from payouts.money import Money

SECRET = "s3cr3t-value-never-shown"
BASE = {
    "PAYOUTS_PARTNER": "fiserv_ddp",
    "PAYOUTS_BASE_URL": "https://partner.example",
    "PAYOUTS_DATABASE": "postgresql://payouts@127.0.0.1/ledger",
    "THE_SECRET": SECRET,
}


def test_file_and_environment_say_the_same_and_the_environment_wins(tmp_path: Path) -> None:
    """One value from each, one overridden."""
    file = tmp_path / "payouts.toml"
    file.write_text(
        """
        partner = "fiserv_ddp"
        base_url = "https://partner.example"
        database = "env:DSN"
        [merchant]
        payment_type = "DEBIT"
        [credentials]
        api_key = "env:THE_SECRET"
        [limits]
        batch = 7
        tick_seconds = 20
        max_amount_per_payout = "500.00 USD"
        [server]
        port = 0
        """
    )
    environ = {
        "PAYOUTS_CONFIG": str(file),
        "DSN": "host=127.0.0.1 dbname=ledger",
        "THE_SECRET": SECRET,
        "PAYOUTS_LIMITS_BATCH": "9",
        "PAYOUTS_MERCHANT_DESCRIPTION": "x",
    }
    config = load(environ)
    assert config.limits.batch == 9
    assert config.limits.tick_seconds == 20
    assert config.limits.max_amount_per_payout == Money(50000, "USD")
    assert config.limits.lookup_wait_seconds == 300, "the partner's own waits stay"
    assert config.merchant.settings == {"payment_type": "DEBIT", "description": "x"}
    assert config.credentials.values == {"api_key": SECRET}
    assert config.database == "host=127.0.0.1 dbname=ledger"


def test_secrets_are_read_from_files_and_never_shown(tmp_path: Path) -> None:
    """A mounted secret loses its newline; no repr of the configuration holds any."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    config = load(
        BASE
        | {
            "PAYOUTS_CREDENTIALS_API_SECRET": f"file:{file}",
            "PAYOUTS_SERVER_SECRET": "env:THE_SECRET",
            "PAYOUTS_DATABASE": f"postgresql://payouts:{SECRET}@127.0.0.1/ledger",
        }
    )
    assert config.credentials.values["api_secret"] == SECRET
    assert config.server.secret == SECRET
    assert SECRET not in repr(config)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"PAYOUTS_PARTNER": ""}, "partner is missing"),
        ({"PAYOUTS_PARTNER": "nobody"}, "no partner 'nobody'"),
        ({"PAYOUTS_BASE_URL": " "}, "base_url is missing"),
        ({"PAYOUTS_DATABASE": SECRET}, "not an address of a Postgres database"),
        ({"PAYOUTS_DATABASE": "https://backend.example"}, "ledger_secret is missing"),
        ({"PAYOUTS_CREDENTIALS_API_KEY": SECRET}, "a secret is written out"),
        ({"PAYOUTS_CREDENTIALS_API_KEY": "env:NOWHERE"}, "NOWHERE is not set"),
        ({"PAYOUTS_CREDENTIALS_API_KEY": "file:/no/such"}, "cannot be read"),
        ({"PAYOUTS_LIMITS_BATCHES": "1"}, "no such limit"),
        ({"PAYOUTS_LIMITS_BATCH": "many"}, "not a value of this limit"),
        ({"PAYOUTS_LIMITS_BATCH": "0"}, "batch is at least 1"),
        ({"PAYOUTS_LIMITS_TICK_SECONDS": "nan"}, "not a value of this limit"),
        ({"PAYOUTS_LIMITS_LEASE_SECONDS": "5"}, "shorter than twice"),
        ({"PAYOUTS_LIMITS_MAX_TOTAL_PER_DAY": "500"}, "currency"),
        ({"PAYOUTS_LIMITS_MAX_TOTAL_PER_DAY": "-1.00 USD"}, "not a value"),
        ({"PAYOUTS_SERVER_PORT": "http"}, "not a number"),
        ({"PAYOUTS_SERVER_PORTS": "1"}, "no such setting"),
        ({"PAYOUTS_CONFIG": "/no/such.toml"}, "cannot be read"),
        ({"PAYOUTS_CONFIG": f'{{"partner": {SECRET}'}, "not valid"),
        ({"PAYOUTS_CONFIG": f'{{"{"passwort"}": "{SECRET}"}}'}, "unknown name 'passwort'"),
    ],
)
def test_each_mistake_is_named_without_its_value(changes: dict[str, str], what: str) -> None:
    """What, where and what to do; a secret in the wrong place is not repeated."""
    with pytest.raises(BadConfig) as caught:
        load(BASE | changes)
    assert what in str(caught.value)
    assert caught.value.where
    assert caught.value.hint
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@contextmanager
def extension(answers: dict[str, tuple[int, bytes]]) -> Iterator[tuple[int, list[Any]]]:
    """AWS's Parameters and Secrets extension, as far as it is used."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["X-Aws-Parameters-Secrets-Token"]))
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_function_reads_secrets_through_the_extension() -> None:
    """Path, token header, encoded names, and a key of a JSON secret."""
    answers = {
        "/secretsmanager/get?secretId=payouts%2Ffiserv": (
            200,
            b'{"SecretString": "{\\"api_key\\": \\"k-1\\"}"}',
        ),
        "/systemsmanager/parameters/get?name=%2Fpayouts%2Fsecret&withDecryption=true": (
            200,
            b'{"Parameter": {"Value": "v-1"}}',
        ),
    }
    with extension(answers) as (port, asked):
        config = load(
            BASE
            | {
                "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(port),
                "AWS_SESSION_TOKEN": "session",
                "PAYOUTS_CREDENTIALS_API_KEY": "secretsmanager:payouts/fiserv#api_key",
                "PAYOUTS_CREDENTIALS_API_SECRET": "ssm:/payouts/secret",
            }
        )
    assert config.credentials.values == {"api_key": "k-1", "api_secret": "v-1"}
    assert {token for _, token in asked} == {"session"}


@pytest.mark.parametrize("answer", [(400, b"not ready"), (200, b"[]"), (200, b"oops")])
def test_an_extension_that_fails_is_named(answer: tuple[int, bytes]) -> None:
    """No layer, no right, or an answer of another shape: one error that says what to look at."""
    with (
        extension({"/secretsmanager/get?secretId=x": answer}) as (port, _),
        pytest.raises(BadConfig, match="extension gave no value"),
    ):
        load(
            BASE
            | {
                "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(port),
                "PAYOUTS_CREDENTIALS_API_KEY": "secretsmanager:x",
            }
        )


@pytest.mark.parametrize("seconds", [900.0, 120.0, 60.0, 30.0, 10.0, 4.0, 1.0, 0.0, -1.0])
def test_a_run_ends_before_it_is_ended(seconds: float) -> None:
    """A round that begins at the last moment is answered inside the time that is left."""
    limits = limits_within(Limits(), seconds)
    whole = limits.tick_seconds + limits.send_age_seconds + limits.answer_seconds
    assert whole <= max(0.0, seconds - 3.0) + 1e-9
    assert limits.tick_seconds >= 0
