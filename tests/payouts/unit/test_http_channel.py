"""The way to a partner, against real sockets that behave and misbehave."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from payouts.io import http
from payouts.io.clock import SystemClock
from payouts.outcome import Credentials, Merchant
from payouts.ports import TOO_LATE, NoAnswer, NotSent, Request, Response

FOREVER = float("inf")
POST = Request("POST", "/payments", b'{"amount": 1}', {}, "n-1")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Signing:
    """A partner of which only the signature is needed."""

    def signed(
        self, request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
    ) -> Mapping[str, str]:
        return {"Authorization": "x", "Client-Request-Id": request.nonce, "Host": "elsewhere"}


class Server:
    """Answers each connection with a function, and counts whole requests that arrived."""

    def __init__(self, behave: Callable[[Server, Any], None], context: Any = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._behave = behave
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            if self._context is not None:
                peer = self._context.wrap_socket(peer, server_side=True)
            self._behave(self, peer)
        except OSError:
            pass
        finally:
            peer.close()

    def read(self, peer: socket.socket) -> bool:
        """Read one whole request; false at the end of the connection."""
        got = b""
        while b"\r\n\r\n" not in got:
            more = peer.recv(65536)
            if not more:
                return False
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += peer.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return True

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def serving(behave: Callable[[Server, Any], None], context: Any = None) -> Iterator[Server]:
    server = Server(behave, context)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def channel(port: int, **changes: Any) -> Iterator[http.PartnerChannel]:
    base_url = changes.pop("base_url", f"http://127.0.0.1:{port}")
    given = {"answer_seconds": 5.0, "concurrency": 2} | changes
    made = http.PartnerChannel(
        Signing(),  # type: ignore[arg-type]
        Merchant(base_url=base_url, settings={}),
        Credentials(values={}),
        SystemClock(),
        **given,
    )
    try:
        yield made
    finally:
        made.close()


def always(*pieces: bytes) -> Callable[[Server, Any], None]:
    """Answer every request with these bytes, keeping the connection."""

    def behave(server: Server, peer: Any) -> None:
        while server.read(peer):
            for piece in pieces:
                peer.sendall(piece)

    return behave


def once(answer: bytes) -> Callable[[Server, Any], None]:
    """Answer one request with these bytes, then close."""

    def behave(server: Server, peer: Any) -> None:
        server.read(peer)
        peer.sendall(answer)

    return behave


def ask(answer: Callable[[Server, Any], None], **changes: Any) -> Any:
    with serving(answer) as server, channel(server.port, **changes) as way:
        (heard,) = way.send_all((POST,), FOREVER)
        return heard


def test_an_answer_arrives_whole_with_lower_case_headers() -> None:
    """Status, body and headers come back; the request went out once, with our own Host."""
    with serving(always(OK)) as server, channel(server.port) as way:
        (heard,) = way.send_all((POST,), FOREVER)
    assert heard == Response(
        200, b"{}", {"content-type": "application/json", "content-length": "2"}
    )
    assert len(server.requests) == 1
    assert b"\r\nHost: 127.0.0.1" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"amount": 1}')


def test_answers_keep_the_order_of_their_requests() -> None:
    """Many at once over few connections, each answered by its own answer."""

    def echo(server: Server, peer: Any) -> None:
        while True:
            got = b""
            while b"\r\n\r\n" not in got:
                more = peer.recv(65536)
                if not more:
                    return
                got += more
            name = got.split()[1]
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))

    requests = tuple(Request("GET", f"/{number}") for number in range(200))
    with serving(echo) as server, channel(server.port, concurrency=4) as way:
        heard = way.send_all(requests, FOREVER)
    assert [one.body.decode() for one in heard if isinstance(one, Response)] == [
        one.path for one in requests
    ]
    assert server.connections <= 4


def test_connection_refused_is_not_sent() -> None:
    """Nobody listens, so no byte left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with channel(port) as way:
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, NotSent)
    assert heard.why != TOO_LATE


def test_unknown_host_is_not_sent() -> None:
    """A name that does not resolve (RFC 6761 reserves .invalid) is no connection."""
    with channel(0, base_url="https://partner.invalid", answer_seconds=2.0) as way:
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, NotSent)


def test_failed_tls_handshake_is_not_sent() -> None:
    """A server that speaks no TLS never sees a byte of the request."""

    def plain(server: Server, peer: Any) -> None:
        server.requests.append(peer.recv(65536))
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with (
        serving(plain) as server,
        channel(0, base_url=f"https://127.0.0.1:{server.port}", answer_seconds=2.0) as way,
    ):
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, NotSent)
    assert all(b"amount" not in one for one in server.requests)


def test_too_late_is_not_sent_and_nothing_connects() -> None:
    """A request whose time has passed is not begun."""
    with serving(always(OK)) as server, channel(server.port) as way:
        (heard,) = way.send_all((POST,), SystemClock().monotonic() - 0.001)
    assert heard == NotSent(TOO_LATE)
    assert server.connections == 0


