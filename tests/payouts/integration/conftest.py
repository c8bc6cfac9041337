"""A whole deployment on loopback: a ledger in a real Postgres, the partner's double, settings.

What is started is ended by its id by whoever started it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from payouts.io.clock import SystemClock

PAYMENT = {
    "recipient": "payee-1",
    "token": "tok_1",
    "method": "debit_card",
    "amount": "10.50",
    "currency": "USD",
}


class Deployment:
    """Where everything is, and what was really paid."""

    def __init__(self, dsn: str, partner_url: str, environ: dict[str, str]) -> None:
        self.dsn = dsn
        self.partner_url = partner_url
        self.environ = environ

    def elsewhere(self, **changes: str) -> Deployment:
        """The same, as somebody with other settings sees it."""
        return Deployment(self.dsn, self.partner_url, self.environ | changes)

    def eventually(self, holds: Callable[[], bool], seconds: float = 20.0) -> bool:
        """Wait for something that another process does."""
        clock, never = SystemClock(), threading.Event()
        until = clock.monotonic() + seconds
        while not holds():
            if clock.monotonic() > until:
                return False
            clock.wait_until(clock.monotonic() + 0.05, never)
        return True

    def payment(self, reference: str, **changes: Any) -> dict[str, Any]:
        return {"reference": reference, **PAYMENT, **changes}

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command of the runtime to its end."""
        return subprocess.run(
            [sys.executable, "-m", "payouts.io.cli", *words],
            env=self.environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def json(self, *words: str) -> dict[str, Any]:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def status(self, reference: str) -> str:
        return str(self.json("status", reference)["status"])

    def books(self) -> dict[str, Any]:
        """What the double really paid."""
        with urllib.request.urlopen(f"{self.partner_url}/sandbox/books", timeout=10) as answer:
            said: dict[str, Any] = json.loads(answer.read())
        return said

    def paid(self) -> int:
        return sum(entry["kind"] == "paid" for entry in self.books()["entries"])

    def faults(self, said: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"{self.partner_url}/sandbox/faults", json.dumps(said).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200


def ended(process: subprocess.Popen[str]) -> None:
    """End a process that we started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@pytest.fixture
def partner_url() -> Iterator[str]:
    """The address of a double of Fiserv, its waits divided by 1,000."""
    process = subprocess.Popen(
        [sys.executable, "-m", "payouts.io.cli", "sandbox", "--seed", "7", "--speed", "1000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1]
    finally:
        ended(process)


@pytest.fixture
def deployment(dsn: str, partner_url: str) -> Deployment:
    environ = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
    environ |= {
        "PAYOUTS_PARTNER": "fiserv_ddp",
        "PAYOUTS_BASE_URL": partner_url,
        "PAYOUTS_DATABASE": dsn,
        "PAYOUTS_MERCHANT_PAYMENT_TYPE": "DEBIT",
        "PAYOUTS_MERCHANT_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "KEY": "sandbox-key",
        "SECRET": "sandbox-secret",
        "WEBHOOK": "sandbox-webhook",
        "BACKEND": "backend-knows-this",
        "PAYOUTS_CREDENTIALS_API_KEY": "env:KEY",
        "PAYOUTS_CREDENTIALS_API_SECRET": "env:SECRET",
        "PAYOUTS_CREDENTIALS_WEBHOOK_SECRET": "env:WEBHOOK",
        "PAYOUTS_SERVER_SECRET": "env:BACKEND",
        "PAYOUTS_SERVER_PORT": "0",
        "PAYOUTS_SERVER_TICK_EVERY_SECONDS": "0.2",
        "PAYOUTS_LIMITS_LOOKUP_WAIT_SECONDS": "0.3",
        "PAYOUTS_LIMITS_LOOKUP_INTERVAL_SECONDS": "0.3",
        "PAYOUTS_LIMITS_ANSWER_SECONDS": "2",
        "PAYOUTS_LIMITS_SEND_AGE_SECONDS": "2",
    }
    return Deployment(dsn, partner_url, environ)


class Container:
    """``payouts serve`` in a process of its own."""

    def __init__(self, deployment: Any, **changes: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "payouts.io.cli", "serve"],
            env=deployment.environ | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            # A worker's first tick may be told of before it.
            assert deployment.eventually(self._started), self.lines
            self.address = json.loads(self._started()[0])["address"]
        except BaseException:
            self.close()  # nobody else knows of it yet
            raise

    def _started(self) -> list[str]:
        return [line for line in self.lines if '"started"' in line]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        secret: str = "backend-knows-this",
        **headers: str,
    ) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        request = urllib.request.Request(
            self.address + path,
            data if data is not None or method == "GET" else b"",
            {"X-Payouts-Secret": secret} | headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._reader.join(10)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def containers(deployment: Deployment) -> Iterator[Callable[..., Container]]:
    """Starts containers, with changes to their environment; what still runs is ended."""
    made: list[Container] = []

    def make(**changes: str) -> Container:
        made.append(Container(deployment, **changes))
        return made[-1]

    try:
        yield make
    finally:
        for one in made:
            one.close()


@pytest.fixture
def container(containers: Callable[..., Container]) -> Container:
    return containers()
