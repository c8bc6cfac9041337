"""A template's resources as entries of a month, with what a usage file says of them.

The service file reads its own resources; what it cannot know there (how many requests, how long) is
joined from ``resources:`` of a usage file, by address, by name or by type. What then still is not
said is listed as needed, and what is fixed is priced all the same. A type that nobody reads and is
not known to be free makes the total a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from frugal.model.errors import BadRequest
from frugal.price.described import Entry, Said, decoded, inputs_of, unknown_input
from frugal.services import (
    Declared,
    NoCharge,
    NoPrice,
    NotKnown,
    Resource,
    Unknown,
    no_charge_types,
    resource_types,
    service,
)
from frugal.survey.templates import Template

_NO_FILE = "no service file reads this type"
_AWS = ("aws_", "awscc_", "AWS::", "Alexa::", "Custom::")


def declared_entries(
    template: Template, said: Sequence[Said], *, hours: Decimal, region: str
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return the entries of a template, and notes on what has no part in the bill.

    Raises:
        BadRequest: the usage file names a resource or an input that is not there.
    """
    joining = _Joining(said)
    entries: list[Entry] = []
    free: dict[str, int] = {}
    elsewhere: dict[str, int] = {}
    for resource in template.resources:
        if not resource.type.startswith(_AWS):
            elsewhere[resource.type] = elsewhere.get(resource.type, 0) + 1
            joining.mark(resource)
            continue
        made = list(_entries_of(resource, hours, region))
        if not made:
            free[resource.type] = free.get(resource.type, 0) + 1
        entries += joining.joined(resource, made)
    for left in template.left:
        entries.append(
            Entry(
                name=left.address, service="", unpriced=left.why, type="not read", where=left.where
            )
        )
    joining.check(template)
    notes = [
        f"not billed by themselves: {_counts(free)}" if free else "",
        f"not resources of AWS: {_counts(elsewhere)}" if elsewhere else "",
    ]
    return tuple(entries), tuple(note for note in notes if note)


class _Draft:
    """An entry before a usage file has its say."""

    __slots__ = ("given", "name", "needs", "open", "resource", "said", "service", "unpriced")

    def __init__(self, resource: Resource, service_id: str, part: str = "") -> None:
        self.resource = resource
        self.service = service_id
        self.name = f"{resource.address}/{part}" if part else resource.address
        self.given: dict[str, Any] = {}
        self.open: dict[str, str] = {}
        self.needs: tuple[str, ...] = ()
        self.said: list[str] = []
        self.unpriced = ""

    def take(self, declared: Declared) -> None:
        """Take what the template says, each value as the input's type has it."""
        known = inputs_of(self.service)
        self.needs = declared.needs
        for name, value in declared.inputs.items():
            assert name in known, f"{self.service} has no input {name}"
            if isinstance(value, Unknown):
                self.open[name] = value.why
            elif isinstance(value, (bool, Decimal)) and known[name] in (bool, Decimal):
                self.given[name] = value
            elif value is not None:
                text = f"{value:f}" if isinstance(value, Decimal) else str(value)
                try:
                    self.given[name] = decoded(text, known[name], name, self.resource.where)
                except BadRequest as trouble:
                    self.open[name] = trouble.what

    def say(self, name: str, text: str, where: str) -> None:
        """Take what the usage file says."""
        self.given[name] = decoded(text, inputs_of(self.service)[name], name, where)
        self.open.pop(name, None)
        self.said.append(name)

    def _unpriced(self, reason: str) -> Entry:
        kind, where = self.resource.type, self.resource.where
        name, service_id = self.name, self.service or kind
        return Entry(name=name, service=service_id, unpriced=reason, type=kind, where=where)

    def entry(self) -> Entry:
        where, kind = self.resource.where, self.resource.type
        if self.unpriced:
            return self._unpriced(self.unpriced)
        inputs = service(self.service).inputs
        assert inputs is not None
        needs = [*self.needs]
        for field in msgspec.structs.fields(inputs):
            missing = field.required and field.name not in self.given
            if field.name in self.open and not field.required and field.default is None:
                needs.append(field.name)
            elif field.name in self.open or missing:
                why = self.open.get(field.name, "the template does not say it")
                reason = f"`{field.name}` is not known here: {why}; a usage file can say it"
                return self._unpriced(reason)
        return Entry(
            name=self.name,
            service=self.service,
            inputs=inputs(**self.given),
            said=tuple(self.said),
            needs=tuple(name for name in dict.fromkeys(needs) if name not in self.said),
            type=kind,
            where=where,
        )


