"""The way to one partner: requests go out at most once, and it is known which certainly did not.

The answer to a request is one of three things, and mixing them up can pay twice. ``NotSent`` says
that not one byte of the request left: that is certain only while there is no connection yet, so
connecting is a step of its own here, and every failure after it is ``NoAnswer``. A kept-alive
connection that the partner closed meanwhile is replaced before use where that can be seen; where it
cannot, the send on it fails and is ``NoAnswer`` too, although most probably nothing arrived.

Each thread takes one connection of urllib3's (TLS, verification and addresses are its work) and
drives it itself, instead of asking urllib3's pool: nothing then repeats, redirects or reconnects on
its own, and a call costs half the processor time. Few threads are best: they wait for the network
together, but run Python one at a time.

A wrong answer is worse than none. After an answer the connection is used again only if not one
byte beyond that answer has come; an answer whose end is not told by its length, one that is cut
off, above ``body_max`` or late as a whole is ``NoAnswer``.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from payouts.io.addresses import is_loopback
from payouts.ports import TOO_LATE, Answer, NoAnswer, NotSent, Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payouts.outcome import Credentials, Merchant

#: No answer of a partner about payouts comes near; more is a mistake or an attack.
BODY_MAX = 1024 * 1024
#: Connecting is quick or does not happen; a long wait for it only eats into the answer's time.
CONNECT_SECONDS = 5.0

#: Headers that are written here, whatever a partner's file says.
_OURS = frozenset({"connection", "content-length", "host", "transfer-encoding"})


class UnsafeAddress(ValueError):
    """A partner's address that requests with secrets must not be sent to."""


class PartnerClock(Protocol):
    def monotonic(self) -> float: ...
    def wall(self) -> float: ...


class Signer(Protocol):
    """What a channel needs of a partner, or of one of its other products."""

    def signed(
        self, request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
    ) -> Mapping[str, str]: ...


class PartnerChannel:
    """Sends signed requests to one partner over a few kept-alive connections.

    ``send_all`` is for one caller at a time. ``close`` ends the threads.
    """

    def __init__(
        self,
        partner: Signer,
        merchant: Merchant,
        credentials: Credentials,
        clock: PartnerClock,
        *,
        answer_seconds: float,
        concurrency: int,
        ssl_context: ssl.SSLContext | None = None,
        body_max: int = BODY_MAX,
    ) -> None:
        address = urlsplit(merchant.base_url)
        host = address.hostname or ""
        if address.scheme not in ("http", "https") or not host or address.username:
            raise UnsafeAddress(
                "the partner's base address is not like https://partner.example/path"
            )
        if address.scheme == "http" and not is_loopback(host):
            raise UnsafeAddress(f"{host} is not this machine, so its address begins with https://")
        self._host = host
        self._port = address.port
        self._prefix = address.path.rstrip("/")
        self._secure = address.scheme == "https"
        self._context = ssl_context or (ssl.create_default_context() if self._secure else None)
        if self._context is not None and not (
            self._context.verify_mode is ssl.CERT_REQUIRED and self._context.check_hostname
        ):
            raise UnsafeAddress("a TLS context that does not verify certificate and host name")
        self._partner = partner
        self._merchant = merchant
        self._credentials = credentials
        self._clock = clock
        self.answer_seconds = answer_seconds
        self._body_max = body_max
        self._concurrency = concurrency
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="partner")
        self._all_lines = tuple(_Line(self) for _ in range(concurrency))
        self._free_lines = deque(self._all_lines)

    def send_all(self, requests: tuple[Request, ...], not_after: float) -> tuple[Answer, ...]:
        """Carry out each request at most once, several at a time; answers in their order."""
        if not requests:
            return ()
        batch = _Batch(requests, not_after)
        wanted = min(self._concurrency, len(requests))
        working = [self._threads.submit(self._work, batch) for _ in range(wanted)]
        while wait(working, timeout=1.0).not_done:
            # A partner that drips its answer keeps every single read within its time-out.
            now = self._clock.monotonic()
            for line in self._all_lines:
                line.cut_if_late(now)
        for one in working:
            one.result()  # a bug of ours is raised here
        return tuple(answer for answer in batch.answers if answer is not None)

    def close(self) -> None:
        """End the threads and their connections; what is under way is finished first."""
        self._threads.shutdown()
        for line in self._all_lines:
            line.close()

    def _work(self, batch: _Batch) -> None:
        line = self._free_lines.pop()  # the one used last: few connections, all warm
        try:
            while (place := batch.take()) is not None:
                batch.answers[place] = line.exchange(batch.requests[place], batch.not_after)
        finally:
            self._free_lines.append(line)


class _Batch:
    """The requests of one ``send_all``, shared by the threads."""

    __slots__ = ("_places", "answers", "not_after", "requests")

    def __init__(self, requests: tuple[Request, ...], not_after: float) -> None:
        self.requests = requests
        self.not_after = not_after
        self.answers: list[Answer | None] = [None] * len(requests)
        self._places = deque(range(len(requests)))

    def take(self) -> int | None:
        """Return the place of a request that nobody took yet: popping is atomic."""
        try:
            return self._places.popleft()
        except IndexError:
            return None


