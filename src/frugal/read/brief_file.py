"""The Brief as a file a person can correct: ``brief.yaml``, and back.

What is written is plain YAML: ``value``, ``source``, ``basis`` for each fact. To correct a number,
change its ``value`` (and, to say that it is yours, its ``basis`` to ``stated``); nothing else needs
to follow. Reading is strict: an unknown field, a value of the wrong kind or a number that makes no
sense is an error with its line. All scalars are read as text first and converted by their type, so
that ``22:00`` stays a time, ``NO`` stays Norway and no amount passes through a float.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from frugal.model.brief import Brief, Value
from frugal.model.errors import BadRequest
from frugal.model.stack import Stack
from frugal.read.places import BY_ID, unknown_region
from payouts.facts import Fact

if TYPE_CHECKING:
    from yaml.nodes import Node

Document = TypeVar("Document")

#: A written Brief is about 8,000 characters, and the request may be 20,000 more.
FILE_BYTES_MAX = 200_000
NESTED_MAX = 12
SCHEMA_URL = "https://json-schema.org/draft/2020-12/schema"

_HEADER = """\
# What frugal understood. Change a value, then: frugal design --brief brief.yaml
# A fact you change may keep its source; set "basis: stated" to say that it is yours.
"""


class BriefFile(Value, frozen=True, kw_only=True):
    """What ``brief.yaml`` holds: the Brief, and the Stack the words described."""

    schema: int
    brief: Brief
    stack: Stack


# --- writing -------------------------------------------------------------------------------------


def write_brief(brief: Brief, stack: Stack) -> str:
    """Return a Brief and Stack as YAML; the same values give the same bytes."""
    file = BriefFile(schema=brief.schema, brief=brief, stack=stack)
    lines: list[str] = []
    _write(msgspec.to_builtins(file), "", lines)
    return _HEADER + "\n".join(lines) + "\n"


def _write(value: Any, indent: str, lines: list[str]) -> None:
    """Append the lines of a mapping or list; its scalars stand on their own line."""
    if isinstance(value, dict):
        for key, item in value.items():
            _write_item(f"{indent}{key}:", item, indent + "  ", lines)
        return
    for item in value:
        before = len(lines)
        if isinstance(item, dict | tuple | list) and item:
            _write(item, indent + "  ", lines)
            lines[before] = f"{indent}- {lines[before].lstrip()}"
        else:
            lines.append(f"{indent}- {_scalar(item)}")


def _write_item(head: str, item: Any, indent: str, lines: list[str]) -> None:
    if isinstance(item, dict | tuple | list) and item:
        lines.append(head)
        _write(item, indent, lines)
    else:
        lines.append(f"{head} {_scalar(item)}")


@cache
def _plain() -> re.Pattern[str]:
    """What needs no quotes: words and numbers that no YAML reader takes for anything else."""
    return re.compile(r"-?\d+(?:\.\d+)?|[A-Za-z][\w./-]*(?: [\w./-]+)*")


_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def _scalar(value: Any) -> str:
    if value is None or value == {}:
        return "null" if value is None else "{}"
    if value == () or value == []:
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _plain().fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    """Return ``text`` in double quotes, everything unprintable escaped."""
    escaped = msgspec.json.encode(text).decode()
    return "".join(
        character if character.isascii() or character.isprintable() else f"\\U{ord(character):08x}"
        for character in escaped
    ).replace("\x7f", "\\x7f")


# --- reading -------------------------------------------------------------------------------------


def load_brief(path: Path) -> tuple[Brief, Stack]:
    """Read a brief file.

    Raises:
        BadRequest: it is no YAML, has an unknown field, or a value that makes no sense; the error
            names the file, the line and the field.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadRequest(f"cannot be read: {error.strerror}", where=str(path)) from None
    return parse_brief(data, str(path))


def parse_brief(data: bytes, name: str) -> tuple[Brief, Stack]:
    """Read the content of a brief file; ``name`` is for errors."""
    values, lines = _tree(data, name)
    file = _convert(values, BriefFile, lines, name)
    if file.schema != 1:
        hint = "Write the Brief again with this version of frugal"
        raise BadRequest(f"schema {file.schema} is not known, only 1", where=name, hint=hint)
    _check_fields(values, file, "$", lines, name)
    check_values(file.brief, lines, name)
    return file.brief, file.stack


def _convert(values: Any, type: type[Document], lines: dict[str, int], name: str) -> Document:
    try:
        return msgspec.convert(values, type, strict=False)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `")
        raise _bad(what, path.rstrip("`") or "$", lines, name) from None


def _bad(what: str, path: str, lines: dict[str, int], name: str) -> BadRequest:
    """Return an error at a place of the file: the line of the field, or of what should hold it."""
    known = path
    while known not in lines and "." in known:
        known = known.rpartition(".")[0]
    field = path.removeprefix("$").removeprefix(".") or "the file"
    return BadRequest(
        f"{field}: {what[0].lower()}{what[1:]}",
        where=f"{name}:{lines.get(known, 1)}",
        hint="docs/reference/brief.schema.json says what belongs there",
    )


