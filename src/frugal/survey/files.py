"""From paths to texts: which files are read, and under which name they are cited.

A file is cited by its name alone, so that the same stack gives the same bytes wherever it lies;
where two files share a name, as much of the folder is added as tells them apart.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.survey.yaml_tree import BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = "Files that are read: Docker Compose (compose.yaml, docker-compose.yml) and stack.yaml"

COMPOSE_NAME = re.compile(r"^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$")
STACK_NAME = re.compile(r"^stack(?:[.-][\w.-]+)?\.ya?ml$")

# In the order in which Compose itself looks for them.
_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_SUFFIXES = frozenset({".yml", ".yaml", ".json", ""})


class SourceFile(Value, frozen=True, kw_only=True):
    name: str  #: as cited
    folder: str  #: tells Compose files that belong together
    text: str


class Found(Value, frozen=True, kw_only=True):
    files: tuple[SourceFile, ...] = ()
    passed_over: tuple[str, ...] = ()  #: files of a folder that were left out, and why


def find(paths: Sequence[Path]) -> Found:
    """Read every file the paths name, in their order, each once."""
    chosen: dict[str, Path] = {}
    passed_over: list[str] = []
    for path in paths:
        try:
            folder = path.is_dir()
            inside, left = _in_folder(path) if folder else ((path,), ())
            for one in inside:
                chosen.setdefault(os.path.realpath(one), one)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        passed_over += left
    names = _names(tuple(chosen))
    files = tuple(
        SourceFile(name=names[real], folder=os.path.dirname(real), text=_text(path))
        for real, path in chosen.items()
    )
    return Found(files=files, passed_over=tuple(passed_over))


def _in_folder(folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    present = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    compose = [name for name in present if COMPOSE_NAME.match(name)]
    stacks = [name for name in present if STACK_NAME.match(name)]
    default = next((name for name in _DEFAULTS if name in compose), None)
    if default is None and len(compose) > 1:
        raise BadRequest(
            f"holds {len(compose)} Compose files and none has the default name",
            where=shown(folder),
            hint="Name the one that runs, e.g. --stack FOLDER/" + shown(compose[0]),
        )
    override = next((name for name in _OVERRIDES if name in compose), None)
    chosen = [name for name in (default or next(iter(compose), None), override) if name]
    left = tuple(
        f"{shown(name)}: not read; Compose does not load it by default (name it with --stack)"
        for name in compose
        if name not in chosen
    )
    names = (*dict.fromkeys(chosen), *stacks)
    if not names:
        raise BadRequest("the folder holds no file that is read", where=shown(folder), hint=FORMATS)
    return tuple(folder / name for name in names), left


def _names(paths: tuple[str, ...]) -> dict[str, str]:
    """Return the shortest ending of each path that no other path shares."""
    parts = {path: path.split(os.sep) for path in paths}
    names: dict[str, str] = {}
    for path, mine in parts.items():
        size = 1
        while size < len(mine) and any(
            other[-size:] == mine[-size:] for it, other in parts.items() if it != path
        ):
            size += 1
        names[path] = shown("/".join(mine[-size:]))
    return names


def _text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device could block or never end
            raise BadRequest("is not a regular file", where=shown(path), hint=FORMATS)
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(raw) > BYTES_MAX:
        raise BadRequest(
            f"is larger than {BYTES_MAX} bytes",
            where=shown(path),
            hint="Give only the part that describes this stack",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadRequest(
            "is not UTF-8 text", where=f"{shown(path)}:{line}", hint="Save it as UTF-8"
        ) from None
    if path.suffix.lower() not in _SUFFIXES:
        raise BadRequest("is not a format that is read", where=shown(path), hint=FORMATS)
    return text


def _unreadable(path: Path, error: OSError | ValueError) -> BadRequest:
    if isinstance(error, FileNotFoundError):
        return BadRequest(
            "there is no such file or folder", where=shown(path), hint="Check the path"
        )
    reason = getattr(error, "strerror", None) or "the path cannot be used"
    return BadRequest(f"cannot be read: {reason}", where=shown(path), hint="Check the path")


def shown(text: object) -> str:
    """Return a name that can be printed on any terminal: no control characters, not endless."""
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    return clean if len(clean) <= 120 else clean[:117] + "..."
