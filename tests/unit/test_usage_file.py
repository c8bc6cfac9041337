"""A usage file is read strictly, and every refusal says where and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest
from frugal.price.described import service_named
from frugal.price.usage_file import load_usage, read_usage

LAMBDA = "usage:\n  - {service: lambda, requests: 10, duration_ms: 5}\n"


def refused(text: str) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read_usage(text)
    return caught.value


def test_what_is_left_out_has_stated_defaults() -> None:
    """A month is 730 hours in us-east-1 with every allowance off, unless the file says else."""
    month = read_usage(LAMBDA)
    assert (month.region, month.hours, month.free_tier) == ("us-east-1", Decimal(730), "none")
    (entry,) = month.entries
    assert (entry.service, entry.name) == ("aws_lambda", "lambda")
    assert entry.said == ("requests", "duration_ms")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("lambda", "aws_lambda"),
        ("AWS Lambda", "aws_lambda"),
        ("Amazon SQS", "sqs"),
        ("nat gateway", "nat_gateway"),
        ("NAT", "nat_gateway"),
        ("ssm", "parameter_store"),
        ("eventbridge", "eventbridge"),
        ("eventbridge_scheduler", "scheduler"),
        ("alb", "load_balancer"),
        ("http_api", "api_gateway"),
    ],
)
def test_a_service_may_be_called_as_people_call_it(said: str, meant: str) -> None:
    """Ids, AWS's own names and the usual short ones mean the same service."""
    assert service_named(said, "") == (meant, "")


@pytest.mark.parametrize(
    ("text", "where", "part"),
    [
        ("usage:\n  - service: lambda\n    request: 3\n", "usage.yaml:3", "`requests`"),
        ("usage:\n  - service: lamda\n", "usage.yaml:2", "Did you mean `lambda`"),
        ("usage:\n  - service: function_url\n", "usage.yaml:2", "nothing of its own"),
        ("usage:\n  - service: cloudwatch\n", "usage.yaml:2", "cloudwatch_alarms or"),
        ("regin: us-east-1\nusage: []\n", "usage.yaml:1", "`region`"),
        ("usage:\n  - service: sqs\n    queue: fifoo\n", "usage.yaml:3", "`fifo`"),
        ("usage:\n  - service: sqs\n    requests: -3\n", "usage.yaml:3", "from 0 up"),
        ("usage:\n  - service: sqs\n    requests: 3 million\n", "usage.yaml:3", "from 0 up"),
        ("usage:\n  - service: sqs\n    requests: .inf\n", "usage.yaml:3", "from 0 up"),
        ("usage:\n  - service: sqs\n    requests: [1]\n", "usage.yaml:3", "one value"),
        ("usage:\n  - {name: a}\n", "usage.yaml:2", "no `service`"),
        ("usage: []\n", "usage.yaml:1", "list of entries"),
        ("region: moon\nusage: []\n", "usage.yaml:1", "Region's id"),
        ("hours: 0\nusage: []\n", "usage.yaml:1", "hours of a month"),
        ("free_tier: some\nusage: []\n", "usage.yaml:1", "`free_tier` cannot be"),
        ("usage:\n  - service: ec2\n", "usage.yaml:2", "`instance_type`"),
        ("schema: 2\n" + LAMBDA, "usage.yaml:1", "`schema` must be 1"),
        ("account: {opened: yesterday}\n" + LAMBDA, "usage.yaml:1", "must be a date"),
        ("free_tier: none\naccount: {opened: 2024-01-01}\n" + LAMBDA, "usage.yaml:1", "account"),
        ("region: us-east-1\n", "usage.yaml", "no `usage`"),
        ("- 1\n", "usage.yaml:1", "mapping"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, where: str, part: str) -> None:
    """One error: what is wrong, in which line, and the nearest that would be right."""
    trouble = refused(text)
    assert trouble.where == where
    assert part in str(trouble)


def test_entries_of_one_name_are_told_apart() -> None:
    """Two functions that nobody named are two lines, not one."""
    month = read_usage(LAMBDA + "  - {service: lambda, requests: 20, duration_ms: 5}\n")
    assert [entry.name for entry in month.entries] == ["lambda", "lambda 2"]


def test_an_account_makes_the_free_tier_its_own() -> None:
    """Who says what is already used need not say `free_tier: account` too."""
    month = read_usage("account:\n  already_used:\n    - {service: sqs, requests: 5}\n" + LAMBDA)
    assert month.free_tier == "account"
    assert month.account.already_used[0].service == "sqs"


def test_a_service_without_a_price_is_known(tmp_path: Path) -> None:
    """What AWS sells and nothing here prices is an entry with its reason, not a mistake."""
    path = tmp_path / "month.yaml"
    path.write_text("usage:\n  - {service: firehose, records: 5}\n", encoding="utf-8")
    (entry,) = load_usage(path).entries
    assert entry.inputs is None
    assert entry.unpriced


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """No file, a folder, and bytes that are no text each have their own words."""
    (tmp_path / "bytes.yaml").write_bytes(b"usage: \xff\n")
    for path, part in (
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "cannot be read"),
        (tmp_path / "bytes.yaml", "not UTF-8"),
    ):
        with pytest.raises(BadRequest, match=part):
            load_usage(path)
