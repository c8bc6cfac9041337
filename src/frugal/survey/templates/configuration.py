"""Terraform configurations, HCL or JSON, as resources: what can be told without running Terraform.

A folder is one module; modules it calls by a local path are read with what is passed to them.
``count`` and ``for_each`` are carried out where they are plain. Whatever needs a provider, a data
source or a function is left open, and says that a plan would hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frugal.model.errors import BadRequest
from frugal.services import Resource, Siblings, Unknown
from frugal.survey.templates.expressions import HOW, Values
from frugal.survey.templates.source import (
    RESOURCES_MAX,
    Left,
    Template,
    json_value,
    read_bytes,
    text_of,
)

COPIES_MAX = 5_000
FILES_MAX = 500
MODULES_DEEP = 12
MODULES_MAX = 2_000
HCL_BYTES_MAX = 2_000_000
_BLOCK = re.compile(r'^[ \t]*(resource|module)\s+"([^"\n]+)"(?:\s+"([^"\n]+)")?', re.MULTILINE)
_META = frozenset({"count", "for_each", "depends_on", "lifecycle", "provider", "connection"})
_NOT_PASSED = frozenset({"source", "version", "providers", *_META})


def is_configuration(root: Any) -> bool:
    """Return whether a JSON value is a Terraform configuration in JSON."""
    found = root.get("resource", root.get("module")) if isinstance(root, dict) else None
    return isinstance(found, (dict, list))


def read_configuration(paths: list[Path], file: str) -> Template:
    """Return the resources of a module: the ``.tf`` and ``.tf.json`` files given."""
    reading = _Reading(file)
    reading.module(paths, {}, "", 0)
    return Template(file, tuple(reading.found.values()), tuple(reading.left), reading.region)


def configuration_files(folder: Path) -> list[Path]:
    """Return a folder's configuration files in Terraform's order."""
    names = sorted(one for one in folder.iterdir() if one.name.endswith((".tf", ".tf.json")))
    if len(names) > FILES_MAX:
        raise BadRequest(f"holds more than {FILES_MAX} files", where=folder.name)
    return names


class _Reading:
    """One reading of a module and those it calls."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found = Siblings()
        self.left: list[Left] = []
        self.region = ""
        self.modules = 0
        self.parsed: dict[Path, dict[str, Any]] = {}
        self.regions: dict[str, str | Unknown] = {}  #: of providers with an alias

    def module(self, paths: list[Path], given: Mapping[str, Any], prefix: str, depth: int) -> None:
        self.modules += 1
        if self.modules > MODULES_MAX:
            raise BadRequest(f"calls more than {MODULES_MAX:,} modules", where=self.file)
        for path in paths:
            if path not in self.parsed:
                self.parsed[path] = _parsed(path)
        blocks = [(path, self.parsed[path]) for path in paths]
        values = Values(self.file, given)
        values.prefix = prefix
        for _, root in blocks:
            for name, body in _labelled(root.get("variable"), 1):
                values.variables[name[0]] = body
            for body in _bodies(root.get("locals")):
                values.locals.update(body)
        resources = [
            (path, labels, body)
            for path, root in blocks
            for labels, body in _labelled(root.get("resource"), 2)
        ]
        values.resources = frozenset(".".join(labels) for _, labels, _ in resources)
        for _, root in blocks:
            for labels, body in _labelled(root.get("provider"), 1):
                if labels[0] == "aws":
                    self._provider(body, values)
        for path, labels, body in resources:
            self._resource(path, labels, body, values)
        for path, root in blocks:
            for labels, body in _labelled(root.get("module"), 1):
                self._call(path, labels[0], body, values, depth)

    def _provider(self, body: dict[str, Any], values: Values) -> None:
        region = values.evaluated(body.get("region"), {})
        if "alias" in body:
            unknown = Unknown("the Region of its provider is not known here")
            self.regions[str(body["alias"])] = region if isinstance(region, str) else unknown
        elif isinstance(region, str):
            self.region = self.region or region

    def _resource(
        self, path: Path, labels: tuple[str, ...], body: dict[str, Any], values: Values
    ) -> None:
        kind, name = labels
        address = f"{values.prefix}{kind}.{name}"
        line = body.get("__start_line__")
        where = f"{path.name}:{line}" if isinstance(line, int) else path.name
        for index, loop in self._copies(address, body, values, where):
            said = {
                key: value
                for key, value in body.items()
                if key not in _META and not key.startswith("__")
            }
            properties = values.bounded(values.evaluated(said, loop))
            alias = str(body.get("provider", "")).strip("${}").removeprefix("aws.")
            if alias in self.regions:
                properties.setdefault("region", self.regions[alias])
            if any(key == "dynamic" for key in properties):
                why = f"a dynamic block is not carried out; {HOW}"
                self.left.append(Left(f"{address}{index}", why, where))
                continue
            full = f"{address}{index}"
            self.found[full] = Resource(kind, name, full, _clean(properties), where, self.found)
            if len(self.found) > RESOURCES_MAX:
                raise BadRequest(f"has more than {RESOURCES_MAX:,} resources", where=self.file)

    def _copies(
        self, address: str, body: dict[str, Any], values: Values, where: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the index of each copy, with what ``count`` and ``each`` are in it."""
        if "count" in body:
            count = values.evaluated(body["count"], {})
            if isinstance(count, str) and count.isdecimal() and len(count) < 6:
                count = int(count)
            if not isinstance(count, int):
                self.left.append(Left(address, f"`count` is not known: {_why(count)}", where))
            elif int(count) > COPIES_MAX:
                raise BadRequest(f"`count` of {address} is over {COPIES_MAX:,}", where=where)
            else:
                for number in range(int(count)):
                    yield f"[{number}]", {"count.index": number}
        elif "for_each" in body:
            each = values.evaluated(body["for_each"], {})
            if isinstance(each, list) and all(isinstance(one, str) for one in each):
                each = {one: one for one in each}
            if not isinstance(each, dict):
                self.left.append(Left(address, f"`for_each` is not known: {_why(each)}", where))
            elif len(each) > COPIES_MAX:
                raise BadRequest(f"`for_each` of {address} is over {COPIES_MAX:,}", where=where)
            else:
                for key, value in each.items():
                    if not key.startswith("__"):
                        yield f'["{key}"]', {"each.key": key, "each.value": value}
        else:
            yield "", {}

    def _call(
        self, path: Path, name: str, body: dict[str, Any], values: Values, depth: int
    ) -> None:
        address, source = f"{values.prefix}module.{name}", body.get("source")
        line = body.get("__start_line__")
        where = f"{path.name}:{line}" if isinstance(line, int) else path.name
        if not isinstance(source, str) or not source.startswith(("./", "../")):
            why = f"its source is not a folder beside it; {HOW}"
            self.left.append(Left(address, why, where))
            return
        folder = path.parent / source
        if depth >= MODULES_DEEP:
            raise BadRequest("modules call one another without end", where=where)
        if not folder.is_dir():
            self.left.append(Left(address, "its folder is not there", where))
            return
        for index, loop in self._copies(address, body, values, where):
            passed = {
                key: values.bounded(values.evaluated(value, loop))
                for key, value in body.items()
                if key not in _NOT_PASSED and not key.startswith("__")
            }
            paths = configuration_files(folder)
            self.module(paths, passed, f"{address}{index}.", depth + 1)


def _parsed(path: Path) -> dict[str, Any]:
    """Return one file's blocks; texts without their quotes, lines beside them."""
    text = text_of(read_bytes(path, HCL_BYTES_MAX), path.name)
    if path.name.endswith(".json"):
        root = json_value(text, path.name)
        if not isinstance(root, dict):
            raise BadRequest("a configuration is a mapping", where=path.name)
        return root
    _check_depth(text, path.name)
    try:
        import hcl2  # optional, and a second to load the first time
    except ImportError:
        raise BadRequest(
            "reading HCL needs python-hcl2",
            where=path.name,
            hint=f"Install frugal-architect[terraform], or {HOW}",
        ) from None
    options = hcl2.SerializationOptions(
        with_comments=False,
        explicit_blocks=False,
        strip_string_quotes=True,
        preserve_heredocs=False,
    )
    try:
        root = hcl2.loads(text + "\n", serialization_options=options)
    except RecursionError:
        raise BadRequest("is nested too deep", where=path.name) from None
    except Exception as trouble:  # its parser has no error of its own for all that can be wrong
        line = getattr(trouble, "line", None)
        at = f"{path.name}:{line}" if isinstance(line, int) and line > 0 else path.name
        raise BadRequest("is not valid HCL", where=at, hint="Run `terraform validate`") from None
    assert isinstance(root, dict)
    _mark_lines(root, text)
    return root


def _mark_lines(root: dict[str, Any], text: str) -> None:
    """Write the line of each resource and module beside it."""
    lines: dict[tuple[str, ...], int] = {
        (match[1], match[2], match[3] or ""): text.count("\n", 0, match.start(1)) + 1
        for match in _BLOCK.finditer(text)
    }
    for labels, body in _labelled(root.get("resource"), 2):
        body["__start_line__"] = lines.get(("resource", *labels))
    for labels, body in _labelled(root.get("module"), 1):
        body["__start_line__"] = lines.get(("module", *labels, ""))


def _check_depth(text: str, file: str) -> None:
    depth = 0
    for mark in text:
        if mark in "{[(":
            depth += 1
            if depth > 100:
                raise BadRequest("is nested too deep", where=file, hint="Flatten it")
        elif mark in "}])":
            depth = max(depth - 1, 0)


def _labelled(blocks: Any, labels: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the bodies of blocks with their labels, in either of JSON's shapes."""
    for body in _bodies(blocks):
        for label, inner in body.items():
            if label.startswith("__"):
                continue
            if labels == 1:
                for one in _bodies(inner):
                    yield (label.strip('"'),), one
            else:
                for rest, one in _labelled(inner, labels - 1):
                    yield (label.strip('"'), *rest), one


def _bodies(blocks: Any) -> list[dict[str, Any]]:
    listed = blocks if isinstance(blocks, list) else [blocks]
    return [one for one in listed if isinstance(one, dict)]


def _clean(value: Any) -> Any:
    """Return a body without the reader's own marks."""
    if isinstance(value, dict):
        return {
            key.strip('"'): _clean(one) for key, one in value.items() if not key.startswith("__")
        }
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _why(value: Any) -> str:
    return value.why if isinstance(value, Unknown) else "it is no plain value"
