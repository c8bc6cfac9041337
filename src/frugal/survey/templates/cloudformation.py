"""CloudFormation and SAM templates, YAML or JSON, as resources.

YAML's short forms (``!Ref``, ``!GetAtt a.b``) become their long ones; then both kinds are the same
tree. A resource whose condition does not hold is not there; one whose condition cannot be decided
is listed, not priced.
"""

from __future__ import annotations

from typing import Any

from frugal.model.errors import BadRequest
from frugal.services import Resource, Siblings, Unknown
from frugal.survey.templates.intrinsics import Scope
from frugal.survey.templates.sam import expanded
from frugal.survey.templates.source import (
    RESOURCES_MAX,
    Left,
    Template,
    json_value,
    lines_of,
)
from frugal.survey.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_SHORT = (
    "And Base64 Cidr Equals FindInMap ForEach GetAZs If ImportValue Join Length Not Or Select "
    "Split Sub ToJsonString Transform"
)

TAGS = frozenset(["!Ref", "!Condition", "!GetAtt", *(f"!{name}" for name in _SHORT.split())])


def cloudformation_value(text: str, file: str) -> tuple[Any, dict[str, int]]:
    """Return a template as plain values in long form, and the line of each resource."""
    if text.lstrip()[:1] == "{" and "!" not in text[:1]:
        try:
            root = json_value(text, file)
        except BadRequest:
            if file.endswith((".json", ".template")):
                raise
        else:
            resources = root.get("Resources") if isinstance(root, dict) else None
            names = frozenset(resources if isinstance(resources, dict) else ())
            return root, lines_of(text, names)
    tree = parse(text, file, tags=TAGS)
    lines: dict[str, int] = {}
    if isinstance(tree, Mapping):
        resources = tree.get("Resources")
        if isinstance(resources, Mapping):
            lines = {key.text: key.place.line for key, _ in resources.entries}
    return _long(tree), lines


def read_cloudformation(root: Any, lines: dict[str, int], file: str, region: str) -> Template:
    """Return the resources of a template, each with what the template holds of it."""
    if not isinstance(root, dict) or not isinstance(root.get("Resources"), dict):
        raise BadRequest("a template has a mapping `Resources`", where=file)
    if len(root["Resources"]) > RESOURCES_MAX:
        raise BadRequest(f"has more than {RESOURCES_MAX:,} resources", where=file)
    scope = Scope(root, file, region)
    defaults = scope.evaluated(root.get("Globals"))
    found = Siblings()
    left: list[Left] = []
    for name, body in scope.resources.items():
        where = f"{file}:{lines[name]}" if name in lines else file
        if name.startswith("Fn::"):
            left.append(Left(name[:80], "a loop is not carried out", where))
            continue
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise BadRequest(f"the resource `{name[:60]}` has no `Type`", where=where)
        if body.get("Condition") is not None:
            holds = scope.holds(body["Condition"])
            if isinstance(holds, Unknown):
                left.append(Left(name, f"whether it is made is not known: {holds.why}", where))
                continue
            if not holds:
                continue
        properties = scope.evaluated(body.get("Properties") or {})
        if not isinstance(properties, dict):
            left.append(Left(name, "its properties are not known here", where))
            continue
        for made in expanded(name, body["Type"], properties, defaults):
            found[made.address] = Resource(
                made.type, made.name, made.address, made.properties, where, found
            )
    return Template(file, tuple(found.values()), tuple(left))


def _long(node: Node) -> Any:
    """Return a YAML tree as plain values, short forms written long."""
    value: Any
    if isinstance(node, Scalar):
        value = None if node.null else node.text
    elif isinstance(node, Sequence):
        value = [_long(item) for item in node.items]
    else:
        value = {key.text: _long(item) for key, item in node.entries}
    tag = node.tag
    if tag in TAGS:
        if tag in ("!Ref", "!Condition"):
            return {tag[1:]: value}
        if tag == "!GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {f"Fn::{tag[1:]}": value}
    return value
