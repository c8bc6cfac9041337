"""The partner of a soak run: the sandbox as a process of its own, never killed, and its faults."""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any

from processes import Child

API_KEY, API_SECRET, WEBHOOK_SECRET = "soak-key", "soak-secret", "soak-webhook"

#: Share of the moments of each kind at which it happens. Rates for kinds that stop everybody (an
#: empty account, a clock that is off) are small: one is enough to stop a worker for a while.
FAULTS: dict[str, float | dict[str, float | str]] = {
    "paid-then-dropped": 0.01,
    "paid-then-500": 0.01,
    "failed-500": 0.01,
    "in-process": 0.03,
    "request-doubled": 0.01,
    "timeout-400": 0.01,
    "limit-400025": 0.003,
    "returned": {"rate": 0.01, "days": 0.004, "sources": "*"},
    "webhook-duplicate": 0.03,
    "webhook-disordered": 0.02,
    "webhook-early": 0.02,
    "webhook-lost": 0.2,
    "webhook-wrong-secret": 0.02,
    "rate-limited": 0.005,
    "unknown-status": 0.003,
    "extra-fields": 0.05,
    "shuffled-fields": 0.05,
    "error-wrapped": 0.2,
    "success-201": 0.1,
    "declined": 0.02,
    "fraud": 0.003,
    "held": 0.002,
    "review": 0.003,
    "not-arrived": 0.01,
    "not-visible-yet": {"rate": 0.005, "seconds": 300.0},
    "slow": {"rate": 0.002, "seconds": 4.0},
    "lookup-500": 0.02,
    "lookup-dropped": 0.01,
    "door-503": 0.005,
}

#: Expected this often in a whole run, however long: each stops every worker for a while.
RARE = {"funding-emptied": 1.0, "clock-skewed": 1.5, "body-reordered": 1.5, "signature-hex": 1.0}


class Sandbox:
    """The process, and its administrative paths."""

    def __init__(self, logs: Path, *, seed: int, speed: float, payouts: int, webhook: str) -> None:
        command = [sys.executable, "-m", "payouts.io.sandbox_server", "--seed", str(seed)]
        command += ["--speed", f"{speed:g}", "--webhook", webhook, "--api-key", API_KEY]
        command += ["--secret", API_SECRET, "--webhook-secret", WEBHOOK_SECRET]
        self.child = Child("sandbox", command, logs)
        self.child.start()
        line = self.child.wait_for("sandbox http://")
        self.address = line.split()[1]
        self._port = int(self.address.rpartition(":")[2])
        rare: dict[str, Any] = {id: times / payouts for id, times in RARE.items()}
        rare["funding-emptied"] = {"rate": rare["funding-emptied"], "seconds": 600.0}
        self.ask("POST", "/sandbox/faults", {**FAULTS, **rare})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {said}")
        return said

    def calm(self) -> None:
        """Switch every fault off, for the end of a run: what was begun still ends."""
        self.ask("POST", "/sandbox/faults", dict.fromkeys((*FAULTS, *RARE), 0.0))

    def summary(self) -> Any:
        return self.ask("GET", "/sandbox/summary")

    def entries(self) -> Any:
        return self.ask("GET", "/sandbox/books")["entries"]
