"""A folder of snapshots, each under its content's id, and which of them is current.

    <store>/<id>.bin    a snapshot; never changed, so a design can name the one it was priced with
    <store>/current     the id that is used where none is asked for
    <store>/http/       what was last downloaded, with the server's validators (`download`)

A snapshot is complete before it gets its name, and ``current`` is replaced in one step, so a run
that is stopped at any point leaves the list it found.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.price_list.container import Container
from frugal.price_list.lookup import SNAPSHOT, PriceList

CARRIED = "carried"  #: the word for the list that the package carries
CURRENT = "current"
ID = re.compile(r"^[0-9a-f]{64}$")
PREFIX = re.compile(r"^[0-9a-f]{6,64}$")

T = TypeVar("T")


class Stored(Value, frozen=True, kw_only=True):
    """A snapshot of the store."""

    id: str
    bytes: int
    current: bool


class Store:
    """The snapshots of one folder; the folder is made when something is first put in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, write: Callable[[Path], T], *, use: bool = True) -> tuple[str, T]:
        """Let ``write`` make a snapshot, keep it under its id, and make it current.

        Args:
            write: gets the path to write the snapshot to.
            use: whether it becomes the current one.

        Returns:
            The id, and what ``write`` returned.
        """
        self._make()
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as aside:
            made = Path(aside) / "snapshot.bin"
            outcome = write(made)
            id_ = Container(made).id
            made.replace(self.path(id_))
        if use:
            self.pin(id_)
        return id_, outcome

    def pin(self, id_: str) -> None:
        """Make a snapshot that is here the current one; ``carried`` goes back to the package's."""
        if id_ == CARRIED:
            (self.folder / CURRENT).unlink(missing_ok=True)
            return
        whole = self._whole(id_)
        self._make()
        with tempfile.NamedTemporaryFile(
            "w", dir=self.folder, prefix=".current-", delete=False, encoding="ascii"
        ) as aside:
            aside.write(whole + "\n")
        os.replace(aside.name, self.folder / CURRENT)

    def path(self, id_: str) -> Path:
        return self.folder / f"{id_}.bin"

    def current(self) -> Path:
        """Return the file of the current snapshot; the package's, where none was made current."""
        try:
            named = (self.folder / CURRENT).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return SNAPSHOT
        except (OSError, UnicodeDecodeError) as error:
            raise self._no_current(str(error)) from error
        if not ID.match(named) or not self.path(named).exists():
            raise self._no_current("it names no snapshot that is there")
        return self.path(named)

    def snapshots(self) -> tuple[Stored, ...]:
        """Return what is stored, by id."""
        current = self.current()
        return tuple(
            Stored(id=path.stem, bytes=path.stat().st_size, current=path == current)
            for path in sorted(self.folder.glob("*.bin"))
            if ID.match(path.stem)
        )

    def find(self, asked: str | None = None) -> Path:
        """Return the file of what is asked for.

        Args:
            asked: ``current`` (also where nothing is asked), ``carried``, an id or the beginning
                of one (six characters or more), or a path.
        """
        if asked is None or asked == CURRENT:
            return self.current()
        if asked == CARRIED:
            return SNAPSHOT
        if PREFIX.match(asked):
            return self.path(self._whole(asked))
        path = Path(asked)
        if path.is_file():
            return path
        raise BadRequest(
            "no such snapshot",
            where=asked,
            hint=f"Say {CURRENT}, {CARRIED}, the first characters of an id, or a path",
        )

    def _whole(self, prefix: str) -> str:
        found = sorted(
            path.stem
            for path in self.folder.glob(f"{prefix}*.bin")
            if PREFIX.match(prefix) and ID.match(path.stem)
        )
        if len(found) == 1:
            return found[0]
        said = "several snapshots begin so" if found else "no snapshot of the store begins so"
        raise BadRequest(said, where=prefix, hint=f"The store is {self.folder}")

    def _no_current(self, why: str) -> BadRequest:
        return BadRequest(
            f"which snapshot is current cannot be read: {why}",
            where=str(self.folder / CURRENT),
            hint=f"Delete that file to go back to the list the package carries ({CARRIED})",
        )

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadRequest(
                f"the store cannot be made ({error.strerror})",
                where=str(self.folder),
                hint="Name another folder with --store",
            ) from error


def open_snapshot(store: Path | None, asked: str | None = None) -> PriceList:
    """Return the price list that is asked for; see `Store.find`.

    Without a store there are the carried list and paths only.
    """
    if store is None:
        return PriceList(SNAPSHOT if asked in (None, CARRIED, CURRENT) else Path(str(asked)))
    return PriceList(Store(store).find(asked))
