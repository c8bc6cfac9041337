"""`frugal prices update` against a server with AWS's layout that does what servers do.

The server runs on this machine, in a thread, and misbehaves by script: each path has a list of
answers to give before the right one. Nothing sleeps; the pauses are collected and looked at.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest

from frugal.model.errors import BadRequest
from frugal.price_list.download import ATTEMPTS, UpdateFailed
from frugal.price_list.fetch import StandardFetch
from frugal.price_list.lookup import SNAPSHOT, PriceList
from frugal.price_list.meter import Meter
from frugal.price_list.store import Store
from frugal.price_list.update import INDEX, Updated, update

SAMPLES = Path(__file__).parents[1] / "samples" / "prices"
LAMBDA = (SAMPLES / "AWSLambda-us-east-1.json").read_bytes()
QUEUES = (SAMPLES / "AWSQueueService-global.json").read_bytes()
BASE = "/offers/v1.0/aws"
FILE = f"{BASE}/AWSLambda/20261115000000/us-east-1/index.json"
QUEUE_FILE = f"{BASE}/AWSQueueService/20261114000000/us-east-1/index.json"
REGIONS = f"{BASE}/AWSLambda/current/region_index.json"
STALL_SECONDS = 0.2  #: how long the client of these tests waits for a byte
REQUEST = Meter(offer="AWSLambda", usage_type="Request", name="Lambda Requests", unit="request")


def region_index(offer: str, version: str, *regions: str) -> bytes:
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "publicationDate": "2026-11-15T00:00:00Z",
            "regions": {
                region: {
                    "regionCode": region,
                    "currentVersionUrl": f"{BASE}/{offer}/{version}/{region}/index.json",
                }
                for region in regions
            },
        }
    ).encode()


def offer_index(*offers: str) -> bytes:
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "offers": {
                offer: {
                    "offerCode": offer,
                    "currentVersionUrl": f"{BASE}/{offer}/current/index.json",
                    "currentRegionIndexUrl": f"{BASE}/{offer}/current/region_index.json",
                }
                for offer in offers
            },
        }
    ).encode()


@dataclass
class Aws:
    """What the server holds, how it misbehaves, and what it was asked."""

    files: dict[str, bytes]
    tricks: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def requests(self, path: str) -> list[dict[str, str]]:
        return [headers for asked, headers in self.asked if asked == path]

    def statuses(self, path: str) -> list[int]:
        return [status for answered, status in self.answered if answered == path]


class Handler(BaseHTTPRequestHandler):
    """Answers as a file server does, unless a trick is next."""

    aws: Aws

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        aws = self.aws
        aws.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        body = aws.files.get(self.path)
        trick = aws.tricks[self.path].pop(0) if aws.tricks.get(self.path) else ""
        if trick.isdecimal():
            self._send(int(trick), b"<html>busy</html>")
        elif trick == "patience":
            self._send(503, b"", {"Retry-After": "7"})
        elif trick == "garbage":
            self._send(200, b"<html>a captive portal</html>")
        elif trick == "drop":
            self.close_connection = True
            aws.answered.append((self.path, 0))
        elif body is None:
            self._send(404, b"not found")
        else:
            self._file(body, trick)

    def _file(self, body: bytes, trick: str) -> None:
        etag = f'"{len(body)}-{sum(body)}"'
        headers = {"ETag": etag, "Last-Modified": "Sun, 15 Nov 2026 00:00:00 GMT"}
        if self.headers["If-None-Match"] == etag:
            self._send(304, b"", headers)
            return
        status, begin = 200, 0
        wanted = self.headers["Range"]
        if wanted and self.headers["If-Range"] == etag and trick != "no ranges":
            status, begin = 206, int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        rest = body[begin:]
        if trick == "wrong range":
            headers["Content-Range"] = f"bytes 1-{len(body) - 1}/{len(body)}"
            status = 206
        if trick == "truncate":
            self._send(status, rest, headers, upto=len(rest) // 2)
        elif trick == "stall":
            self._send(status, rest, headers, upto=len(rest) // 3, hang=True)
        elif trick == "too short a length":
            self._send(status, rest[: len(rest) // 2], headers)
        else:
            self._send(status, rest, headers)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        upto: int | None = None,
        hang: bool = False,
    ) -> None:
        self.aws.answered.append((self.path, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:upto])
        self.wfile.flush()
        if hang:
            self.aws.done.wait(20)


@pytest.fixture
def aws() -> Iterator[Aws]:
    """A server with two offers, one of them in one Region."""
    held = Aws(
        {
            INDEX: offer_index("AWSLambda", "AWSQueueService"),
            REGIONS: region_index("AWSLambda", "20261115000000", "us-east-1"),
            f"{BASE}/AWSQueueService/current/region_index.json": region_index(
                "AWSQueueService", "20261114000000", "us-east-1"
            ),
            FILE: LAMBDA,
            QUEUE_FILE: QUEUES,
        }
    )
    handler = type("ScriptedHandler", (Handler,), {"aws": held})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    held.address = f"http://127.0.0.1:{server.server_port}"
    yield held
    held.done.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Run:
    """One client: its store, and the pauses it asked for."""

    store: Store
    pauses: list[float] = field(default_factory=list)

    def __call__(self, aws: Aws, *, seed: int = 1, offers: tuple[str, ...] = ("AWSLambda",),
                 regions: tuple[str, ...] = ("us-east-1",)) -> Updated:  # fmt: skip
        return update(
            self.store,
            fetch=StandardFetch(timeout_seconds=STALL_SECONDS, direct=True),
            sleep=self.pauses.append,
            chance=Random(seed),
            endpoint=aws.address,
            regions=regions,
            offers=offers,
        )

    def rate(self) -> Decimal:
        return PriceList(self.store.current()).find(REQUEST, "us-east-1").first_paid_usd


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(Store(tmp_path / "store"))


OLD, NEW = PriceList(SNAPSHOT).find(REQUEST, "us-east-1").first_paid_usd, Decimal("0.00000025")


def test_an_update_lays_the_new_prices_over_the_carried_list(aws: Aws, run: Run) -> None:
    """Index, Region index, file: then the price is AWS's, and everything else is still there."""
    assert run.rate() == OLD
    done = run(aws)
    assert (done.changed, done.fetched, done.absent) == (True, ("AWSLambda us-east-1",), ())
    assert run.rate() == NEW
    assert PriceList(run.store.current()).offers() == PriceList(SNAPSHOT).offers()
    assert run.pauses == []