def test_too_late_is_checked_before_each_request() -> None:
    """One slow answer makes the next request of its thread too late."""

    def slow(server: Server, peer: Any) -> None:
        while server.read(peer):
            threading.Event().wait(0.3)
            peer.sendall(OK)

    with serving(slow) as server, channel(server.port, concurrency=1) as way:
        heard = way.send_all((POST, POST), SystemClock().monotonic() + 0.15)
    assert isinstance(heard[0], Response)
    assert heard[1] == NotSent(TOO_LATE)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK[:20],
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x00\xff\x16\x03" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 4096,
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"ffff\r\n" + b"x" * 65535 + b"\r\n") * 20,
    ],
    ids=[
        "dropped",
        "cut-head",
        "cut-body",
        "cut-chunk",
        "bad-chunk",
        "no-length",
        "early-hints",
        "ssh",
        "garbage",
        "oversize",
        "negative-length",
        "too-many-headers",
        "oversize-chunks",
    ],
)
def test_what_is_no_whole_answer_is_no_answer(answer: bytes) -> None:
    """The request went out; what came back proves nothing."""
    assert isinstance(ask(once(answer)), NoAnswer)


def test_silence_is_no_answer_after_its_time() -> None:
    """A partner that takes the request and says nothing."""

    def silent(server: Server, peer: Any) -> None:
        server.read(peer)
        peer.recv(1)

    assert ask(silent, answer_seconds=0.3) == NoAnswer("time-out")


def test_a_dripping_answer_ends_in_time() -> None:
    """Single bytes within each read's time-out do not stretch the whole."""

    def drip(server: Server, peer: Any) -> None:
        server.read(peer)
        for byte in OK * 4:
            peer.sendall(bytes([byte]))
            threading.Event().wait(0.2)

    began = SystemClock().monotonic()
    assert isinstance(ask(drip, answer_seconds=0.5), NoAnswer)
    assert SystemClock().monotonic() - began < 4


def test_chunked_answers_are_read_and_the_connection_kept() -> None:
    """Chunks are whole at their last one; the next request uses the same connection."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with serving(always(chunked)) as server, channel(server.port, concurrency=1) as way:
        heard = way.send_all((POST, POST), FOREVER)
    assert [one.body for one in heard if isinstance(one, Response)] == [b"{}", b"{}"]
    assert server.connections == 1


def test_redirects_are_answers_and_not_followed() -> None:
    """A payout is not sent to wherever an answer points."""
    away = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    with serving(always(away)) as server, channel(server.port) as way:
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, Response)
    assert heard.status == 307
    assert len(server.requests) == 1


def test_server_errors_are_not_repeated() -> None:
    """503 with Retry-After comes back as it is: repeating is the core's to decide."""
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    with serving(always(busy)) as server, channel(server.port) as way:
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, Response)
    assert len(server.requests) == 1


def test_a_closed_kept_connection_is_replaced_before_use() -> None:
    """The partner closed an idle connection: seen, and a new one is used."""
    with serving(once(OK)) as server, channel(server.port, concurrency=1) as way:
        for _ in range(3):
            (heard,) = way.send_all((POST,), FOREVER)
            assert isinstance(heard, Response)
            threading.Event().wait(0.05)
    assert len(server.requests) == 3
    assert server.connections == 3


def test_a_second_answer_is_never_taken_for_the_next_request() -> None:
    """Bytes beyond an answer end the connection, whether they come with it or after it."""
    stray = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"bad"'
    for pieces in ((OK + stray,), (OK, stray)):
        with serving(always(*pieces)) as server, channel(server.port, concurrency=1) as way:
            for _ in range(3):
                (heard,) = way.send_all((POST,), FOREVER)
                assert isinstance(heard, Response)
                assert heard.body == b"{}"
                threading.Event().wait(0.02)


def test_plain_text_is_for_this_machine_only() -> None:
    """An address elsewhere begins with https://."""
    with pytest.raises(http.UnsafeAddress, match="https"), channel(0, base_url="http://10.0.0.1"):
        pass


def test_a_context_that_verifies_nothing_is_refused() -> None:
    """TLS without its checks protects nothing."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        pytest.raises(http.UnsafeAddress, match="verify"),
        channel(0, base_url="https://127.0.0.1", ssl_context=context),
    ):
        pass


def test_a_bug_in_a_partner_file_reaches_the_caller() -> None:
    """What the signature raises is raised where the round waits, and the threads live on."""

    class Broken(Signing):
        def signed(self, request: Request, *_: Any) -> Mapping[str, str]:
            if request.nonce == "bad":
                raise RuntimeError("no such setting")
            return {}

    with serving(always(OK)) as server, channel(server.port) as way:
        way._partner = Broken()  # type: ignore[assignment]
        with pytest.raises(RuntimeError, match="no such setting"):
            way.send_all((POST, Request("POST", "/x", b"", {}, "bad")), FOREVER)
        (heard,) = way.send_all((POST,), FOREVER)
    assert isinstance(heard, Response)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
def test_tls_is_verified_and_kept_alive(tmp_path: Path) -> None:
    """A known authority is believed and its connection kept; an unknown one is not sent to."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    with serving(always(OK), served) as server:
        base_url = f"https://127.0.0.1:{server.port}"
        with channel(0, base_url=base_url) as way:
            (stranger,) = way.send_all((POST,), FOREVER)
        known = ssl.create_default_context(cafile=str(certificate))
        with channel(0, base_url=base_url, ssl_context=known, concurrency=1) as way:
            heard = way.send_all((POST, POST, POST), FOREVER)
    assert isinstance(stranger, NotSent)
    assert all(isinstance(one, Response) for one in heard)
    assert server.connections == 2
    assert len(server.requests) == 3
