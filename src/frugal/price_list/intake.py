"""From whatever price files a person has to a snapshot: one call that tells the kinds apart.

| what is given | what becomes of it |
| --- | --- |
| a snapshot of ours | its content is checked against its id, and taken |
| gathered files, or the folder that holds them | a list of their own |
| AWS's offer files, JSON or CSV, or a folder of them at any depth | laid over a snapshot |

Work is done in a temporary folder beside the target, which is replaced in one step at the end or
not at all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import OperationalError

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.price_list.bulk import Progress, no_progress
from frugal.price_list.bulk_csv import is_official_csv, read_csv
from frugal.price_list.bulk_json import Read, read_json
from frugal.price_list.container import MAGIC, Container
from frugal.price_list.overlay import Gone, Overlay
from frugal.price_list.packing import check
from frugal.price_list.spool import Spool

FIRST_BYTES = 8192  #: AWS's heading, with its disclaimer, is under 1 KB
OFFER_JSON, OFFER_CSV, GATHERED, SNAPSHOT_FILE = "offer json", "offer csv", "gathered", "snapshot"


class Imported(Value, frozen=True, kw_only=True):
    """What was read, and what of it can be found."""

    id: str
    files: tuple[str, ...]  #: each as it is called, with the version of AWS's list
    products: int = 0  #: SKUs with a price in dollars that were read or renewed
    apart: int = 0  #: SKUs with a price in another currency
    gone: tuple[Gone, ...] = ()  #: known before, and in AWS's newer list no more
    excerpts: tuple[str, ...] = ()  #: offers and Regions of which the files hold a part only
    left_out: tuple[tuple[str, int], ...] = ()  #: reason, how many


def import_path(
    path: Path, target: Path, *, below: Path | None = None, progress: Progress = no_progress
) -> Imported:
    """Write the snapshot of what ``path`` holds to ``target``.

    Args:
        path: a file or a folder.
        target: the snapshot's file; its folder must exist.
        below: the snapshot that AWS's own files are laid over; without it they stand alone.
        progress: called with bytes read and bytes in all.

    Raises:
        BadRequest: nothing there is a price list, or one is damaged; nothing was written.
    """
    kinds = _kinds(path)
    offers = [file for file, kind in kinds.items() if kind in (OFFER_JSON, OFFER_CSV)]
    if GATHERED in kinds.values():
        return _gathered(path, target)
    if offers:
        named = [(file.name, file) for file in offers]
        return import_offers(named, target, below=below, progress=progress)
    if SNAPSHOT_FILE in kinds.values() and path.is_file():
        return _copied(path, target)
    raise BadRequest(
        "no price list is there" if path.is_dir() else "this is no price list",
        where=str(path),
        hint="Give an offer file of AWS's (JSON or CSV), or a folder of them",
    )


def import_offers(
    files: list[tuple[str, Path]],
    target: Path,
    *,
    below: Path | None,
    progress: Progress = no_progress,
    may_be_empty: bool = False,
) -> Imported:
    """Lay AWS's offer files over the snapshot ``below`` and write the outcome to ``target``.

    Each file comes with the name it has in an error.
    """
    total = sum(file.stat().st_size for _, file in files)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".import-") as folder:
        spool = Spool(Path(folder))
        try:  # closed before its folder goes
            passed = 0
            for name, file in files:
                spool.take(name, _read(name, file, _shifted(progress, passed, total)))
                passed += file.stat().st_size
            overlay = Overlay(spool, Container(below) if below else None)
            laid = overlay.lay(Path(folder) / "snapshot.bin")
        except (OSError, OperationalError) as error:
            raise BadRequest(
                f"the snapshot cannot be written: {error}",
                where=str(target.parent),
                hint="It needs about as much room as the price files",
            ) from error
        finally:
            spool.close()
        if not laid.products + laid.apart and not may_be_empty:
            raise BadRequest(
                "no on-demand price is in it",
                where=", ".join(name for name, _ in files[:3]),
                hint="; ".join(f"{count} left out: {why}" for why, count in laid.left_out),
            )
        (Path(folder) / "snapshot.bin").replace(target)
    return Imported(
        id=laid.id,
        files=laid.files,
        products=laid.products,
        apart=laid.apart,
        gone=laid.gone,
        excerpts=laid.excerpts,
        left_out=laid.left_out,
    )


def _shifted(progress: Progress, passed: int, total: int) -> Progress:
    def shifted(done: int, _: int) -> None:
        progress(min(passed + done, total), total)

    return shifted


def _read(name: str, file: Path, progress: Progress) -> Iterator[Read]:
    if _kind(file) == OFFER_CSV:
        return read_csv(file, progress, name=name)
    return read_json(file, progress, name=name)


def _kinds(path: Path) -> dict[Path, str]:
    """Return the kind of each price file at ``path``; other files of a folder are stepped over."""
    try:
        if path.is_file():
            return {path: _kind(path)}
        if not path.is_dir():
            raise BadRequest(
                "there is no such file or folder", where=str(path), hint="Check the path"
            )
        top = {file: _kind(file) for file in sorted(path.glob("*.csv"))}
        if GATHERED in top.values():
            return top
        files = (f for f in sorted(path.rglob("*")) if f.suffix in {".csv", ".json"})
        return {file: _kind(file) for file in files if file.is_file()}
    except OSError as error:
        raise BadRequest(
            f"it cannot be read ({error.strerror})", where=str(path), hint="Check the path"
        ) from error


def _kind(file: Path) -> str:
    with file.open("rb") as opened:
        first = opened.read(FIRST_BYTES)
    if first.startswith(MAGIC):
        return SNAPSHOT_FILE
    if is_official_csv(first):
        return OFFER_CSV
    if first.startswith(b"offer,region,sku,"):
        return GATHERED
    if first.lstrip()[:1] == b"{" and (b'"offerCode"' in first or b'"products"' in first):
        return "index" if b'"offers"' in first else OFFER_JSON
    return ""


def _gathered(path: Path, target: Path) -> Imported:
    from frugal.price_list.importer import build, read_folder
    from frugal.price_list.rows import read_rows

    rows, documented = read_folder(path) if path.is_dir() else (list(read_rows(path)), [])
    content = build(rows, documented)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".import-") as folder:
        aside = Path(folder) / "snapshot.bin"
        aside.write_bytes(content)
        id_ = Container(aside).id
        aside.replace(target)
    files = tuple(f.name for f in sorted(path.glob("*.csv"))) if path.is_dir() else (path.name,)
    products = len({(row.offer, row.region, row.sku or row.name or row.usage_type) for row in rows})
    return Imported(id=id_, files=files, products=products)


def _copied(path: Path, target: Path) -> Imported:
    import shutil

    id_ = check(path)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".import-") as folder:
        aside = Path(folder) / "snapshot.bin"
        shutil.copyfile(path, aside)
        aside.replace(target)
    return Imported(id=id_, files=(path.name,))
