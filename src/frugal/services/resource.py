"""One resource of a template, as a service file reads it.

CloudFormation writes ``MemorySize``, Terraform ``memory_size``; a nested block is a mapping in the
one and a list with one mapping in the other. Names are compared without case and underscores, so a
service file names a property once (``ephemeral_storage.size``) and says a second name only where
the two really differ. A value that the template leaves open is an `Unknown`: it goes along into the
inputs, where a usage file may still say it, and is never replaced by a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from frugal.model.errors import BadRequest

_NUMBER = re.compile(r"^\d{1,15}(?:\.\d{1,12})?$", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "enabled": True, "disabled": False}


class Unknown(NamedTuple):
    """A value the template does not hold: why."""

    why: str


class Reference(NamedTuple):
    """A value that is another resource's: its logical id or address."""

    target: str


class NotKnown(Exception):
    """A service file needs a value to go on that the template leaves open."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"`{path}` is not known here: {why}")


class Declared(NamedTuple):
    """What a template says of one use of a service."""

    inputs: Mapping[str, Any]  #: ``None``: not said; `Unknown`: said, and not known here
    needs: tuple[str, ...] = ()  #: inputs that no template says
    part: str = ""  #: what of the resource it is, where it is not the whole
    service: str = ""  #: where another file prices it


class NoCharge(NamedTuple):
    """A resource AWS takes nothing for: why, and where that is said."""

    why: str
    source: str = ""


class NoPrice(NamedTuple):
    """A resource, or a way of using it, that is billed and not priced here."""

    why: str


#: What a service file says of a resource.
Told: TypeAlias = Declared | NoCharge | NoPrice


class Siblings(dict[str, "Resource"]):
    """The resources of one template, by address."""

    def of(self, types: tuple[str, ...]) -> Iterator[Resource]:
        """Yield those of some types; all are sorted by type once, when all are there."""
        if self._counted != len(self):
            self._by_type: dict[str, list[Resource]] = {}
            for one in self.values():
                self._by_type.setdefault(one.type, []).append(one)
            self._counted = len(self)
        for name in types:
            yield from self._by_type.get(name, ())

    _counted = -1


class Resource:
    """A resource with its properties evaluated, and the others of its template."""

    __slots__ = ("address", "name", "others", "properties", "type", "where")

    def __init__(
        self,
        type: str,
        name: str,
        address: str,
        properties: Mapping[str, object],
        where: str,
        others: Siblings | None = None,
    ) -> None:
        self.type = type
        self.name = name
        self.address = address
        self.properties = properties
        self.where = where
        self.others = Siblings() if others is None else others

    def get(self, *paths: str) -> Any:
        """Return the first of the properties that is set: as written, or `Unknown`."""
        for path in paths:
            found = _at(self.properties, path)
            if found is not None:
                return found
        return None

    def number(self, *paths: str) -> Any:
        """Return a number, ``None`` where it is not set, or `Unknown`."""
        found = self.get(*paths)
        if found is None or isinstance(found, (Unknown, Reference)):
            return _open(found)
        text = str(_alone(found))
        if isinstance(found, bool) or not _NUMBER.match(text):
            raise self._wrong(paths, "must be a number from 0 up")
        try:
            return Decimal(text)
        except InvalidOperation:  # pragma: no cover - the pattern lets none through
            raise self._wrong(paths, "must be a number") from None

    def text(self, *paths: str) -> Any:
        """Return a text (of a list, its only item), ``None``, or `Unknown`."""
        found = _alone(self.get(*paths))
        if found is None or isinstance(found, (Unknown, Reference)):
            return _open(found)
        if isinstance(found, (list, tuple, Mapping)):
            raise self._wrong(paths, "must be one value")
        return str(found).strip()

    def flag(self, *paths: str) -> Any:
        """Return true or false, ``None`` where it is not set, or `Unknown`."""
        found = self.text(*paths)
        if found is None or isinstance(found, Unknown):
            return found
        if found.lower() not in _BOOLEANS:
            raise self._wrong(paths, "must be true or false")
        return _BOOLEANS[found.lower()]

    def count(self, *paths: str) -> Any:
        """Return how many items a list holds, ``None`` where it is not set, or `Unknown`."""
        found = self.get(*paths)
        if found is None or isinstance(found, (Unknown, Reference)):
            return _open(found)
        if not isinstance(found, (list, tuple)):
            return Decimal(1)
        return Decimal(sum(one is not None for one in found))

    def zones(self, *paths: str) -> Any:
        """Return how many zones it stands in: the subnets it lists, or `Unknown`."""
        found = self.count(*paths)
        return Unknown("its subnets are not listed here") if found is None else found

    def blocks(self, *paths: str) -> Iterator[Resource]:
        """Yield each mapping of a list as if it were a resource of its own."""
        found = self.get(*paths)
        if isinstance(found, Unknown):
            raise NotKnown(paths[0], found.why)
        for one in found if isinstance(found, (list, tuple)) else (found,):
            if isinstance(one, Unknown):
                raise NotKnown(paths[0], one.why)
            if isinstance(one, Mapping):
                yield Resource(self.type, self.name, self.address, one, self.where, self.others)
            elif one is not None:
                raise self._wrong(paths, "must hold mappings")

    def known_text(self, *paths: str) -> str | None:
        """Return a text that decides what is billed; left open, the resource has no price."""
        found = known(self.text(*paths), paths[0])
        assert found is None or isinstance(found, str)
        return found

    def known_flag(self, *paths: str) -> bool:
        return bool(known(self.flag(*paths), paths[0]))

    def known_number(self, *paths: str) -> Decimal | None:
        found = known(self.number(*paths), paths[0])
        assert found is None or isinstance(found, Decimal)
        return found

    def linked(self, types: tuple[str, ...], *paths: str) -> Resource | None:
        """Return the resource of this template, of one of the types, that a property names."""
        found = _alone(self.get(*paths))
        if isinstance(found, Reference):
            one = self.others.get(found.target) or self.others.get(f"{found.target}[0]")
            return one if one is not None and one.type in types else None
        if isinstance(found, str) and found:
            return next((one for one in self.others.of(types) if found in one._called()), None)
        return None

    def users(self, types: tuple[str, ...], *paths: str) -> Iterator[Resource]:
        """Yield the resources of some types that name this one in a property."""
        for one in self.others.of(types):
            if one.linked((self.type,), *paths) is self:
                yield one

    def _called(self) -> tuple[object, ...]:
        names = ("name", "function_name", "identifier", "cluster_identifier", "id", "arn", "family")
        return tuple(value for name in names if isinstance(value := self.get(name), str) and value)

    def _wrong(self, paths: tuple[str, ...], what: str) -> BadRequest:
        path = next((one for one in paths if _at(self.properties, one) is not None), paths[0])
        return BadRequest(f"`{path}` of {self.address} {what}", where=self.where)


def known(value: Any, path: str) -> Any:
    """Return a value a service file must have to go on, or stop with why it is open."""
    if isinstance(value, Unknown):
        raise NotKnown(path, value.why)
    return value


def required(value: Any) -> Any:
    """Return a value that has no default in AWS: not said is not known."""
    return Unknown("the template does not say it") if value is None else value


def sized(resource: Resource, path: str, unit: str) -> Any:
    """Return a container's size, written as ``0.5 vCPU``, ``1 GB`` or in units of 1/1024."""
    found = resource.text(path)
    if found is None or isinstance(found, Unknown):
        return found
    number = found.replace(" ", "").removesuffix(unit).removesuffix(unit.lower())
    if not _NUMBER.match(number):
        raise resource._wrong((path,), f"must be a size such as 1024 or 1 {unit}")
    return Decimal(number) if number != found.replace(" ", "") else Decimal(number) / 1024


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return name.replace("_", "").lower()


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    return tuple((step, _plain(step)) for step in path.split("."))


def _at(properties: object, path: str) -> object:
    found: object = properties
    for step, plain in _steps(path):
        found = _alone(found)
        if isinstance(found, (Unknown, Reference)):
            return found
        if not isinstance(found, Mapping):
            return None
        if step in found:
            found = found[step]
        else:
            found = next((value for key, value in found.items() if _plain(str(key)) == plain), None)
    return None if found == "" or found == [] else found


def _alone(found: object) -> Any:
    """Return the only item of a list, for blocks and for lists of one."""
    return (
        found[0]
        if isinstance(found, (list, tuple))
        and len(found) == 1
        and not isinstance(found, (Unknown, Reference))
        else found
    )


def _open(found: object) -> Unknown | None:
    if isinstance(found, Reference):
        return Unknown(f"it is set from {found.target}")
    return found if isinstance(found, Unknown) else None
