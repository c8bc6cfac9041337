"""A usage file: a month's use of AWS in plain words, to be priced.

    region: us-east-1
    free_tier: none
    usage:
      - service: lambda
        requests: 3000000
        duration_ms: 120
        memory_mb: 1536

Read strictly: a field nobody knows is an error that names the nearest known one, with the line it
stands in. An input that is left out is *not said*, which is not zero: what it would cost makes the
total a lower bound. The fields are those of the services themselves (``docs/reference/usage.md``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from frugal.model.errors import BadRequest
from frugal.model.load import HOURS_PER_MONTH
from frugal.price.described import (
    Account,
    Described,
    Entry,
    FreeTierChoice,
    Said,
    decoded,
    entry,
    inputs_of,
    service_named,
    unknown_field,
    unknown_input,
)
from frugal.survey.yaml_tree import BYTES_MAX, Mapping, Node, Scalar, Sequence, parse

SCHEMA = 1
FIELDS = ("schema", "region", "free_tier", "account", "hours", "usage", "resources")
ACCOUNT_FIELDS = ("opened", "already_used")
DEFAULT_REGION = "us-east-1"
ENTRIES_MAX = 5_000
HOURS_MAX = Decimal(8784)

_REGION = re.compile(r"^[a-z]{2,4}(?:-[a-z]+)+-\d$", re.ASCII)
_DATE = re.compile(r"^(?:20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$", re.ASCII)
_NAME_MAX = 80


def load_usage(path: Path) -> Described:
    """Read a usage file."""
    name = path.name
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or "the path cannot be used"
        raise BadRequest(
            f"cannot be read: {reason}", where=str(path), hint="Check the path"
        ) from None
    if len(raw) > BYTES_MAX:
        raise BadRequest(f"is larger than {BYTES_MAX} bytes", where=name, hint="Split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = raw.count(b"\n", 0, trouble.start) + 1
        raise BadRequest(
            "is not UTF-8 text", where=f"{name}:{line}", hint="Save it as UTF-8"
        ) from None
    return read_usage(text, name)


def read_usage(text: str, file: str = "usage.yaml") -> Described:
    """Return the month that the text of a usage file describes."""
    root = parse(text, file)
    if not isinstance(root, Mapping):
        raise BadRequest(
            "a usage file is a mapping with `usage:`",
            where=str(root.place),
            hint="See docs/reference/usage.md",
        )
    return read_month(root)


def read_month(root: Mapping) -> Described:
    """Return the month a mapping describes, wherever it stands."""
    file = root.place.file
    for key, _ in root.entries:
        if key.text not in FIELDS:
            raise unknown_field(key.text, FIELDS, str(key.place))
    schema = root.get("schema")
    if schema is not None and _text(schema, "schema") != str(SCHEMA):
        raise BadRequest(f"`schema` must be {SCHEMA}", where=str(schema.place))
    usage = root.get("usage")
    if usage is None and root.get("resources") is None:
        raise BadRequest("has no `usage`", where=file, hint="List what is used under `usage:`")
    account = _account(root.get("account"))
    return Described(
        region=region_of(root.get("region")),
        hours=hours_of(root.get("hours")),
        free_tier=_free_tier(root.get("free_tier"), account),
        account=account,
        entries=read_entries(usage, "usage") if usage is not None else (),
        resources=_resources(root.get("resources")),
        region_said=root.get("region") is not None,
    )


def region_of(node: Node | None) -> str:
    """Return the Region a file names; whether it is priced is for the price list to say."""
    if node is None:
        return DEFAULT_REGION
    return checked_region(_text(node, "region"), str(node.place))


def checked_region(text: str, where: str) -> str:
    region = text.strip().lower()
    if not _REGION.match(region):
        raise BadRequest(
            "`region` must be an AWS Region's id", where=where, hint="For example eu-central-1"
        )
    return region


def hours_of(node: Node | None) -> Decimal:
    if node is None:
        return HOURS_PER_MONTH
    return checked_hours(_text(node, "hours"), str(node.place))


def checked_hours(text: str, where: str) -> Decimal:
    hours = decoded(text, Decimal, "hours", where)
    assert isinstance(hours, Decimal)
    if not 0 < hours <= HOURS_MAX:
        raise BadRequest(
            "`hours` must be the hours of a month",
            where=where,
            hint="730 (a twelfth of a year), 720 or 744",
        )
    return hours


def _free_tier(node: Node | None, account: Account) -> FreeTierChoice:
    if node is None:
        return "account" if account != Account() else "none"
    choice: FreeTierChoice = decoded(
        _text(node, "free_tier"), FreeTierChoice, "free_tier", str(node.place)
    )
    if account != Account() and choice != "account":
        raise BadRequest(
            f"`account` is given, and `free_tier` is {choice}",
            where=str(node.place),
            hint="Say `free_tier: account`, or leave `account` out",
        )
    return choice


def _account(node: Node | None) -> Account:
    if node is None:
        return Account()
    if not isinstance(node, Mapping):
        raise BadRequest("`account` must be a mapping", where=str(node.place))
    for key, _ in node.entries:
        if key.text not in ACCOUNT_FIELDS:
            raise unknown_field(key.text, ACCOUNT_FIELDS, str(key.place))
    opened, used = node.get("opened"), node.get("already_used")
    date = _text(opened, "opened") if opened is not None else ""
    if opened is not None and not _DATE.match(date):
        raise BadRequest(
            "`opened` must be a date", where=str(opened.place), hint="For example 2025-07-15"
        )
    return Account(
        opened=date, already_used=read_entries(used, "already_used") if used is not None else ()
    )


def read_entries(node: Node, called: str) -> tuple[Entry, ...]:
    """Return a list of entries; those of one name are numbered."""
    if not isinstance(node, Sequence) or not node.items:
        raise BadRequest(
            f"`{called}` must be a list of entries",
            where=str(node.place),
            hint="Each begins with `- service: ...`",
        )
    if len(node.items) > ENTRIES_MAX:
        raise BadRequest(f"`{called}` has more than {ENTRIES_MAX} entries", where=str(node.place))
    entries: list[Entry] = []
    names: dict[str, int] = {}
    for item in node.items:
        read = _entry(item)
        names[read.name] = count = names.get(read.name, 0) + 1
        if count > 1:
            read = _renamed(read, f"{read.name} {count}")
        entries.append(read)
    return tuple(entries)


def _resources(node: Node | None) -> tuple[Said, ...]:
    """Return what is said of a template's resources, by address, name or type."""
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        raise BadRequest("`resources` must be a mapping of addresses", where=str(node.place))
    found: list[Said] = []
    for key, value in node.entries:
        if not isinstance(value, Mapping):
            raise BadRequest(
                "a resource's use is a mapping of inputs",
                where=str(key.place),
                hint="For example `requests: 3000000`",
            )
        inputs = tuple(
            (name.text, _text(one, name.text), str(one.place))
            for name, one in value.entries
            if not (isinstance(one, Scalar) and one.null)
        )
        found.append(Said(key=key.text, inputs=inputs, where=str(key.place)))
    return tuple(found)


