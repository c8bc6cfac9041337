"""The workers of a soak run: two containers, as they are deployed, and what they are told."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from database import WORKER, Database
from partner import API_KEY, API_SECRET, WEBHOOK_SECRET
from processes import Child

from payouts.limits import Limits, limits_for
from payouts.partners.fiserv_ddp import FACTS

PARTNER = "fiserv_ddp"
SERVER_SECRET = "soak-backend"

#: What does not shrink with the waits: how long an answer, a send, a lease take on this machine.
#: The quarantine outlasts a send of the lost ledger and a payment that is not visible yet.
MACHINE: dict[str, float] = {
    "answer_seconds": 1.5,
    "send_age_seconds": 1.0,
    "lease_seconds": 5.0,
    "tick_seconds": 3.0,
    "quarantine_seconds": 4.5,
}


def limits(factor: float) -> Limits:
    """Return Fiserv's waits divided by the factor."""
    return limits_for(FACTS).faster(factor)


class Settings:
    """One configuration file for all workers; a container's port comes by its environment."""

    def __init__(self, folder: Path, database: Database, partner_address: str, factor: float):
        self.path = folder / "payouts.json"
        usual, fast = limits_for(FACTS), limits(factor)
        waits = {
            field.name: getattr(fast, field.name)
            for field in fields(Limits)
            if getattr(fast, field.name) != getattr(usual, field.name)
        }
        waits["unauthorised_seconds"] = usual.unauthorised_seconds / factor
        said = {
            "partner": PARTNER,
            "base_url": partner_address,
            "database": database.address(WORKER),
            "merchant": {"payment_type": "Soak"},
            "credentials": {
                "api_key": "env:SOAK_API_KEY",
                "api_secret": "env:SOAK_API_SECRET",
                "webhook_secret": "env:SOAK_WEBHOOK_SECRET",
            },
            "limits": {**waits, **MACHINE},
            "server": {
                "secret": "env:SOAK_SERVER_SECRET",
                "tick_every_seconds": 0.4,
                "behind_proxy": True,
            },
        }
        self.path.write_text(json.dumps(said, indent=1), encoding="utf-8")

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "PYTHONUNBUFFERED": "1",
            "PAYOUTS_CONFIG": str(self.path),
            "PAYOUTS_BY": "soak",
            "SOAK_API_KEY": API_KEY,
            "SOAK_API_SECRET": API_SECRET,
            "SOAK_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SOAK_SERVER_SECRET": SERVER_SECRET,
            **(more or {}),
        }


class Container:
    """A sidecar container: ``payouts serve``, or the same with a defect put in."""

    def __init__(self, name: str, port: int, settings: Settings, logs: Path, defect: str) -> None:
        self.port = port
        command = [sys.executable, "-m", "payouts.io.cli", "serve"]
        if defect:
            broken = str(Path(__file__).with_name("defective.py"))
            command = [sys.executable, broken, defect, "serve"]
        environment = settings.environment({"PAYOUTS_SERVER_PORT": str(port)})
        self.child = Child(name, command, logs, environment=environment)

    def enqueue(self, body: Mapping[str, str]) -> int:
        """Post a payout as a backend does; return the status, 0 where there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        headers = {"X-Payouts-Secret": SERVER_SECRET, "Content-Type": "application/json"}
        try:
            connection.request("POST", "/payouts", json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
