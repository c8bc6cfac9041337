"""Brings the current snapshot up to date from AWS's public price list, or leaves it as it was.

AWS serves plain files, without an account::

    /offers/v1.0/aws/index.json                                every offer
    /offers/v1.0/aws/<Offer>/current/region_index.json         the Regions of an offer
    /offers/v1.0/aws/<Offer>/<version>/<region>/index.json     the prices

Everything is fetched first. Only then is it laid over the current snapshot, in a new file that
becomes current in one step; until that step nothing has changed. What was fetched before a failure
is kept, so the next try continues there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import msgspec

from frugal.model.brief import Value
from frugal.model.errors import BadRequest, FrugalError
from frugal.price_list.container import Container
from frugal.price_list.download import Downloads, Garbled, UpdateFailed
from frugal.price_list.fetch import Fetch
from frugal.price_list.intake import FIRST_BYTES, Imported, import_offers
from frugal.price_list.lookup import PriceList
from frugal.price_list.store import Store

ENDPOINT = "https://pricing.us-east-1.amazonaws.com"
INDEX = "/offers/v1.0/aws/index.json"
PREFIX = "/offers/v1.0/"  #: no index leads anywhere else
HOME = "us-east-1"
INDEX_BYTES_MAX = 20 << 20

FileProgress = Callable[[str, int, int], None]  #: which file, bytes of it, bytes in all
T = TypeVar("T")


class Updated(Value, frozen=True, kw_only=True):
    """What an update found and did."""

    id: str  #: of the snapshot that is current now
    changed: bool
    fetched: tuple[str, ...]  #: offer and Region that had news
    unchanged: tuple[str, ...]
    absent: tuple[str, ...]  #: offer and Region that AWS lists no file for
    imported: Imported | None


class _Offer(msgspec.Struct):
    currentRegionIndexUrl: str = ""


class _OfferIndex(msgspec.Struct):
    offers: dict[str, _Offer]


class _Region(msgspec.Struct):
    currentVersionUrl: str


class _RegionIndex(msgspec.Struct):
    regions: dict[str, _Region]


class _File(Value, frozen=True, kw_only=True):
    """One offer in one Region on the server."""

    offer: str
    region: str
    url: str

    @property
    def name(self) -> str:
        return f"{self.offer} {self.region}"


def no_file_progress(name: str, done: int, total: int) -> None:
    """Show nothing."""


def update(
    store: Store,
    *,
    fetch: Fetch,
    sleep: Callable[[float], None],
    chance: Random,
    endpoint: str = ENDPOINT,
    regions: tuple[str, ...] = (HOME,),
    offers: tuple[str, ...] = (),
    progress: FileProgress = no_file_progress,
) -> Updated:
    """Fetch the prices of ``offers`` in ``regions`` and lay them over the current snapshot.

    Args:
        store: holds the current snapshot and gets the new one.
        fetch: asks for an address.
        sleep: waits; between tries only.
        chance: spreads the waits.
        endpoint: the server, by its address without a path.
        regions: Region codes.
        offers: offer codes; none means those the current snapshot has.
        progress: called while a file comes in.

    Raises:
        UpdateFailed: the server did not give what was asked; the current snapshot is as it was.
        BadRequest: an offer or the endpoint does not exist.
    """
    if not endpoint.startswith(("https://", "http://")):
        raise BadRequest("no web address", where=endpoint, hint=f"AWS's own is {ENDPOINT}")
    below = store.current()
    downloads = Downloads(store.folder / "http", fetch, sleep=sleep, chance=chance)
    server = _Server(endpoint.rstrip("/"), downloads)
    snapshot = Container(below)
    known = snapshot.read("files") if "files" in snapshot.keys else []
    files, absent = server.files(offers, regions, PriceList(below).offers())
    news: list[_File] = []
    for file in files:
        etag, named = downloads.version_used(file.url)
        is_used = bool(etag) and named in known
        found = downloads.get(
            file.url,
            accept=partial(_whole_offer, file),
            unchanged=False if is_used else None,
            etag=etag if is_used else "",
            progress=partial(progress, file.name),
        )
        if found:
            news.append(file)
    return _lay(store, downloads, below, files, news, absent)


class _Server:
    def __init__(self, endpoint: str, downloads: Downloads) -> None:
        self._endpoint, self._downloads = endpoint, downloads

    def files(
        self, offers: tuple[str, ...], regions: tuple[str, ...], known: tuple[str, ...]
    ) -> tuple[list[_File], list[str]]:
        """Return the files to fetch, and what is asked for and is not there."""
        index = self._index(INDEX, _OfferIndex).offers
        if missing := sorted(set(offers) - set(index)):
            from difflib import get_close_matches

            near = get_close_matches(missing[0], sorted(index), 3, 0.5)
            raise BadRequest(
                "AWS lists no such offer",
                where=missing[0],
                hint=f"Near it: {', '.join(near) or 'nothing'}",
            )
        files: list[_File] = []
        absent: list[str] = []
        for offer in sorted(set(offers or known)):
            url = index[offer].currentRegionIndexUrl if offer in index else ""
            there = self._index(url, _RegionIndex).regions if url else {}
            for region in sorted(set(regions)):
                if region in there:
                    url = self._address(there[region].currentVersionUrl)
                    files.append(_File(offer=offer, region=region, url=url))
                else:
                    absent.append(f"{offer} {region}")
        return files, absent

    def _index(self, path: str, kind: type[T]) -> T:
        url = self._address(path)

        def decoded(body: Path) -> T:
            if body.stat().st_size > INDEX_BYTES_MAX:
                raise Garbled("no index is so long", where=url)
            try:
                return msgspec.json.decode(body.read_bytes(), type=kind)
            except (msgspec.MsgspecError, ValueError) as error:
                raise Garbled(f"this is no index: {error}", where=url) from error

        return self._downloads.get(url, accept=decoded)

    def _address(self, path: str) -> str:
        if not path.startswith(PREFIX) or ".." in path or not path.isascii() or " " in path:
            raise UpdateFailed(
                "an index leads out of the price list",
                where=path[:100],
                hint="The prices are as they were; check --endpoint",
            )
        return self._endpoint + path


def _whole_offer(file: _File, body: Path) -> bool:
    """Check that a body looks like the offer it should be; reading it comes later."""
    with body.open("rb") as opened:
        first = opened.read(FIRST_BYTES)
        opened.seek(max(0, body.stat().st_size - 100))
        last = opened.read().rstrip()
    if f'"{file.offer}"'.encode() not in first or not last.endswith(b"}"):
        raise Garbled("what came is not this offer's file", where=file.url)
    return True


def _lay(
    store: Store,
    downloads: Downloads,
    below: Path,
    files: list[_File],
    news: list[_File],
    absent: list[str],
) -> Updated:
    imported: Imported | None = None
    id_ = Container(below).id
    if news:
        bodies = [(file.name, downloads.body(file.url)) for file in news]
        try:
            id_, done = store.add(
                lambda target: import_offers(bodies, target, below=below, may_be_empty=True)
            )
        except FrugalError as error:
            for file in news:  # one of them is bad, and keeping it would fail every next try
                downloads.forget(file.url)
            raise UpdateFailed(
                f"what came cannot be read: {error.what}",
                where=error.where,
                hint="The prices are as they were; try again later",
            ) from error
        imported = done
        for file, read in zip(news, done.files, strict=True):
            downloads.used(file.url, read)
    return Updated(
        id=id_,
        changed=bool(news),
        fetched=tuple(file.name for file in news),
        unchanged=tuple(file.name for file in files if file not in news),
        absent=tuple(absent),
        imported=imported,
    )
