"""A described month is billed exactly: bands, allowances, what is not priced, and what is said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from frugal.model.errors import BadRequest
from frugal.price.bill import Bill, price_described
from frugal.price.usage_file import read_usage
from frugal.price_list.lookup import open_snapshot


def bill(usage: str, head: str = "") -> Bill:
    return price_described(read_usage(f"{head}\nusage:\n{usage}\n"), open_snapshot())


def total(usage: str, head: str = "") -> Decimal:
    return bill(usage, head).total


def test_the_published_example_of_lambda() -> None:
    """3 million requests of 120 ms at 1536 MB are $2.73 with the allowances (AWS's own page)."""
    example = "  - {service: lambda, requests: 3000000, duration_ms: 120, memory_mb: 1536}"
    priced = bill(example, "free_tier: always")
    assert priced.total == Decimal("2.733338")
    assert [line.pricing_quantity for line in priced.billed_lines] == [2_000_000, 140_000]
    assert [line.free_quantity for line in priced.billed_lines] == [1_000_000, 400_000]
    assert priced.estimate.list_monthly == Decimal("9.600018")
    assert priced.complete


def test_allowances_are_shared_by_what_shares_them() -> None:
    """Standard and FIFO queues have one free million together, x86 and Arm functions too."""
    queues = (
        "  - {service: sqs, requests: 600000}\n  - {service: sqs, queue: fifo, requests: 600000}"
    )
    assert total(queues, "free_tier: always") == 200_000 * Decimal("0.0000005")
    functions = (
        "  - {service: lambda, requests: 600000, duration_ms: 1}\n"
        "  - {service: lambda, requests: 600000, duration_ms: 1, architecture: arm64}"
    )
    assert total(functions, "free_tier: always") == 200_000 * Decimal("0.0000002")


def test_what_the_account_uses_already_is_not_free_again() -> None:
    """An allowance, and a $0 first band, are smaller by what else the account uses."""
    head = "account:\n  already_used:\n    - {service: sqs, requests: 900000}"
    assert total("  - {service: sqs, requests: 300000}", head) == 200_000 * Decimal("0.0000004")
    head = "account:\n  already_used:\n    - {service: dynamodb, storage_gb: 20}"
    assert total("  - {service: dynamodb, storage_gb: 10}", head) == 5 * Decimal("0.25")


def test_a_zero_band_is_an_allowance() -> None:
    """With every allowance off the first e-mail is paid for; with them, a thousand are free."""
    emails = "  - {service: sns, email_deliveries: 3000}"
    assert total(emails) == 3000 * Decimal("0.00002")
    assert total(emails, "free_tier: always") == 2000 * Decimal("0.00002")


def test_provisioned_functions_have_no_allowance() -> None:
    """AWS's free tier leaves out functions with provisioned concurrency."""
    warm = (
        "  - {service: lambda, requests: 1000, duration_ms: 10, provisioned_concurrency: 1,"
        " provisioned_hours: 1}"
    )
    assert total(warm, "free_tier: always") == total(warm)


def test_bands_are_shared_by_entries_of_one_meter() -> None:
    """Two APIs' calls add up before the cheaper band begins, and each line says its bands."""
    calls = "  - {service: api_gateway, requests: 200000000}"
    priced = bill(f"{calls}\n{calls}")
    assert priced.total == 300 + 100 * Decimal("0.9")
    first, second = priced.billed_lines
    assert len(first.bands) == 1
    assert [band.quantity for band in second.bands] == [100_000_000, 100_000_000]


def test_a_plan_costs_at_most_its_price() -> None:
    """A Lightsail month is capped at 744 hours however long the month."""
    plan = "  - {service: lightsail, plan_usd: 12}"
    assert total(plan, "hours: 730") == Decimal("11.7676")
    assert total(plan, "hours: 744") == total(plan, "hours: 760") == Decimal("11.99328")


@pytest.mark.parametrize(
    ("usage", "part"),
    [
        ("  - {service: lambda, requests: 5}", "duration_ms"),
        ("  - {service: nat_gateway}", "processed_gb"),
        ("  - {service: firehose}", "no price row"),
        ("  - {service: sns, sms_messages: 5}", "no row answers"),
        ("  - {service: eventbridge}", "nothing is said"),
        ("  - {service: ec2, instance_type: z9.huge}", "no row answers"),
        ("  - {service: data_transfer, between_regions_gb: 5}", "no row answers"),
    ],
)
def test_what_has_no_price_is_never_nothing(usage: str, part: str) -> None:
    """A part without a price, or of an amount nobody said, makes the total a lower bound."""
    priced = bill(usage)
    assert not priced.complete
    assert any(part in missing.reason for missing in priced.estimate.unpriced)


def test_an_input_that_changes_nothing_is_named() -> None:
    """A message size on a queue that is said in requests is likely a slip."""
    priced = bill("  - {service: sqs, requests: 5, message_kb: 100}")
    assert priced.notes == ("sqs: `message_kb` changes nothing here",)


@pytest.mark.parametrize(
    ("opened", "part"),
    [("2024-01-01", "12 months"), ("2026-01-01", "sign-up credits"), ("", "is not said")],
)
def test_what_the_account_may_have_besides_is_said(opened: str, part: str) -> None:
    """Offers that are not modelled are listed, by the account's date."""
    head = f"free_tier: account\naccount: {{opened: {opened}}}" if opened else "free_tier: account"
    (note,) = bill("  - {service: sqs, requests: 5}", head).notes
    assert part in note


def test_a_region_nobody_knows_is_refused() -> None:
    """A slip in the Region would price nothing; the nearest ones are named."""
    with pytest.raises(BadRequest, match="us-east-1"):
        bill("  - {service: sqs, requests: 5}", "region: us-eats-1")
