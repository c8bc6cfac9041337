"""What every format of template shares: reading a file within bounds, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from frugal.model.errors import BadRequest
from frugal.services import Resource

BYTES_MAX = 64_000_000  #: a plan of thousands of resources is some tens of megabytes
RESOURCES_MAX = 20_000
DEPTH_MAX = 64


class Left(NamedTuple):
    """A part of a template that could not be read: what, why and where."""

    address: str
    why: str
    where: str


class Template(NamedTuple):
    """A template's resources, evaluated as far as it holds what they depend on."""

    file: str
    resources: tuple[Resource, ...]
    left: tuple[Left, ...] = ()
    region: str = ""  #: where the template says so


def read_bytes(path: Path, limit: int = BYTES_MAX) -> bytes:
    """Return a file's bytes, at most ``limit`` of them."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or "the path cannot be used"
        raise BadRequest(
            f"cannot be read: {reason}", where=path.name, hint="Check the path"
        ) from None
    if len(raw) > limit:
        raise BadRequest(
            f"is larger than {limit:,} bytes", where=path.name, hint="Give one stack at a time"
        )
    return raw


def text_of(raw: bytes, file: str) -> str:
    """Return a file as text; PowerShell writes ``>`` as UTF-16."""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as trouble:
        line = raw.count(b"\n", 0, trouble.start) + 1
        raise BadRequest(
            "is not UTF-8 text", where=f"{file}:{line}", hint="Save it as UTF-8"
        ) from None


def json_value(text: str, file: str) -> Any:
    """Return the value of a JSON text, its numbers with a fraction as decimals."""
    import msgspec

    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as trouble:
        what = "is nested too deep" if isinstance(trouble, RecursionError) else "is not valid JSON"
        found = re.search(r"\(byte (\d+)\)", str(trouble))
        line = text.encode()[: int(found[1])].count(b"\n") + 1 if found else 1
        raise BadRequest(what, where=f"{file}:{line}", hint="Check the brackets") from None
    if _deeper(value, DEPTH_MAX):
        raise BadRequest(f"is nested deeper than {DEPTH_MAX} levels", where=file, hint="Flatten it")
    return value


def decimal(value: object) -> object:
    """Return a number JSON made a float of as the decimal that was written."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def lines_of(text: str, names: frozenset[str]) -> dict[str, int]:
    """Return the line each name first stands in as a quoted text, for a pretty-printed file."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if '"' in line:
            for quoted in line.replace('\\"', "\0").split('"')[1::2]:
                part = quoted.replace("\0", '"')
                if part in names:
                    found.setdefault(part, number)
    return found


def _deeper(value: object, levels: int) -> bool:
    """Return whether a JSON value is nested deeper than that, without recursion."""
    layer: list[object] = [value]
    for _ in range(levels):
        layer = [inner for one in layer for inner in _inside(one)]
        if not layer:
            return False
    return True


def _inside(value: object) -> Iterator[object]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for one in inner:
        if isinstance(one, (dict, list)):
            yield one
