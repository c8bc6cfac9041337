"""The ledger's sentences on the wire: there and back, nothing malformed, nobody false."""

from __future__ import annotations

import contextlib
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.io import remote, wire
from payouts.io.clock import SystemClock
from payouts.ledger import statements as said
from payouts.money import Money
from payouts.payout import Method, NewPayout
from payouts.ports import Statement, StoreRefused

IDENTIFIERS = st.from_regex(r"[A-Za-z][A-Za-z_/@#+=~-]{0,20}", fullmatch=True)
MONEY = st.builds(Money, st.integers(1, 2**63 - 1), st.sampled_from(["USD", "JPY", "KWD"]))
PARTNERS = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
NEW = st.builds(
    NewPayout, PARTNERS, IDENTIFIERS, IDENTIFIERS, IDENTIFIERS, st.sampled_from(Method), MONEY
)
PAYOUT = NewPayout("p", "order-1", "payee", "tok_a", Method.WALLET, Money(100, "USD"))


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the contract, from its annotation."""
    simple: dict[Any, st.SearchStrategy[Any]] = {
        Money: MONEY,
        NewPayout: NEW,
        str: st.text(max_size=20),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if kind in simple:
        return simple[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([values(one) for one in arguments])
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(one) for one in arguments))
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*(values(one) for one in arguments), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    named = {field.name: values(hints[field.name]) for field in fields(kind)}
    return st.fixed_dictionaries(named).map(lambda each: kind(**each))


def there_and_back(kind: Any, value: Any) -> Any:
    return wire.from_json(kind, json.loads(json.dumps(wire.to_json(value))))


@pytest.mark.parametrize("name", sorted(wire.SENTENCES))
@given(data=st.data())
def test_every_sentence_and_answer_comes_through(name: str, data: st.DataObject) -> None:
    """What is said, and what is answered, is the same value at the other end."""
    kind = wire.SENTENCES[name]
    for of in (kind, wire.answer_type(kind)):
        value = data.draw(values(of))
        assert there_and_back(of, value) == value


def test_the_answers_are_those_of_the_contract() -> None:
    """Each statement's docstring names its answer first; the wire carries that type."""
    for name, kind in wire.SENTENCES.items():
        first = (kind.__doc__ or "").split("``")[1]
        answer = wire.answer_type(kind)
        written = getattr(answer, "__name__", None) if not get_origin(answer) else str(answer)
        for module in ("payouts.ledger.statements.", "payouts.states."):
            written = str(written).replace(module, "")
        assert written == {"None": "NoneType"}.get(first, first), name


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (said.Look, "[]"),
        (said.Look, "{}"),
        (said.Look, '{"partner": "p"}'),
        (said.Look, '{"partner": "p", "reference": "r", "more": 1}'),
        (said.Look, '{"partner": "p", "reference": 7}'),
        (said.Look, '{"partner": "p", "reference": null}'),
        (said.Take, '{"partner":"p","worker":"w","count":"1","lease_seconds":1.0,"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":true,"lease_seconds":1.0,"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":1.5,"lease_seconds":1.0,"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":1,"lease_seconds":NaN,"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":1,"lease_seconds":1e999,"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":1,"lease_seconds":1' + "0" * 400
         + ',"fresh":true}'),
        (said.Take, '{"partner":"p","worker":"w","count":1,"lease_seconds":1.0,"fresh":1}'),
        (said.Record, '{"worker": "w", "moves": {}}'),
        (said.Record, '{"worker": "w", "moves": [[]]}'),
        (said.Record, '{"worker":"w","moves":[{"payout_id":1,"fence":1,"to":"paid","reason":""}]}'),
        (said.Record, '{"worker": "w", "moves": [{"payout_id":1,"fence":1,"to":[],"reason":""}]}'),
        (said.BeginSends, '{"partner": "p", "worker": "w", "leases": [[1]]}'),
        (said.BeginSends, '{"partner": "p", "worker": "w", "leases": [[1, 2, 3]]}'),
        (said.BeginSends, '{"partner": "p", "worker": "w", "leases": [], '
         '"max_total": {"minor": 1, "currency": "dollars"}}'),
        (said.Receive, '{"source": "s", "items": [{"external_id": "1", "kind": "k", '
         '"amount": null, "happened_on": "2026-01-01", "facts": []}]}'),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_annotation_is_refused(kind: Any, body: str) -> None:
    """A wrong type, a missing or unknown field, a number nobody can wait: no sentence."""
    with pytest.raises(wire.Unreadable):
        wire.from_json(kind, json.loads(body))


@pytest.mark.parametrize(
    ("change", "value"),
    [("token", "4111111111111111"), ("amount", {"minor": 0, "currency": "USD"}), ("reference", "")],
)
def test_a_payout_is_checked_again_at_the_other_end(change: str, value: Any) -> None:
    """What may not enter the ledger does not enter it through the wire, and is not quoted."""
    data = wire.to_json(said.Enqueue(PAYOUT))
    data["payout"][change] = value
    with pytest.raises(wire.Unreadable) as caught:
        wire.from_json(said.Enqueue, data)
    assert "4111111111111111" not in str(caught.value)


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["partner", "worker", "moves", "x"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
    name=st.sampled_from(sorted(wire.SENTENCES)),
)
def test_no_data_breaks_the_reader(data: Any, name: str) -> None:
    """Any JSON is either the sentence or ``Unreadable``."""
    kind = wire.SENTENCES[name]
    with contextlib.suppress(wire.Unreadable):
        assert isinstance(wire.from_json(kind, data), kind)


