"""The double's own webhooks, delivered over HTTP to the container through a proxy."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Proxy:
    """What stands before the container: it hands each webhook on and keeps what was answered."""

    def __init__(self) -> None:
        self.target = ""
        self.answers: list[int] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = urllib.request.Request(
                    proxy.target + self.path, body, dict(self.headers.items()), method="POST"
                )
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        status = answer.status
                except urllib.error.HTTPError as error:
                    error.close()
                    status = error.code
                proxy.answers.append(status)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def notified(deployment: Any, containers: Any) -> Iterator[tuple[Any, Any, Proxy]]:
    """A double that tells, a proxy, and a container that looks by itself only after ten minutes."""
    proxy = Proxy()
    words = ["sandbox", "--seed", "7", "--speed", "1000", "--webhook", f"{proxy.address}/webhook"]
    partner = subprocess.Popen(
        [sys.executable, "-m", "payouts.io.cli", *words], stdout=subprocess.PIPE, text=True
    )
    container = None
    try:
        assert partner.stdout is not None
        deployment.partner_url = partner.stdout.readline().split()[1]
        deployment.environ |= {
            "PAYOUTS_BASE_URL": deployment.partner_url,
            "PAYOUTS_LIMITS_LOOKUP_WAIT_SECONDS": "600",
            "PAYOUTS_LIMITS_LOOKUP_INTERVAL_SECONDS": "600",
            "PAYOUTS_SERVER_TICK_EVERY_SECONDS": "3600",  # what happens, a webhook has begun
            "PAYOUTS_SERVER_BEHIND_PROXY": "true",
            "PAYOUTS_MERCHANT_WEBHOOK_NETWORKS": "",  # those that Fiserv publishes
        }
        container = containers()
        proxy.target = container.address
        yield deployment, container, proxy
    finally:
        if container is not None:
            container.close()
        partner.terminate()
        partner.communicate(timeout=15)
        proxy.close()


def begin(deployment: Any, container: Any) -> None:
    """Post one payout and have it sent."""
    assert container.ask("POST", "/payouts", deployment.payment("o-1"))[0] == 201
    assert container.ask("POST", "/tick")[0] == 202


def heard(container: Any) -> list[str]:
    lines = [json.loads(line) for line in container.lines if '"webhook"' in line]
    return [result for line in lines for result in line["results"]]


def test_the_partners_webhook_ends_an_open_payout(notified: Any) -> None:
    """In process, then told, looked up at once and settled: no clock would have for ten minutes."""
    deployment, container, proxy = notified
    deployment.faults({"in-process": {"rate": 1.0, "paid": 1.0}})
    begin(deployment, container)

    def view() -> Any:
        return container.ask("GET", "/payouts/o-1")[1]

    assert deployment.eventually(lambda: view()["status"] == "settled")
    assert [step["status"] for step in view()["history"]][:3] == ["due", "sending", "unknown"]
    assert set(proxy.answers) == {200}
    assert deployment.paid() == 1


def test_a_duplicate_webhook_is_taken_and_changes_nothing(notified: Any) -> None:
    """Each is answered with 200, so that it is not repeated for ever; the second is a repeat."""
    deployment, container, proxy = notified
    deployment.faults({"in-process": {"rate": 1.0, "paid": 1.0}, "webhook-duplicate": 1.0})
    begin(deployment, container)
    assert deployment.eventually(lambda: deployment.status("o-1") == "settled")
    assert deployment.eventually(lambda: heard(container).count("repeat") >= 1)
    results = heard(container)
    assert results.count("new") == results.count("repeat")
    assert set(proxy.answers) == {200}
    assert deployment.paid() == 1


def test_a_webhook_with_a_wrong_secret_wakes_nobody(notified: Any) -> None:
    """403, repeated by its sender, refused again; the payout stays open until it is looked up."""
    deployment, container, proxy = notified
    deployment.faults({"in-process": {"rate": 1.0, "paid": 1.0}, "webhook-wrong-secret": 1.0})
    begin(deployment, container)
    assert deployment.eventually(lambda: deployment.paid() == 1 and len(proxy.answers) >= 3)
    assert set(proxy.answers) == {403}
    assert heard(container) == []
    view = container.ask("GET", "/payouts/o-1")[1]
    assert (view["status"], view["lookups"]) == ("unknown", 0)
    assert "not-the-secret" not in "".join(container.lines)
    assert deployment.json("replay", "o-1")["woken"] == 1
    assert container.ask("POST", "/tick")[0] == 202
    assert deployment.eventually(lambda: deployment.status("o-1") == "settled")