def test_nothing_new_costs_three_answers_of_304(aws: Aws, run: Run) -> None:
    """The second update sends validators, gets no bytes, and makes no snapshot."""
    first = run(aws)
    aws.answered.clear()
    second = run(aws)
    assert aws.answered == [(INDEX, 304), (REGIONS, 304), (FILE, 304)]
    assert (second.changed, second.id, second.unchanged) == (
        False,
        first.id,
        ("AWSLambda us-east-1",),
    )


def test_a_new_version_is_fetched(aws: Aws, run: Run) -> None:
    """The Region index names another file; only that is read anew."""
    run(aws)
    newer = f"{BASE}/AWSLambda/20261120000000/us-east-1/index.json"
    aws.files[REGIONS] = region_index("AWSLambda", "20261120000000", "us-east-1")
    aws.files[newer] = LAMBDA.replace(b"0.0000002500", b"0.0000002700").replace(
        b"2026-11-15", b"2026-11-20"
    )
    assert run(aws).changed
    assert run.rate() == Decimal("0.00000027")


def test_going_back_to_another_list_fetches_again(aws: Aws, run: Run) -> None:
    """A 304 counts only where the current snapshot has what it stands for."""
    run(aws)
    run.store.pin("carried")
    assert run(aws).changed
    assert run.rate() == NEW


def test_a_truncated_file_is_resumed(aws: Aws, run: Run) -> None:
    """The second request asks for the rest of the same file only."""
    aws.tricks[FILE] = ["truncate"]
    run(aws)
    assert run.rate() == NEW
    first, second = aws.requests(FILE)
    assert "range" not in first
    assert second["range"] == f"bytes={len(LAMBDA) // 2}-"
    assert second["if-range"].startswith('"')
    assert aws.statuses(FILE) == [200, 206]
    assert len(run.pauses) == 1


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(aws: Aws, run: Run) -> None:
    """``If-Range`` fails, the whole file comes, and no two halves are glued together."""
    aws.tricks[FILE] = ["truncate", "no ranges"]
    run(aws)
    assert (aws.statuses(FILE), run.rate()) == ([200, 200], NEW)


def test_another_part_than_was_asked_for_is_not_used(aws: Aws, run: Run) -> None:
    """A wrong ``Content-Range``: the part is dropped and the file is fetched whole."""
    aws.tricks[FILE] = ["truncate", "wrong range"]
    run(aws)
    assert (aws.statuses(FILE), run.rate()) == ([200, 206, 200], NEW)


@pytest.mark.parametrize("trick", ["503", "500", "429", "drop", "stall", "garbage"])
@pytest.mark.parametrize("path", [INDEX, REGIONS, FILE])
def test_passing_trouble_is_waited_out(aws: Aws, run: Run, path: str, trick: str) -> None:
    """Twice busy, cut, silent or nonsense, then right: the update succeeds after two pauses."""
    aws.tricks[path] = [trick, trick]
    run(aws)
    assert run.rate() == NEW
    assert len(run.pauses) == 2


