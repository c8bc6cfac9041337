"""``stack.yaml``: the Stack as somebody would type it.

The fields are those of ``frugal.model.stack``, read off the types, so a new field there is a new
field here. A value may be written bare, and its Fact then says in which file and field it stood;
or in full, with a source and basis of its own, which is how a Stack that we printed reads back as
the same Stack. Nothing is guessed: an unknown field is an error that names the nearest known one.
"""

from __future__ import annotations

import re
import types
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.model.stack import Backend, Database, DatabaseHome, Instance, Stack
from frugal.survey.files import shown
from frugal.survey.yaml_tree import Mapping, Node, Scalar, Sequence
from payouts.facts import Basis, Fact, assumed

FIELDS = frozenset(field.name for field in msgspec.structs.fields(Stack))
SCHEMA = 1
NUMBER_MAX = Decimal(10) ** 15
CHOICES = {
    "instance.service": ("lightsail", "ec2"),
    "functions.architecture": ("arm64", "x86_64"),
}

_NUMBER = re.compile(r"^\d{1,15}(?:\.\d{1,9})?$", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_FACT_KEYS = frozenset({"value", "source", "basis"})
_TEXT_MAX = 500


def read_stack(root: Mapping) -> Stack:
    """Return the Stack a ``stack.yaml`` describes."""
    schema = root.get("schema")
    if schema is not None and not (isinstance(schema, Scalar) and schema.text == str(SCHEMA)):
        raise BadRequest(
            f"`schema` must be {SCHEMA}",
            where=str(schema.place),
            hint="This version of frugal reads no other",
        )
    stack = _struct(root, Stack, "")
    assert isinstance(stack, Stack)
    return stack


def _struct(node: Node, kind: type[Value], path: str) -> Value:
    if not isinstance(node, Mapping):
        raise _wrong(node, path, "a mapping of fields")
    known = _types(kind)
    given: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text not in known:
            raise _unknown_field(key, tuple(known), path)
        if not (isinstance(value, Scalar) and value.null):
            field_path = f"{path}.{key.text}".lstrip(".")
            given[key.text] = _field(value, known[key.text], field_path)
    for name, why in _defaults(kind, given, f"{node.place.file} does not say {path}").items():
        given.setdefault(name, why)
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in given:
            raise BadRequest(
                f"`{path}` has no `{field.name}`", where=str(node.place), hint="Add it"
            )
    return kind(**given)


def _defaults(kind: type[Value], given: dict[str, Any], unsaid: str) -> dict[str, Fact[Any]]:
    """Return what stands in for a required value nobody gave: assumed, so that all else wins."""
    if kind is Instance:
        ec2 = "instance_type" in given
        return {"service": assumed("ec2" if ec2 else "lightsail", f"{unsaid}.service")}
    if kind is Backend:
        return {"docker": assumed(False, f"{unsaid}.docker")}
    if kind is Database:
        home = DatabaseHome.ON_INSTANCE
        if "instance_class" in given or "multi_az" in given:
            home = DatabaseHome.RDS
        elif "plan_monthly_usd" in given:
            home = DatabaseHome.LIGHTSAIL_MANAGED
        return {
            "home": assumed(home, f"{unsaid}.home"),
            "engine": assumed("postgres", f"{unsaid}.engine"),
        }
    return {}


def _field(node: Node, wanted: Any, path: str) -> Any:
    origin = get_origin(wanted)
    if origin is Fact:
        return _fact(node, get_args(wanted)[0], path)
    if origin is tuple:
        return _several(node, get_args(wanted)[0], path)
    if isinstance(wanted, type) and issubclass(wanted, Value):
        return _struct(node, wanted, path)
    return _scalar(node, wanted, path)


def _several(node: Node, wanted: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(node, Sequence):
        raise _wrong(node, path, "a list")
    read: list[Any] = []
    names: set[str] = set()
    for number, item in enumerate(node.items, start=1):
        name = item.get("name") if isinstance(item, Mapping) else None
        label = shown(name.text) if isinstance(name, Scalar) else str(number)
        if name is not None and label in names:
            raise BadRequest(
                f"`{path}` has two entries of the same name",
                where=str(item.place),
                hint="Give each its own",
            )
        names.add(label)
        read.append(_field(item, wanted, f"{path}.{label}"))
    return tuple(read)


def _fact(node: Node, wanted: Any, path: str) -> Fact[Any]:
    cited = f"{node.place.file}: {path}"
    if not isinstance(node, Mapping):
        return Fact(_scalar(node, wanted, path), cited, Basis.READ)
    for key, _ in node.entries:
        if key.text not in _FACT_KEYS:
            raise _unknown_field(key, ("value", "source", "basis"), path)
    value, source, basis = (node.get(key) for key in ("value", "source", "basis"))
    if value is None:
        raise BadRequest(f"`{path}` has no `value`", where=str(node.place), hint="Add it")
    return Fact(
        _scalar(value, wanted, path),
        _scalar(source, str, f"{path}.source") if source is not None else cited,
        _scalar(basis, Basis, f"{path}.basis") if basis is not None else Basis.READ,
    )


def _scalar(node: Node, wanted: Any, path: str) -> Any:
    if not isinstance(node, Scalar):
        raise _wrong(node, path, "one value")
    text = node.text.strip()
    if wanted is bool:
        if text.lower() not in _BOOLEANS:
            raise _wrong(node, path, "true or false")
        return _BOOLEANS[text.lower()]
    if wanted in (int, Decimal):
        return _number(node, text, wanted is int, path)
    if issubclass(wanted, Enum):
        choices = tuple(one.value for one in wanted)
    else:
        choices = CHOICES.get(re.sub(r"^(\w+)\..*\.", r"\1.", path), ())
    if choices and text not in choices:
        raise _wrong(node, path, "one of " + ", ".join(choices))
    if issubclass(wanted, Enum):
        return wanted(text)
    if not text or not text.isprintable() or len(text) > _TEXT_MAX:
        raise _wrong(node, path, f"a line of text of at most {_TEXT_MAX} characters")
    return text


def _number(node: Scalar, text: str, whole: bool, path: str) -> int | Decimal:
    what = "a whole number" if whole else "a number"
    if not _NUMBER.match(text) or (whole and "." in text):
        raise _wrong(node, path, f"{what} without unit, sign or separators")
    number = Decimal(text)
    if path.endswith("_percent") and number > 100:
        raise _wrong(node, path, "a number from 0 to 100")
    return int(number) if whole else number


def _unknown_field(key: Scalar, known: tuple[str, ...], path: str) -> BadRequest:
    import difflib  # only a mistake needs it

    name = shown(key.text)
    holders = {field: section for section in _sections() for field in _types(_sections()[section])}
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    afar = difflib.get_close_matches(name, holders, n=1, cutoff=0.8)
    if near:
        hint = f"Did you mean `{near[0]}`?"
    elif afar and holders[afar[0]] != path:
        hint = f"`{afar[0]}` belongs under `{holders[afar[0]]}`"
    else:
        hint = "Known here: " + ", ".join(known)
    inside = f" in `{path}`" if path else ""
    return BadRequest(f"there is no field `{name}`{inside}", where=str(key.place), hint=hint)


def _wrong(node: Node, path: str, wanted: str) -> BadRequest:
    return BadRequest(
        f"`{path or 'the file'}` must be {wanted}",
        where=str(node.place),
        hint="Fields and units: docs/reference/stack.md",
    )


@cache
def _sections() -> dict[str, type[Value]]:
    return {
        name: wanted
        for name, wanted in _types(Stack).items()
        if isinstance(wanted, type) and issubclass(wanted, Value)
    }


@cache
def _types(kind: type[Value]) -> dict[str, Any]:
    """Return each field's type, without the ``| None`` that only says it may be unknown."""
    hints = get_type_hints(kind)
    return {field.name: _known(hints[field.name]) for field in msgspec.structs.fields(kind)}


def _known(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    return hint
