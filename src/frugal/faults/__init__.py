"""Injected faults, one file each. A file exports ``FAULT``; its name is the fault's id.

To add a fault, add a file: it is found by being here.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from frugal.faults.fault import Fault

_NOT_A_FAULT = frozenset({"__init__", "fault"})


@cache
def fault_ids() -> tuple[str, ...]:
    """Return the id of every fault, in order."""
    here = Path(__file__).parent
    return tuple(sorted({one.stem for one in here.glob("*.py")} - _NOT_A_FAULT))


@cache
def fault(id: str) -> Fault:
    """Return one fault by its id; an id without a file is a bug of ours."""
    assert id in fault_ids(), f"no fault {id!r}"
    found = import_module(f"{__name__}.{id}").FAULT
    assert isinstance(found, Fault)
    assert found.id == id, f"{id}.py calls itself {found.id}"
    return found


def faults() -> tuple[Fault, ...]:
    """Return every fault, in the order of their ids."""
    return tuple(fault(id) for id in fault_ids())


__all__ = ["Fault", "fault", "fault_ids", "faults"]
