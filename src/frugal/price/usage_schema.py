"""The JSON Schema of a usage file, and the words that describe each input of each service.

Both are read off the services' ``inputs`` types. What an input means stands beside it in the
source, as a ``#:`` comment, and nowhere else; so the schema, the reference page and the code cannot
say different things.
"""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec

from frugal.model.brief import Value
from frugal.price.described import FreeTierChoice, plain_word, types_of
from frugal.price.usage_file import ACCOUNT_FIELDS, FIELDS, HOURS_MAX, SCHEMA
from frugal.services import service, service_ids, unpriced_names

_FIELD = re.compile(r"^    (\w+): [^#\n]*?(?:\s#:\s*(.*))?$")
_COMMENT = re.compile(r"^    #:\s*(.*)$")
_WHOLE_MONTH = "default: the month"
_NUMBER = {"type": "number", "minimum": 0}


class Input(NamedTuple):
    """One thing a service can be told."""

    name: str
    kind: str  #: number, yes or no, or the choices
    default: str
    note: str


def priced_services() -> tuple[str, ...]:
    """Return the id of every service a usage file can name and have priced."""
    return tuple(id for id in service_ids() if service(id).inputs is not None)


def words_for(service_id: str) -> tuple[str, ...]:
    """Return what a service may be called, its id first."""
    found = service(service_id)
    words = (service_id, plain_word(found.name), *found.known_as)
    return tuple(dict.fromkeys(word for word in words if _means(word, service_id)))


def _means(word: str, service_id: str) -> bool:
    from frugal.model.errors import BadRequest
    from frugal.price.described import service_named

    try:
        return service_named(word, "")[0] == service_id
    except BadRequest:
        return False


def described_inputs(service_id: str) -> tuple[Input, ...]:
    """Return every input of a service, in the order of its type."""
    kind = service(service_id).inputs
    assert kind is not None
    notes, types = _notes(kind), types_of(kind)
    return tuple(
        Input(
            name=field.name,
            kind=_kind(types[field.name]),
            default=_default(field, notes.get(field.name, "")),
            note=notes.get(field.name, "").removesuffix(_WHOLE_MONTH).rstrip(" ;"),
        )
        for field in msgspec.structs.fields(kind)
    )


def usage_file_schema() -> dict[str, Any]:
    """Return the schema that ``docs/reference/usage.schema.json`` publishes."""
    entries = {id: _entry(id) for id in priced_services()}
    unpriced = {
        "title": "a service that has no price here: it comes out unpriced, with the reason",
        "type": "object",
        "properties": {
            "service": {"enum": list(unpriced_names())},
            "name": {"type": "string"},
        },
        "required": ["service"],
    }
    month: dict[str, Any] = {
        "schema": {"const": SCHEMA},
        "region": {"type": "string", "pattern": r"^[a-z]{2,4}(-[a-z]+)+-\d$"},
        "free_tier": {"enum": list(get_args(FreeTierChoice))},
        "hours": {"type": "number", "exclusiveMinimum": 0, "maximum": int(HOURS_MAX)},
        "account": {
            "type": "object",
            "properties": {
                "opened": {"type": "string", "format": "date"},
                "already_used": {"$ref": "#/$defs/entries"},
            },
            "additionalProperties": False,
        },
        "usage": {"$ref": "#/$defs/entries"},
        "resources": {
            "title": "what is said of a template's resources, by address, name or type",
            "type": "object",
            "additionalProperties": {"type": "object"},
        },
    }
    assert set(month) == set(FIELDS)
    assert set(month["account"]["properties"]) == set(ACCOUNT_FIELDS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A month's use of AWS, to be priced",
        "type": "object",
        "properties": month,
        "anyOf": [{"required": ["usage"]}, {"required": ["resources"]}],
        "additionalProperties": False,
        "$defs": {
            "entries": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [
                        *({"$ref": f"#/$defs/{id}"} for id in entries),
                        {"$ref": "#/$defs/unpriced"},
                    ]
                },
            },
            **entries,
            "unpriced": unpriced,
        },
    }


def _entry(service_id: str) -> dict[str, Any]:
    kind = service(service_id).inputs
    assert kind is not None
    notes, types = _notes(kind), types_of(kind)
    properties: dict[str, Any] = {
        "service": {"enum": list(words_for(service_id))},
        "name": {"type": "string", "description": "what its lines are called"},
    }
    for field in msgspec.structs.fields(kind):
        properties[field.name] = _schema(types[field.name])
        if notes.get(field.name):
            properties[field.name]["description"] = notes[field.name]
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return {
        "title": service(service_id).name,
        "type": "object",
        "properties": properties,
        "required": ["service", *required],
        "additionalProperties": False,
    }


def _schema(wanted: Any) -> dict[str, Any]:
    if get_origin(wanted) is Literal:
        choices = list(get_args(wanted))
        numbers = [_as_number(choice) for choice in choices]
        return {"enum": [*choices, *(number for number in numbers if number is not None)]}
    if wanted is bool:
        return {"type": "boolean"}
    if wanted in (Decimal, int):
        return dict(_NUMBER)
    return {"type": "string"}


def _as_number(choice: str) -> Any:
    """Return a choice such as ``"0.5"`` as a file may write it: a number, without quotes."""
    return msgspec.json.decode(choice) if re.fullmatch(r"\d+(\.\d+)?", choice) else None


def _kind(wanted: Any) -> str:
    if get_origin(wanted) is Literal:
        return " or ".join(get_args(wanted))
    return {bool: "true or false", Decimal: "number", int: "number"}.get(wanted, "name")


def _default(field: Any, note: str) -> str:
    if field.required:
        return "must be said"
    value = field.default
    if value is None:
        return "the month" if note.endswith(_WHOLE_MONTH) else "not said"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _notes(kind: type[Value]) -> dict[str, str]:
    """Return the ``#:`` comment of each field, beside it or above it."""
    notes: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        comment, field = _COMMENT.match(line), _FIELD.match(line)
        if comment:
            above.append(comment[1])
        elif field:
            notes[field[1]] = (field[2] or " ".join(above)).replace("``", "`").strip()
            above = []
    return notes
