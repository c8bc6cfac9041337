"""The runtime as a container beside the backend: worker threads, and a small HTTP face.

    POST /payouts               enqueue; 201 new, 200 known already, 409 refused by the ledger
    GET  /payouts/{reference}   a payout and its history
    POST /tick                  202: a tick begins now, whatever the clock says
    POST /receive               202: the partner's report is read, of {"from", "to"} or yesterday
    POST /webhook               the partner's notices
    POST /ledger/{Sentence}     a worker far from the database speaks to the ledger (see ``remote``)
    GET  /health                200 while ticks end and the ledger answers, else 503

``/payouts``, ``/tick`` and ``/receive`` want the header ``X-Payouts-Secret``. ``POST /tick`` and
``POST /receive`` answer before they work, because whoever calls may hang up after 5 seconds
(EventBridge API destinations do) and would only repeat it; what came of it is an event in the log.

On SIGTERM nothing new is taken, what is under way with the partner is finished and written down,
and the process exits with 0. Give it ``answer_seconds`` and ``send_age_seconds`` together before it
is killed; killing it earlier loses nothing either, its leases run out.
"""

from __future__ import annotations

import hmac
import json
import queue
import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from payouts.io import intake, receiving
from payouts.io.config import BadConfig, Config
from payouts.io.logs import JsonLines
from payouts.io.remote import STATUS_OF, refusal
from payouts.io.runtime import Runtime, Stores
from payouts.io.wire import SENTENCES, from_json, refused_from_afar, to_json
from payouts.ledger.statements import Look
from payouts.ports import Emit, StoreBusy, StoreError, StoreRefused

SECRET_HEADER = "X-Payouts-Secret"
#: One connection may be silent this long; whoever needs more is no backend of ours.
_SILENCE_SECONDS = 10.0
#: Requests served at once; more wait in the listen queue.
_REQUESTS_AT_ONCE = 32
#: Reports asked for and not yet read; a schedule asks for one a day.
_REPORTS_WAITING = 8
_REPORT_PAUSE_SECONDS = 0.5


