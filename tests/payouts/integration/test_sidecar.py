"""The container over real HTTP, ended by SIGTERM."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest


def test_a_payout_is_posted_paid_and_read(deployment: Any, container: Any) -> None:
    """201 when new, 200 when known, 409 when it differs; the workers pay it once."""
    payment = deployment.payment("order/1")
    assert container.ask("POST", "/payouts", payment)[0] == 201
    assert container.ask("POST", "/payouts", payment)[0] == 200
    assert container.ask("POST", "/payouts", payment | {"amount": "11.00"})[0] == 409
    assert container.ask("POST", "/tick")[0] == 202

    def view() -> Any:
        return container.ask("GET", "/payouts/order%2F1")[1]

    assert deployment.eventually(lambda: view()["status"] == "settled")
    assert view()["amount"] == "10.50"
    assert "token" not in view()
    assert deployment.paid() == 1
    assert container.ask("GET", "/payouts/nobody")[0] == 404
    assert container.ask("GET", "/health")[0] == 200
    assert container.stop() == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/payouts", b"not JSON", 400),
        ("POST", "/payouts", b"[]", 400),
        ("POST", "/payouts", b'{"reference": "x"}', 400),
        ("POST", "/payouts", b"x" * 300_000, 413),
        ("POST", "/nothing", b"{}", 404),
        ("GET", "/", None, 404),
        ("POST", "/webhook", b"{}", 403),
        ("POST", "/ledger/Take", b"{}", 401),
    ],
)
def test_bad_requests_get_an_answer(
    container: Any, method: str, path: str, body: Any, status: int
) -> None:
    """Each has its status, and the container goes on."""
    assert container.ask(method, path, body)[0] == status
    assert container.ask("GET", "/health")[0] == 200


def test_without_the_secret_nothing_is_done(deployment: Any, container: Any) -> None:
    """A wrong or missing secret is 401, whatever is asked."""
    for secret in ("", "guessed", "backend-knows-thi"):
        assert container.ask("POST", "/payouts", deployment.payment("o-1"), secret=secret)[0] == 401
        assert container.ask("POST", "/tick", secret=secret)[0] == 401
        assert container.ask("GET", "/payouts/o-1", secret=secret)[0] == 401
    assert deployment.run("status", "o-1").returncode == 2


def test_a_webhook_wakes_its_payout(deployment: Any, container: Any) -> None:
    """An authentic notice is stored and looked into by API; a forged one is refused."""
    container.ask("POST", "/payouts", deployment.payment("o-1"))

    def view() -> Any:
        return container.ask("GET", "/payouts/o-1")[1]

    assert deployment.eventually(lambda: view()["status"] == "settled")
    said = {
        "merchantId": "sandbox-merchant",
        "transactionId": view()["partner_id"],
        "transactionStatus": "TV",
        "eventData": {
            "merchantTransactionId": view()["key"],
            "payments": {"paymentId": "1", "paymentStatus": "DR"},
        },
    }
    assert container.ask("POST", "/webhook", said, Authorization="guessed")[0] == 403
    assert container.ask("POST", "/webhook", said, Authorization="sandbox-webhook")[0] == 200
    assert deployment.eventually(lambda: any('"looked_up":1' in line for line in container.lines))
    assert view()["status"] == "settled", "what a notice says is never believed"


def test_sigterm_finishes_what_is_under_way(deployment: Any, containers: Any) -> None:
    """A slow partner is waited for, its answer written down, nothing more is taken, exit 0."""
    deployment.faults({"slow": {"rate": 1.0, "seconds": 0.5}})
    lines = "\n".join(json.dumps(deployment.payment(f"order-{n}")) for n in range(60))
    assert deployment.run("enqueue", "-", stdin=lines).returncode == 0
    container = containers(PAYOUTS_LIMITS_BATCH="10", PAYOUTS_LIMITS_CONCURRENCY="2")
    assert deployment.eventually(lambda: deployment.paid() > 0)
    assert container.stop() == 0
    assert '"stopped"' in container.lines[-1]
    assert "Traceback" not in "".join(container.lines)
    assert deployment.paid() < 60, "nothing more was taken"
    # What was under way has its answer: no payout is left in the middle of a send.
    import psycopg

    with psycopg.connect(deployment.dsn) as connection:
        rows = connection.execute(
            "select status, count(*) from payouts.payout_status group by status"
        ).fetchall()
    assert {str(status) for status, _ in rows} == {"due", "settled"}
    assert dict(rows)["settled"] == deployment.paid()


def test_reports_are_received_on_demand(deployment: Any, containers: Any) -> None:
    """202 at once, read afterwards, kept once; bad days and missing keys are said at once."""
    container = containers(
        PAYOUTS_MERCHANT_REPORT_BASE_URL=f"{deployment.partner_url}/reporting",
        PAYOUTS_CREDENTIALS_REPORTING_API_KEY="env:KEY",
        PAYOUTS_CREDENTIALS_REPORTING_API_SECRET="env:SECRET",
    )

    def received() -> list[tuple[int, int]]:
        lines = [json.loads(line) for line in container.lines if '"received"' in line]
        return [(line["read"], line["new"]) for line in lines]

    container.ask("POST", "/payouts", deployment.payment("o-1"))
    assert deployment.eventually(lambda: deployment.paid() == 1)
    days = {"from": "2020-01-01", "to": "2099-01-01"}
    for count in (1, 2):
        assert container.ask("POST", "/receive", days)[0] == 202
        assert deployment.eventually(lambda count=count: len(received()) == count)
    assert container.ask("POST", "/receive")[0] == 202
    assert deployment.eventually(lambda: len(received()) == 3)
    assert received() == [(1, 1), (1, 0), (0, 0)]
    assert container.ask("POST", "/receive", secret="guessed")[0] == 401
    assert container.ask("POST", "/receive", {"since": "2026-01-01"})[0] == 400
    assert container.ask("POST", "/receive", {"from": "soon"})[0] == 400
    assert container.stop() == 0


def test_without_keys_no_report_is_begun(container: Any) -> None:
    """409 says which are missing, and the container goes on."""
    status, says = container.ask("POST", "/receive")
    assert status == 409
    assert "reporting_api_key" in says["error"]
    assert container.ask("GET", "/health")[0] == 200


BROKEN = """
import contextlib, sys
from payouts.io.config import load
from payouts.io.sidecar import serve
from payouts.ports import StoreError

class Broken:
    def execute(self, statement): raise {error}
    def commit(self): pass
    rollback = close = commit

@contextlib.contextmanager
def stores(): yield Broken()

sys.exit(serve(load(), stores))
"""


def test_a_bug_in_a_worker_ends_the_container(deployment: Any) -> None:
    """Exit 1, with its traceback: a container that goes on without its workers pays nobody."""
    process = subprocess.Popen(
        [sys.executable, "-c", BROKEN.format(error="ZeroDivisionError('a bug')")],
        env=deployment.environ | {"PAYOUTS_SERVER_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, trouble = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "ZeroDivisionError: a bug" in trouble
    assert '"stopped"' in out, "what is under way was finished first"


def test_a_ledger_that_is_away_ends_nothing(deployment: Any) -> None:
    """That is the world's trouble, not a bug: the container waits for it, and stops when asked."""
    process = subprocess.Popen(
        [sys.executable, "-c", BROKEN.format(error="StoreError('away')")],
        env=deployment.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert sum('"tick-failed"' in line for line in lines) >= 2
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
