"""The only place of frugal that speaks to a network: a port, and the standard library behind it.

Nothing but ``frugal prices update`` comes here, so nothing here is imported by any other run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from frugal.model.errors import FrugalError

USER_AGENT = "frugal-architect (price list update)"
TIMEOUT_SECONDS = 30.0


class Unreachable(FrugalError):
    """The server did not answer, or stopped in the middle; another try may help."""


class Reply(Protocol):
    """An answer whose body is read piece by piece; names of headers are in lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end.

        Raises:
            Unreachable: the connection was lost, or nothing came in time.
        """


class Fetch(Protocol):
    """Asks for an address."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Reply]: ...


class StandardFetch:
    """`Fetch` by ``urllib``, which honours the proxy settings of the machine."""

    def __init__(self, *, timeout_seconds: float = TIMEOUT_SECONDS, direct: bool = False) -> None:
        """Make one; ``direct`` goes past any proxy."""
        from urllib.request import ProxyHandler, build_opener

        self._timeout = timeout_seconds
        self._opener = build_opener(ProxyHandler({})) if direct else build_opener()

    @contextmanager
    def __call__(self, url: str, headers: Mapping[str, str]) -> Iterator[Reply]:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request

        request = Request(url, headers={"User-Agent": USER_AGENT, **headers})
        answer: Any
        try:
            try:
                answer = self._opener.open(request, timeout=self._timeout)
            except HTTPError as error:  # an answer like any other; 304 comes this way too
                answer = error
        except (OSError, HTTPException) as error:
            raise _unreachable(url, error) from error
        with answer:
            yield _Answer(url, answer)


class _Answer:
    def __init__(self, url: str, answer: Any) -> None:
        self._url = url
        self._answer = answer
        self.status: int = answer.status
        self.headers: dict[str, str] = {
            name.lower(): value for name, value in answer.headers.items()
        }

    def read(self, size: int) -> bytes:
        from http.client import HTTPException

        try:
            piece: bytes = self._answer.read(size)
        except (OSError, HTTPException) as error:
            raise _unreachable(self._url, error) from error
        return piece


def _unreachable(url: str, error: Exception) -> Unreachable:
    reason = getattr(error, "reason", None) or error
    return Unreachable(f"no whole answer: {reason}", where=url)
