"""A question about a price is understood word by word, and what is not is listed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from frugal.model.errors import BadRequest
from frugal.price.bill import price_described
from frugal.price.sources import from_words
from frugal.price_list.lookup import open_snapshot
from frugal.read.usage_words import usage_words

QUESTIONS = {
    "3 million Lambda requests at 1536 MB and 120 ms in us-east-1": "9.600018",
    "10 million SQS requests": "4.00",
    "5M FIFO SQS requests of 128 KB": "5.00",
    "1 million SNS publishes and 3000 emails": "0.56",
    "8760 EventBridge Scheduler invocations": "0.00876",
    "5 million EventBridge events of 64 KB": "5.00",
    "S3: 6 GB, 20,000 PUTs and 200,000 GETs": "0.318",
    "2 NAT gateways with 100 GB": "70.20",
    "the $12 Lightsail plan": "11.7676",
    "4 secrets and 10,000 Secrets Manager requests": "1.65",
    "12 alarms and 3 custom metrics": "2.10",
    "300 million HTTP API requests and 5M REST API calls": "317.5",
    "2 Fargate tasks with 1 vCPU and 2 GB": "72.0802",
    "t4g.small EC2 for 100 hours": "1.68",
    "KMS: 1 key and 1 million requests": "4.00",
    "18 million websocket API messages and 21.6 million connection minutes cost?": "23.4",
}


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_question_is_priced_as_its_usage(words: str) -> None:
    """No word is left over, and the total is what a usage file of the same would be."""
    month = from_words(words)
    assert month.not_understood == ()
    assert price_described(month, open_snapshot()).total == Decimal(QUESTIONS[words])


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("12 unicorns of Lambda with 1 GB", ("12 unicorns",)),
        ("5 million SQS requests and a helicopter", ("helicopter",)),
        ("10 GB of logs in purple", ("purple",)),
    ],
)
def test_what_is_not_understood_is_listed(words: str, left: tuple[str, ...]) -> None:
    """A word nothing was made of is named beside the price, which is then a lower bound."""
    month = from_words(words)
    assert month.not_understood == left
    assert not price_described(month, open_snapshot()).complete


def test_a_rate_becomes_a_month() -> None:
    """What is said per day is a month's: 730 hours."""
    (asked,) = usage_words("24,000 Lambda invocations a day at 100 ms").asked
    assert dict(asked.given)["requests"] == 24_000 * Decimal(730) / 24


def test_two_of_one_service_stay_two() -> None:
    """The second size of a function is another entry, not an overwritten one."""
    month = from_words("1M lambda requests of 100 ms at 128 MB, 2M requests of 200 ms at 256 MB")
    assert [entry.service for entry in month.entries] == ["aws_lambda"] * 2
    assert month.not_understood == ()


@pytest.mark.parametrize(
    ("words", "free_tier", "region"),
    [
        ("5 SQS requests with the free tier in eu-west-1", "always", "eu-west-1"),
        ("5 SQS requests without free tier", "none", "us-east-1"),
        ("5 SQS requests in Frankfurt", "none", "eu-central-1"),
    ],
)
def test_region_and_free_tier_are_heard(words: str, free_tier: str, region: str) -> None:
    """Where and with which allowances is taken from the words."""
    month = from_words(words)
    assert (month.free_tier, month.region) == (free_tier, region)


@pytest.mark.parametrize("words", ["hello there", "", "\x00", "a" * 30_000])
def test_no_question_is_refused(words: str) -> None:
    """Words that name no service are one clear error."""
    with pytest.raises(BadRequest):
        from_words(words)
