"""A Terraform plan or state as ``terraform show -json`` writes it, as resources.

A plan says every value it knows; what is known after apply is in ``after_unknown``. What a resource
takes from another is in ``configuration``, by address, which is what joins a service to its task
definition. Data sources make nothing and are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from frugal.model.errors import BadRequest
from frugal.services import Reference, Resource, Siblings, Unknown
from frugal.survey.templates.source import DEPTH_MAX, RESOURCES_MAX, Template, decimal, lines_of

AFTER_APPLY = Unknown("it is known after apply")
_INDEX = re.compile(r"\[[^\]]*\]")
_COMPUTED = frozenset({"id", "arn", "tags_all"})


def is_plan(root: Any) -> bool:
    """Return whether a JSON value is a plan's or a state's."""
    return (
        isinstance(root, dict)
        and (isinstance(root.get("planned_values"), dict) or isinstance(root.get("values"), dict))
        and ("format_version" in root or "terraform_version" in root)
    )


def read_plan(root: Any, text: str, file: str) -> Template:
    """Return the resources a plan makes or keeps."""
    values: Any = root.get("planned_values") or root.get("values")
    module = values.get("root_module") if isinstance(values, dict) else None
    if not isinstance(module, dict):
        raise BadRequest(
            "has no root module", where=file, hint="Run `terraform show -json plan.out`"
        )
    entries = list(_resources(module, file))
    if len(entries) > RESOURCES_MAX:
        raise BadRequest(f"has more than {RESOURCES_MAX:,} resources", where=file)
    unknown = _unknown(root)
    configuration = root.get("configuration")
    configuration = configuration if isinstance(configuration, dict) else {}
    providers = configuration.get("provider_config")
    places = dict(_places(configuration.get("root_module"), providers, ""))
    references = dict(_references(configuration.get("root_module"), ""))
    one_line = text.count("\n") < 3
    addresses = frozenset(entry["address"] for entry in entries)
    lines = {} if one_line else lines_of(text, addresses)
    found = Siblings()
    for entry in entries:
        address, kind = entry["address"], entry["type"]
        properties = {key: value for key, value in entry["values"].items() if value is not None}
        inside = _INDEX.sub("", address)
        for key in unknown.get(address, ()):
            if key not in properties:
                target = references.get(inside, {}).get(key)
                properties[key] = AFTER_APPLY if target is None else Reference(target)
        for key, target in references.get(inside, {}).items():
            if key not in properties:
                properties[key] = Reference(target)
        if inside in places:
            properties.setdefault("region", places[inside])
        where = f"{file}:{lines[address]}" if address in lines else file
        found[address] = Resource(kind, str(entry["name"]), address, properties, where, found)
    return Template(file, tuple(found.values()), (), _region(providers))


def _resources(module: dict[str, Any], file: str) -> Iterator[dict[str, Any]]:
    stack = [(module, 0)]
    while stack:
        one, depth = stack.pop()
        if depth > DEPTH_MAX:
            raise BadRequest("has modules nested too deep", where=file)
        for resource in _listed(one, "resources", file):
            shape = (resource.get("address"), resource.get("type"), resource.get("name"))
            if not all(isinstance(part, str) for part in shape):
                raise BadRequest("a resource has no address, type and name", where=file)
            address = str(shape[0])
            if resource.get("mode", "managed") != "managed":
                continue
            values = resource.get("values")
            if values is not None and not isinstance(values, dict):
                raise BadRequest(f"the values of {address[:80]} are no mapping", where=file)
            said = {key: decimal(value) for key, value in (values or {}).items()}
            yield {**resource, "values": said}
        stack += [(child, depth + 1) for child in reversed(_listed(one, "child_modules", file))]


def _listed(module: dict[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    found = module.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadRequest(f"`{name}` must be a list of mappings", where=file)
    return found


def _unknown(root: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return, for each address, the properties that are known after apply."""
    found: dict[str, tuple[str, ...]] = {}
    changes = root.get("resource_changes")
    for change in changes if isinstance(changes, list) else ():
        after = change.get("change") if isinstance(change, dict) else None
        open_ones = after.get("after_unknown") if isinstance(after, dict) else None
        address = change.get("address") if isinstance(change, dict) else None
        if isinstance(open_ones, dict) and isinstance(address, str):
            found[address] = tuple(
                key for key, value in open_ones.items() if value is True and key not in _COMPUTED
            )
    return found


def _references(module: Any, prefix: str, depth: int = 0) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield, for each address without indexes, the property -> the resource it is set from."""
    if not isinstance(module, dict) or depth > DEPTH_MAX:
        return
    resources = module.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        expressions = resource.get("expressions") if isinstance(resource, dict) else None
        if isinstance(expressions, dict):
            yield (
                f"{prefix}{resource.get('address')}",
                {
                    key: f"{prefix}{target}"
                    for key, value in expressions.items()
                    if (target := _target(value)) is not None
                },
            )
    calls = module.get("module_calls")
    for name, call in (calls if isinstance(calls, dict) else {}).items():
        inner = call.get("module") if isinstance(call, dict) else None
        yield from _references(inner, f"{prefix}module.{name}.", depth + 1)


def _places(
    module: Any, providers: Any, prefix: str, depth: int = 0
) -> Iterator[tuple[str, str | Unknown]]:
    """Yield, for each address without indexes, the Region of a provider that has an alias."""
    if not isinstance(module, dict) or not isinstance(providers, dict) or depth > DEPTH_MAX:
        return
    resources = module.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        key = resource.get("provider_config_key") if isinstance(resource, dict) else None
        provider = providers.get(key) if isinstance(key, str) else None
        if isinstance(provider, dict) and "alias" in provider:
            region = _region({"aws": provider})
            where = region or Unknown("the Region of its provider is not a constant")
            yield f"{prefix}{resource.get('address')}", where
    calls = module.get("module_calls")
    for name, call in (calls if isinstance(calls, dict) else {}).items():
        inner = call.get("module") if isinstance(call, dict) else None
        yield from _places(inner, providers, f"{prefix}module.{name}.", depth + 1)


def _target(expression: Any) -> str | None:
    """Return the address of the one resource an expression takes its value from."""
    names = expression.get("references") if isinstance(expression, dict) else None
    for name in names if isinstance(names, list) else ():
        parts = _INDEX.sub("", name).split(".") if isinstance(name, str) else []
        if len(parts) >= 2 and parts[0] not in ("var", "local", "each", "count", "data", "module"):
            return ".".join(parts[:2])
    return None


def _region(providers: Any) -> str:
    """Return the Region of the AWS provider, where it is written as a constant."""
    aws = providers.get("aws") if isinstance(providers, dict) else None
    expressions = aws.get("expressions") if isinstance(aws, dict) else None
    region = expressions.get("region") if isinstance(expressions, dict) else None
    constant = region.get("constant_value") if isinstance(region, dict) else None
    return constant if isinstance(constant, str) else ""
