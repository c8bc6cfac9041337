"""The function of a soak run: the handler below AWS's own runtime interface client.

``awslambdaric`` asks for the next event and posts the answer over the Runtime API
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). This is that API, on loopback,
and around it what Lambda does: a schedule, a queue that keeps a message until it was reported
done, and an instance that is ended at its time-out and started anew.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from processes import Child
from workers import Settings

TIMEOUT_SECONDS = 12.0  #: of the function
SCHEDULE_SECONDS = 0.5
BATCH = 10  #: messages of one event
_VERSION = "/2018-06-01/runtime/"


class Function:
    """One function with one instance at a time."""

    def __init__(self, settings: Settings, logs: Path) -> None:
        self._lock = threading.Condition()
        self._messages: deque[tuple[str, str]] = deque()
        self._current: dict[str, Any] | None = None
        self._deadline = 0.0
        self._flight: list[tuple[str, str]] = []
        self._count = 0
        self._generation = 0
        self._next_schedule = 0.0
        self._closing = False
        self.invocations = 0
        self.failures = 0
        self.timeouts = 0
        self._server = _Api(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        port = self._server.server_address[1]
        environment = settings.environment(
            {
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
                "AWS_LAMBDA_FUNCTION_NAME": "payouts",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/payouts",
                "AWS_LAMBDA_LOG_STREAM_NAME": "soak",
                "AWS_REGION": "us-east-1",
                "LAMBDA_DISABLE_PREVIEW_WARN": "1",
            }
        )
        command = [sys.executable, "-m", "awslambdaric", "payouts.io.handler.handler"]
        self.child = Child("function", command, logs, environment=environment)

    def post(self, body: Mapping[str, Any]) -> None:
        """Put a message into the queue; it stays until the function has said that it is done."""
        with self._lock:
            self._count += 1
            self._messages.append((f"message-{self._count}", json.dumps(body)))
            self._lock.notify_all()

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._messages) + len(self._flight)

    def begun(self) -> None:
        """To be called when the instance was started: nothing of the one before is under way."""
        with self._lock:
            self._generation += 1
            self._give_back()
            self._lock.notify_all()

    def late(self) -> bool:
        """Say whether the invocation under way is past the function's time-out."""
        with self._lock:
            late = self._current is not None and time.time() > self._deadline + 0.2
            self.timeouts += late
            return late

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._server.shutdown()
        self._server.server_close()

    # The Runtime API -------------------------------------------------------------------------

    def next_event(self) -> dict[str, Any] | None:
        """Wait for an event; ``None`` if the instance that asks is gone meanwhile."""
        with self._lock:
            generation = self._generation
            while not self._closing and generation == self._generation:
                now = time.time()
                event: dict[str, Any] | None = None
                if self._messages:
                    self._flight = [
                        self._messages.popleft() for _ in range(min(BATCH, len(self._messages)))
                    ]
                    event = {"Records": [_record(*message) for message in self._flight]}
                elif now >= self._next_schedule:
                    event = {"source": "aws.scheduler"}
                if event is not None:
                    self._next_schedule = now + SCHEDULE_SECONDS
                    self._deadline = now + TIMEOUT_SECONDS
                    self.invocations += 1
                    self._current = {"id": f"invocation-{self.invocations}", "event": event}
                    return {**self._current, "deadline_ms": int(self._deadline * 1000)}
                self._lock.wait(max(0.01, self._next_schedule - now))
        return None

    def ended(self, id: str, said: Any, failed: bool) -> None:
        """Take the answer to an invocation; a failed one gives its messages back."""
        with self._lock:
            if self._current is None or self._current["id"] != id:
                return
            if failed:
                self.failures += 1
                self._give_back()
                return
            bad = {one["itemIdentifier"] for one in (said or {}).get("batchItemFailures", ())}
            self._messages.extend(one for one in self._flight if one[0] in bad)
            self._flight, self._current = [], None

    def _give_back(self) -> None:
        self._messages.extend(self._flight)
        self._flight, self._current = [], None


def _record(id: str, body: str) -> dict[str, Any]:
    return {
        "messageId": id,
        "receiptHandle": id,
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:payouts",
        "awsRegion": "us-east-1",
    }


class _Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, function: Function) -> None:
        self.function = function
        super().__init__(("127.0.0.1", 0), _Face)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An instance was killed in the middle of a request: that is what the run is for."""


class _Face(BaseHTTPRequestHandler):
    server: _Api
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        event = None
        if self.path == f"{_VERSION}invocation/next":
            event = self.server.function.next_event()
        if event is None:
            self._answer(410 if self.path.startswith(_VERSION) else 404, {})
            return
        arn = "arn:aws:lambda:us-east-1:000000000000:function:payouts"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event["id"],
            "Lambda-Runtime-Deadline-Ms": str(event["deadline_ms"]),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        self._answer(200, event["event"], headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        words = self.path.removeprefix(_VERSION).split("/")
        if words[0] == "invocation" and words[-1] in ("response", "error"):
            failed = words[-1] == "error"
            said = json.loads(body) if body and not failed else None
            self.server.function.ended(words[1], said, failed)
        self._answer(202, {"status": "OK"})

    def _answer(self, status: int, says: Any, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(says).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
