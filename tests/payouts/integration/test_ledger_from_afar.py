"""A worker without a way to the database: what it may say through the container, and what not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payouts.io.clock import SystemClock
from payouts.io.remote import SIGNATURE_HEADER, TIME_HEADER, signature


@pytest.fixture
def far_worker(deployment: Any, containers: Any) -> tuple[Any, Any]:
    """A container that does nothing by itself, and the deployment as a far worker sees it."""
    container = containers(
        FAR="far-worker-secret",
        PAYOUTS_SERVER_LEDGER_SECRET="env:FAR",
        PAYOUTS_SERVER_TICK_EVERY_SECONDS="3600",
    )
    assert deployment.eventually(lambda: any('"tick"' in line for line in container.lines))
    return (
        container,
        deployment.elsewhere(
            PAYOUTS_DATABASE=container.address,
            PAYOUTS_LEDGER_SECRET="env:FAR",
            FAR="far-worker-secret",
        ),
    )


def test_commands_work_from_afar(deployment: Any, far_worker: Any) -> None:
    """Enqueue, tick, status, look again, compare: everything that is a worker's."""
    _, far = far_worker
    words = [f"--{name}={value}" for name, value in deployment.payment("o-1").items()]
    assert far.json("enqueue", *words)["payouts"][0]["created"] is True
    assert far.json("enqueue", *words)["payouts"][0]["created"] is False
    assert far.json("status")["due"] == 1
    assert far.json("tick")["moved"] == {"settled": 1}
    assert far.json("status", "o-1")["status"] == "settled"
    assert far.run("status", "nobody").returncode == 2
    assert far.json("replay", "o-1")["woken"] == 1
    assert far.json("reconcile", "2020-01-01", "2099-01-01")["listed"] == 1
    assert deployment.paid() == 1


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "o-1", "--because", "x"],
        ["release", "o-1", "--because", "x"],
        ["cancel", "o-1", "--because", "x"],
        ["reissue", "o-1", "--because", "x"],
        ["resolve", "o-1", "--paid", "--because", "x"],
        ["pause"],
        ["resume"],
        ["quarantine", "--begin", "--because", "x"],
    ],
    ids=lambda words: words[0],
)
def test_a_person_decides_beside_the_database(
    deployment: Any, far_worker: Any, words: list[str]
) -> None:
    """The ledger's secret is a machine's: a person's decision is refused at both ends."""
    container, far = far_worker
    container.ask("POST", "/payouts", deployment.payment("o-1"))
    done = far.run(*words, "--by", "ada")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "a person decides" in done.stderr
    assert [step["by"] for step in deployment.json("status", "o-1")["history"]] == ["enqueue"]


def test_nothing_is_rehearsed_from_afar(deployment: Any, far_worker: Any) -> None:
    """Each sentence is committed there, so a dry run would not be dry: it is refused."""
    _, far = far_worker
    words = [f"--{name}={value}" for name, value in deployment.payment("o-1").items()]
    done = far.run("enqueue", *words, "--dry-run")
    assert done.returncode == 2
    assert "dry run" in done.stderr
    assert deployment.run("status", "o-1").returncode == 2


def test_the_container_judges_what_is_said_with_the_secret(
    deployment: Any, far_worker: Any
) -> None:
    """Whoever holds the secret and does not ask our own code still cannot decide, or pay others."""
    container, _ = far_worker
    container.ask("POST", "/payouts", deployment.payment("o-1"))

    def say(name: str, said: dict[str, Any], secret: str = "far-worker-secret") -> int:
        path, body = f"/ledger/{name}", json.dumps(said).encode()
        time = str(int(SystemClock().wall()))
        signed = {TIME_HEADER: time, SIGNATURE_HEADER: signature(secret, path, time, body)}
        return container.ask("POST", path, body, secret="", **signed)[0]

    look = {"partner": "fiserv_ddp", "reference": "o-1"}
    person = look | {"by": "ada", "because": "says so"}
    assert say("Look", look) == 200
    assert say("Look", look, secret="backend-knows-this") == 401
    assert say("Look", look | {"partner": "stripe"}) == 422
    assert say("Intervene", person | {"action": "look"}) == 200
    for action in ("hold", "release", "cancel", "paid", "not_paid"):
        assert say("Intervene", person | {"action": action}) == 422
    assert say("Reissue", person) == 400
    assert say("SetStanding", {"partner": "fiserv_ddp", "paused": False}) == 422
    assert say("SetStanding", {"partner": "fiserv_ddp", "stopped": False}) == 422
    assert say("Quarantine", {"partner": "fiserv_ddp", "begin": True, "why": "x"}) == 422
    assert say("Receive", {"source": "fiserv_reporting", "items": []}) == 200
    assert say("Receive", {"source": "elsewhere", "items": []}) == 422
    new = {
        name: value
        for name, value in deployment.payment("o-2").items()
        if name not in ("amount", "currency")
    } | {"amount": {"minor": 100, "currency": "USD"}}
    assert say("Enqueue", {"payout": new | {"partner": "fiserv_ddp"}}) == 200
    assert say("Enqueue", {"payout": new | {"partner": "stripe"}}) == 422
    assert say("Enqueue", {"payout": new | {"partner": "fiserv_ddp", "token": "4" * 16}}) == 400
    refused = sum('"sentence-refused"' in line for line in container.lines)
    assert refused == 11, "each is told to whoever watches"


def test_a_far_worker_speaks_to_the_ledger_through_the_container(
    deployment: Any, far_worker: Any
) -> None:
    """A tick without a way to the database: each sentence is said by the container, signed."""
    container, far = far_worker
    assert container.ask("POST", "/payouts", deployment.payment("o-1"))[0] == 201
    assert far.json("tick")["sent"] == 1
    assert far.elsewhere(FAR="guessed").run("tick").returncode == 2
    assert container.stop() == 0
    assert deployment.status("o-1") == "settled"
    assert deployment.paid() == 1
