"""How the double chooses its faults: by rate, by script, by number; and the seed behind it all."""

from __future__ import annotations

import json
import random

import pytest

from payouts.sandbox.caller import brief, call, pay
from payouts.sandbox.double import FiservDouble, Reply
from payouts.sandbox.faults import FAULTS, Faults
from payouts.sandbox.settings import Settings

START = 1_700_000_000.0
HOUR = 3_600.0
DAY = 86_400.0


def test_a_fault_happens_as_often_as_its_rate_says(seed: int) -> None:
    """Faults are independent of each other, each at its own rate."""
    rates = {"declined": 0.1, "slow": 0.3, "paid-then-500": 0.02, "not-visible-yet": 0.5}
    faults = Faults(rates)
    chance = random.Random(seed)
    both, n = 0, 20_000
    for _ in range(n):
        drawn = faults.drawn("send", chance)
        both += "slow" in drawn and "not-visible-yet" in drawn
    for id, rate in rates.items():
        assert abs(faults.counts[id] / n - rate) < 0.015, id
    assert abs(both / n - 0.15) < 0.015


def test_a_script_names_the_faults_of_one_payout() -> None:
    """Send by send, for this key only; when the script ends the rates hold again."""
    double = FiservDouble(3, faults=Faults({"limit-400025": 1.0}))
    double.faults.script("k", ["not-arrived"], ["rate-limited"], ["paid-then-dropped"])
    told = [brief(pay(double, now_seconds=START + 300 * n)) for n in range(4)]
    assert told == ["no answer", "429000", "no answer", "TC/DI"]
    assert brief(pay(double, "other", now_seconds=START + HOUR)) == "400025"


def test_the_nth_request_can_be_named() -> None:
    """The third payment request from the start, whoever's it is."""
    double = FiservDouble(3)
    double.faults.nth(3, "paid-then-500")
    assert [brief(pay(double, f"k{n}")) for n in range(4)] == ["TC/DI", "TC/DI", "500000", "TC/DI"]


@pytest.mark.parametrize("wrong", [("no-such-fault", 0.5), ("declined", 1.5)])
def test_a_wrong_name_or_rate_is_an_error(wrong: tuple[str, float]) -> None:
    """A misspelt fault would make a rehearsal that proves nothing."""
    with pytest.raises(ValueError, match=wrong[0]):
        Faults(dict([wrong]))


def test_a_notice_that_is_refused_is_repeated_five_times() -> None:
    """Six deliveries in all, then it is given up."""
    double = FiservDouble(3)
    pay(double)
    attempts = []
    for minute in range(60):
        for notice in double.due_notices(START + 60 * minute):
            attempts.append(notice.attempt)
            double.undelivered(notice, START + 60 * minute)
    assert attempts == [1, 2, 3, 4, 5, 6]


def test_a_notice_can_be_asked_for_again() -> None:
    """A lost notice comes after all when the partner is asked for it."""
    double = FiservDouble(3, faults=Faults({"webhook-lost": 1.0}))
    pay(double)
    double.faults.clear()
    body = b'{"eventType":"PAYMENT","scope":"WEBHOOK"}'
    call(double, "PATCH", "/ddp/v1/payments/notifications/k", body, START + 60)
    (notice,) = double.due_notices(START + HOUR)
    assert json.loads(notice.body)["eventData"]["merchantTransactionId"] == "k"


@pytest.mark.parametrize("same", [True, False])
def test_the_seed_decides_everything(seed: int, same: bool) -> None:
    """Same seed, same answers and books, byte for byte; another seed, others."""

    def run(seed: int) -> tuple[str, list[Reply]]:
        rates = {id: 0.05 for id in FAULTS if not FAULTS[id].usual}
        settings = Settings(latency_p50_seconds=0.1, latency_p99_seconds=1.0)
        double = FiservDouble(seed, settings, Faults(rates))
        replies = [pay(double, f"k{n % 150}", START + 60 * n) for n in range(300)]
        double.due_notices(START + 30 * DAY)
        double.books.check()
        return double.books.digest(), replies

    assert (run(seed) == run(seed if same else seed + 1)) is same


def test_whatever_goes_wrong_the_books_add_up(seed: int) -> None:
    """With all faults on, money is set aside, paid, given back and returned without a remainder."""
    rates = {id: 0.1 for id in FAULTS if not FAULTS[id].usual and id != "funding-emptied"}
    double = FiservDouble(seed, None, Faults(rates))
    for n in range(2_000):
        pay(double, f"k{n % 700}", START + 30 * n)
    double.advance(START + 90 * DAY)
    books = double.books
    books.check()
    spent = books.paid_minor() - books.returned_minor()
    assert books.ledger_minor() == double.settings.funding_minor - spent
    held = {entry.key for entry in books.entries if entry.kind == "held"}
    assert books.ledger_minor() - books.available_minor() == 1_000 * sum(
        entry.kind == "held" for entry in books.entries
    )
    assert held
    assert books.doubles() == ()
