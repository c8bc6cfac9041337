"""The double over real HTTP: a process of its own on loopback, called with urllib3."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import urllib3

from payouts.io.clock import SystemClock
from payouts.sandbox.caller import headers_for, payment_body
from payouts.sandbox.settings import Settings

SETTINGS = Settings()
CLOCK = SystemClock()


class Sandbox:
    """A sandbox process and a pool of connections to it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        host, _, port = address.removeprefix("http://").partition(":")
        self.host, self.port = host, int(port)
        self.pool = urllib3.HTTPConnectionPool(host, self.port, maxsize=32, retries=False)

    def call(self, method: str, path: str, body: bytes = b"", timeout: float = 20.0) -> Any:
        headers = dict(headers_for(SETTINGS, method, body, CLOCK.wall(), f"r-{path}"))
        return self.pool.request(
            method, path, body=body, headers=headers, timeout=timeout, retries=False
        )

    def pay(self, key: str, timeout: float = 20.0) -> Any:
        body = payment_body(key, "payee", "10.00")
        return self.call("POST", "/ddp/v1/payments", body, timeout)

    def admin(self, path: str, **said: Any) -> Any:
        if said:
            answer = self.pool.request("POST", f"/sandbox/{path}", body=json.dumps(said).encode())
        else:
            answer = self.pool.request("GET", f"/sandbox/{path}")
        assert answer.status == 200, answer.data
        return answer.json()


@contextmanager
def sandbox(*arguments: str) -> Iterator[Sandbox]:
    process = subprocess.Popen(
        [sys.executable, "-m", "payouts.io.sandbox_server", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        started = Sandbox(process, address)
        yield started
        started.pool.close()
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with sandbox("--seed", "5") as started:
        yield started


def test_many_requests_share_one_connection(running: Sandbox) -> None:
    """Connections are kept: twenty payments, one connection."""
    with urllib3.HTTPConnectionPool(running.host, running.port, maxsize=1) as pool:
        for n in range(20):
            body = payment_body(f"kept-{n}", "payee", "10.00")
            headers = dict(headers_for(SETTINGS, "POST", body, CLOCK.wall(), f"r{n}"))
            answer = pool.request("POST", "/ddp/v1/payments", body=body, headers=headers)
            assert answer.status == 200
            assert answer.json()["transactionStatus"] == "TC"
        assert pool.num_connections == 1
    books = running.admin("summary")
    assert all(books["paid_keys"][f"kept-{n}"] == 1 for n in range(20))


@pytest.mark.parametrize("n", [1, 2])
def test_a_dropped_answer_was_paid_all_the_same(running: Sandbox, n: int) -> None:
    """Once nothing comes, once half an answer: the client sees an error, the books a payment."""
    key = f"dropped-{n}"
    running.admin("faults", script={key: [["paid-then-dropped"]]})
    with pytest.raises(urllib3.exceptions.HTTPError):
        running.pay(key)
    assert running.admin("summary")["paid_keys"][key] == 1
    again = running.pay(key)
    assert (again.status, again.json()["transactionStatus"]) == (200, "TC")
    assert running.admin("summary")["paid_keys"][key] == 1


def test_callers_at_once_each_get_their_own_answer(running: Sandbox) -> None:
    """Sixteen threads, four hundred payments: each answer speaks of its own payment."""

    def one(n: int) -> bool:
        return bool(running.pay(f"par-{n}").json()["merchantTransactionId"] == f"par-{n}")

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(one, range(400)))
    paid = running.admin("summary")["paid_keys"]
    assert all(paid[f"par-{n}"] == 1 for n in range(400))


def test_a_slow_answer_holds_nobody_up(running: Sandbox) -> None:
    """While one caller waits for seconds, others are answered at once."""
    running.admin("faults", slow={"rate": 0.0, "seconds": 30}, script={"slow": [["slow"]]})
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(running.pay, "slow", 0.7)
        began = monotonic()
        for n in range(10):
            assert running.pay(f"quick-{n}").status == 200
        assert monotonic() - began < 0.6
        with pytest.raises(urllib3.exceptions.HTTPError):
            waiting.result()
    assert running.admin("summary")["paid_keys"]["slow"] == 1


def test_an_outage_resets_connections(running: Sandbox) -> None:
    """During an outage no request is looked at; afterwards all is as before."""
    running.admin("outage", seconds=0.4)
    began = monotonic()
    with pytest.raises(urllib3.exceptions.HTTPError):
        running.pay("outage")
    while monotonic() - began < 5:
        try:
            answer = running.pay("outage")
            break
        except urllib3.exceptions.HTTPError:
            continue
    assert answer.status == 200
    assert running.admin("summary")["paid_keys"]["outage"] == 1


def test_a_wrong_fault_is_refused(running: Sandbox) -> None:
    """Switching a fault that does not exist says so."""
    answer = running.pool.request("POST", "/sandbox/faults", body=b'{"no-such": 1}')
    assert answer.status == 400
    assert "no-such" in answer.json()["error"]


def test_garbage_is_answered_or_dropped(running: Sandbox) -> None:
    """Bytes that are no HTTP do not disturb anyone else."""
    with socket.create_connection((running.host, running.port)) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert running.pay("after-garbage").status == 200


@contextmanager
def receiver(status_of: Callable[[int], int]) -> Iterator[tuple[str, list[Any]]]:
    """A place for webhooks; ``status_of`` answers the n-th."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((dict(self.headers), json.loads(body)))
            self.send_response(status_of(len(got)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/notices", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    ended = monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert monotonic() < ended, "it did not happen in time"
        pause.wait(0.02)


def test_webhooks_are_delivered_and_repeated_until_taken() -> None:
    """A 500 brings the same notice again; the secret and the statuses are in it."""
    with (
        receiver(lambda n: 500 if n == 1 else 204) as (url, got),
        sandbox("--webhook", url, "--speed", "200") as running,
    ):
        running.pay("told")
        until(lambda: len(got) >= 2)
        (headers, first), (_, second) = got[:2]
        assert first == second
        assert first["eventData"]["merchantTransactionId"] == "told"
        assert first["eventData"]["payments"]["paymentStatus"] == "DI"
        assert headers["authorization"] == SETTINGS.webhook_secret
        assert headers["x-forwarded-for"].startswith("204.194.141.")


def test_late_outcomes_come_sooner_at_speed(tmp_path: Path) -> None:
    """At speed 20000 an open payment is settled within a second, and the file tells of it."""
    file = tmp_path / "books.jsonl"
    with sandbox("--speed", "20000", "--fault", "in-process=1", "--books", str(file)) as running:
        assert running.pay("late").json()["transactionStatus"] == "IP"
        until(lambda: len(running.admin("books?from=1")["entries"]) == 2)
        entries = running.admin("books?from=1")["entries"]
        assert [entry["key"] for entry in entries] == ["late", "late"]
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert kept[1:] == entries


def test_it_stops_gracefully() -> None:
    """SIGTERM ends it with 0, also while connections are kept open."""
    with sandbox() as running:
        assert running.pay("last").status == 200
        running.process.terminate()
        assert running.process.wait(10) == 0


@pytest.mark.parametrize("wrong", ["--fault no-such=1", "--fault slow=2", "--speed 0"])
def test_wrong_arguments_are_said(wrong: str) -> None:
    """Exit code 2 and a line that says what is wrong."""
    ended = subprocess.run(
        [sys.executable, "-m", "payouts.io.sandbox_server", *wrong.split()],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("sandbox: ")
