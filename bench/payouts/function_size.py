"""How large the function's zip is and how long its handler takes to import.

A function's start-up is billed, and a person waits for it. The folder is put together from what is
installed here: ``payouts`` without its rehearsal parts, and the closure of the extras ``payouts``
and ``function`` of ``pyproject.toml``, every file that their wheels brought. Byte code is compiled
beforehand and never checked against its source: a function's folder is read-only, so it could not
write any. The wheels are this machine's; those of another processor differ by a few per cent.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).parents[2]
EXTRAS = ("payouts", "function")
HANDLER = "payouts.io.handler"
REHEARSAL = ("sandbox", "simulation")  #: parts of payouts that no function runs
PROCESSES = 15
HEAVIEST = 10
KIB = 1024
MIB = 1024 * 1024

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^]]*)\])?")


def closure() -> dict[str, Distribution]:
    """Return what the extras need, by name, and all that those need."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = declared["project"]["optional-dependencies"]
    waiting = [_parsed(text) for extra in EXTRAS for text in extras[extra]]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        found[name] = distribution(name)
        for text in found[name].requires or ():
            requirement, _, marker = text.partition(";")
            if _applies(marker, wanted):
                waiting.append(_parsed(requirement))
    return dict(sorted(found.items()))


def _parsed(text: str) -> tuple[str, frozenset[str]]:
    match = _REQUIREMENT.match(text.strip())
    assert match, text
    extras = frozenset(part.strip() for part in (match[2] or "").split(",") if part.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower(), extras


def _applies(marker: str, extras: frozenset[str]) -> bool:
    """Say whether a requirement is wanted here: without a marker, or for one of the extras."""
    if not marker.strip():
        return True
    from packaging.markers import Marker

    return any(Marker(marker).evaluate({"extra": extra}) for extra in (*sorted(extras), ""))


def build(folder: Path) -> dict[str, int]:
    """Put the function together in a folder; return the bytes of each part, byte code apart."""
    sizes: dict[str, int] = {}
    shutil.copytree(
        ROOT / "src" / "payouts",
        folder / "payouts",
        ignore=shutil.ignore_patterns("__pycache__", *REHEARSAL),
    )
    sizes["payouts"] = _bytes(folder)
    for name, installed in closure().items():
        before = _bytes(folder)
        for file in installed.files or ():
            source = Path(str(installed.locate_file(file)))
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue  # scripts, and byte code made on installation
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        sizes[name] = _bytes(folder) - before
    before = _bytes(folder)
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    sizes["byte code"] = _bytes(folder) - before
    return sizes


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file())


def zipped(folder: Path, target: Path) -> int:
    """Zip a folder in a fixed order, return the bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return target.stat().st_size


def milliseconds(folder: Path, statement: str) -> list[float]:
    """Return how long new interpreters took that saw this folder only and ran this statement."""
    taken = []
    for _ in range(PROCESSES + 1):
        started = perf_counter()
        _python(folder, statement)
        taken.append((perf_counter() - started) * 1000)
    return taken[1:]


def _python(folder: Path, statement: str, *flags: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            *flags,
            "-c",
            f"import sys; sys.path.insert(0, {str(folder)!r})\n{statement}",
        ],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stderr


def heaviest(folder: Path, statement: str) -> list[tuple[float, str]]:
    """Return the modules that cost most on the way, milliseconds of their own."""
    rows = []
    for text in _python(folder, statement, "-X", "importtime").splitlines():
        match = re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", text)
        if match:
            rows.append((int(match[1]) / 1000, match[2]))
    return sorted(rows, reverse=True)


def report() -> None:
    """Print the sizes and the times."""
    with tempfile.TemporaryDirectory(prefix="payouts-function-") as place:
        folder = Path(place) / "function"
        sizes = build(folder)
        size = zipped(folder, Path(place) / "function.zip")
        print(
            f"the function: zip {size / MIB:.2f} MiB, unpacked {sum(sizes.values()) / MIB:.1f} MiB"
        )
        print(
            "  unpacked, KiB: "
            + ", ".join(f"{name} {part / KIB:,.0f}" for name, part in sizes.items())
        )
        bare = median(milliseconds(folder, "pass"))
        statement = f"import {HANDLER}"
        if not (folder / Path(*HANDLER.split("."))).with_suffix(".py").exists():
            print(f"  no {HANDLER} yet: what it would import is timed instead")
            statement = "import psycopg, urllib3; from aws_lambda_powertools import Logger, Metrics"
        whole = milliseconds(folder, statement)
        print(
            f"  {statement}: {median(whole):.0f} ms ({min(whole):.0f} .. {max(whole):.0f}) for the"
            f" process, {median(whole) - bare:.0f} ms of it the import (pyc warm, unpacked)"
        )
        rows = heaviest(folder, statement)
        print(
            f"  {len(rows)} modules, {sum(own for own, _ in rows):.0f} ms; the heaviest, ms each:"
        )
        print("  " + ", ".join(f"{name} {own:.1f}" for own, name in rows[:HEAVIEST]))


if __name__ == "__main__":
    report()
