"""The double over real HTTP/1.1 on loopback: ``payouts sandbox``.

One thread, no framework: a call must cost the double less than it costs the client it judges.
Waiting is a timer, so a slow answer holds nobody else up. Besides the partner's paths there are
``/sandbox/...`` for tests: they read the books and switch faults, and need no signature.

A connection is *refused* here by resetting it once a request has come: nothing of it is looked at,
so nothing was booked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from payouts.ports import Response
from payouts.sandbox.double import FiservDouble, Reply
from payouts.sandbox.faults import FAULTS, Faults
from payouts.sandbox.notices import WebhookNotice
from payouts.sandbox.settings import Outage, Settings

_REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
_HEAD_MAX = 64 * 1024
_DELIVERIES_MAX = 16
_DELIVERY_SECONDS = 10.0
_PUMP_SECONDS = 0.05


class _Connection(asyncio.Protocol):
    """One keep-alive connection: a request is answered before the next one is read."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._server.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._timer is None:
            self._serve()

    def stop(self) -> None:
        """Close as soon as the request under way is answered."""
        self._closing = True
        if self._timer is None and self._transport is not None:
            self._transport.close()

    def _serve(self) -> None:
        """Answer requests that are there whole, until one has to wait."""
        while self._transport is not None and self._timer is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _HEAD_MAX:
                    self._transport.abort()
                return
            head = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {}
            for line in head[1:]:
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            length = headers.get("content-length", "0")
            words = head[0].split(" ")
            if len(words) != 3 or not length.isdecimal() or "transfer-encoding" in headers:
                self._write(Response(400, b"{}"), close=True)
                return
            whole = end + 4 + int(length)
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            close = headers.get("connection", "").lower() == "close" or words[2] == "HTTP/1.0"
            reply = self._server.reply(words[0], words[1], headers, body)
            if reply.delay_seconds > 0:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(reply.delay_seconds, self._later, reply, close)
            else:
                self._finish(reply, close)

    def _later(self, reply: Reply, close: bool) -> None:
        self._timer = None
        self._finish(reply, close)
        self._serve()

    def _finish(self, reply: Reply, close: bool) -> None:
        if self._transport is None:
            return
        if reply.response is None:
            if reply.cut is not None and self._server.cuts():
                whole = _bytes_of(reply.cut, close=False)
                self._transport.write(whole[: len(whole) * 2 // 3])
            self._transport.abort()
            return
        self._write(reply.response, close or self._closing)

    def _write(self, response: Response, close: bool) -> None:
        assert self._transport is not None
        self._transport.write(_bytes_of(response, close))
        if close:
            self._transport.close()


def _bytes_of(response: Response, close: bool) -> bytes:
    reason = _REASONS.get(response.status, "Answer")
    lines = [f"HTTP/1.1 {response.status} {reason}", f"content-length: {len(response.body)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if close:
        lines.append("connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


class SandboxServer:
    """Serves one double; ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        double: FiservDouble,
        *,
        webhook: str | None = None,
        books: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.double = double
        self.connections: set[_Connection] = set()
        self._webhook = urlsplit(webhook) if webhook else None
        self._books = books
        self._written = 0
        self._clock = clock
        self._drops = 0
        self._deliveries: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_DELIVERIES_MAX)

    def cuts(self) -> bool:
        """Say whether the next lost answer is lost in its middle: every second one is."""
        self._drops += 1
        return self._drops % 2 == 0

    def reply(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path.startswith("/sandbox/"):
            return Reply(self._admin(method, path, body), 0.0)
        return self.double.answer(method, path, headers, body, self._clock())

    async def run(
        self, host: str, port: int, announce: Callable[[int], None], stop: asyncio.Event
    ) -> None:
        """Serve until asked to stop; then answer what is under way and write the books."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), host, port, backlog=512)
        announce(int(server.sockets[0].getsockname()[1]))
        pump = loop.create_task(self._pump())
        await stop.wait()
        server.close()
        for connection in list(self.connections):
            connection.stop()
        deadline = loop.time() + 2.0
        while self.connections and loop.time() < deadline:
            await asyncio.sleep(0.01)
        pump.cancel()
        for task in [pump, *self._deliveries]:
            task.cancel()
        await asyncio.gather(pump, *self._deliveries, return_exceptions=True)
        self._write_books()

    async def _pump(self) -> None:
        """Let time pass in the double, hand webhooks out, keep the file of the books up to date."""
        while True:
            notices = self.double.due_notices(self._clock())
            if self._webhook is not None:
                for notice in notices:
                    task = asyncio.get_running_loop().create_task(self._deliver(notice))
                    self._deliveries.add(task)
                    task.add_done_callback(self._deliveries.discard)
            self._write_books()
            await asyncio.sleep(_PUMP_SECONDS)

    async def _deliver(self, notice: WebhookNotice) -> None:
        assert self._webhook is not None
        async with self._room:
            try:
                async with asyncio.timeout(_DELIVERY_SECONDS):
                    status = await self._posted(notice)
            except (OSError, TimeoutError, ValueError):
                status = 0
        if not 200 <= status < 300:
            self.double.undelivered(notice, self._clock())

    async def _posted(self, notice: WebhookNotice) -> int:
        """Post one notice over a connection of its own; return the status of the answer."""
        url = self._webhook
        assert url is not None
        reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
        try:
            lines = [f"POST {url.path or '/'} HTTP/1.1", f"host: {url.netloc}"]
            lines += [f"{name}: {value}" for name, value in notice.headers.items()]
            # Loopback hides where a notice comes from; a proxy would say it in this header.
            lines += [f"x-forwarded-for: {notice.source}"]
            lines += [f"content-length: {len(notice.body)}", "connection: close", "", ""]
            writer.write("\r\n".join(lines).encode() + notice.body)
            await writer.drain()
            first = (await reader.readline()).split()
            return int(first[1]) if len(first) > 1 else 0
        finally:
            writer.close()

    # For tests ---------------------------------------------------------------------------------

    def _admin(self, method: str, path: str, body: bytes) -> Response:
        place, _, query = path.partition("?")
        try:
            said = json.loads(body) if body else {}
            if (method, place) == ("GET", "/sandbox/books"):
                start = int(parse_qs(query).get("from", ["0"])[0])
                entries = [entry._asdict() for entry in self.double.books.entries[start:]]
                return _json({**self.summary(), "entries": entries})
            if (method, place) == ("GET", "/sandbox/summary"):
                return _json(self.summary())
            if place == "/sandbox/faults":
                if method == "POST":
                    switch(self.double.faults, said)
                return _json(
                    {
                        "rates": dict(self.double.faults.rates),
                        "counts": dict(self.double.faults.counts),
                        "known": {id: fault.sentence for id, fault in FAULTS.items()},
                    }
                )
            if (method, place) == ("POST", "/sandbox/outage"):
                now = self._clock()
                outage = Outage(now, now + float(said["seconds"]), said.get("how", "refused"))
                settings = self.double.settings
                self.double.settings = replace(settings, outages=(*settings.outages, outage))
                return _json({})
            if (method, place) == ("POST", "/sandbox/fund"):
                self.double.fund(int(said["minor"]), self._clock())
                return _json(self.summary())
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            return _json({"error": str(wrong)}, 400)
        return _json({"error": f"no {method} {place}"}, 404)

    def summary(self) -> dict[str, Any]:
        books, currency = self.double.books, self.double.settings.currency
        return {
            "entries_total": len(books.entries),
            "paid_minor": books.paid_minor(currency),
            "returned_minor": books.returned_minor(currency),
            "available_minor": books.available_minor(currency),
            "paid_keys": dict(books.paid_keys()),
            "doubles": list(books.doubles()),
            "sends": books.sends_total(),
            "repeats": books.repeats_total(),
            "breaches": dict(books.breaches),
            "fault_counts": dict(self.double.faults.counts),
        }

    def _write_books(self) -> None:
        if self._books is None or self._written == len(self.double.books.entries):
            return
        fresh = self.double.books.entries[self._written :]
        with self._books.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(entry._asdict())}\n" for entry in fresh)
        self._written += len(fresh)


def switch(faults: Faults, said: dict[str, Any]) -> None:
    """Switch faults as a request or the command line says: a rate, or a rate and parameters."""
    for id, value in said.items():
        if id == "clear":
            faults.clear()
        elif id == "script":
            for key, sends in value.items():
                faults.script(key, *sends)
        elif id == "nth":
            for number, ids in value.items():
                faults.nth(int(number), *ids)
        elif isinstance(value, dict):
            parameters = {name: one for name, one in value.items() if name != "rate"}
            faults.set(id, float(value["rate"]), **parameters)
        else:
            faults.set(id, float(value))


def _json(value: object, status: int = 200) -> Response:
    body = json.dumps(value).encode()
    return Response(status, body, {"content-type": "application/json"})


# The command ------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``payouts sandbox`` takes."""
    parser.add_argument("--port", type=int, default=0, help="0: a free one, which is printed")
    parser.add_argument("--host", default="127.0.0.1", help="an address of this machine")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same faults")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=RATE",
        help=f"how likely a fault is, 0 to 1; may repeat. Names: {', '.join(FAULTS)}",
    )
    parser.add_argument("--webhook", metavar="URL", help="where to deliver webhooks (http)")
    parser.add_argument("--webhook-secret", default=Settings().webhook_secret)
    parser.add_argument(
        "--speed", type=float, default=1.0, help="divides the partner's own waits (24 h, 5 min)"
    )
    parser.add_argument(
        "--books", type=Path, metavar="FILE", help="append what was paid, JSON lines"
    )
    parser.add_argument("--funding-minor", type=int, default=Settings().funding_minor)
    parser.add_argument("--api-key", default=Settings().api_key)
    parser.add_argument("--secret", default=Settings().secret)
    parser.add_argument("--latency", default="0,0", metavar="P50,P99", help="seconds, log-normal")
    parser.add_argument("--rate-limit", type=float, help="requests a second, above it 429")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT. 2: bad input."""
    try:
        p50, p99 = (float(part) for part in args.latency.split(","))
        settings = Settings(
            api_key=args.api_key,
            secret=args.secret,
            funding_minor=args.funding_minor,
            speed=args.speed,
            latency_p50_seconds=p50,
            latency_p99_seconds=p99,
            requests_per_second=args.rate_limit,
            webhooks=args.webhook is not None,
            webhook_secret=args.webhook_secret,
        )
        faults = Faults()
        switch(faults, dict(item.split("=", 1) for item in args.fault))
    except ValueError as wrong:
        sys.stderr.write(f"sandbox: {wrong}\n")
        return 2
    double = FiservDouble(args.seed, settings, faults)
    serve(double, host=args.host, port=args.port, webhook=args.webhook, books=args.books)
    return 0


def serve(
    double: FiservDouble,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    webhook: str | None = None,
    books: Path | None = None,
) -> None:
    """Serve a double until SIGTERM or SIGINT; print where, once it listens."""

    def announce(bound: int) -> None:
        speed = double.settings.speed
        sys.stdout.write(f"sandbox http://{host}:{bound} speed {speed:g} seed {double.seed}\n")
        sys.stdout.flush()

    async def served() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        server = SandboxServer(double, webhook=webhook, books=books)
        await server.run(host, port, announce, stop)

    asyncio.run(served())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox by itself: ``python -m payouts.io.sandbox_server``."""
    parser = argparse.ArgumentParser(prog="payouts sandbox", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
