"""Many pieces of work abreast: one forked process a core, the results in the order of the jobs.

A trial is plain Python that knows nothing of other trials, so all a second core needs is a second
process. Forking costs milliseconds and hands over everything that is imported and built; a started
interpreter would cost more than most trials. Results come back as msgspec bytes through a pipe a
process; which process did what leaves no trace in them, so any number of processes, or none, gives
the same results.

What is promised to the caller: results in the order of the jobs; a trouble in a child is raised
here, with its traceback; closing the iterator, or any way out of it, ends every child and waits for
it. Where there is no fork, one core, or a second thread (a fork of which may lock for ever), the
work is done here, one job after the other.
"""

from __future__ import annotations

import os
import selectors
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NoReturn, TypeVar

import msgspec

Job = TypeVar("Job")
Result = TypeVar("Result")

#: In the pipe of jobs: a place in the list. In the pipe of results: place, kind, length, bytes.
_PLACE = struct.Struct("<I")
_HEAD = struct.Struct("<IBI")
_DONE, _TROUBLE = 0, 1
#: The places must fit into an empty pipe, which holds this much everywhere: nobody writes later.
_PIPE_BYTES = 4096
_READ_BYTES = 1 << 16


class WorkFailed(RuntimeError):
    """A job raised in its process; the text holds the traceback from there."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _threads() -> int:
    """Return how many threads there are, those that Python did not start too where that is told."""
    told = "/proc/self/task"
    return len(os.listdir(told)) if os.path.isdir(told) else threading.active_count()


def abreast(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    result: type[Result],
    *,
    processes: int | None = None,
) -> Generator[Result, None, None]:
    """Yield ``work(job)`` for every job, in order, worked out by several processes.

    Args:
        work: called in a child; it may use everything that exists now, and changes nothing here.
        jobs: what it is called with.
        result: the type of what it returns; must survive msgspec.
        processes: how many at once; None: one a core.

    Raises:
        WorkFailed: a job raised, or its process ended.
    """
    wanted = min(len(jobs), cores() if processes is None else processes)
    if wanted < 2 or not hasattr(os, "fork") or _threads() > 1:
        yield from map(work, jobs)
        return
    most = _PIPE_BYTES // _PLACE.size
    for start in range(0, len(jobs), most):
        with _Children(work, jobs[start : start + most], wanted) as children:
            yield from children.results(result)


class _Children:
    """The processes that work on one list of jobs; each takes the next place from a shared pipe."""

    def __init__(self, work: Callable[[Job], object], jobs: Sequence[Job], count: int) -> None:
        self._jobs = len(jobs)
        self._pids: list[int] = []
        self._pipes: list[int] = []
        places, write = os.pipe()
        os.write(write, b"".join(_PLACE.pack(place) for place in range(len(jobs))))
        os.close(write)
        sys.stdout.flush()  # or a child would hold a copy of what is not written yet
        sys.stderr.flush()
        try:
            for _ in range(count):
                self._fork(work, jobs, places)
        except OSError:  # no more processes to be had: those that are there do it
            if not self._pids:
                raise
        finally:
            os.close(places)

    def _fork(self, work: Callable[[Job], object], jobs: Sequence[Job], places: int) -> None:
        read, write = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(read)
            os.close(write)
            raise
        if not pid:
            _work_and_end(work, jobs, places, write)
        os.close(write)
        self._pids.append(pid)
        self._pipes.append(read)

    def __enter__(self) -> _Children:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)  # one that has ended is still ours: it is waited for below
        for pid in self._pids:
            os.waitpid(pid, 0)
        for pipe in self._pipes:
            os.close(pipe)

    def results(self, result: type[Result]) -> Iterator[Result]:
        """Yield the results in the order of the jobs; what comes too early waits here."""
        early: dict[int, tuple[int, bytes]] = {}
        arriving = self._arriving()
        decoder = msgspec.msgpack.Decoder(result)
        for place in range(self._jobs):
            while place not in early:
                found = next(arriving, None)
                if found is None:
                    raise WorkFailed("a process ended before its work was done")
                early[found[0]] = found[1:]
            kind, body = early.pop(place)
            if kind == _TROUBLE:
                raise WorkFailed(body.decode())
            yield decoder.decode(body)

    def _arriving(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield place, kind and bytes of each result as it comes, until every child has ended."""
        unread = {pipe: bytearray() for pipe in self._pipes}
        with selectors.DefaultSelector() as ready:
            for pipe in self._pipes:
                ready.register(pipe, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select():
                    data = os.read(key.fd, _READ_BYTES)
                    if not data:
                        ready.unregister(key.fd)
                        continue
                    unread[key.fd] += data
                    yield from _whole(unread[key.fd])


def _whole(unread: bytearray) -> Iterator[tuple[int, int, bytes]]:
    """Take whole results off the front of what was read."""
    while len(unread) >= _HEAD.size:
        place, kind, length = _HEAD.unpack_from(unread)
        end = _HEAD.size + length
        if len(unread) < end:
            return
        body = bytes(unread[_HEAD.size : end])
        del unread[:end]
        yield place, kind, body


def _work_and_end(
    work: Callable[[Job], object], jobs: Sequence[Job], places: int, write: int
) -> NoReturn:
    """Be a child: take places until there are none, then end without the parent's clean-up."""
    place = 0
    encoder = msgspec.msgpack.Encoder()
    try:
        while taken := os.read(places, _PLACE.size):
            (place,) = _PLACE.unpack(taken)
            _send(write, place, _DONE, encoder.encode(work(jobs[place])))
    except BaseException:
        _send(write, place, _TROUBLE, traceback.format_exc().encode())
        raise
    finally:
        os._exit(0)


def _send(write: int, place: int, kind: int, body: bytes) -> None:
    data = memoryview(_HEAD.pack(place, kind, len(body)) + body)
    while data:
        data = data[os.write(write, data) :]
