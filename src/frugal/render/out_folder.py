"""The folder of results: written whole, replaced file by file, never over somebody's work.

``manifest.json`` holds the hash of each file we wrote. A file of ours that was edited since stops
the run (unless forced); a file of that name which we never wrote is not touched at all. Files are
written aside and moved into place one by one. Before the first move the manifest names the hashes
on their way too, so a run that was cut short is not taken for an edit by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from frugal.model.errors import BadRequest

MANIFEST = "manifest.json"


def write_out(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write the files and their manifest into ``folder``, which is made if it is missing.

    Raises:
        BadRequest: a file was edited by hand and ``force`` is off, is not ours, or cannot be
            written. Nothing is changed then.
    """
    known = _known(folder)
    ours = {name: _hash(data) for name, data in files.items()}
    edited = []
    for name, data in files.items():
        present = _read(folder / name)
        if present is None or present == data:
            continue
        if name not in known:
            raise BadRequest(
                "this file was not written by frugal, so it is left alone",
                where=str(folder / name),
                hint="Move it away, or choose another folder with --out.",
            )
        if _hash(present) not in known[name]:
            edited.append(name)
    if edited and not force:
        brief = " An edited brief.yaml is used through --brief." if "brief.yaml" in edited else ""
        raise BadRequest(
            f"edited since frugal wrote it: {', '.join(sorted(edited))}",
            where=str(folder),
            hint=f"Keep your copy elsewhere, or overwrite with --force.{brief}",
        )
    kept = {name: hashes for name, hashes in known.items() if name not in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        on_the_way = {name: sorted({*known.get(name, ()), new}) for name, new in ours.items()}
        _replace(folder / MANIFEST, _manifest({**kept, **on_the_way}))
        for name, data in files.items():
            _replace(folder / name, data)
        _replace(folder / MANIFEST, _manifest({**kept, **{n: [h] for n, h in ours.items()}}))
    except OSError as trouble:
        raise BadRequest(
            f"cannot be written ({trouble.strerror})",
            where=str(folder),
            hint="Choose another folder with --out.",
        ) from trouble


def _known(folder: Path) -> dict[str, list[str]]:
    text = _read(folder / MANIFEST)
    if text is None:
        return {}
    try:
        files = json.loads(text)["files"]
        return {str(name): [str(one) for one in hashes] for name, hashes in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise BadRequest(
            "is not a manifest of frugal",
            where=str(folder / MANIFEST),
            hint="Move it away, or choose another folder with --out.",
        ) from trouble


def _manifest(files: Mapping[str, list[str]]) -> bytes:
    body = {"schema": 1, "files": dict(sorted(files.items()))}
    return (json.dumps(body, indent=2) + "\n").encode()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise BadRequest(
            f"cannot be read ({trouble.strerror})",
            where=str(path),
            hint="Choose another folder with --out.",
        ) from trouble


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(data)
    os.replace(aside, path)


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