def test_pauses_double_have_jitter_and_are_the_seeds(aws: Aws, run: Run) -> None:
    """Each pause is a random share of 1, 2, 4, ... seconds; the same seed waits the same."""
    aws.tricks[FILE] = ["503"] * (ATTEMPTS - 1)
    run(aws, seed=7)
    shares = Random(7)
    assert run.pauses == [2**n * shares.random() for n in range(ATTEMPTS - 1)]


def test_the_server_may_say_how_long(aws: Aws, run: Run) -> None:
    """``Retry-After`` is kept."""
    aws.tricks[FILE] = ["patience"]
    run(aws)
    assert run.pauses == [7]


Trouble = Callable[[Aws], None]


def always(path: str, trick: str) -> Trouble:
    return lambda aws: aws.tricks.update({path: [trick] * 50})


def holds(path: str, body: bytes) -> Trouble:
    return lambda aws: aws.files.update({path: body})


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (always(INDEX, "403"), "answered 403"),
        (always(FILE, "403"), "answered 403"),
        (always(REGIONS, "404"), "answered 404"),
        (always(FILE, "503"), "tries failed"),
        (always(FILE, "drop"), "tries failed"),
        (always(INDEX, "garbage"), "tries failed"),
        (always(FILE, "garbage"), "tries failed"),
        (always(FILE, "too short a length"), "tries failed"),
        (holds(INDEX, b'{"offers": []}'), "tries failed"),
        (holds(REGIONS, b'{"regions": {"us-east-1": {"currentVersionUrl": "//evil/x"}}}'), "leads"),
        (holds(REGIONS, b'{"regions": {"us-east-1": {"currentVersionUrl": 3}}}'), "tries failed"),
        (holds(FILE, LAMBDA.replace(b'"0.0000002500"', b'"free"')), "cannot be read"),
        (holds(FILE, LAMBDA[:900] + b"}"), "cannot be read"),
        (holds(FILE, QUEUES), "tries failed"),
    ],
)
def test_a_failed_update_leaves_everything_as_it_was(
    aws: Aws, run: Run, trouble: Trouble, says: str
) -> None:
    """Whatever goes wrong: one clear error, the old snapshot current and whole, no other there."""
    run(aws, offers=("AWSQueueService",))
    current, content = run.store.current(), run.store.current().read_bytes()
    trouble(aws)
    with pytest.raises(UpdateFailed, match=says) as error:
        run(aws)
    assert error.value.exit_code == 2
    assert error.value.where
    assert run.store.current() == current
    assert current.read_bytes() == content
    assert len(run.store.snapshots()) == 1
    assert run.rate() == OLD


def test_after_a_failure_the_next_update_goes_on_where_it_stopped(aws: Aws, run: Run) -> None:
    """What came before the failure is not fetched again, and what was half there is resumed."""
    both = ("AWSLambda", "AWSQueueService")
    aws.tricks[QUEUE_FILE] = ["truncate", *["503"] * ATTEMPTS]
    with pytest.raises(UpdateFailed):
        run(aws, offers=both)
    aws.tricks.clear()
    aws.answered.clear()
    assert run(aws, offers=both).fetched == ("AWSLambda us-east-1", "AWSQueueService us-east-1")
    assert (aws.statuses(FILE), aws.statuses(QUEUE_FILE)) == ([304], [206])
    assert run.rate() == NEW


def test_a_damaged_file_is_not_kept(aws: Aws, run: Run) -> None:
    """Once the server is right again, so is the update."""
    aws.files[FILE] = LAMBDA.replace(b'"0.0000002500"', b'"free"')
    with pytest.raises(UpdateFailed):
        run(aws)
    aws.files[FILE] = LAMBDA
    run(aws)
    assert run.rate() == NEW


def test_a_region_aws_does_not_list_is_said_to_be_absent(aws: Aws, run: Run) -> None:
    """No file is no error, and no price."""
    done = run(aws, regions=("us-east-1", "xx-nowhere-1"))
    assert done.absent == ("AWSLambda xx-nowhere-1",)


def test_an_offer_aws_does_not_list_is_an_error_that_names_a_near_one(aws: Aws, run: Run) -> None:
    """A slip of the keyboard is not an update of nothing."""
    with pytest.raises(BadRequest, match=r"AWSLamda.*no such offer.*AWSLambda"):
        run(aws, offers=("AWSLamda",))


@pytest.mark.parametrize("endpoint", ["file:///etc", "ftp://example.com", "pricing"])
def test_only_web_addresses_are_asked(run: Run, endpoint: str) -> None:
    """Nothing of this machine is read in the name of a server."""
    with pytest.raises(BadRequest, match="no web address"):
        run(Aws({}, address=endpoint))


def test_a_server_that_is_not_there_is_one_error(run: Run) -> None:
    """Nobody listens: after the tries, one line; and no snapshot."""
    with pytest.raises(UpdateFailed, match="tries failed"):
        run(Aws({}, address="http://127.0.0.1:1"))
    assert run.store.snapshots() == ()
