"""The ledger's sentences as JSON, for a worker that reaches the ledger through the backend.

One rule for every type of the contract, read off its annotations: a dataclass is an object of its
fields, a tuple an array, an enum its value. What does not fit its annotation is refused; text from
the other side is data and becomes nothing but these types.

What may be said with the ledger's secret is decided here too (``refused_from_afar``). That secret
is a machine's: it proves that a worker speaks, never which person. A worker holds the partner's
keys as well and could pay without any ledger, so letting it take, send, record and enqueue gives
it nothing that it lacks. A person's word would: *paid*, *not paid*, *released* or *resumed*,
written into the history under any name the worker likes. So it may ask that a payout be looked at,
and otherwise decides nothing; and it speaks for one partner, that of the container it speaks to.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import inf, isfinite
from typing import Any, Union, get_args, get_origin, get_type_hints

from payouts.ledger import statements
from payouts.money import MoneyError
from payouts.payout import PayoutRefused
from payouts.ports import Statement
from payouts.states import Status

#: What can be said from afar, with the type of its answer. ``Reissue`` is a person's alone.
_ANSWERS: dict[type[Statement], Any] = {
    statements.BeginTick: statements.Standing,
    statements.Take: tuple[statements.Leased, ...],
    statements.BeginSends: tuple[int, ...],
    statements.Record: tuple[int, ...],
    statements.SetStanding: type(None),
    statements.Quarantine: bool,
    statements.Noticed: str,
    statements.Enqueue: statements.Enqueued,
    statements.Intervene: Status,
    statements.Look: statements.View | None,
    statements.Seen: statements.Sighting,
    statements.Unseen: tuple[str, ...],
    statements.Finding: bool,
    statements.Findings: tuple[statements.Found, ...],
    statements.Measure: statements.Gauges,
    statements.Receive: int,
}

SENTENCES: dict[str, type[Statement]] = {kind.__name__: kind for kind in _ANSWERS}


class Unreadable(ValueError):
    """JSON that is not what the contract says; the message names the place, not the value."""


def refused_from_afar(statement: Statement, names: tuple[str, ...] | None = None) -> str | None:
    """Return why the ledger's secret is not enough to say this, ``None`` if it is.

    ``names``: the partner whose worker may speak here and the sources of its reports. A worker
    asks before it says something, the container before it listens.
    """
    kind = type(statement)
    if (
        kind not in _ANSWERS
        or (isinstance(statement, statements.Intervene) and statement.action != "look")
        or (isinstance(statement, statements.Quarantine) and statement.begin)
        or (
            isinstance(statement, statements.SetStanding)
            and (statement.paused is not None or statement.stopped is False)
        )
    ):
        return "a person decides that: say it beside the database, where people have names"
    if names is not None:
        said = _name_in(statement)
        if said is not None and said not in names:
            return "this is a worker's way to the payouts of another partner"
    return None


def _name_in(statement: Statement) -> str | None:
    """Return the partner or source a statement is about; leases are bound to their worker."""
    if isinstance(statement, statements.Enqueue):
        return statement.payout.partner
    if isinstance(statement, statements.Receive):
        return statement.source
    named: str | None = getattr(statement, "partner", None)
    return named


def answer_type(statement: type[Statement]) -> Any:
    """Return the type of a statement's answer."""
    return _ANSWERS[statement]


def to_json(value: Any) -> Any:
    """Return a value of the contract as what ``json`` can write."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(one) for key, one in value.items()}
    return value


def from_json(kind: Any, data: Any, place: str = "") -> Any:
    """Return the value of a type that JSON data holds; raise ``Unreadable`` where it does not."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), data, place)
    if origin is tuple:
        return _tuple(get_args(kind), data, place)
    if origin is not None and issubclass(origin, Mapping):
        key, value = get_args(kind)
        if not isinstance(data, dict):
            raise Unreadable(f"{place or 'the value'} is not an object")
        return {
            from_json(key, k, place): from_json(value, v, f"{place}.{k}") for k, v in data.items()
        }
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            raise Unreadable(f"{place} is none of the {kind.__name__} values") from None
    if is_dataclass(kind):
        return _dataclass(kind, data, place)
    if kind is float and type(data) in (int, float):
        return _number(data, place)
    if type(data) is not kind:
        raise Unreadable(f"{place or 'the value'} is not {getattr(kind, '__name__', kind)}")
    return data


def _number(data: int | float, place: str) -> float:
    try:
        number = float(data)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise Unreadable(f"{place or 'the value'} is no number of seconds")
    return number


def _one_of(kinds: tuple[Any, ...], data: Any, place: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    (kind,) = (one for one in kinds if one is not type(None))
    return from_json(kind, data, place)


def _tuple(kinds: tuple[Any, ...], data: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise Unreadable(f"{place or 'the value'} is not an array")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(from_json(kinds[0], one, f"{place}[{i}]") for i, one in enumerate(data))
    if len(data) != len(kinds):
        raise Unreadable(f"{place} has {len(data)} values, not {len(kinds)}")
    return tuple(
        from_json(kind, one, f"{place}[{i}]")
        for i, (kind, one) in enumerate(zip(kinds, data, strict=True))
    )


def _dataclass(kind: Any, data: Any, place: str) -> Any:
    if not isinstance(data, dict):
        raise Unreadable(f"{place or kind.__name__} is not an object")
    hints = _hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise Unreadable(f"{place or kind.__name__} has no field {unknown[0]!r}")
    values = {name: from_json(hints[name], one, f"{place}.{name}") for name, one in data.items()}
    try:
        return kind(**values)
    except (TypeError, MoneyError, PayoutRefused) as error:
        raise Unreadable(f"{place or kind.__name__}: {error}") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return {
        name: hint
        for name, hint in get_type_hints(kind).items()
        if name in {field.name for field in fields(kind)}
    }
