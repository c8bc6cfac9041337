"""The function, run by AWS's own runtime client against a stub of the Runtime API.

The stub answers as https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html says: one event
for each ``/invocation/next``, an id and a deadline in its headers.
"""

from __future__ import annotations

import base64
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from payouts.io.clock import SystemClock

ARN = "arn:aws:lambda:us-east-1:123456789012:function:payouts"


class RuntimeApi:
    """Hands events to the runtime client and keeps what it answers."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.seconds = seconds
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                body = json.dumps(event).encode()
                deadline = int((SystemClock().wall() + api.seconds) * 1000)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header(
                    "Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
                )
                self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.answers.put((self.path.rsplit("/", 1)[1], json.loads(body or b"null")))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def invoke(self, event: Any) -> tuple[str, Any]:
        """Invoke the function; return ``response`` or ``error`` and its body."""
        self.events.put(event)
        return self.answers.get(timeout=60)

    def close(self) -> None:
        self.events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def function(deployment: Any) -> Iterator[Callable[[Any], Any]]:
    """The function in a process of its own; call it with an event. ``lines``: what it logged."""
    api = RuntimeApi()
    environ = deployment.environ | {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "payouts",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "payouts.io.handler.handler"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lines.extend, args=(iter(process.stdout.readline, ""),))
    reader.start()

    def call(event: Any) -> Any:
        kind, body = api.invoke(event)
        assert kind == "response", body
        return body

    call.lines = lines  # type: ignore[attr-defined]
    call.api = api  # type: ignore[attr-defined]
    try:
        yield call
    finally:
        process.terminate()
        process.wait(15)
        reader.join(15)
        api.close()
        process.stdout.close()


def message(number: int, body: Any) -> dict[str, Any]:
    """One record as SQS sends it to a function (with-sqs in the Lambda guide)."""
    return {
        "messageId": f"m-{number}",
        "receiptHandle": "handle",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:payouts",
        "awsRegion": "us-east-1",
    }


def notice(body: bytes, secret: str, source: str = "127.0.0.1") -> dict[str, Any]:
    """A webhook as a function URL hands it on, payload format 2.0."""
    return {
        "version": "2.0",
        "rawPath": "/webhook",
        "headers": {"authorization": secret, "content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/webhook", "sourceIp": source}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def test_schedule_queue_webhook_and_step(deployment: Any, function: Any) -> None:
    """One instance of the function does the work of each face; what is bad fails alone."""
    assert function({"source": "schedule"})["ended"] == "idle"

    answer = function(
        {
            "Records": [
                message(1, deployment.payment("order-1")),
                message(2, "no JSON"),
                message(3, deployment.payment("order-3", token="4111111111111111")),
                message(4, deployment.payment("order-4", amount="10.505")),
                message(5, deployment.payment("order-1")),
                message(6, deployment.payment("order-1", amount="99.00")),
                message(7, {"look": "order-1"}),
            ]
        }
    )
    failed = [one["itemIdentifier"] for one in answer["batchItemFailures"]]
    assert failed == ["m-2", "m-3", "m-4", "m-6"]
    assert deployment.status("order-1") == "settled"
    assert deployment.paid() == 1

    stepped = function({"step": {"reference": "order-1"}})
    assert (stepped["done"], stepped["status"], stepped["wait_seconds"]) == (True, "settled", 0)
    assert function({"step": {"reference": "nobody"}})["found"] is False

    view = deployment.json("status", "order-1")
    said = {
        "merchantId": "sandbox-merchant",
        "transactionId": view["partner_id"],
        "transactionStatus": "TC",
        "eventData": {
            "merchantTransactionId": view["key"],
            "payments": {"paymentId": "1", "paymentStatus": "DC"},
        },
    }
    body = json.dumps(said).encode()
    assert function(notice(body, "guessed"))["statusCode"] == 403
    assert function(notice(body, "sandbox-webhook", "203.0.113.7"))["statusCode"] == 403
    assert function(notice(b"not JSON", "sandbox-webhook"))["statusCode"] == 400
    assert function(notice(body, "sandbox-webhook"))["statusCode"] == 200
    assert deployment.status("order-1") == "settled", "a notice is a reason to look, no status"
    assert function({})["looked_up"] == 1
    assert deployment.status("order-1") == "settled"

    assert deployment.eventually(lambda: any('"ended":"idle"' in line for line in function.lines))
    logged = "".join(function.lines)
    assert "4111111111111111" not in logged
    assert "sandbox-secret" not in logged
    assert "sandbox-webhook" not in logged
    metrics = [json.loads(line) for line in function.lines if '"CloudWatchMetrics"' in line]
    named = {
        one["Name"] for each in metrics for one in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert {"Ticks", "OldestDueSeconds", "Unknown", "Held", "ConnectionsFree"} <= named
    assert {each["_aws"]["CloudWatchMetrics"][0]["Namespace"] for each in metrics} == {"Payouts"}
    assert {each["service"] for each in metrics} == {"payouts"}
    assert {
        len(one["Dimensions"]) for each in metrics for one in each["_aws"]["CloudWatchMetrics"]
    } == {1}


def test_an_open_outcome_waits_in_the_state_machine(deployment: Any, function: Any) -> None:
    """While the partner does not know, a step says how long to wait; in the end it is done."""
    deployment.faults({"in-process": {"rate": 1.0, "paid": 1.0}})
    function({"Records": [message(1, deployment.payment("order-1"))]})
    first = function({"step": {"reference": "order-1"}})
    assert (first["done"], first["status"]) == (False, "unknown")
    assert first["wait_seconds"] >= 1
    assert deployment.eventually(lambda: function({"step": {"reference": "order-1"}})["done"])
    assert deployment.status("order-1") == "settled"
    assert deployment.paid() == 1


def test_a_connection_that_died_between_invocations_is_replaced(
    deployment: Any, function: Any
) -> None:
    """A frozen instance wakes up with a dead connection, and works."""
    import psycopg

    assert function({})["ended"] == "idle"
    with psycopg.connect(deployment.dsn, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert function({})["ended"] == "idle"


def test_little_time_left_ends_the_tick_before_the_function(deployment: Any, function: Any) -> None:
    """With no time for a request, nothing is taken, and the answer still comes."""
    function.api.seconds = 2.0
    answer = function({"Records": [message(1, deployment.payment("order-1"))]})
    assert answer == {"batchItemFailures": []}
    assert deployment.status("order-1") == "due"
    assert deployment.paid() == 0