# Authority ---------------------------------------------------------------------------------------

MAY = [
    said.BeginTick("p", 0),
    said.Enqueue(PAYOUT),
    said.Look("p", "order-1"),
    said.Findings("p-report"),
    said.Intervene("p", "order-1", "look", "queue", "asked to look"),
    said.SetStanding("p", failures=3, no_funds=1, stopped=True, breaker_seconds=60.0),
    said.SetStanding("p", reconciled_day="2026-01-01", reconcile_page=1),
    said.Quarantine("p", False, "reconciled"),
    said.Receive("p-report", ()),
    said.Record("w", ()),
]
MAY_NOT = [
    *(
        said.Intervene("p", "order-1", action, "somebody", "says so")
        for action in ("hold", "release", "cancel", "paid", "not_paid", "anything")
    ),
    said.Reissue("p", "order-1", "somebody", "says so"),
    said.SetStanding("p", paused=False),
    said.SetStanding("p", paused=True),
    said.SetStanding("p", stopped=False),
    said.Quarantine("p", True, "says so"),
    Statement(),
]


@pytest.mark.parametrize("statement", MAY, ids=lambda one: type(one).__name__)
def test_a_worker_may_say_its_work(statement: Statement) -> None:
    """Its own sentences, payouts from its queue, and that somebody should look."""
    assert wire.refused_from_afar(statement, ("p", "p-report")) is None


@pytest.mark.parametrize("statement", MAY_NOT, ids=lambda one: type(one).__name__)
def test_a_worker_decides_nothing_for_a_person(statement: Statement) -> None:
    """Neither the container takes it, nor does the worker's end send it."""
    assert wire.refused_from_afar(statement, ("p", "p-report"))
    store = remote.RemoteStore("http://127.0.0.1:1", "s", SystemClock())
    with pytest.raises(StoreRefused, match="a person decides"):
        store.execute(statement)
    store.close()


@pytest.mark.parametrize("statement", MAY[:-1], ids=lambda one: type(one).__name__)
def test_a_worker_speaks_for_its_own_partner(statement: Statement) -> None:
    """The same sentence about another partner is refused; leases are bound to their worker."""
    assert "another partner" in str(wire.refused_from_afar(statement, ("q", "q-report")))


def test_every_sentence_is_judged() -> None:
    """A sentence that is added is refused from afar until somebody has thought about it."""
    every = {kind for kind in vars(said).values() if _is_statement(kind)}
    assert {kind.__name__ for kind in every} - set(wire.SENTENCES) == {"Reissue"}


def _is_statement(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Statement) and kind is not Statement


# Who speaks --------------------------------------------------------------------------------------

NOW = 1_700_000_000.0
PATH, BODY = "/ledger/Look", b'{"partner":"p","reference":"r"}'


def headers(
    secret: str = "far-secret", path: str = PATH, time: str = "1700000000", body: bytes = BODY
) -> dict[str, str]:
    return {
        remote.TIME_HEADER: time,
        remote.SIGNATURE_HEADER: remote.signature(secret, path, time, body),
    }


def test_a_signed_request_is_known_for_five_minutes() -> None:
    """Either way: two machines' clocks differ."""
    for second in (NOW - 300, NOW, NOW + 300):
        assert remote.refusal("far-secret", PATH, headers(), BODY, second) is None
    for second in (NOW - 301, NOW + 301):
        assert remote.refusal("far-secret", PATH, headers(), BODY, second) == "age"


@pytest.mark.parametrize(
    ("given", "path", "body"),
    [
        (headers("guessed"), PATH, BODY),
        (headers(), "/ledger/Take", BODY),
        (headers(), PATH, BODY + b" "),
        (headers() | {remote.TIME_HEADER: "1700000001"}, PATH, BODY),
        (headers() | {remote.SIGNATURE_HEADER: ""}, PATH, BODY),
        (headers() | {remote.SIGNATURE_HEADER: "é" * 64}, PATH, BODY),
        ({}, PATH, BODY),
    ],
    ids=["secret", "path", "body", "time", "empty", "not-ascii", "none"],
)
def test_what_was_recorded_cannot_be_said_otherwise(
    given: dict[str, str], path: str, body: bytes
) -> None:
    """The signature holds for one path, one body and one moment."""
    assert remote.refusal("far-secret", path, given, body, NOW) == "signature"


@pytest.mark.parametrize("time", ["", "-1", "1e9", "²", "1700000000.0", "9" * 5000])
def test_a_time_that_is_no_time_is_too_old(time: str) -> None:
    """Signed or not, it has no age."""
    assert remote.refusal("far-secret", PATH, headers(time=time), BODY, NOW) == "age"


def test_without_a_secret_nobody_is_known() -> None:
    """A container that was given no ledger secret listens to no worker."""
    assert remote.refusal("", PATH, headers(""), BODY, NOW) == "signature"


@pytest.mark.parametrize("address", ["http://10.0.0.1", "http://backend.example", "ftp://x"])
def test_the_ledger_is_not_spoken_to_in_clear(address: str) -> None:
    """Over https, or on this machine."""
    with pytest.raises(ValueError, match="https"):
        remote.RemoteStore(address, "s", SystemClock())