class Sidecar:
    """The worker threads and the HTTP face, sharing a pool of connections."""

    def __init__(self, config: Config, stores: Stores, sink: Callable[[Emit], None]) -> None:
        if not config.server.secret:
            raise BadConfig(
                "server.secret is missing",
                "server.secret or PAYOUTS_SERVER_SECRET",
                "refer to a secret that the backend knows too: file:/run/secrets/backend",
            )
        self.config = config
        self.sink = sink
        self.stop = threading.Event()
        self.failed = False
        self.wake = threading.Event()
        self.face = Runtime(config, stores, sink)
        self._workers = [Runtime(config, stores, sink) for _ in range(config.server.workers)]
        #: What a far worker may speak of: our partner, and the names its reports are kept under.
        self.names = (config.partner_id, *receiving.sources(config.partner_id))
        self.reports: queue.Queue[tuple[str, str]] = queue.Queue(_REPORTS_WAITING)
        self._reader = Runtime(config, stores, sink)
        self._ended_at = [self.face.clock.monotonic()] * len(self._workers)
        self._threads = [
            threading.Thread(target=self._work, args=(place,), name=f"worker-{place}")
            for place in range(len(self._workers))
        ]
        self._threads.append(threading.Thread(target=self._receive, name="receive"))
        self.server = _Server((config.server.host, config.server.port), self)

    @property
    def address(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    def run(self) -> None:
        """Serve until asked to stop; returns when everything under way is finished."""
        for thread in self._threads:
            thread.start()
        listening = threading.Thread(target=self.server.serve_forever, args=(0.2,), name="http")
        listening.start()
        self.sink(Emit("started", {"address": self.address, "workers": len(self._workers)}))
        # A signal is handled between two waits of the main thread.
        while not self.stop.wait(1.0):
            pass
        self.wake.set()
        self.server.shutdown()
        listening.join()
        self.server.server_close()
        for thread in self._threads:
            thread.join()
        self.sink(Emit("stopped", {}))

    def healthy(self) -> tuple[bool, float]:
        """Say whether every worker's last good tick is recent, and how old the oldest is."""
        oldest = self.face.clock.monotonic() - min(self._ended_at)
        limits, server = self.config.limits, self.config.server
        longest = limits.tick_seconds + limits.answer_seconds + limits.send_age_seconds
        return oldest <= longest + 3 * server.tick_every_seconds, oldest

    def _work(self, place: int) -> None:
        runtime = self._workers[place]
        every = self.config.server.tick_every_seconds
        while not self.stop.is_set():
            self.wake.clear()
            more = False
            try:
                report = runtime.tick(self.stop)
                self._ended_at[place] = runtime.clock.monotonic()
                more = report.ended == "time"
            except StoreError as error:
                # The database is away or restarts: the ledger knows everything when it is back.
                self.sink(Emit("tick-failed", {"why": type(error).__name__}, level="error"))
            except BaseException:
                # A bug: the container ends with an error, is seen, and is started anew.
                self.failed = True
                self.stop.set()
                raise
            if not more:
                self.wake.wait(every)
        runtime.close()

    def _receive(self) -> None:
        """Read the reports that were asked for, one after the other."""
        while not self.stop.is_set():
            try:
                first, last = self.reports.get(timeout=_REPORT_PAUSE_SECONDS)
            except queue.Empty:
                continue
            days = {"first_day": first, "last_day": last}
            try:
                receiving.poll(self._reader, first, last)
            except (StoreError, BadConfig) as error:
                # Asked again, it is read again: nothing is lost.
                why = {**days, "why": str(error)}
                self.sink(Emit("receive-failed", why, {"ReportsIncomplete": 1}, "error"))
            except BaseException:
                self.failed = True
                self.stop.set()
                raise
        self._reader.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the requests that are being answered
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sidecar: Sidecar) -> None:
        self.sidecar = sidecar
        self._places = threading.BoundedSemaphore(_REQUESTS_AT_ONCE)
        super().__init__(address, _Face)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        level = "info" if isinstance(error, OSError) else "error"
        self.sidecar.sink(Emit("request-failed", {"why": type(error).__name__}, level=level))


