"""Every fault file keeps the contract: it is complete, it can be done, and it names real things.

A new file in ``src/frugal/faults`` is tested the moment it exists.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import frugal.faults
from frugal.aws_facts import limits
from frugal.faults import fault, fault_ids, faults
from frugal.faults.fault import (
    AnyAct,
    ClockWrong,
    DatabaseRestored,
    MorePayouts,
    NetworkLoses,
    PartnerDoes,
    PartnerDown,
    PartnerLimits,
    PartnerSlow,
    RunsTooLong,
    SessionsTaken,
    TriggerTwice,
)
from payouts.sandbox.faults import FAULTS as PARTNER_FAULTS
from payouts.sandbox.settings import Outage
from payouts.simulation.scenario import RESTORES

DAY = 86_400

#: What a design must survive, as it was agreed; the folder may hold more, never less.
AGREED = (
    "partner_down",
    "partner_slow",
    "rate_limited",
    "answers_lost",
    "answers_wrong",
    "trigger_twice",
    "schedule_missed",
    "function_timeout",
    "poison_message",
    "database_down",
    "database_restored",
    "connections_exhausted",
    "instance_lost",
    "zone_lost",
    "clock_skewed",
    "secret_rotated",
    "deployed",
    "peak",
    "balance_empty",
)


def test_faults_are_found_by_being_there() -> None:
    """The catalog is its folder: every file but two is a fault, and every agreed fault is there."""
    here = Path(frugal.faults.__file__).parent
    files = {file.stem for file in here.glob("*.py")} - {"__init__", "fault"}
    assert set(fault_ids()) == files
    assert set(AGREED) <= files
    assert list(fault_ids()) == sorted(fault_ids())
    assert len({one.name for one in faults()}) == len(files), "two faults of one name"


@pytest.mark.parametrize("fault_id", fault_ids())
def test_a_fault_introduces_itself(fault_id: str) -> None:
    """A file says what a fault is like and what must hold; its value says what is done."""
    own = fault(fault_id)
    told = " ".join((import_module(f"frugal.faults.{fault_id}").__doc__ or "").split())
    assert len(told.split()) > 50
    assert "What must hold:" in told
    assert own.what.endswith(".")
    assert own.name == own.name.strip(" .")
    assert own.times_a_year.source, "how often it comes needs a reason or a source"
    assert 1 <= own.times_a_year.value <= 365


@pytest.mark.parametrize("fault_id", fault_ids())
def test_a_fault_lasts_a_sane_time(fault_id: str) -> None:
    """A fault begins at its first act, ends within two days, and no act is over before it began."""
    own = fault(fault_id)
    assert own.acts
    assert min(act.begins for act in own.acts) == 0
    assert all(act.begins >= 0 and act.lasts >= 0 for act in own.acts)
    assert 0 <= own.seconds <= 2 * DAY


@pytest.mark.parametrize("fault_id", fault_ids())
def test_a_fault_names_real_things(fault_id: str) -> None:
    """The partner's faults are the double's, each drawable; words are those the runtime knows."""
    for act in fault(fault_id).acts:
        match act:
            case PartnerDoes():
                assert act.faults
                assert len(dict(act.faults)) == len(act.faults)
                for id, share in act.faults:
                    assert id in PARTNER_FAULTS
                    assert 0 < share <= 1
            case PartnerDown():
                Outage(0.0, 1.0, act.how)  # refuses a word it does not know
            case DatabaseRestored():
                assert act.how in RESTORES
                assert 0 < act.back <= 2 * DAY
            case NetworkLoses():
                assert 0 < act.requests + act.answers <= 1
            case TriggerTwice() | RunsTooLong() | SessionsTaken():
                assert 0 < act.share <= 1
            case PartnerLimits():
                assert act.share > 0
            case PartnerSlow():
                assert act.factor > 1
            case MorePayouts():
                assert act.factor > 1
            case ClockWrong():
                assert act.seconds
            case _:
                pass


@pytest.mark.parametrize("fault_id", fault_ids())
def test_fis_actions_are_among_the_facts(fault_id: str) -> None:
    """A named FIS action stands in AWS's action reference, as the facts file read it."""
    actions = {one.value for one in limits() if one.service == "fis" and not one.numeric}
    own = fault(fault_id).fis
    assert not own or (own in actions and own.startswith("aws:"))


def test_every_act_is_used() -> None:
    """Each kind of act is part of some fault: what no fault does is dead code in the simulator."""
    used = {type(act) for one in faults() for act in one.acts}
    assert used == set(get_args(AnyAct))