def _entries_of(resource: Resource, hours: Decimal, region: str) -> Iterator[_Draft]:
    """Yield what a resource comes to; nothing where it carries no charge."""
    owner = resource_types().get(resource.type)
    if owner is None and resource.type in no_charge_types():
        return
    draft = _Draft(resource, owner or "")
    if owner is None:
        draft.unpriced = f"{_NO_FILE}: {resource.type[:80]}"
        yield draft
        return
    place = resource.get("region") if resource.type.startswith("aws_") else None
    if isinstance(place, Unknown) or (isinstance(place, str) and place != region):
        other = place.why if isinstance(place, Unknown) else f"it is in {place[:40]}"
        draft.unpriced = f"{other}: price it apart, with --region"
        yield draft
        return
    try:
        told = list(service(owner).described(resource, hours))
    except NotKnown as trouble:
        draft.unpriced = f"`{trouble.path}` is not known here: {trouble.why}"
        yield draft
        return
    names: dict[str, int] = {}
    for one in told:
        if isinstance(one, NoCharge):
            continue
        if isinstance(one, NoPrice):
            draft = _Draft(resource, owner)
            draft.unpriced = one.why
        else:
            names[one.part] = count = names.get(one.part, 0) + 1
            part = one.part if count == 1 else f"{one.part} {count}"
            draft = _Draft(resource, one.service or owner, part)
            draft.take(one)
        yield draft


class _Joining:
    """What a usage file says of resources, and which of it has found one."""

    def __init__(self, said: Sequence[Said]) -> None:
        self.said: Mapping[str, Said] = {one.key: one for one in said}
        self.met: set[str] = set()

    def mark(self, resource: Resource) -> list[str]:
        """Return the keys that name a resource, the closest last."""
        address = resource.address
        whole = address.split("[")[0] if "[" in address else address
        keys = (resource.type, resource.name, whole, address)
        found = [key for key in dict.fromkeys(keys) if key in self.said]
        self.met.update(found)
        return found

    def joined(self, resource: Resource, drafts: list[_Draft]) -> Iterator[Entry]:
        if self.said:
            for key in self.mark(resource):
                self._say(self.said[key], drafts)
            for draft in drafts:
                if draft.name in self.said and draft.name != resource.address:
                    self.met.add(draft.name)
                    self._say(self.said[draft.name], [draft])
        for draft in drafts:
            yield draft.entry()

    def _say(self, said: Said, drafts: list[_Draft]) -> None:
        priced = [draft for draft in drafts if not draft.unpriced]
        for name, text, where in said.inputs if priced else ():
            _place(name, priced, where).say(name, text, where)

    def check(self, template: Template) -> None:
        """Refuse a key that names nothing: what it says would be lost."""
        for key, one in self.said.items():
            if key not in self.met:
                import difflib  # only a mistake needs it

                known = [resource.address for resource in template.resources]
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
                raise BadRequest(
                    f"no resource is called `{key[:80]}`",
                    where=one.where,
                    hint=f"Did you mean `{near[0]}`?" if near else "Name it by its address",
                )


def _place(name: str, priced: list[_Draft], where: str) -> _Draft:
    """Return the part of a resource that an input is meant for."""
    having = [draft for draft in priced if name in inputs_of(draft.service)]
    if not having:
        raise unknown_input(name, priced[0].service, where)
    asking = [draft for draft in having if name in draft.needs or name in draft.open]
    return (asking or having)[0]


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count} x {name[:80]}" if count > 1 else name[:80]
        for name, count in sorted(found.items())
    )
