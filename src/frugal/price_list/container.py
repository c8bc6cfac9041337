"""The snapshot's file: many small compressed blocks and an index, in one file.

A run needs a handful of the thousand offer and Region pairs, so each pair is a block of its own,
found through an index at the front. This is what a zip file does; importing ``zipfile`` costs
25 ms, more than all our lookups together, and its time stamps and attributes would have to be
pinned for equal bytes. The layout::

    b"FRUGALPL" | length of the index, 4 bytes | the index | block | block | ...

Index and blocks are JSON, deflated. The index maps a block's key to its place and length.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from frugal.model.errors import FrugalError

MAGIC = b"FRUGALPL"
LENGTH_BYTES = 4


class Damaged(FrugalError):
    """The snapshot's file is not one, or not whole."""


def pack(blocks: Mapping[str, Any]) -> bytes:
    """Return the file that holds ``blocks``, the same bytes for the same blocks."""
    from hashlib import sha256  # a run that only reads must not pay for it

    plain = {key: msgspec.json.encode(blocks[key], order="sorted") for key in sorted(blocks)}
    digest = sha256()
    packed: list[bytes] = []
    places: dict[str, tuple[int, int]] = {}
    position = 0
    for key, content in plain.items():
        digest.update(f"{key}\0{len(content)}\0".encode())
        digest.update(content)
        packed.append(zlib.compress(content, 9))
        places[key] = (position, len(packed[-1]))
        position += len(packed[-1])
    # The id names the content, not its compression, which differs between zlib builds.
    index = zlib.compress(
        msgspec.json.encode({"id": digest.hexdigest(), "places": places}, order="sorted"), 9
    )
    return b"".join((MAGIC, len(index).to_bytes(LENGTH_BYTES, "big"), index, *packed))


class Container:
    """A packed file, read block by block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                head = file.read(len(MAGIC) + LENGTH_BYTES)
                if head[: len(MAGIC)] != MAGIC:
                    raise ValueError("another kind of file")
                length = int.from_bytes(head[len(MAGIC) :], "big")
                if length > path.stat().st_size:
                    raise ValueError("the file ends early")
                raw = file.read(length)
            index = msgspec.json.decode(zlib.decompress(raw), type=_Index)
        except (OSError, ValueError, zlib.error, msgspec.MsgspecError) as error:
            raise self._damaged(error) from error
        self.id = index.id
        self._places = index.places
        self._start = len(MAGIC) + LENGTH_BYTES + length

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._places)

    def read(self, key: str) -> Any:
        """Return the block ``key``, decoded."""
        try:
            return msgspec.json.decode(zlib.decompress(self.raw(key)))
        except (zlib.error, msgspec.MsgspecError) as error:
            raise self._damaged(error) from error

    def raw(self, key: str) -> bytes:
        """Return the block ``key`` as it is stored, to be put into another file unread."""
        position, length = self._places[key]
        try:
            with self.path.open("rb") as file:
                file.seek(self._start + position)
                return file.read(length)
        except OSError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> Damaged:
        return Damaged(
            f"no price list can be read: {error}",
            where=str(self.path),
            hint="Install the package again, or import or update the prices again",
        )


class _Index(msgspec.Struct):
    id: str
    places: dict[str, tuple[int, int]]
