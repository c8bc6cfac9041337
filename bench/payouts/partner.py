"""A partner that pays at once: a process with its own books, as cheap as we can make it.

It checks every signature, recognises a repeated key, waits up to two milliseconds as a partner
nearby would (the wait follows from the key, so it is the same for every candidate and every run),
and answers in the shape of Fiserv's DDP. The sandbox does more and takes twice the processor time:
on two processors this one shows better what the candidates cost (``bench.py --lean``). Its books
judge every run: as many calls as payouts, every key once. Started as ``partner.py``, it prints its
address, then serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from typing import cast

import uvloop
import work

DELAY_SECONDS_MOST = 0.002


class Books:
    """What the partner knows: how often it was called, and what it paid."""

    def __init__(self) -> None:
        self.calls = 0
        self.refused = 0
        self.paid: dict[str, dict[str, object]] = {}

    def pay(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        """Take one payment; a key that was seen gets its old answer and moves no money."""
        self.calls += 1
        expected = f"HMAC {work.signature(headers.get('timestamp', ''), body)}"
        if headers.get("authorization") != expected:
            self.refused += 1
            return 401, {"code": "401098", "message": "signature"}
        said = json.loads(body)
        key, payee = said["merchantTransactionId"], said["recipient"][0]
        amount = self.paid.setdefault(key, said["amount"])
        return 201, {
            "transactionId": f"TID-{key}",
            "merchantTransactionId": key,
            "transactionStatus": "TC",
            "totalTransactionAmount": amount,
            "recipient": [
                {
                    "merchantCustomerId": payee["recipientProfileInfo"]["merchantCustomerId"],
                    "source": payee["source"],
                    "payments": {
                        "paymentId": f"PID-{key}",
                        "amount": amount,
                        "paymentStatus": "DI",
                    },
                }
            ],
        }

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        if (method, path) == ("POST", work.PATH):
            status, said = self.pay(headers, body)
        elif (method, path) == ("GET", "/books"):
            status, said = (
                200,
                {
                    "calls": self.calls,
                    "refused": self.refused,
                    "paid": len(self.paid),
                },
            )
        else:
            status, said = 404, {"code": "404001", "message": path}
        text = json.dumps(said, separators=(",", ":")).encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: "
        return f"{head}{len(text)}\r\n\r\n".encode() + text


class Connection(asyncio.Protocol):
    """One open connection; requests on it are answered in order."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.waiting[:end].decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self.waiting) < whole:
                return
            body, self.waiting = self.waiting[end + 4 : whole], self.waiting[whole:]
            method, path, _ = first.split(" ", 2)
            answer = self.books.answer(method, path, headers, body)
            wait = zlib.crc32(body) % 1000 / 1000 * DELAY_SECONDS_MOST if body else 0.0
            asyncio.get_running_loop().call_later(wait, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def serve() -> None:
    """Listen on a free port, say where, and end with the input."""
    loop, books = asyncio.get_running_loop(), Books()
    server = await loop.create_server(lambda: Connection(books), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(serve())
