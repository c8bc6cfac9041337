"""The JSON Schema of ``design.json``, read off the types it is written from.

msgspec's own generator refuses two of them: a setting is text, a number or a switch, and an amount
could be a curve (a recommended design holds none). So the fields are walked here, with the same
rules as the encoder: decimals are strings, what has its default is left out, blocks carry a type.
"""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from frugal.model.curve import Curve
from frugal.model.design import Design

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "string", "format": "decimal"},
    type(None): {"type": "null"},
}


def design_schema() -> bytes:
    """Return the schema that ``docs/reference/design.schema.json`` publishes."""
    definitions: dict[str, Any] = {}
    root = _schema(Design, definitions)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        found = [_schema(one, definitions) for one in get_args(kind) if one is not Curve]
        distinct = [one for at, one in enumerate(found) if one not in found[:at]]
        return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    if origin is tuple:
        return _array(get_args(kind), definitions)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    target = origin or kind
    if is_dataclass(target) or (isinstance(target, type) and issubclass(target, msgspec.Struct)):
        return _object(kind, target, definitions)
    raise AssertionError(f"no schema for {kind!r}")


def _array(items: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if len(items) == 2 and items[1] is Ellipsis:
        return {"type": "array", "items": _schema(items[0], definitions)}
    return {
        "type": "array",
        "prefixItems": [_schema(item, definitions) for item in items],
        "minItems": len(items),
        "maxItems": len(items),
    }


def _object(kind: Any, target: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Define a type once and refer to it; a Fact is named by what it holds."""
    filled = dict(zip(getattr(target, "__parameters__", ()), get_args(kind), strict=False))
    inner = [getattr(one, "__name__", str(one)) for one in filled.values()]
    name = "_".join((target.__name__, *inner))
    if name not in definitions:
        definitions[name] = {}  # refers to itself while it is being made
        hints = get_type_hints(target)
        properties: dict[str, Any] = {}
        required: list[str] = []
        if is_dataclass(target):
            required = list(target.__dataclass_fields__)
            names = required
        else:
            fields = msgspec.structs.fields(target)
            required = [field.name for field in fields if field.required]
            names = [field.name for field in fields]
            tag = target.__struct_config__.tag
            if tag is not None:
                properties["type"] = {"const": tag}
                required = ["type", *required]
        for field in names:
            hint = filled.get(hints[field], hints[field])
            properties[field] = _schema(hint, definitions)
        definitions[name] = {
            "title": name,
            "description": next(iter((target.__doc__ or "").strip().splitlines()), ""),
            "type": "object",
            "properties": properties,
            "required": required,
        }
    return {"$ref": f"#/$defs/{name}"}
