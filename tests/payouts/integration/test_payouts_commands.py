"""The command line from end to end: what a person does in the life of a payout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def words_for(payment: dict[str, Any]) -> list[str]:
    return [word for name, value in payment.items() for word in (f"--{name}", str(value))]


def test_the_life_of_a_payout(deployment: Any) -> None:
    """Enqueued, paid, read, compared with the partner's list, looked at again."""
    words = words_for(deployment.payment("order-1"))
    (new,) = deployment.json("enqueue", *words)["payouts"]
    assert (new["status"], new["created"]) == ("due", True)
    (again,) = deployment.json("enqueue", *words)["payouts"]
    assert (again["key"], again["created"]) == (new["key"], False)
    report = deployment.json("tick")
    assert (report["schema"], report["sent"], report["moved"]) == (1, 1, {"settled": 1})
    view = deployment.json("status", "order-1")
    assert (view["status"], view["amount"], view["currency"]) == ("settled", "10.50", "USD")
    assert [step["status"] for step in view["history"]] == ["due", "sending", "settled"]
    listed = deployment.run("reconcile", "2020-01-01", "2099-01-01", "--json")
    assert (listed.returncode, json.loads(listed.stdout)["listed"]) == (0, 1)
    assert deployment.json("replay", "order-1")["woken"] == 1
    assert deployment.json("tick")["looked_up"] == 1
    assert deployment.paid() == 1


def test_what_people_decide(deployment: Any) -> None:
    """Pause, resume, hold, release, cancel and reissue, each with its reason in the history."""
    for number in (1, 2, 3):
        deployment.json("enqueue", *words_for(deployment.payment(f"order-{number}")))
    assert deployment.json("pause", "--by", "ada")["paused"] is True
    assert deployment.json("tick")["ended"] == "paused"
    assert deployment.paid() == 0
    deployment.json("hold", "order-1", "--because", "the payee asked", "--by", "ada")
    deployment.json("cancel", "order-2", "--because", "ordered twice", "--by", "ada")
    assert deployment.json("resume", "--by", "ada")["paused"] is False
    deployment.json("tick")
    assert [deployment.status(f"order-{n}") for n in (1, 2, 3)] == ["held", "cancelled", "settled"]
    deployment.json("release", "order-1", "--because", "cleared", "--by", "ada")
    deployment.json("reissue", "order-2", "--because", "wanted after all", "--by", "ada")
    deployment.json("tick")
    assert deployment.status("order-1") == "settled"
    assert deployment.status("order-2~1") == "settled"
    assert deployment.paid() == 3
    history = deployment.json("status", "order-1")["history"]
    assert ("held", "the payee asked", "ada") in [
        (step["status"], step["reason"], step["by"]) for step in history
    ]


