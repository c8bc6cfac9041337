"""What is to be priced, described in plain words: an entry for each use of a service.

A usage file, a question, a template: each comes down to the same thing, a list of entries. An entry
is a service, the amounts somebody named in that service's own words, and where they stand. Nothing
here knows a service; what one can be told is read off the fields of its ``inputs``.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.services import service, service_ids, unpriced_names, why_unpriced

FreeTierChoice: TypeAlias = Literal["none", "always", "account"]

NUMBER_MAX = Decimal(10) ** 15
_NUMBER = re.compile(r"^\d[\d_]{0,30}(?:\.\d{1,12})?(?:[eE][+]?\d{1,2})?$", re.ASCII)
_TEXT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Entry(Value, frozen=True, kw_only=True):
    """One use of one service."""

    name: str  #: what the lines of it are called
    service: str  #: id of a file in ``frugal.services``, or the word it was asked for by
    inputs: Value | None = None  #: of the service's ``inputs`` type; ``None``: it has no price
    said: tuple[str, ...] = ()  #: the inputs that were named
    unpriced: str = ""  #: why it has no price
    where: str = ""  #: file and line
    type: str = ""  #: of a template's resource, as the template spells it
    needs: tuple[str, ...] = ()  #: inputs that no template says, and nobody else said


class Account(Value, frozen=True, kw_only=True):
    """What is known of the account that pays."""

    opened: str = ""  #: date, YYYY-MM-DD
    already_used: tuple[Entry, ...] = ()  #: what else it uses of the same allowances and bands


class Said(Value, frozen=True, kw_only=True):
    """What a usage file says of the resources that a key names."""

    key: str  #: an address, a name or a type
    inputs: tuple[tuple[str, str, str], ...]  #: input, value as written, file and line
    where: str


class Described(Value, frozen=True, kw_only=True):
    """A month that is to be priced."""

    region: str
    hours: Decimal
    free_tier: FreeTierChoice
    entries: tuple[Entry, ...]
    account: Account = Account()
    not_understood: tuple[str, ...] = ()  #: words of a question that say nothing to us
    resources: tuple[Said, ...] = ()  #: what is said of the resources of templates
    region_said: bool = True  #: whether the Region was named, not taken by default
    notes: tuple[str, ...] = ()


def service_named(said: str, where: str) -> tuple[str, str]:
    """Return the id of the service a word names, or the word and why it has no price.

    Raises:
        BadRequest: the word names no service, or several.
    """
    word = plain_word(said)
    if word in service_ids() and service(word).inputs is not None:
        return word, ""
    known = sorted(id for id in service_ids() if word in _words_of(id))
    if len(known) == 1:
        return known[0], ""
    if known:
        raise BadRequest(
            f"`{word}` names several services", where=where, hint=f"Say {' or '.join(known)}"
        )
    reason = why_unpriced(said)
    if reason is not None:
        return word, reason
    if word in service_ids():
        raise BadRequest(
            f"`{word}` bills nothing of its own",
            where=where,
            hint="Name what it uses: a function's requests, what leaves for the internet",
        )
    raise BadRequest(
        f"there is no service `{word or '?'}`", where=where, hint=_near(word, _every_word())
    )


def inputs_of(service_id: str) -> Mapping[str, Any]:
    """Return what a service can be told: each input with its type."""
    kind = service(service_id).inputs
    assert kind is not None, f"{service_id} has no inputs"
    return types_of(kind)


def entry(service_id: str, given: Mapping[str, Any], *, name: str = "", where: str = "") -> Entry:
    """Return an entry from values that are decoded already."""
    kind = service(service_id).inputs
    assert kind is not None, f"{service_id} has no inputs"
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in given:
            raise BadRequest(f"`{service_id}` has no `{field.name}`", where=where, hint="Add it")
    return Entry(
        name=name or service_id,
        service=service_id,
        inputs=kind(**given),
        said=tuple(given),
        where=where,
    )


def decoded(text: str, wanted: Any, called: str, where: str) -> Any:
    """Return the value a text stands for.

    Raises:
        BadRequest: it is no value of that type.
    """
    text = text.strip()
    choices = get_args(wanted) if get_origin(wanted) is Literal else ()
    if choices:
        found = next((choice for choice in choices if choice == text.lower()), None)
        if found is None:
            raise BadRequest(
                f"`{called}` cannot be `{_shown(text)}`",
                where=where,
                hint=_near(text.lower(), tuple(str(choice) for choice in choices)),
            )
        return found
    if wanted is bool:
        if text.lower() not in _BOOLEANS:
            raise BadRequest(f"`{called}` must be true or false", where=where)
        return _BOOLEANS[text.lower()]
    if wanted in (Decimal, int):
        return _number(text, wanted is int, called, where)
    assert wanted is str, f"no way to read a {wanted!r}"
    if not _TEXT.match(text):
        raise BadRequest(f"`{called}` must be a name such as t4g.small", where=where)
    return text.lower()


def unknown_input(said: str, service_id: str, where: str) -> BadRequest:
    """Return the error for an input a service does not have, with the nearest it has."""
    known = tuple(inputs_of(service_id))
    return BadRequest(
        f"`{service_id}` has no input `{_shown(said)}`", where=where, hint=_near(said, known)
    )


def unknown_field(said: str, known: tuple[str, ...], where: str) -> BadRequest:
    return BadRequest(f"there is no field `{_shown(said)}`", where=where, hint=_near(said, known))


def plain_word(said: str) -> str:
    """Return a service's name as one plain word.

    >>> plain_word("AWS Lambda"), plain_word("Amazon SQS")
    ('lambda', 'sqs')
    """
    word = re.sub(r"[^a-z0-9]+", "_", said.strip().lower()[:80]).strip("_")
    return word if word in service_ids() else re.sub(r"^(amazon|aws)_", "", word)


@cache
def types_of(kind: type[Value]) -> dict[str, Any]:
    """Return each field's type, without the ``| None`` that only says it may be unsaid."""
    hints = get_type_hints(kind)
    return {field.name: _known(hints[field.name]) for field in msgspec.structs.fields(kind)}


def _known(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    return hint


def _words_of(service_id: str) -> Iterator[str]:
    found = service(service_id)
    if found.inputs is not None:
        yield plain_word(found.name)
        yield from found.known_as


def _every_word() -> tuple[str, ...]:
    words = {word for id in service_ids() for word in (id, *_words_of(id)) if service(id).inputs}
    return tuple(sorted(words | set(unpriced_names())))


def _number(text: str, whole: bool, called: str, where: str) -> Decimal | int:
    wrong = BadRequest(
        f"`{called}` must be a number from 0 up, without a unit",
        where=where,
        hint="For example 3000000, 0.5 or 3e6",
    )
    if not _NUMBER.match(text):
        raise wrong
    number = Decimal(text.replace("_", ""))
    if number > NUMBER_MAX or (whole and number != number.to_integral_value()):
        raise wrong
    return int(number) if whole else number


def _near(said: str, known: tuple[str, ...]) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(said, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    inside = [one for one in known if said and (said in one or one in said)][:5]
    return "Known here: " + ", ".join(inside or known)


def _shown(text: str) -> str:
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= 60 else clean[:57] + "..."
