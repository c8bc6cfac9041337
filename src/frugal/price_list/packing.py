"""Writes a snapshot's file block by block, for lists that are larger than memory should be.

`container.pack` holds every block at once, which is right for the list the package carries. EC2's
whole list of one Region would be 100 MB that way, so here each block is compressed as it is made.
The content's id is the same either way.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from frugal.model.errors import BadRequest
from frugal.price_list.container import LENGTH_BYTES, MAGIC, Container

PIECE = 1 << 18
LEVEL = 6  #: the id names the content; a tenth larger is three times faster


class Packing:
    """A snapshot's file in the making; nothing appears under its name before `finish`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blocks = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 closed by __exit__
        self._places: dict[str, tuple[int, int]] = {}
        self._plain: dict[str, int] = {}

    def __enter__(self) -> Packing:
        return self

    def __exit__(self, *trouble: object) -> None:
        self._blocks.close()

    def add(self, key: str, block: Any) -> None:
        """Add a block that is at hand."""
        self._add(key, iter((msgspec.json.encode(block, order="sorted"),)))

    def add_items(self, key: str, items: Iterable[Any]) -> None:
        """Add a block that is a list, item by item."""
        self._add(key, _listed(items))

    def copy(self, key: str, stored: bytes) -> None:
        """Add a block as another file stores it."""
        position = self._blocks.tell()
        self._blocks.write(stored)
        self._places[key] = (position, len(stored))
        self._plain[key] = sum(map(len, _unpacked((stored,))))

    def finish(self, target: Path) -> str:
        """Write the file under its name, all at once, and return the content's id."""
        from hashlib import sha256

        digest = sha256()
        for key in sorted(self._places):
            digest.update(f"{key}\0{self._plain[key]}\0".encode())
            for piece in _unpacked(self._stored(key)):
                digest.update(piece)
        index = zlib.compress(
            msgspec.json.encode({"id": digest.hexdigest(), "places": self._places}, order="sorted"),
            9,
        )
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as aside:
            try:
                aside.write(MAGIC + len(index).to_bytes(LENGTH_BYTES, "big") + index)
                self._blocks.seek(0)
                while piece := self._blocks.read(PIECE):
                    aside.write(piece)
                aside.flush()
                os.fsync(aside.fileno())
                os.replace(aside.name, target)
            except BaseException:
                os.unlink(aside.name)
                raise
        return digest.hexdigest()

    def _add(self, key: str, pieces: Iterator[bytes]) -> None:
        assert key not in self._places, f"block {key} twice"
        position, plain, packer = self._blocks.tell(), 0, zlib.compressobj(LEVEL)
        for piece in pieces:
            plain += len(piece)
            self._blocks.write(packer.compress(piece))
        self._blocks.write(packer.flush())
        self._places[key] = (position, self._blocks.tell() - position)
        self._plain[key] = plain

    def _stored(self, key: str) -> Iterator[bytes]:
        position, length = self._places[key]
        self._blocks.seek(position)
        while length:
            piece = self._blocks.read(min(PIECE, length))
            length -= len(piece)
            yield piece


def check(path: Path) -> str:
    """Return the id of a snapshot's file after hashing all of its content.

    Raises:
        BadRequest: the content is not what its id names.
    """
    from hashlib import sha256

    snapshot, digest = Container(path), sha256()
    try:
        for key in sorted(snapshot.keys):
            stored = snapshot.raw(key)
            digest.update(f"{key}\0{sum(map(len, _unpacked((stored,))))}\0".encode())
            for piece in _unpacked((stored,)):
                digest.update(piece)
    except zlib.error as error:
        raise BadRequest(f"the snapshot is damaged: {error}", where=str(path)) from error
    if digest.hexdigest() != snapshot.id:
        raise BadRequest(
            "the snapshot's content is not what its id names",
            where=str(path),
            hint="Get the file again",
        )
    return snapshot.id


def _listed(items: Iterable[Any]) -> Iterator[bytes]:
    mark = b"["
    for item in items:
        yield mark + msgspec.json.encode(item, order="sorted")
        mark = b","
    yield b"[]" if mark == b"[" else b"]"


def _unpacked(stored: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for packed in stored:
        rest = packed
        while rest:
            yield unpacker.decompress(rest, PIECE)
            rest = unpacker.unconsumed_tail
    yield unpacker.flush()
