"""What must never be written into a log, and what must stay readable in it."""

from __future__ import annotations

import io
import json
import random

import pytest

from payouts.io.logs import HIDDEN, JsonLines, redacted
from payouts.ports import Emit

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    "text",
    [
        f"card {CARD} declined",
        "card 4111-1111-1111-1111",
        "account 000123456789",
        "routing 021000021",
        "IBAN DE89 3704 0044 0532 0130 00 is closed",
        "DE89370400440532013000",
        "postgresql://payouts:hunter2@db/ledger",
        "Authorization: Bearer abcdefghijkl",
        "sent HMAC q83vEjRWeJCrze8S",
        "password=hunter2 host=db",
        "api_key: hunter2",
    ],
)
def test_secrets_and_account_numbers_are_hidden_in_text(text: str) -> None:
    """Whatever the field is called."""
    shown = redacted(text, "why")
    assert HIDDEN in shown
    for secret in ("4111", "123456789", "021000021", "0532", "hunter2", "abcdefghijkl", "q83v"):
        assert secret not in shown


@pytest.mark.parametrize(
    "name",
    ["password", "api_key", "Api-Key", "authorization", "client_secret", "token", "access_token",
     "dsn", "signature", "card_number", "iban", "X-Signature", "webhook_secret", "cookie"],
)  # fmt: skip
def test_fields_named_like_a_secret_are_hidden(name: str) -> None:
    """At any depth, whatever the value looks like."""
    shown = redacted({"outer": [{name: "plain"}]})
    assert shown == {"outer": [{name: HIDDEN}]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reference", "order-20260131-00000042"),
        ("reference", "1234567890123"),
        ("key", "a10fe01d424b09098e642af45a"),
        ("why", "2026-01-31 06:57:35"),
        ("why", "3 of 50 payouts took 12.5 seconds"),
        ("ended", "idle"),
        ("worker", "host-12345678-abc"),
    ],
)
def test_what_is_needed_to_find_a_payout_stays(name: str, text: str) -> None:
    """A log that hides everything helps nobody."""
    assert redacted(text, name) == text


def test_a_card_number_used_as_a_reference_is_hidden_all_the_same() -> None:
    """An identifier that passes the check digit is taken for a card."""
    assert redacted(CARD.replace(" ", ""), "reference") == HIDDEN


def test_any_long_number_in_any_field_is_hidden(seed: int) -> None:
    """Eight digits in a row are nobody's to read, wherever they stand in a sentence."""
    chance = random.Random(seed)
    for _ in range(300):
        digits = "".join(chance.choice("0123456789") for _ in range(chance.randint(8, 19)))
        assert digits not in redacted(f"payee said: {digits}.", "detail")


def test_numbers_and_bodies() -> None:
    """Numbers are measures and stay; bytes are told by their length only."""
    assert redacted({"seconds": 12345678.5, "count": 123456789, "body": b"secret"}) == {
        "seconds": 12345678.5,
        "count": 123456789,
        "body": "6 bytes",
    }


def test_a_line_holds_event_fields_and_metrics() -> None:
    """One JSON object per event; the metrics' names are where CloudWatch looks for them."""
    stream = io.StringIO()
    JsonLines(stream)(Emit("tick", {"partner": "p", "service": "x"}, {"Ticks": 1, "Held": 0}))
    (text,) = stream.getvalue().splitlines()
    line = json.loads(text)
    assert line["message"] == "tick"
    assert line["service"] == "payouts"
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Payouts"
    assert directive["Dimensions"] == [["service"]]
    assert [one["Name"] for one in directive["Metrics"]] == ["Held", "Ticks"]
    assert (line["Ticks"], line["Held"]) == (1, 0)
