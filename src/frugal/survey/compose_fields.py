"""The fields of a Compose service, each in the several spellings Compose allows.

An error names the file, the line and the field, never the value: any of them may hold a secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from decimal import Decimal

from frugal.model.errors import BadRequest
from frugal.survey.interpolation import UNKNOWN, interpolate
from frugal.survey.yaml_tree import Mapping, Node, Scalar, Sequence

_MEMORY = re.compile(r"^(\d{1,15}(?:\.\d{1,6})?) ?([bkmg]?)b?$", re.IGNORECASE)
# Compose counts in powers of 1024 in either letter case: 1g is 1024 MiB.
_BYTES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def wrong(node: Node, what: str) -> BadRequest:
    return BadRequest(what, where=str(node.place), hint="See the Compose file reference")


def text_of(service: Mapping, key: str) -> str | None:
    """Return a text with its variables filled in (``UNKNOWN`` stands for those without default)."""
    node = service.get(key)
    if node is None:
        return None
    if not isinstance(node, Scalar):
        raise wrong(node, f"`{key}` must be text")
    return interpolate(node.text)


def items_of(service: Mapping, key: str) -> tuple[Node, ...]:
    node = service.get(key)
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        raise wrong(node, f"`{key}` must be a list")
    return node.items


def texts_of(service: Mapping, key: str) -> tuple[str, ...]:
    return tuple(interpolate(one.text) for one in items_of(service, key) if isinstance(one, Scalar))


def names_of(service: Mapping, key: str) -> tuple[str, ...]:
    """Return the services named under ``depends_on`` or ``links``, a list or a mapping."""
    node = service.get(key)
    if isinstance(node, Mapping):
        return node.names()
    return tuple(text.partition(":")[0] for text in texts_of(service, key))


def words_of(service: Mapping, key: str) -> tuple[str, ...] | None:
    """Return a command's words; ``None`` if its quotes do not close."""
    node = service.get(key)
    if node is None:
        return ()
    if isinstance(node, Sequence):
        return texts_of(service, key)
    text = text_of(service, key) or ""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return None


def environment_of(service: Mapping) -> Iterator[tuple[str, str]]:
    """Yield each variable and its raw text. What comes out of here must not be printed."""
    node = service.get("environment")
    if isinstance(node, Mapping):
        for key, value in node.entries:
            if isinstance(value, Scalar):
                yield key.text, value.text
    else:
        for item in items_of(service, "environment"):
            if isinstance(item, Scalar):
                name, _, text = item.text.partition("=")
                yield name, text


def replicas_of(service: Mapping) -> int | None:
    """Return how many containers run; one unless said, ``None`` if that was not understood."""
    node = _inside(service, "deploy", "replicas") or service.get("scale")
    if node is None:
        return 1
    text = interpolate(node.text) if isinstance(node, Scalar) else ""
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None


def memory_of(service: Mapping) -> tuple[str, Decimal | None]:
    """Return the key that limits a container's memory, and the limit in MiB.

    No limit gives an empty key; a limit that was not understood gives its key and ``None``.
    """
    key, node = "mem_limit", service.get("mem_limit")
    if node is None:
        key, node = (
            "deploy.resources.limits.memory",
            _inside(service, "deploy", "resources", "limits", "memory"),
        )
    if node is None:
        return "", None
    match = _MEMORY.match(interpolate(node.text)) if isinstance(node, Scalar) else None
    if not match:
        return key, None
    mebibytes = Decimal(match.group(1)) * _BYTES[match.group(2).lower()] / _BYTES["m"]
    return key, mebibytes.quantize(Decimal("0.001")).normalize() + 0


def mounts(service: Mapping, *endings: str) -> bool:
    """Tell whether a volume or config of the service names a file that ends so."""
    for key in ("volumes", "configs"):
        node = service.get(key)
        for item in node.items if isinstance(node, Sequence) else ():
            parts = item.entries if isinstance(item, Mapping) else (("", item),)
            for _, part in parts:
                text = interpolate(part.text) if isinstance(part, Scalar) else ""
                if any(piece.endswith(endings) for piece in text.split(":")):
                    return True
    return False


def _inside(service: Mapping, *keys: str) -> Node | None:
    node: Node | None = service
    for key in keys:
        if node is None:
            return None
        if not isinstance(node, Mapping):
            raise wrong(node, f"what holds `{key}` must be a mapping")
        node = node.get(key)
    return node


def unknown(text: str | None) -> bool:
    return text is not None and UNKNOWN in text