class _Line:
    """One connection, used by one thread."""

    __slots__ = ("_channel", "_connection", "_late_at", "_lock")

    def __init__(self, channel: PartnerChannel) -> None:
        self._channel = channel
        self._connection: HTTPConnection | None = None
        self._late_at: float | None = None
        self._lock = threading.Lock()

    def exchange(self, request: Request, not_after: float) -> Answer:
        """Make one request and read its answer."""
        channel = self._channel
        clock = channel._clock
        began = clock.monotonic()
        if began > not_after:
            return NotSent(TOO_LATE)
        try:
            connection = self._connected()
        except ssl.SSLCertVerificationError as error:
            return NotSent(f"certificate not accepted: {error.verify_message}")
        except (OSError, HTTPError) as error:
            return NotSent(_why("no connection", error))
        try:
            self._write_head(connection, request)
        except BaseException:
            self.close()  # half a head is prepared on it
            raise
        sock = connection.sock
        assert sock is not None
        now = clock.monotonic()
        left = channel.answer_seconds - (now - began)
        if now > not_after or left <= 0:
            self.close()
            return NotSent(TOO_LATE)
        sock.settimeout(left)
        self._late_at = now + left
        try:
            # Head and body leave together: the partner never waits for a second packet.
            connection.endheaders(request.body or None)
            return self._read(connection, http.client.HTTPConnection.getresponse(connection))
        except TimeoutError:
            self.close()
            return NoAnswer("time-out")
        except (OSError, http.client.HTTPException, HTTPError, ValueError) as error:
            self.close()
            return NoAnswer(_why("broken off", error))
        finally:
            self._late_at = None

    def _write_head(self, connection: HTTPConnection, request: Request) -> None:
        """Prepare the head; nothing leaves before ``endheaders``, so a mistake here is a bug."""
        channel = self._channel
        headers = channel._partner.signed(
            request, channel._merchant, channel._credentials, channel._clock.wall()
        )
        connection.putrequest(request.method, channel._prefix + request.path)
        for name, value in headers.items():
            if name.lower() not in _OURS:
                connection.putheader(name, value)
        if request.body or request.method not in ("GET", "DELETE"):
            connection.putheader("Content-Length", str(len(request.body)))

    def _read(self, connection: HTTPConnection, raw: http.client.HTTPResponse) -> Answer:
        if raw.status < 200:
            # Something else would follow, and would be taken for the next request's answer.
            self.close()
            return NoAnswer(f"interim answer {raw.status}")
        headers = {name.lower(): value for name, value in raw.headers.items()}
        source = raw.fp
        if raw.chunked:
            raw.fp = _KeptOpen(source)  # type: ignore[assignment]
            body = _chunks(raw, self._channel._body_max)
        elif raw.length is None:
            self.close()
            return NoAnswer("an answer without a length cannot be told from one cut off")
        else:
            most = self._channel._body_max
            body = None if raw.length > most else source.read(raw.length)
            if body is not None and len(body) != raw.length:
                self.close()
                return NoAnswer(f"cut off after {len(body)} of {raw.length} bytes")
        if body is None:
            self.close()
            return NoAnswer(f"an answer above {self._channel._body_max} bytes")
        reusable = not raw.will_close and not _more(connection, source)
        raw.close()
        source.close()
        if not reusable:
            self.close()
        return Response(raw.status, body, headers)

    def _connected(self) -> HTTPConnection:
        connection = self._connection
        if connection is not None:
            # False as soon as anything can be read: the partner's closing, or a stray answer.
            if connection.is_connected:
                return connection
            self.close()
        channel = self._channel
        timeout = min(CONNECT_SECONDS, channel.answer_seconds)
        if channel._secure:
            connection = HTTPSConnection(
                channel._host,
                channel._port,
                timeout=timeout,
                cert_reqs="CERT_REQUIRED",
                ssl_context=channel._context,
            )
        else:
            connection = HTTPConnection(channel._host, channel._port, timeout=timeout)
        connection.auto_open = 0  # never a new connection behind our back
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._connection = connection
        return connection

    def cut_if_late(self, now: float) -> None:
        """Called by the thread that waits: break off an exchange whose time is over."""
        with self._lock:
            late_at = self._late_at
            if late_at is None or now <= late_at:
                return
            sock = self._connection.sock if self._connection is not None else None
            if sock is not None:
                # Closed meanwhile is as good. Not SSLSocket.shutdown: it takes TLS off under the
                # thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _chunks(raw: http.client.HTTPResponse, most: int) -> bytes | None:
    body = io.BytesIO()
    while chunk := raw.read(65536):
        body.write(chunk)
        if body.tell() > most:
            return None
    return body.getvalue()


class _KeptOpen:
    """Lets the standard library read chunks to their end without closing what may come after."""

    def __init__(self, source: io.BufferedReader) -> None:
        self.read = source.read
        self.readline = source.readline

    def close(self) -> None:
        pass

    flush = close


def _more(connection: HTTPConnection, source: io.BufferedReader) -> bool:
    """Say whether bytes beyond the answer are here already; they belong to no request of ours."""
    sock = connection.sock
    if sock is None:
        return True
    sock.settimeout(0)
    try:
        return bool(source.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except (OSError, ValueError):
        return True


def _why(what: str, error: BaseException) -> str:
    """Name an error without its text, which may hold an address, a header or a body."""
    return f"{what}: {type(error).__name__}"