def _tree(data: bytes, name: str) -> tuple[Any, dict[str, int]]:
    """Return the document with every scalar as text, and the line of each place in it."""
    import yaml

    if len(data) > FILE_BYTES_MAX:
        what = f"{len(data):,} bytes, more than the {FILE_BYTES_MAX:,} a Brief may have"
        raise BadRequest(what, where=name)
    try:
        text = data.decode("utf-8")
        _check_shape(text, name)
        root = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8 text"
        raise BadRequest(what, where=name, hint="Give a YAML file") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadRequest(f"not YAML: {error.problem}", where=f"{name}:{line}") from None
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise BadRequest(f"not YAML: {what}", where=name) from None
    if root is None:
        raise BadRequest("the file is empty", where=name)
    lines: dict[str, int] = {}
    return _values(root, "$", lines, name), lines


def _check_shape(text: str, name: str) -> None:
    """Refuse what a Brief never has and what makes reading YAML slow: aliases and deep nesting.

    Events come one by one, so the first bad one stops the reading.
    """
    import yaml

    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        mark = event.start_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        if isinstance(event, yaml.AliasEvent):
            raise BadRequest("aliases (*name) are not read", where=where, hint="Write it out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > NESTED_MAX:
            raise BadRequest(f"nested more than {NESTED_MAX} deep", where=where)


def _values(node: Node, path: str, lines: dict[str, int], name: str) -> Any:
    import yaml

    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _bad("a name must be one word", path, lines, name)
            if key.value in values:
                raise BadRequest(
                    f"{key.value} is given twice", where=f"{name}:{key.start_mark.line + 1}"
                )
            values[key.value] = _values(item, f"{path}.{key.value}", lines, name)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [
            _values(item, f"{path}[{index}]", lines, name) for index, item in enumerate(node.value)
        ]
    return node.value


def _check_fields(given: Any, read: Any, path: str, lines: dict[str, int], name: str) -> None:
    """Refuse a field that no type has: a typing mistake must not pass in silence."""
    if isinstance(given, list):
        for index, (item, one) in enumerate(zip(given, read, strict=True)):
            _check_fields(item, one, f"{path}[{index}]", lines, name)
    elif isinstance(given, dict):
        known = read.__struct_fields__ if isinstance(read, Value) else ("value", "source", "basis")
        for key, item in given.items():
            if key not in known:
                fields = ", ".join(known)
                raise _bad(f"no such field; there are {fields}", f"{path}.{key}", lines, name)
            _check_fields(item, getattr(read, key), f"{path}.{key}", lines, name)


#: What may be zero: the others divide something, or mean nothing at zero.
_MAY_BE_ZERO = frozenset(
    {"inconclusive_share", "growth_per_year", "lookups_max", "send_retries_max", "budget_monthly",
     "payouts_per_day_low", "recovery_point_minutes"}
)  # fmt: skip
_TIMES = frozenset({"window_start", "daily_deadline"})
#: Fields with an upper end of their own.
_AT_MOST = {"days_per_week": 7, "window_hours": 24, "inconclusive_share": 1}


def check_values(brief: Brief, lines: dict[str, int], name: str) -> None:
    """Refuse numbers that make no sense, at the place where they stand."""
    groups = {"": brief, "volume.": brief.volume, "partner.": brief.partner}
    groups["promises."] = brief.promises
    for prefix, group in groups.items():
        for field in group.__struct_fields__:
            fact = getattr(group, field)
            if isinstance(fact, Fact):
                path = f"$.brief.{prefix}{field}.value"
                if (what := _wrong(field, fact.value)) is not None:
                    raise _bad(what, path, lines, name)
    volume = brief.volume
    if volume.payouts_per_day_low.value > volume.payouts_per_day_high.value:
        path = "$.brief.volume.payouts_per_day_low.value"
        raise _bad("is above payouts_per_day_high", path, lines, name)
    if brief.region.value not in BY_ID:
        error = unknown_region(brief.region.value)
        raise BadRequest(
            error.what, where=f"{name}:{lines.get('$.brief.region.value', 1)}", hint=error.hint
        )


def _wrong(field: str, value: Any) -> str | None:
    """Return what is wrong with the value of one field."""
    if isinstance(value, bool | Enum):
        return None
    if isinstance(value, Decimal | int):
        if isinstance(value, Decimal) and not value.is_finite():
            return f"{value} is no number"
        if value < 0 or (value == 0 and field not in _MAY_BE_ZERO):
            return f"{value} is too small"
        if value > _AT_MOST.get(field, 10**12):
            return f"{value} is too large"
    elif field in _TIMES and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(value)):
        return f"{value} is no time of day; write it as 17:00"
    elif field == "time_zone" and not re.fullmatch(r"[A-Za-z]+(/[A-Za-z_+-]+\d*)*", str(value)):
        return f"{value} is no time zone; write it as Europe/Berlin"
    return None


# --- schemas -------------------------------------------------------------------------------------


def brief_schema() -> bytes:
    """Return the JSON Schema of ``brief.yaml``."""
    return _schema(BriefFile, "frugal brief.yaml")


def _schema(type: type[Value], title: str) -> bytes:
    schema = _closed(msgspec.json.schema(type))
    document = {"$schema": SCHEMA_URL, "title": title, **schema}
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic")) + b"\n"


def _closed(part: Any) -> Any:
    """Say in a schema what the reader does: no unknown fields, numbers quoted or not."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "decimal":
        return {**part, "type": ["string", "number"]}
    closed = {key: _closed(item) for key, item in part.items()}
    if part.get("type") == "object" and "properties" in part:
        closed["additionalProperties"] = False
    return closed
