"""Terraform's expressions, as far as a configuration holds their values in plain sight.

Read are literals, ``var.x`` with its default, ``local.x``, ``each``, ``count``, paths into maps and
lists, texts with such things inside, ``==``, ``!=``, ``!`` and ``a ? b : c``. Functions and loops
are Terraform's to carry out: what needs one is `Unknown`, and says how to get a plan that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from frugal.model.errors import BadRequest
from frugal.services import Reference, Unknown
from frugal.survey.templates.source import DEPTH_MAX, decimal

HOW = "run `terraform show -json` on a plan"
TEXT_MAX = 100_000
VALUES_MAX = 100_000
_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\$%]|\\.)*")|(?P<name>[A-Za-z_][\w-]*)'
    r"|(?P<mark>==|!=|&&|\|\||[?:.\[\]()!,-]))"
)
_WORDS = {"true": True, "false": False, "null": None}
_END = ("", "")


class Values:
    """What expressions of one module depend on."""

    def __init__(self, file: str, given: Mapping[str, Any]) -> None:
        self.file = file
        self.variables: dict[str, Any] = {}
        self.locals: dict[str, Any] = {}
        self.given = given  #: what the calling module passes
        self.resources: frozenset[str] = frozenset()
        self.prefix = ""
        self._done: dict[str, Any] = {}
        self._open: set[str] = set()

    def variable(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        if name not in self.variables:
            return Unknown(f"there is no variable {name[:60]}")
        said = self.variables[name]
        if not isinstance(said, dict) or "default" not in said:
            return Unknown(f"the variable {name} has no default")
        return self.evaluated(said["default"], {})

    def local(self, name: str) -> Any:
        if name not in self.locals:
            return Unknown(f"there is no local {name[:60]}")
        if name in self._open:
            raise BadRequest(f"the local `{name[:60]}` depends on itself", where=self.file)
        if name not in self._done:
            self._open.add(name)
            self._done[name] = self.bounded(self.evaluated(self.locals[name], {}))
            self._open.discard(name)
        return self._done[name]

    def evaluated(self, value: Any, loop: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a value of a configuration with its expressions carried out."""
        if depth > DEPTH_MAX or len(self._open) > DEPTH_MAX:
            raise BadRequest("is nested too deep", where=self.file)
        if isinstance(value, list):
            return [self.evaluated(one, loop, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: self.evaluated(one, loop, depth + 1) for key, one in value.items()}
        if not isinstance(value, str) or "${" not in value:
            return (
                Unknown("a template directive is not carried out")
                if (isinstance(value, str) and "%{" in value)
                else decimal(value)
            )
        parts: list[str] = []
        end = 0
        for begin, stop in _placeholders(value):
            inner = self.expression(value[begin + 2 : stop - 1], loop)
            if begin == 0 and stop == len(value):
                return inner
            if isinstance(inner, (Unknown, Reference)):
                return inner if isinstance(inner, Unknown) else Unknown(f"it names {inner.target}")
            if isinstance(inner, (list, dict)):
                return Unknown("a list stands in a text")
            parts += [value[end:begin], _plain(inner)]
            end = stop
        text = "".join([*parts, value[end:]])
        if len(text) > TEXT_MAX:
            raise BadRequest(f"a text grows beyond {TEXT_MAX:,} characters", where=self.file)
        return text

    def bounded(self, value: Any) -> Any:
        """Return a value, unless lists of lists of one another make it too large to write out."""
        if _weight(value, {}) > VALUES_MAX:
            raise BadRequest(f"a value holds more than {VALUES_MAX:,} others", where=self.file)
        return value

    def expression(self, text: str, loop: Mapping[str, Any]) -> Any:
        """Return the value of one expression, or `Unknown`."""
        inner = text.strip()
        listed = re.fullmatch(r"toset\(\s*(\[.*\])\s*\)", inner, re.DOTALL)
        tokens: list[tuple[str, str]] = []
        place, source = 0, listed[1] if listed else inner
        while place < len(source):
            match = _TOKEN.match(source, place)
            if match is None or len(tokens) > 2000:
                return self._beyond(inner)
            place = match.end()
            kind = str(match.lastgroup)
            tokens.append((kind, match[kind]))
        try:
            reader = _Reader(self, tokens, loop)
            found = reader.choice(0)
            return found if reader.peek() == _END else self._beyond(inner)
        except _Beyond:
            return self._beyond(inner)

    def _beyond(self, text: str) -> Unknown:
        return Unknown(f"`{text[:60]}` is not carried out here; {HOW}")


class _Beyond(Exception):
    """An expression holds what is Terraform's to carry out."""


class _Reader:
    """Reads one expression's tokens, from the loosest operator to the tightest."""

    def __init__(
        self, values: Values, tokens: list[tuple[str, str]], loop: Mapping[str, Any]
    ) -> None:
        self.values = values
        self.tokens = tokens
        self.loop = loop
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def take(self, mark: str) -> bool:
        if self.peek() == ("mark", mark):
            self.at += 1
            return True
        return False

    def must(self, mark: str) -> None:
        if not self.take(mark):
            raise _Beyond

    def choice(self, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise _Beyond
        asked = self.compared(depth)
        if not self.take("?"):
            return asked
        first = self.choice(depth + 1)
        self.must(":")
        second = self.choice(depth + 1)
        if isinstance(asked, Unknown):
            return asked
        if asked not in (True, False, "true", "false"):
            raise _Beyond
        return first if asked in (True, "true") else second

    def compared(self, depth: int) -> Any:
        one = self.value(depth)
        for mark in ("==", "!="):
            if self.take(mark):
                other = self.value(depth)
                for side in (one, other):
                    if isinstance(side, Unknown):
                        return side
                    if isinstance(side, Reference):
                        return Unknown(f"it names {side.target}")
                return (_plain(one) == _plain(other)) is (mark == "==")
        return one

    def value(self, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise _Beyond
        kind, text = self.peek()
        self.at += 1
        if kind == "number":
            return _number(text)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if (kind, text) == ("mark", "("):
            inner = self.choice(depth + 1)
            self.must(")")
            return inner
        if (kind, text) == ("mark", "["):
            items: list[Any] = []
            while not self.take("]"):
                items.append(self.choice(depth + 1))
                if not self.take(","):
                    self.must("]")
                    break
            return items
        if (kind, text) == ("mark", "!"):
            asked = self.value(depth + 1)
            if isinstance(asked, Unknown):
                return asked
            if asked not in (True, False):
                raise _Beyond
            return not asked
        if (kind, text) == ("mark", "-"):
            number = self.value(depth + 1)
            if isinstance(number, (str, bool, list, dict, Unknown, Reference)) or number is None:
                raise _Beyond
            return -number
        if kind != "name":
            raise _Beyond
        if text in _WORDS:
            return _WORDS[text]
        return self.path(text, depth)

    def path(self, first: str, depth: int) -> Any:
        steps: list[Any] = []
        while True:
            if self.take("."):
                kind, text = self.peek()
                if kind not in ("name", "number"):
                    raise _Beyond
                self.at += 1
                steps.append(text)
            elif self.take("["):
                steps.append(self.choice(depth + 1))
                self.must("]")
            else:
                break
        if not steps:
            raise _Beyond
        if first == "var":
            found, rest = self.values.variable(str(steps[0])), steps[1:]
        elif first == "local":
            found, rest = self.values.local(str(steps[0])), steps[1:]
        elif first in ("each", "count"):
            if f"{first}.{steps[0]}" not in self.loop:
                raise _Beyond
            found, rest = self.loop[f"{first}.{steps[0]}"], steps[1:]
        elif f"{first}.{steps[0]}" in self.values.resources:
            return Reference(f"{self.values.prefix}{first}.{steps[0]}")
        else:
            shown = ".".join([first, *map(str, steps)])
            return Unknown(f"{shown[:60]} is known after apply")
        for step in rest:
            if isinstance(found, (Unknown, Reference)):
                return found
            if isinstance(found, dict) and _plain(step) in found:
                found = found[_plain(step)]
            elif isinstance(found, list) and _plain(step).isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return Unknown(f"there is no `{_plain(step)[:60]}` in it")
        return found


def _placeholders(text: str) -> list[tuple[int, int]]:
    """Return where each ``${...}`` begins and ends, braces inside counted."""
    found: list[tuple[int, int]] = []
    place = 0
    while (begin := text.find("${", place)) >= 0:
        if begin and text[begin - 1] == "$":
            place = begin + 2
            continue
        depth, end = 0, begin + 1
        while end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
            if depth == 0:
                break
        found.append((begin, end))
        place = end
    return found


def _weight(value: Any, known: dict[int, int]) -> int:
    """Return how many values one holds, each counted as often as it would be written."""
    if not isinstance(value, (list, dict)):
        return 1
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_weight(one, known) for one in inner)
    return known[id(value)]


def _number(text: str) -> Any:
    from decimal import Decimal

    return int(text) if text.isdecimal() else Decimal(text)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