def test_resolving_by_hand_is_bound_to_time(deployment: Any) -> None:
    """Not paid is refused before the partner's day is over; paid is a person's word at once."""
    deployment.json("enqueue", *words_for(deployment.payment("order-1")))
    deployment.faults({"held": 1.0})
    deployment.json("tick")
    assert deployment.status("order-1") == "held"
    early = deployment.run("resolve", "order-1", "--not-paid", "--because", "guess")
    assert early.returncode == 2
    assert "the ledger refuses" in early.stderr
    deployment.json("resolve", "order-1", "--paid", "--because", "seen on the bank statement")
    assert deployment.status("order-1") == "settled"


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "order-1", "--because", "x"],
        ["cancel", "order-1", "--because", "x"],
        ["enqueue", "--reference", "order-2", "--recipient", "p", "--token", "t", "--method",
         "wallet", "--amount", "1.00", "--currency", "USD"],
        ["pause"],
        ["quarantine", "--begin", "--because", "x"],
        ["tick"],
        ["replay", "order-1"],
        ["reconcile", "2020-01-01", "2099-01-01"],
        ["migrate"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_dry_run_changes_nothing(deployment: Any, words: list[str]) -> None:
    """Neither the ledger nor the partner; what would come of it is said."""
    import psycopg

    deployment.json("enqueue", *words_for(deployment.payment("order-1")))

    def everything() -> list[Any]:
        with psycopg.connect(deployment.dsn) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables "
                "where table_schema = 'payouts' and table_type = 'BASE TABLE' order by 1"
            ).fetchall()
            return [
                sorted(map(str, connection.execute(f'select * from payouts."{name}"').fetchall()))
                for (name,) in names
            ]

    before = everything()
    assert any(before)
    done = deployment.run(*words, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dry_run"] is True
    assert everything() == before
    assert deployment.paid() == 0


def test_dead_letters_are_applied_any_number_of_times(deployment: Any, tmp_path: Path) -> None:
    """Payouts, queue messages and a function's failed event, in one file, twice; one bad line."""
    record = {"messageId": "m", "body": json.dumps(deployment.payment("order-2"))}
    lines = [
        deployment.payment("order-1"),
        record,
        {"requestPayload": {"Records": [record | {"body": '{"look": "order-1"}'}]}},
        {"body": json.dumps(deployment.payment("order-3", token="4111111111111111"))},
        {"look": "nobody"},
    ]
    file = tmp_path / "dead.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    counts = []
    for _ in range(2):
        done = deployment.run("replay", "--file", str(file), "--json")
        assert done.returncode == 1, "something was refused, so a person must look"
        assert "4111111111111111" not in done.stderr
        counts.append(json.loads(done.stdout))
    assert (counts[0]["enqueued"], counts[0]["woken"], counts[0]["refused"]) == (2, 1, 2)
    assert (counts[1]["known"], counts[1]["woken"], counts[1]["refused"]) == (2, 1, 2)
    deployment.json("tick")
    assert deployment.paid() == 2


def test_a_lost_webhook_is_replayed_once(deployment: Any, tmp_path: Path) -> None:
    """The same notice twice wakes its payout once."""
    deployment.json("enqueue", *words_for(deployment.payment("order-1")))
    deployment.json("tick")
    view = deployment.json("status", "order-1")
    said = {
        "merchantId": "sandbox-merchant",
        "transactionId": view["partner_id"],
        "transactionStatus": "TC",
        "eventData": {
            "merchantTransactionId": view["key"],
            "payments": {"paymentId": "1", "paymentStatus": "DI"},
        },
    }
    line = json.dumps({"webhook": said})
    done = deployment.run("replay", "--file", "-", "--json", stdin=f"{line}\n{line}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"schema": 1, "notice-new": 1, "notice-repeat": 1}


def test_an_empty_database_is_migrated(deployment: Any, databases: Any) -> None:
    """The first migration makes the ledger, the second finds nothing to do."""
    if not hasattr(databases, "empty"):
        pytest.skip("the server gives no empty database")
    empty = deployment.elsewhere(PAYOUTS_DATABASE=databases.empty())
    planned = empty.json("migrate", "--dry-run")["migrations"]
    assert planned
    assert empty.json("migrate")["migrations"] == planned
    assert empty.json("migrate")["migrations"] == []


@pytest.mark.parametrize(
    ("words", "changes", "says"),
    [
        (["status", "nobody"], {}, "no payout nobody"),
        (["enqueue"], {}, "--reference is missing"),
        (["enqueue", "/no/such"], {}, "/no/such"),
        (["enqueue", "--reference", "x", "--recipient", "p", "--token", "4111111111111111",
          "--method", "wallet", "--amount", "1.00", "--currency", "USD"], {}, "token looks like"),
        (["reconcile", "yesterday"], {}, "not a day"),
        (["reconcile", "2026-02-01", "2026-01-01"], {}, "after the last"),
        (["release", "nobody", "--because", "x"], {}, "the ledger refuses"),
        (["tick"], {"PAYOUTS_DATABASE": "postgresql://x:hunter2@10.1.2.3/db"}, "verify-full"),
        (["tick"], {"PAYOUTS_DATABASE": "postgresql://x:hunter2@127.0.0.1:1/db"}, "no connection"),
        (["tick"], {"PAYOUTS_DATABASE": "password=hunter2 nonsense"}, "libpq"),
        (["tick"], {"PAYOUTS_BASE_URL": "http://10.1.2.3"}, "https://"),
        (["tick"], {"PAYOUTS_PARTNER": "wise"}, "wise"),
        (["tick"], {"PAYOUTS_MERCHANT_PAYMENT_TYPE": ""}, "payment_type"),
        (["tick"], {"PAYOUTS_CREDENTIALS_API_KEY": "hunter2"}, "written out"),
        (["serve"], {"PAYOUTS_SERVER_SECRET": ""}, "server.secret"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)  # fmt: skip
def test_each_bad_input_is_one_clear_line(
    deployment: Any, words: list[str], changes: dict[str, str], says: str
) -> None:
    """Exit 2, one line that names it, no traceback, no secret."""
    done = deployment.elsewhere(**changes).run(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for secret in ("hunter2", "4111111111111111"):
        assert secret not in done.stderr + done.stdout
