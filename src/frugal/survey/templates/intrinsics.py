"""CloudFormation's functions and conditions, evaluated as far as a template holds their values.

A parameter without a default, an import, an attribute of a resource: what only the account knows
comes out as `Unknown` with the reason, and what depends on it is unknown in turn. Nothing is
guessed. ``Ref`` and ``GetAtt`` of a resource come out as a `Reference`, which joins resources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from frugal.model.errors import BadRequest
from frugal.services import Reference, Unknown
from frugal.survey.templates.source import DEPTH_MAX, decimal

TEXT_MAX = 100_000
ABSENT = object()  #: AWS::NoValue

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]{1,300})\}")
_CONDITIONS = {"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"}


class Scope:
    """What a template's values depend on: parameters, mappings, conditions and its resources."""

    def __init__(self, root: Mapping[str, Any], file: str, region: str) -> None:
        self.file = file
        self.region = region
        self.parameters = _section(root, "Parameters", file)
        self.mappings = _section(root, "Mappings", file)
        self.conditions = _section(root, "Conditions", file)
        self.resources = _section(root, "Resources", file)
        self._decided: dict[str, bool | Unknown | None] = {}

    def holds(self, name: object) -> bool | Unknown:
        """Return whether a condition holds."""
        if not isinstance(name, str) or name not in self.conditions:
            return Unknown(f"there is no condition `{str(name)[:60]}`")
        if name in self._decided:
            known = self._decided[name]
            if known is None:
                raise BadRequest(f"the condition `{name[:60]}` depends on itself", where=self.file)
            return known
        self._decided[name] = None
        found = self._decided[name] = self._truth(self.conditions[name], 0)
        return found

    def evaluated(self, value: object, depth: int = 0) -> Any:
        """Return a value with its functions carried out."""
        if depth > DEPTH_MAX:
            raise BadRequest(f"is nested deeper than {DEPTH_MAX} levels", where=self.file)
        if isinstance(value, list):
            items = [self.evaluated(one, depth + 1) for one in value]
            return [one for one in items if one is not ABSENT]
        if not isinstance(value, dict):
            return decimal(value)
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _CONDITIONS and name != "Condition":
                return self._truth(value, depth)
            function = _FUNCTIONS.get(name)
            if function is not None:
                return function(self, argument, depth + 1)
            if name.startswith("Fn::"):
                return Unknown(f"{name[:40]} is not carried out")
        done = {str(key): self.evaluated(one, depth + 1) for key, one in value.items()}
        return {key: one for key, one in done.items() if one is not ABSENT}

    def _truth(self, value: object, depth: int) -> bool | Unknown:
        """Return whether an expression of the Conditions section holds."""
        if depth > DEPTH_MAX:
            raise BadRequest(f"is nested deeper than {DEPTH_MAX} levels", where=self.file)
        if not isinstance(value, dict) or len(value) != 1:
            return Unknown("a condition is no function")
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.holds(argument)
        sides = argument if isinstance(argument, list) else [argument]
        if name == "Fn::Equals" and len(sides) == 2:
            one, other = (self.evaluated(side, depth + 1) for side in sides)
            for side in (one, other):
                if isinstance(side, (Unknown, Reference)):
                    return side if isinstance(side, Unknown) else Unknown("it names a resource")
            return bool(_plain(one) == _plain(other))
        if name not in ("Fn::And", "Fn::Or", "Fn::Not"):
            return Unknown(f"{name[:40]} is no condition")
        truths: list[bool | Unknown] = [self._truth(side, depth + 1) for side in sides]
        if name == "Fn::Not":
            first = truths[0] if truths else Unknown("Fn::Not has no condition")
            return first if isinstance(first, Unknown) else not first
        deciding: bool = name == "Fn::Or"
        if any(truth is deciding for truth in truths):
            return deciding
        unknown = [truth for truth in truths if isinstance(truth, Unknown)]
        return unknown[0] if unknown else not deciding

    def _ref(self, name: object, depth: int) -> Any:
        if not isinstance(name, str):
            return Unknown("a Ref names nothing")
        if name.startswith("AWS::"):
            known = {"AWS::NoValue": ABSENT, "AWS::Region": self.region, "AWS::Partition": "aws"}
            return known.get(name, Unknown(f"{name} is known in the account only"))
        if name in self.parameters:
            return self._parameter(name)
        if name in self.resources:
            return Reference(name)
        return Unknown(f"there is no parameter or resource `{name[:60]}`")

    def _parameter(self, name: str) -> Any:
        said = self.parameters[name]
        if not isinstance(said, dict) or said.get("Default") is None:
            return Unknown(f"the parameter {name} has no default")
        default, kind = decimal(said["Default"]), str(said.get("Type", "String"))
        if "AWS::SSM::Parameter" in kind:
            return Unknown(f"the parameter {name} is read from Parameter Store")
        if isinstance(default, (dict, list)):
            what = f"the default of the parameter `{name[:60]}` is no value"
            raise BadRequest(what, where=self.file)
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            return [item.strip() for item in str(default).split(",")]
        return default

    def _attribute(self, argument: object, depth: int) -> Any:
        name = argument[0] if isinstance(argument, list) and argument else argument
        target = str(name).partition(".")[0]
        if target in self.resources:
            return Reference(target)
        return Unknown("GetAtt names no resource")

    def _substituted(self, argument: object, depth: int) -> Any:
        given: Mapping[str, Any] = {}
        text = argument
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            text, given = argument[0], argument[1]
        if not isinstance(text, str):
            return Unknown("Fn::Sub has no text")
        parts: list[str] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            if match[1]:
                parts.append("${" + match[2] + "}")
                continue
            name = match[2].strip()
            if name in given:
                value = self.evaluated(given[name], depth)
            elif "." in name:
                value = self._attribute(name, depth)
            else:
                value = self._ref(name, depth)
            if isinstance(value, Reference) and match[0] == text:
                return value
            if isinstance(value, Unknown):
                return value
            if isinstance(value, (Reference, list, dict)) or value is ABSENT:
                return Unknown(f"`{name[:60]}` is known in the account only")
            parts.append(_plain(value))
        return self._bounded("".join([*parts, text[end:]]))

    def _if(self, argument: object, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            return Unknown("Fn::If has no condition and two values")
        holds = self.holds(argument[0])
        if isinstance(holds, Unknown):
            return holds
        return self.evaluated(argument[1 if holds else 2], depth)

    def _mapped(self, argument: object, depth: int) -> Any:
        found: Any = self.mappings
        keys = self.evaluated(argument, depth)
        if not isinstance(keys, list) or len(keys) < 3:
            return Unknown("Fn::FindInMap has no map and two keys")
        for key in keys[:3]:
            if isinstance(key, (Unknown, Reference)):
                return key if isinstance(key, Unknown) else Unknown("a key names a resource")
            if not isinstance(found, dict) or _plain(key) not in found:
                return Unknown(f"the map has no `{_plain(key)[:60]}`")
            found = found[_plain(key)]
        # A mapping holds plain values only: functions in it are not carried out.
        return Unknown("the map holds no plain value") if _holds_mapping(found) else decimal(found)

    def _joined(self, argument: object, depth: int) -> Any:
        sides = self.evaluated(argument, depth)
        if not isinstance(sides, list) or len(sides) != 2 or not isinstance(sides[1], list):
            return Unknown("Fn::Join has no separator and list, or its list is not known")
        for one in sides[1]:
            if isinstance(one, Unknown):
                return one
            if isinstance(one, (Reference, list, dict)):
                return Unknown("a part of it is known in the account only")
        return self._bounded(_plain(sides[0]).join(_plain(one) for one in sides[1]))

    def _selected(self, argument: object, depth: int) -> Any:
        sides = self.evaluated(argument, depth)
        if isinstance(sides, list) and len(sides) == 2 and isinstance(sides[1], list):
            index = _plain(sides[0])
            if index.isdecimal() and len(index) < 6 and int(index) < len(sides[1]):
                return sides[1][int(index)]
        return Unknown("Fn::Select has nothing to choose from")

    def _split(self, argument: object, depth: int) -> Any:
        sides = self.evaluated(argument, depth)
        if isinstance(sides, list) and len(sides) == 2 and isinstance(sides[1], str) and sides[0]:
            return sides[1].split(_plain(sides[0]))
        return Unknown("Fn::Split has no text")

    def _length(self, argument: object, depth: int) -> Any:
        found = self.evaluated(argument, depth)
        return len(found) if isinstance(found, list) else Unknown("Fn::Length has no list")

    def _bounded(self, text: str) -> str:
        if len(text) > TEXT_MAX:
            raise BadRequest(f"a text grows beyond {TEXT_MAX:,} characters", where=self.file)
        return text


_FUNCTIONS: dict[str, Callable[[Scope, object, int], Any]] = {
    "Ref": Scope._ref,
    "Fn::FindInMap": Scope._mapped,
    "Fn::GetAtt": Scope._attribute,
    "Fn::If": Scope._if,
    "Fn::Join": Scope._joined,
    "Fn::Length": Scope._length,
    "Fn::Select": Scope._selected,
    "Fn::Split": Scope._split,
    "Fn::Sub": Scope._substituted,
}


def _section(root: Mapping[str, Any], name: str, file: str) -> dict[str, Any]:
    found = root.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadRequest(f"`{name}` must be a mapping", where=file)
    return {str(key): value for key, value in found.items()}


def _holds_mapping(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    return any(isinstance(one, (dict, list)) for one in listed)


def _plain(value: object) -> str:
    """Return a value as CloudFormation compares it: numbers and booleans are their text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