class _Face(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SILENCE_SECONDS
    server_version = "payouts"
    sys_version = ""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        sidecar = self.server.sidecar
        if path == "/health":
            well, oldest = sidecar.healthy()
            says = {"status": "ok" if well else "stale", "last_tick_seconds": round(oldest, 1)}
            self._answer(200 if well else 503, says)
        elif path.startswith("/payouts/") and self._known():
            reference = unquote(path.removeprefix("/payouts/"))
            self._asking(lambda: self._view(reference))
        elif not path.startswith("/payouts/"):
            self._answer(404, {"error": "no such path"})

    def do_POST(self) -> None:
        sidecar = self.server.sidecar
        path = urlsplit(self.path).path
        if sidecar.stop.is_set():
            self._answer(503, {"error": "stopping"})
        elif path == "/webhook":
            body = self._body()
            if body is not None:
                headers = dict(self.headers.items())
                status = intake.webhook(sidecar.face, headers, body, self._source())
                self._answer(status, {})
                if status == 200:
                    sidecar.wake.set()
        elif path.startswith("/ledger/"):
            self._ledger(path)
        elif path == "/tick" and self._known():
            self._body()
            sidecar.wake.set()
            self._answer(202, {"status": "begun"})
        elif path == "/receive" and self._known():
            days = self._body()
            if days is not None:
                self._asking(lambda: self._receive(days))
        elif path == "/payouts" and self._known():
            body = self._body()
            if body is not None:
                self._asking(lambda: self._enqueue(body))
        elif path not in ("/tick", "/payouts", "/receive"):
            self._answer(404, {"error": "no such path"})

    def _enqueue(self, body: bytes) -> None:
        sidecar = self.server.sidecar
        statement = intake.enqueue_in(intake.object_in(body), sidecar.config.partner_id)
        done = sidecar.face.say(statement)
        says = {"reference": statement.payout.reference, "key": done.key, "status": done.status}
        self._answer(201 if done.created else 200, says)

    def _receive(self, body: bytes) -> None:
        sidecar = self.server.sidecar
        said = intake.object_in(body) if body else None
        first, last = receiving.days_in(said, sidecar.face)
        try:
            receiving.ready(sidecar.face)
            sidecar.reports.put_nowait((first, last))
        except BadConfig as error:
            self._answer(409, {"error": str(error)})
        except queue.Full:
            self._answer(503, {"error": "enough reports are waiting"}, ("Retry-After", "60"))
        else:
            self._answer(202, {"status": "begun", "from": first, "to": last})

    def _ledger(self, path: str) -> None:
        """Say one sentence for a worker that cannot reach the database; ``remote`` is its end."""
        body = self._body()
        if body is None:
            return
        sidecar = self.server.sidecar
        secret = sidecar.config.server.ledger_secret
        headers = {name.lower(): value for name, value in self.headers.items()}
        if refusal(secret, path, headers, body, sidecar.face.clock.wall()) is not None:
            self._answer(401, {"error": "not a worker of ours"})
            return
        try:
            kind = SENTENCES[path.removeprefix("/ledger/")]
            statement = from_json(kind, json.loads(body))
        except (KeyError, ValueError):
            self._answer(400, {"error": "not a sentence"})
            return
        why_not = refused_from_afar(statement, sidecar.names)
        if why_not is not None:
            sidecar.sink(Emit("sentence-refused", {"sentence": kind.__name__}, level="error"))
            self._answer(422, {"error": why_not})
            return
        try:
            answer = sidecar.face.say(statement)
        except StoreError as error:
            status = next(status for of, status in STATUS_OF if isinstance(error, of))
            self._answer(status, {"error": str(error)})
        else:
            self._answer(200, {"answer": to_json(answer)})

    def _view(self, reference: str) -> None:
        sidecar = self.server.sidecar
        view = sidecar.face.say(Look(sidecar.config.partner_id, reference))
        if view is None:
            self._answer(404, {"error": "no such payout"})
        else:
            self._answer(200, intake.view_as_json(view))

    def _asking(self, ask: Callable[[], None]) -> None:
        """Turn what the ledger or the reader refuses into an answer."""
        try:
            ask()
        except intake.Unreadable as error:
            self._answer(400, {"error": str(error)})
        except StoreRefused as error:
            self._answer(409, {"error": str(error)})
        except StoreBusy:
            self._answer(503, {"error": "busy"}, ("Retry-After", "1"))
        except StoreError:
            self._answer(503, {"error": "the ledger does not answer"}, ("Retry-After", "5"))

    def _known(self) -> bool:
        said = self.headers.get(SECRET_HEADER, "")
        if hmac.compare_digest(said.encode(), self.server.sidecar.config.server.secret.encode()):
            return True
        self._answer(401, {"error": f"{SECRET_HEADER} is missing or wrong"})
        return False

    def _body(self) -> bytes | None:
        """Read the body; answer and return nothing where it has no length or is too long."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._answer(411, {"error": "Content-Length is missing"})
            return None
        if len(length) > 9 or int(length) > intake.BODY_MAX:
            self._answer(413, {"error": "too long"})
            return None
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self._answer(400, {"error": "cut off"})
            return None
        return body

    def _source(self) -> str:
        if self.server.sidecar.config.server.behind_proxy:
            # The last address is the one our own proxy saw; those before it anyone can write.
            return self.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return str(self.client_address[0])

    def _answer(self, status: int, says: dict[str, Any], *headers: tuple[str, str]) -> None:
        body = json.dumps(says, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: paths hold references, and each event has a line of its own."""


def serve(config: Config, stores: Stores) -> int:
    """Run the container until SIGTERM or SIGINT; return its exit code, 1 after a bug."""
    sidecar = Sidecar(config, stores, JsonLines())

    def asked(number: int, frame: object) -> None:
        sidecar.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    sidecar.run()
    return 1 if sidecar.failed else 0
