"""Joining two Stacks: the assumed gives way, the known must agree."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.model.errors import BadRequest
from frugal.model.stack import Backend, Database, DatabaseHome, FunctionUse, Instance, Stack
from frugal.survey import merge
from payouts.facts import Basis, Fact, assumed, stated

FILE = "stack.yaml: field"


def facts(values: st.SearchStrategy[object]) -> st.SearchStrategy[Fact[object]]:
    sources = st.sampled_from(["some words", FILE])
    return st.builds(Fact, values, sources, st.sampled_from(Basis))


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | facts(values)


NUMBERS = st.sampled_from([Decimal(1), Decimal(2)])
STACKS = st.builds(
    Stack,
    offers=st.tuples() | st.tuples(facts(st.sampled_from(["lambda", "sqs"]))),
    instance=st.none()
    | st.builds(Instance, service=facts(st.just("lightsail")), vcpus=maybe(NUMBERS)),
    backend=st.none() | st.builds(Backend, docker=facts(st.booleans())),
    database=st.none()
    | st.builds(
        Database,
        home=facts(st.sampled_from(DatabaseHome)),
        engine=facts(st.just("postgres")),
        version=maybe(st.sampled_from(["16", "16.4", "15"])),
    ),
    functions=st.sampled_from([(), (FunctionUse(name="a"),), (FunctionUse(name="b"),)]),
    not_understood=st.sampled_from([(), ("x",), ("y", "x")]),
)


@given(STACKS)
def test_an_empty_stack_changes_nothing(stack: Stack) -> None:
    assert merge(stack, Stack()) == stack == merge(Stack(), stack)


@given(STACKS)
def test_a_stack_agrees_with_itself(stack: Stack) -> None:
    assert merge(stack, stack) == stack


def outcome(one: Stack, other: Stack) -> tuple[str, Stack | None]:
    try:
        return "", merge(one, other)
    except BadRequest as error:
        return error.where, None


@given(STACKS, STACKS)
def test_what_contradicts_contradicts_in_either_order(one: Stack, other: Stack) -> None:
    (there, forth), (back, reverse) = outcome(one, other), outcome(other, one)
    assert (forth is None) == (reverse is None)
    assert there == back


@given(STACKS, STACKS)
def test_no_known_value_is_lost_and_none_is_made_up(one: Stack, other: Stack) -> None:
    _, joined = outcome(one, other)
    if joined is None or joined.database is None:
        return
    homes = {s.database.home for s in (one, other) if s.database}
    assert joined.database.home in homes
    known = {home.value for home in homes if not home.assumed}
    assert not known or known == {joined.database.home.value}


def box(cpu: Fact[Decimal] | None) -> Stack:
    service = assumed("lightsail", "the usual")
    return Stack(instance=Instance(service=service, cpu_used_percent=cpu))


READ = Fact(Decimal(35), "stack.yaml: instance.cpu_used_percent", Basis.READ)


@pytest.mark.parametrize(
    ("said", "read", "kept"),
    [
        (None, READ, READ),
        (READ, None, READ),
        (assumed(Decimal(50), "nobody said"), READ, READ),
        (READ, assumed(Decimal(50), "nobody said"), READ),
        (assumed(Decimal(5), "a"), assumed(Decimal(6), "b"), assumed(Decimal(5), "a")),
        (stated(Decimal("35.0"), "35% CPU"), READ, stated(Decimal("35.0"), "35% CPU")),
        (READ, stated(Decimal(35), "35% CPU"), stated(Decimal(35), "35% CPU")),
    ],
)
def test_the_stronger_of_two_agreeing_facts_is_kept(
    said: Fact[Decimal] | None, read: Fact[Decimal] | None, kept: Fact[Decimal]
) -> None:
    instance = merge(box(said), box(read)).instance
    assert instance is not None
    assert instance.cpu_used_percent == kept


def test_words_and_a_file_that_disagree_are_refused_with_both_places() -> None:
    with pytest.raises(BadRequest) as caught:
        merge(box(stated(Decimal(50), "50% CPU")), box(READ))
    assert caught.value.where == "instance.cpu_used_percent"
    assert caught.value.what == (
        'the words "50% CPU" say 50 and stack.yaml: instance.cpu_used_percent says 35'
    )
    assert caught.value.hint


def test_a_contradiction_inside_a_named_entry_names_the_entry() -> None:
    def with_memory(size: int) -> Stack:
        memory = Fact(size, f"{size}.yaml", Basis.READ)
        return Stack(functions=(FunctionUse(name="report", memory_mb=memory),))

    assert len(merge(with_memory(1), with_memory(1)).functions) == 1
    with pytest.raises(BadRequest) as caught:
        merge(with_memory(1), with_memory(2))
    assert caught.value.where == "functions.report.memory_mb"


def test_a_version_that_says_more_agrees_with_one_that_says_less() -> None:
    def with_version(version: str) -> Stack:
        fact = Fact(version, f"{version}.yaml", Basis.READ)
        home = assumed(DatabaseHome.ON_INSTANCE, "x")
        engine = assumed("postgres", "x")
        return Stack(database=Database(home=home, engine=engine, version=fact))

    for one, other in (("16", "16.4"), ("16.4", "16")):
        database = merge(with_version(one), with_version(other)).database
        assert database is not None
        assert database.version is not None
        assert database.version.value == "16.4"
    with pytest.raises(BadRequest):
        merge(with_version("16"), with_version("160"))
