"""The processes of a soak run: each with its own id, session and log, and none left behind.

A child asks the kernel to be ended when the thread that started it ends (prctl(2),
PR_SET_PDEATHSIG), so that killing the run, or the test that runs it, leaves nothing. The kernel
means the thread, not the process: start children from the main thread only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Runs between fork and the program itself: preparing a child inside a process with threads is no
#: place for Python code (subprocess says so of preexec_fn).
_LAUNCHER = """
import os, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, int(sys.argv[2]))
except (OSError, AttributeError):
    pass
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[3], sys.argv[3:])
"""


class Child:
    """One program of the run. It can be started again after it ended."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        orphan_signal: int = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = folder / f"{name}.log"
        self.log.write_bytes(b"")
        self.starts = 0
        self.frozen = False
        self._environment = dict(environment) if environment is not None else None
        self._user = user
        self._orphan_signal = int(orphan_signal)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert not self.alive, f"{self.name} runs already"
        assert threading.current_thread() is threading.main_thread()
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
        parent = [str(os.getpid()), str(self._orphan_signal)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, *parent, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment,
                user=self._user,
                cwd=self.log.parent,
            )
        self.starts += 1
        self.frozen = False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """End it as a power failure would; whatever it started in its session ends too."""
        if self.alive:
            self._signal_all(signal.SIGKILL)
            assert self._process is not None
            self._process.wait(10)

    def freeze(self) -> None:
        if self.alive and not self.frozen:
            self._signal_all(signal.SIGSTOP)
            self.frozen = True

    def thaw(self) -> None:
        if self.frozen:
            self.frozen = False
            if self.alive:
                self._signal_all(signal.SIGCONT)

    def ask(self, number: int) -> None:
        """Send one signal to the program itself."""
        if self.alive:
            assert self._process is not None
            self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 10.0) -> int | None:
        """Ask it to end and wait; kill it if it does not. Return its exit code."""
        self.thaw()
        self.ask(number)
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.exit_code

    def tail(self, lines: int = 6) -> str:
        """Return the end of its log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(line[:300] for line in text.splitlines()[-lines:])

    def wait_for(self, words: str, seconds: float = 20.0) -> str:
        """Return the first line of the log that holds these words, once it is there."""
        until = time.monotonic() + seconds
        while True:
            if self.log.exists():
                for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
                    if words in line:
                        return line
            if not self.alive or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not come up:\n{self.tail()}")
            time.sleep(0.02)

    def _signal_all(self, number: int) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
