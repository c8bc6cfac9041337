"""Same seed, same trial, byte for byte; another seed, another trial."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from frugal.simulate.trial import try_out

from frugal.model.trial import Tried
from frugal.simulate.plan import Plan
from frugal.simulate.replay import replay_command

Get = Callable[[str], dict[str, Plan]]

ROOT = Path(__file__).parents[2]

#: A fault of each kind: chance of the partner's, of the network's, of workers', and a restore.
CASES = (
    ("queue", "answers_wrong"),
    ("container_task", "deployed"),
    ("webhook_receiver", "trigger_twice"),
    ("function_through_backend", "function_timeout"),
    ("outbox_relay", "database_restored"),
)


def _fresh(command: str, hash_seed: str) -> bytes:
    """Run a replay command in a process of its own and return what it prints."""
    words = [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize(("pattern", "fault_id"), CASES)
def test_a_trial_is_its_seed(
    pattern: str, fault_id: str, plans: Get, brief_path: Callable[[str], Path]
) -> None:
    """Two fresh processes that replay it, with other hash seeds, print the same bytes."""
    plan = plans("01-first")[pattern]
    command = replay_command(plan, fault_id, 7, brief=str(brief_path("01-first")))
    first, second = _fresh(command, "1"), _fresh(command, "4242")
    assert first == second
    tried = msgspec.json.decode(first, type=Tried)
    assert (tried.pattern, tried.fault, tried.seed) == (pattern, fault_id, 7)
    assert tried.totals.asked > 0


def test_another_seed_is_another_trial(plans: Get) -> None:
    """A seed is not decoration: of ten of them hardly two trials are alike."""
    plan = plans("01-first")["queue"]
    tried = {try_out(plan, None, seed, payouts_most=100).latency for seed in range(10)}
    assert len(tried) > 5


def test_a_command_with_a_mistake_says_so(brief_path: Callable[[str], Path]) -> None:
    """A candidate, fault or brief that is not there is one clear line and exit code 2."""
    brief = str(brief_path("01-first"))
    for words, said in (
        ((brief, "--candidate", "queue[]"), "has no candidate"),
        ((brief, "--candidate", "nothing[]"), "no such pattern"),
        ((brief, "--candidate", "queue[]", "--fault", "moon"), "there is no fault 'moon'"),
        (("nowhere.yaml", "--candidate", "queue[]"), "cannot be read"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "frugal.simulate", *words],
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
