"""Gets one file from a server that may be slow, busy, cut off, or have nothing new.

| the server | and so |
| --- | --- |
| answers 304 | what was kept from the last time is used |
| stops in the middle | the rest is asked for (``Range``), of the same file (``If-Range``) |
| answers 408, 429, 500, 502, 503, 504, or not in time | asked again, after a pause that doubles |
| answers 403, 404 or anything else | that is its answer: an error, no second try |

Pauses have *full jitter*: a random share of 1, 2, 4, ... seconds, or what ``Retry-After`` says, so
that many clients do not come back at once. The pause itself is passed in, so tests do not wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import TypeVar

import msgspec

from frugal.model.errors import FrugalError
from frugal.price_list.bulk import Progress, no_progress
from frugal.price_list.fetch import Fetch, Reply, Unreachable

ATTEMPTS = 6
PAUSE_SECONDS_MAX = 30
PIECE = 1 << 18
FILE_BYTES_MAX = 8 << 30
BUSY = frozenset({408, 429, 500, 502, 503, 504})

T = TypeVar("T")


class UpdateFailed(FrugalError):
    """The prices could not be fetched; the old ones stand."""


class Kept(msgspec.Struct):
    """What is remembered of a download beside its bytes."""

    url: str
    etag: str = ""
    modified: str = ""
    whole: bool = False
    named: str = ""  #: the source in a snapshot that these bytes became


class Downloads:
    """Files by address, kept in a folder between runs."""

    def __init__(
        self, folder: Path, fetch: Fetch, *, sleep: Callable[[float], None], chance: Random
    ) -> None:
        self._folder, self._fetch, self._sleep, self._chance = folder, fetch, sleep, chance

    def get(
        self,
        url: str,
        *,
        accept: Callable[[Path], T],
        unchanged: T | None = None,
        etag: str = "",
        progress: Progress = no_progress,
    ) -> T:
        """Return what ``accept`` makes of the file at ``url``.

        Args:
            url: where.
            accept: turns the file into a value; an error of its is one more failed try.
            unchanged: returned where the server says that nothing changed since ``etag``.
            etag: the server's name of the version that led to ``unchanged``.
            progress: called with bytes received and bytes in all.

        Raises:
            UpdateFailed: the server refused, or failed every time.
        """
        assert (unchanged is None) == (not etag), "an etag is of a version that led to a value"
        trouble: FrugalError | None = None
        for attempt in range(ATTEMPTS):
            if trouble is not None:
                self._sleep(self._pause(attempt, trouble))
            try:
                if self._try(url, etag, progress) or unchanged is None:
                    return accept(self.body(url))
                return unchanged
            except UpdateFailed:
                raise
            except Garbled as error:
                trouble = error
                self.forget(url)
            except Unreachable as error:
                trouble = error
        raise UpdateFailed(
            f"{ATTEMPTS} tries failed, the last with: {trouble.what if trouble else ''}",
            where=url,
            hint="The prices are as they were; try again later",
        ) from trouble

    def body(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.body"

    def forget(self, url: str) -> None:
        """Drop what is kept of ``url``."""
        self.body(url).unlink(missing_ok=True)
        self._about(url).unlink(missing_ok=True)

    def used(self, url: str, named: str) -> None:
        """Drop the bytes, which are in a snapshot now under the source ``named``."""
        kept = self._kept(url)
        kept.whole, kept.named = False, named
        self._keep(kept)
        self.body(url).unlink(missing_ok=True)

    def version_used(self, url: str) -> tuple[str, str]:
        """Return the etag of what was used of ``url``, and the source it is in a snapshot."""
        kept = self._kept(url)
        return kept.etag, kept.named

    def _about(self, url: str) -> Path:
        return self.body(url).with_suffix(".json")

    def _kept(self, url: str) -> Kept:
        try:
            return msgspec.json.decode(self._about(url).read_bytes(), type=Kept)
        except (OSError, msgspec.MsgspecError):
            return Kept(url=url)

    def _keep(self, kept: Kept) -> None:
        aside = self._about(kept.url).with_suffix(".aside")
        aside.write_bytes(msgspec.json.encode(kept))
        aside.replace(self._about(kept.url))

    def _try(self, url: str, etag: str, progress: Progress) -> bool:
        """Ask once; whether a body is there now (else the server said that nothing changed)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept, body = self._kept(url), self.body(url)
        have = body.stat().st_size if body.exists() else 0
        with self._fetch(url, _asked(kept, have, etag)) as reply:
            if reply.status == 304 and kept.whole and have:
                return True
            if reply.status == 304 and etag:
                return False
            if reply.status == 416:  # what we have is not the beginning of what is there
                self.forget(url)
                raise Garbled("the part that was kept does not fit", where=url)
            resumed = reply.status == 206 and _starts_at(reply, have)
            if reply.status == 206 and not resumed:
                self.forget(url)
                raise Garbled("another part came than was asked for", where=url)
            if reply.status in BUSY:
                raise Busy(reply, url)
            if reply.status not in (200, 206):
                raise UpdateFailed(
                    f"the server answered {reply.status}",
                    where=url,
                    hint="The prices are as they were; check --endpoint and --offer",
                )
            now = Kept(
                url=url,
                etag=reply.headers.get("etag", ""),
                modified=reply.headers.get("last-modified", ""),
            )
            self._keep(now)
            self._receive(reply, body, have if resumed else 0, url, progress)
        now.whole = True
        self._keep(now)
        return True

    def _receive(self, reply: Reply, body: Path, have: int, url: str, progress: Progress) -> None:
        length = reply.headers.get("content-length", "")
        total = have + int(length) if length.isdecimal() and len(length) < 16 else -1
        if total > FILE_BYTES_MAX:
            raise UpdateFailed(f"{total:,} bytes are more than any list of AWS's has", where=url)
        with body.open("ab" if have else "wb") as file:
            while piece := reply.read(PIECE):
                file.write(piece)
                have += len(piece)
                if have > FILE_BYTES_MAX:
                    raise UpdateFailed("it does not end", where=url)
                progress(have, max(total, have))
        if total >= 0 and have != total:
            raise Unreachable(f"{have:,} of {total:,} bytes came", where=url)

    def _pause(self, attempt: int, trouble: FrugalError) -> float:
        if isinstance(trouble, Busy) and trouble.after is not None:
            return min(trouble.after, PAUSE_SECONDS_MAX)
        doubled: int = 1 << (attempt - 1)
        return min(doubled, PAUSE_SECONDS_MAX) * self._chance.random()


class Garbled(FrugalError):
    """A whole answer that is not what was asked for; another try may help."""


class Busy(Unreachable):
    """The server asks for patience."""

    def __init__(self, reply: Reply, url: str) -> None:
        super().__init__(f"the server answered {reply.status}", where=url)
        after = reply.headers.get("retry-after", "")
        self.after = int(after) if after.isdecimal() and len(after) < 6 else None


def _asked(kept: Kept, have: int, etag: str) -> Mapping[str, str]:
    """Return the headers of a request, by what is here already."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if have and kept.whole:
        if kept.etag:
            headers["If-None-Match"] = kept.etag
        if kept.modified:
            headers["If-Modified-Since"] = kept.modified
    elif have and kept.etag and not kept.etag.startswith("W/"):
        headers["Range"] = f"bytes={have}-"
        headers["If-Range"] = kept.etag
    elif etag:
        headers["If-None-Match"] = etag
    return headers


def _starts_at(reply: Reply, have: int) -> bool:
    return reply.headers.get("content-range", "").startswith(f"bytes {have}-")
