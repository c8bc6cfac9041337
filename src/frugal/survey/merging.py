"""Join two Stacks without choosing between them.

What is assumed gives way to what somebody said or a file shows. Two values that are both known must
agree: if the words say that Postgres is on the box and a file names an RDS host, one of them is
wrong, and a design built on either guess would be wrong half of the time. So it is an error.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.model.stack import Stack
from payouts.facts import Basis, Fact

_STRENGTH = {basis: rank for rank, basis in enumerate(Basis)}  # Basis is ordered, strongest first
_SHOWN_MAX = 100

AnyValue = TypeVar("AnyValue", bound=Value)


def merge(said: Stack, read: Stack) -> Stack:
    """Return what both say together.

    Args:
        said: from the request's words, or from the files read so far.
        read: from a file.

    Raises:
        BadRequest: the two contradict each other; names the field, both values and their sources.
    """
    return _values(said, read, "")


def _values(one: AnyValue, other: AnyValue, path: str) -> AnyValue:
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(one)):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        changes[field.name] = _joined(mine, theirs, f"{path}.{field.name}".lstrip("."))
    return msgspec.structs.replace(one, **changes)


def _joined(mine: Any, theirs: Any, path: str) -> Any:
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    if isinstance(mine, Fact):
        return _facts(mine, theirs, path)
    if isinstance(mine, Value):
        return _values(mine, theirs, path)
    if isinstance(mine, tuple):
        return _tuples(mine, theirs, path)
    return mine  # a plain name or schema number: equal, or it would not have been matched


def _facts(mine: Fact[Any], theirs: Fact[Any], path: str) -> Fact[Any]:
    if mine.assumed or theirs.assumed:
        return theirs if mine.assumed and not theirs.assumed else mine
    if mine.value == theirs.value:
        return theirs if _STRENGTH[theirs.basis] < _STRENGTH[mine.basis] else mine
    if path == "database.version":  # "16" and "16.4" agree; the longer one says more
        short, long = sorted((mine, theirs), key=lambda fact: len(fact.value))
        if str(long.value).startswith(f"{short.value}."):
            return long
    raise BadRequest(
        f"{_shown(mine)} and {_shown(theirs)}",
        where=path,
        hint="They contradict each other; correct one of the two, or leave it out",
    )


def _tuples(mine: tuple[Any, ...], theirs: tuple[Any, ...], path: str) -> tuple[Any, ...]:
    """Join by name or by value, in the order of first mention."""
    joined: dict[object, Any] = {}
    for one in (*mine, *theirs):
        key = one.value if isinstance(one, Fact) else getattr(one, "name", one)
        joined[key] = _joined(joined[key], one, f"{path}.{key}") if key in joined else one
    return tuple(joined.values())


def _shown(fact: Fact[Any]) -> str:
    value = getattr(fact.value, "value", fact.value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    source = fact.source if len(fact.source) <= _SHOWN_MAX else fact.source[:_SHOWN_MAX] + "..."
    return (
        f'the words "{source}" say {value}'
        if fact.basis is Basis.STATED
        else f"{source} says {value}"
    )
