"""Work abreast: forked in a fresh process each, since a test runner has threads of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from frugal.simulate.abreast import abreast

_PROGRAM = """
import os, sys, time
import msgspec
from frugal.simulate.abreast import WorkFailed, abreast

class Result(msgspec.Struct):
    job: int
    pid: int

def work(job):
    return Result(job=job, pid=os.getpid())

def alone():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False

{body}
"""


def told(body: str) -> str:
    """Run a program of its own and return what it printed."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(body=body)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_results_come_in_the_order_of_the_jobs_from_several_processes() -> None:
    """3,000 jobs, more than one pipe holds, in order, none of them done here, no child left."""
    body = """
found = list(abreast(work, range(3000), Result, processes=2))
assert [one.job for one in found] == list(range(3000))
assert os.getpid() not in {one.pid for one in found}
assert alone()
print("ordered")
"""
    assert told(body) == "ordered"


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_any_number_of_processes_gives_the_same_bytes(processes: int) -> None:
    """Which process did what leaves no trace in what is returned."""
    body = f"""
def square(job):
    return Result(job=job * job, pid=0)
found = list(abreast(square, range(40), Result, processes={processes}))
print(msgspec.json.encode(found).decode())
"""
    expected = ",".join(f'{{"job":{n * n},"pid":0}}' for n in range(40))
    assert told(body) == f"[{expected}]"


def test_a_child_s_trouble_comes_here_with_its_traceback() -> None:
    """At its place in the order, after the results before it, and no child is left."""
    body = """
def breaks(job):
    if job == 3:
        raise ValueError("three is a crowd")
    return work(job)
seen = []
try:
    for one in abreast(breaks, range(9), Result, processes=2):
        seen.append(one.job)
except WorkFailed as trouble:
    assert "ValueError: three is a crowd" in str(trouble)
    assert "in breaks" in str(trouble)
assert seen == [0, 1, 2], seen
assert alone()
print("told")
"""
    assert told(body) == "told"


def test_a_child_that_is_killed_is_noticed() -> None:
    """A process that ends without its result is an error, not a hang."""
    body = """
def dies(job):
    os.kill(os.getpid(), 9)
try:
    list(abreast(dies, range(4), Result, processes=2))
except WorkFailed as trouble:
    assert alone()
    print(trouble)
"""
    assert told(body) == "a process ended before its work was done"


def test_whoever_stops_early_leaves_no_child_behind() -> None:
    """Closing the iterator ends work that would take a minute, at once."""
    body = """
def slow(job):
    if job:
        time.sleep(60)
    return work(job)
running = abreast(slow, range(4), Result, processes=2)
assert next(running).job == 0
running.close()
assert alone()
print("ended")
"""
    assert told(body) == "ended"


def test_with_a_thread_beside_it_nothing_is_forked() -> None:
    """A fork of a process with threads may lock for ever: then the work is done here."""
    body = """
import threading
threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
found = list(abreast(work, range(4), Result, processes=2))
assert {one.pid for one in found} == {os.getpid()}
print("here")
"""
    assert told(body) == "here"


def test_here_too_a_trouble_is_not_swallowed() -> None:
    """Without processes the job's own exception is raised, as it is."""

    def breaks(job: int) -> int:
        raise ZeroDivisionError(job)

    with pytest.raises(ZeroDivisionError):
        list(abreast(breaks, [1, 2], int, processes=1))
