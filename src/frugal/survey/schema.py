"""The JSON Schema of ``stack.yaml``, so that an editor can complete and check one.

It is msgspec's schema of ``Stack``, loosened where the file is friendlier than the type: a value
may stand bare, and only a function's or rule's name must be given.
"""

from __future__ import annotations

from typing import Any

import msgspec

from frugal.model.stack import Stack
from frugal.survey.stack_file import NUMBER_MAX, SCHEMA

_NUMBER = {"type": "number", "minimum": 0, "exclusiveMaximum": int(NUMBER_MAX)}


def stack_file_schema() -> dict[str, Any]:
    """Return the schema that ``docs/reference/stack.schema.json`` publishes."""
    raw = msgspec.json.schema(Stack)
    definitions: dict[str, Any] = {}
    for name, definition in sorted(raw["$defs"].items()):
        if name.startswith("Fact_"):
            definitions[name] = _fact(definition)
        elif "properties" in definition:
            definitions[name] = _section(definition)
        else:
            definitions[name] = definition
    definitions["Stack"]["properties"]["schema"] = {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": raw["$ref"],
        "$defs": definitions,
    }


def _section(definition: dict[str, Any]) -> dict[str, Any]:
    properties = definition["properties"]
    required = [name for name in definition.get("required", ()) if name == "name"]
    loosened = {**definition, "properties": properties, "additionalProperties": False}
    loosened.pop("required", None)
    return {**loosened, "required": required} if required else loosened


def _fact(definition: dict[str, Any]) -> dict[str, Any]:
    properties = definition["properties"]
    value = properties["value"]
    if value.get("format") == "decimal":
        bare: dict[str, Any] = {"anyOf": [_NUMBER, value]}
    elif value == {"type": "string"}:
        bare = {"type": ["string", "number"]}  # a version may be written without quotes
    elif value == {"type": "integer"}:
        bare = {**_NUMBER, "type": "integer"}
    else:
        bare = value
    full = {
        "type": "object",
        "properties": {**properties, "value": bare},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"title": definition["title"], "anyOf": [bare, full]}
