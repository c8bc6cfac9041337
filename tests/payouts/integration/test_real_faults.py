"""Real processes on a real Postgres against the sandbox over HTTP, killed, frozen and restored.

The run itself is `bench/payouts/soak` in a process of its own, as `make soak` starts it with more
payouts. What strikes when depends on this machine's speed: the printed seed gives a similar run.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOAK = Path(__file__).parents[3] / "bench/payouts/soak"
PAYOUTS = 5000


def run(folder: Path, *arguments: str, seconds: float) -> tuple[int, dict[str, Any], str]:
    """Make one run; return its exit code, its figures, and what it says of its troubles."""
    command = [sys.executable, str(SOAK), "--json", "--with-parent", "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, trouble = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        said, trouble = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert said, f"no figures:\n{trouble[-6000:]}"
    return process.returncode, json.loads(said), trouble


def _line(figures: dict[str, Any]) -> str:
    return (
        f"real processes, seed {figures['seed']}, waits divided by {figures['factor']:g}: "
        f"{figures['payouts']:,} payouts, {figures['kills']} kills, {figures['freezes']} freezes, "
        f"{figures['Postgres restarts']} restarts and {figures['restores']} restore of Postgres; "
        f"lost {figures['lost']}, doubled {figures['doubled']}"
    )


def test_nothing_is_lost_or_doubled_whatever_fails(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Two containers and a function, every fault, kills, a restore: each payout once, or none."""
    code, figures, trouble = run(
        tmp_path, "--payouts", str(PAYOUTS), "--seed", str(seed), "--seconds", "150", seconds=200
    )
    print(json.dumps(figures, indent=1))
    record_property("figure", _line(figures))
    assert not figures["faults"], f"seed {seed}: {figures['faults'][:20]}\n{trouble[-8000:]}"
    assert code == 0
    assert (figures["lost"], figures["doubled"], figures["ended"]) == (0, 0, True)
    # A run in which nothing went wrong proves nothing.
    assert figures["payouts"] == PAYOUTS
    assert figures["rolled back"] > 100
    assert min(figures["kills"], figures["freezes"]) >= 3
    assert (figures["Postgres restarts"], figures["restores"]) == (2, 1)
    assert figures["quarantines"]
    assert figures["enqueued again"] > 100
    assert figures["duplicates absorbed"] > 10
    assert len(figures["faults in effect"]) >= 25
    # People are there for what only they can decide, not for an hour without the partner.
    assert figures["released by a person"] < PAYOUTS / 20


@pytest.mark.parametrize(
    ("defect", "kinds"),
    [
        # Paid under a key nobody asked for, and as soon as one is repeated, twice.
        ("key-per-attempt", {"paid too often", "paid though nobody asked"}),
        ("other-amount", {"paid otherwise than asked"}),
    ],
    ids=["key-per-attempt", "other-amount"],
)
def test_the_judge_sees_broken_workers(
    tmp_path: Path, seed: int, defect: str, kinds: set[str]
) -> None:
    """The same run with a defect in the containers' code is reported, with the exit code."""
    arguments = ("--payouts", "60", "--seed", str(seed), "--no-troubles", "--seconds", "10")
    code, figures, _ = run(tmp_path, *arguments, "--defect", defect, seconds=60)
    assert code == 1
    assert kinds & {found for found, _ in figures["faults"]}


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("soak_judge", SOAK / "judge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


#: What the witnesses say, one thing changed at a time; and the promise that is then broken.
LIES = {
    "not in the ledger": ({"rows": []}, "lost"),
    "never ended": ({"status": "unknown"}, "not ended"),
    "paid twice": ({"paid": 2}, "doubled"),
    "paid to nobody we know": ({"wanted": False}, "paid though nobody asked"),
    "paid though rolled back": ({"wanted": False, "unwanted": True}, "paid though rolled back"),
    "another amount": ({"minor": 501}, "paid otherwise than asked"),
    "another payee": ({"recipient": "payee-2"}, "paid otherwise than asked"),
    "settled and never paid": ({"paid": 0}, "believed wrongly"),
    "declined and paid": ({"status": "declined"}, "believed wrongly"),
    "held though known": ({"status": "held"}, "held though known"),
    "held without a reason": ({"status": "held", "reason": ""}, "held without a reason"),
    "money that is nowhere": ({"funding": 499}, "funding account"),
    "books of its own": ({"unbalanced": [("x",)]}, "unbalanced"),
}


@pytest.mark.parametrize("lie", [None, *LIES])
def test_each_broken_promise_is_seen(judge: ModuleType, lie: str | None) -> None:
    """The judge finds nothing in a true story and the right thing in each false one."""
    changes, kind = LIES[lie] if lie else ({}, "")
    one = judge.Asked("order-1", "payee-1", 500)
    key = judge.key_of("p", "order-1")
    entry = {
        "kind": "paid",
        "key": key,
        "recipient": changes.get("recipient", "payee-1"),
        "minor": changes.get("minor", 500),
        "transaction_id": "t",
    }
    entries = [entry | {"transaction_id": f"t{n}"} for n in range(changes.get("paid", 1))]
    status, reason = changes.get("status", "settled"), changes.get("reason", "TC/DI")
    rows = changes.get("rows", [judge.Row("order-1", key, "payee-1", 500, status, reason)])
    verdict = judge.judge(
        "p",
        [one] if changes.get("wanted", True) else [],
        [one] if changes.get("unwanted") else [],
        entries,
        rows,
        changes.get("funding", 500),
        changes.get("unbalanced", []),
    )
    kinds = {found for found, _ in verdict.faults}
    assert (kind in kinds) if lie else not kinds, verdict.faults