def _renamed(read: Entry, name: str) -> Entry:
    from msgspec.structs import replace

    return replace(read, name=name)


def _entry(node: Node) -> Entry:
    where = str(node.place)
    if not isinstance(node, Mapping):
        raise BadRequest("an entry is a mapping with `service:`", where=where)
    named = node.get("service")
    if named is None:
        raise BadRequest("an entry has no `service`", where=where, hint="Name it, e.g. lambda")
    said = _text(named, "service")
    service_id, unpriced = service_named(said, str(named.place))
    label = node.get("name")
    name = _label(label) if label is not None else said.strip()[:_NAME_MAX]
    if unpriced:
        return Entry(name=name, service=service_id, unpriced=unpriced, where=where)
    known = inputs_of(service_id)
    given: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text in ("service", "name"):
            continue
        if key.text not in known:
            raise unknown_input(key.text, service_id, str(key.place))
        if not (isinstance(value, Scalar) and value.null):
            text = _text(value, key.text)
            given[key.text] = decoded(text, known[key.text], key.text, str(value.place))
    return entry(service_id, given, name=name, where=where)


def _label(node: Node) -> str:
    text = _text(node, "name").strip()
    if not text or not text.isprintable() or len(text) > _NAME_MAX:
        raise BadRequest(
            f"`name` must be a line of at most {_NAME_MAX} characters", where=str(node.place)
        )
    return text


def _text(node: Node, called: str) -> str:
    if not isinstance(node, Scalar):
        raise BadRequest(f"`{called}` must be one value", where=str(node.place))
    return node.text
