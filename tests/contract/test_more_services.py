"""What plain words come to: quantities as AWS's own examples have them, and what is not known.

The worked numbers of every file are in ``test_services``; here stand the rules between what a
person says and what is billed, for services that are priced without a design.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

import pytest

from frugal.aws_facts import limit
from frugal.price_list.lookup import open_snapshot
from frugal.price_list.meter import Meter
from frugal.services import (
    Unsaid,
    Usage,
    app_runner,
    ebs,
    ec2,
    kinesis,
    lightsail,
    lightsail_bucket,
    lightsail_distribution,
    load_balancer,
    pipes,
    route53,
    s3,
    service,
    service_ids,
    unpriced_names,
    why_unpriced,
    xray,
)
from frugal.services import gateway_load_balancer as gateway

HOURS = Decimal(730)
MILLION = Decimal(1_000_000)
#: AWS's examples with hours of a 30-day month.
AWS_HOURS = Decimal(720)
NEW = (
    "app_runner",
    "classic_load_balancer",
    "ebs",
    "ecr",
    "gateway_load_balancer",
    "kinesis",
    "lightsail_bucket",
    "lightsail_distribution",
    "network_load_balancer",
    "pipes",
    "route53",
    "s3",
    "xray",
)


def rows(service_id: str, month: Decimal = HOURS, /, **said: Any) -> list[Usage | Unsaid]:
    found = service(service_id)
    assert found.inputs is not None
    numbers = {
        name: Decimal(str(value)) if isinstance(value, int | float) and value is not True else value
        for name, value in said.items()
    }
    return list(found.used(found.inputs(**numbers), month))


def used(service_id: str, month: Decimal = HOURS, /, **said: Any) -> dict[Meter, Decimal]:
    return {
        row.meter: row.quantity
        for row in rows(service_id, month, **said)
        if isinstance(row, Usage) and isinstance(row.quantity, Decimal)
    }


def unsaid(service_id: str, /, **said: Any) -> dict[Meter, str]:
    return {row.meter: row.needs for row in rows(service_id, **said) if isinstance(row, Unsaid)}


def cost(quantities: dict[Meter, Decimal], region: str = "us-east-1") -> Decimal:
    prices = open_snapshot()
    return sum(
        (
            prices.find(meter, region).without_allowance().cost(amount)
            for meter, amount in quantities.items()
        ),
        Decimal(0),
    )


def test_pipes_bill_batches_that_pass_the_filter() -> None:
    """AWS's example: ten million events, a quarter pass, five a batch: half a million requests."""
    said = {"events": 10 * MILLION, "matching_percent": 25, "batch_size": 5}
    assert used("pipes", **said) == {pipes.REQUESTS: Decimal(500_000)}
    assert cost(used("pipes", **said)) == Decimal("0.2")


@pytest.mark.parametrize(("kb", "requests"), [(64, 1), (65, 2), (200, 4)])
def test_pipes_bill_each_64_kb(kb: int, requests: int) -> None:
    """A large batch is as many requests as it fills 64 KB."""
    assert used("pipes", events=1, event_kb=kb) == {pipes.REQUESTS: Decimal(requests)}


@pytest.mark.parametrize(("kb", "units"), [("0.2", 1), ("25", 1), ("25.1", 2), ("100", 4)])
def test_kinesis_counts_each_25_kb_of_a_record(kb: str, units: int) -> None:
    """A payload unit is 25 KB of one record, never shared between records."""
    found = used("kinesis", shards=1, records=1000, record_kb=Decimal(kb))
    assert found[kinesis.PAYLOAD_UNITS] == units * 1000


def test_kinesis_on_demand_rounds_each_record_up_to_1_kb() -> None:
    """Records of 4.5 KB count 5 KB each."""
    found = used("kinesis", mode="on_demand", records=1_048_576, record_kb=4.5, read_gb=0)
    assert found[kinesis.ON_DEMAND_IN_GB] == 5
    assert found[kinesis.STREAM_HOURS] == HOURS


def test_kinesis_keeps_a_day_for_nothing() -> None:
    """Beyond 24 hours an add-on or GB-months are billed, beyond seven days further GB-months."""
    day, week, month = (
        set(used("kinesis", shards=2, written_gb=10, put_payload_units=1, retention_hours=hours))
        for hours in (24, 168, 720)
    )
    assert week - day == {kinesis.EXTENDED_SHARD_HOURS}
    assert month - week == {kinesis.LONG_TERM_GB_MONTHS}
    kept = used("kinesis", mode="on_demand", written_gb=73, read_gb=0, retention_hours=178)
    assert kept[kinesis.ON_DEMAND_EXTENDED_GB_MONTHS] == Decimal("14.4")  # 144 h of 730
    assert kept[kinesis.ON_DEMAND_LONG_TERM_GB_MONTHS] == Decimal(1)  # 10 h of 730


def test_s3_as_a_calculator_prints_it() -> None:
    """2 GB, 10,000 PUTs and 10,000 GETs in Standard are $0.10."""
    found = used("s3", storage_gb=2, put_requests=10_000, get_requests=10_000)
    assert cost(found) == Decimal("0.046") + Decimal("0.05") + Decimal("0.004")


def test_s3_select_is_billed_by_what_it_scans_and_returns() -> None:
    """AWS's guidance for workforce management: 1 GB, 100,000 of each request, Select of 1 GB."""
    found = used(
        "s3",
        storage_gb=1,
        put_requests=100_000,
        get_requests=100_000,
        select_scanned_gb=1,
        select_returned_gb=1,
    )
    assert cost(found) == Decimal("0.5657")


def test_s3_tiering_counts_what_is_cold_once() -> None:
    """What has grown cold is not billed as warm too, and every object is watched."""
    found = used(
        "s3",
        storage_class="intelligent_tiering",
        storage_gb=100,
        infrequent_access_gb=60,
        archive_instant_access_gb=30,
        monitored_objects=5000,
    )
    assert found == {
        s3.STORAGE["intelligent_tiering"]: 10,
        s3.TIERED_INFREQUENT: 60,
        s3.TIERED_ARCHIVE_INSTANT: 30,
        s3.TIERED_OBJECTS: 5000,
    }


def test_s3_bills_reading_back_only_where_the_class_does() -> None:
    """Standard has no retrieval charge; every class that has one bills it."""
    assert cost(used("s3", storage_gb=0, retrieved_gb=100)) == 0
    for kind in s3.RETRIEVALS:
        found = used("s3", storage_class=kind, storage_gb=0, retrieved_gb=100)
        assert found[s3.RETRIEVALS[kind]] == 100


def test_s3_counts_small_objects_as_larger_where_it_is_cold() -> None:
    """A GiB in a million small objects is a million of 128 KB in an infrequent-access class."""
    said = {"storage_gb": 1, "objects": 1_048_576}
    assert used("s3", **said) == {s3.STORAGE["standard"]: 1}
    assert used("s3", storage_class="standard_ia", **said) == {s3.STORAGE["standard_ia"]: 128}
    assert used("s3", storage_class="glacier_flexible_retrieval", **said) == {
        s3.STORAGE["glacier_flexible_retrieval"]: 1 + 32,
        s3.STORAGE["standard"]: 8,
    }


def test_every_s3_class_has_storage_and_requests() -> None:
    """No class is forgotten in a table: each has its storage, its PUT and its GET."""
    classes = set(get_args(s3.StorageClass))
    assert set(s3.STORAGE) == set(s3.PUTS) == set(s3.GETS) == classes


def test_xray_samples_requests() -> None:
    """Ten million requests sampled at 5 % are half a million traces."""
    assert used("xray", requests=10 * MILLION, sampled_percent=5) == {
        xray.RECORDED: Decimal(500_000)
    }
    assert used("xray", traces_recorded=7, insights=True) == {xray.RECORDED: 7, xray.INSIGHTS: 7}


def test_route53_zones_are_dearer_at_first() -> None:
    """Twenty-five zones at $0.50, the rest at $0.10; alias queries are nobody's to say."""
    assert cost(used("route53", hosted_zones=26, queries=0)) == Decimal("12.6")
    found = used("route53", queries=0, latency_queries=MILLION, health_checks_elsewhere=2)
    assert cost(found) == Decimal("0.5") + Decimal("0.6") + Decimal("1.5")


def test_app_runner_bills_memory_once() -> None:
    """An active instance adds its vCPUs; memory only where it is beyond the provisioned ones."""
    one = used("app_runner", memory_gb=2, active_hours=100)
    assert one == {
        app_runner.PROVISIONED_GB_HOURS: HOURS * 2,
        app_runner.ACTIVE_VCPU_HOURS: Decimal(100),
    }
    three = used("app_runner", memory_gb=2, active_hours=100, active_instances=3)
    assert three[app_runner.ACTIVE_GB_HOURS] == 400
    assert three[app_runner.ACTIVE_VCPU_HOURS] == 300


@pytest.mark.parametrize("kind", ["gp3", "gp2", "st1"])
def test_ebs_counts_part_of_a_month(kind: str) -> None:
    """AWS's examples: 2,000 GB for 12 hours of a 30-day month are 33.3333 GB-months."""
    found = used("ebs", AWS_HOURS, volume_type=kind, size_gb=2000, hours=12)
    assert abs(found[ec2.volume_meter(kind)] - Decimal("33.3333")) < Decimal("0.0001")


def test_ebs_gp3_includes_its_first_performance() -> None:
    """AWS's example: of 10,000 IOPS and 500 MB/s, 7,000 and 375 are billed, for 1/60 month."""
    found = used(
        "ebs", AWS_HOURS, size_gb=2000, hours=12, iops=10_000, throughput_mib_per_second=500
    )
    assert abs(found[ec2.iops_meter("gp3")] - Decimal("116.6667")) < Decimal("0.0001")
    assert abs(found[ec2.THROUGHPUT] * 1024 - Decimal("6.25")) < Decimal("0.0001")
    assert set(used("ebs", size_gb=1, iops=3000, throughput_mib_per_second=125)) == {ec2.GP3}


def test_ebs_io2_is_cheaper_beyond_its_bands() -> None:
    """100,000 IOPS are 32,000 of each of two bands and 36,000 beyond."""
    found = used("ebs", volume_type="io2", size_gb=1000, iops=100_000)
    by_band = [found[ebs.IO2_IOPS[tier]] for tier in ("io2", "io2.tier2", "io2.tier3")]
    assert by_band == [32_000, 32_000, 36_000]


def test_ebs_is_not_priced_where_it_was_not_read() -> None:
    """gp2 has a price in eu-west-1 and none in us-east-1: no Region stands for another."""
    (meter,) = used("ebs", volume_type="gp2", size_gb=10)
    assert open_snapshot().has(meter, "eu-west-1")
    assert not open_snapshot().has(meter, "us-east-1")


def test_snapshots_need_no_volume() -> None:
    """Snapshots may be all there is; then no volume's size is asked for."""
    assert used("ebs", snapshot_gb=10) == {ec2.SNAPSHOT_STANDARD: 10}
    assert not unsaid("ebs", snapshot_gb=10)


@pytest.mark.parametrize(
    ("said", "units"),
    [
        ({"new_connections_per_second": 1600}, 2),
        ({"new_connections_per_second": 100, "protocol": "tls"}, 2),
        ({"active_connections": 50_000}, "0.5"),
        ({"processed_gb": 2190}, 3),
        ({"processed_gb": 730, "new_connections_per_second": 8000}, 10),
        ({"capacity_units": 4, "processed_gb": 7300}, 4),
    ],
)
def test_a_capacity_unit_is_its_fullest_dimension(said: dict[str, Any], units: Any) -> None:
    """The largest share decides, by protocol; units that are said are believed."""
    found = used("network_load_balancer", **said)
    assert found[load_balancer.NETWORK_LCU_HOURS] == Decimal(units) * HOURS


def test_a_gateway_balancer_is_billed_in_each_zone() -> None:
    """Two zones are two hours an hour; the capacity units are the whole balancer's."""
    found = used("gateway_load_balancer", zones=2, processed_gb=730, endpoints=1, endpoint_gb=730)
    assert found[gateway.HOURS] == HOURS * 2
    assert found[gateway.GLCU_HOURS] == HOURS
    assert found[gateway.ENDPOINT_GB] == 730


def test_a_bucket_plan_is_a_lower_bound() -> None:
    """A plan's fee is in no list: the bucket bills it all the same, so it stays unpriced."""
    found = used("lightsail_bucket", storage_over_gb=10)
    assert found == {lightsail.bucket_meter(): 1, lightsail_bucket.OVER_STORAGE["5"]: 10}
    assert not open_snapshot().has(lightsail.bucket_meter(), "us-east-1")


def test_a_distribution_costs_the_same_from_anywhere() -> None:
    """Lightsail keeps distributions in us-east-1, so a Region without rows has their price too."""
    found = used("lightsail_distribution", plan_transfer_gb="200")
    assert cost(found, "eu-central-1") == cost(found) == 10
    assert set(found) == {lightsail_distribution.PLAN_FEES["200"]}


@pytest.mark.parametrize("service_id", NEW)
def test_what_nobody_said_is_not_zero(service_id: str) -> None:
    """Without a word of use, a metered service says what it needs to know, or bills a fixed fee."""
    inputs = service(service_id).inputs
    assert inputs is not None
    assert rows(service_id)
    for needs in unsaid(service_id).values():
        assert needs.split(",")[0] in inputs.__struct_fields__
    assert all(amount > 0 for amount in used(service_id).values())


@pytest.mark.parametrize("service_id", NEW)
@pytest.mark.parametrize("region", ["eu-west-1", "ap-northeast-1"])
def test_worked_meters_are_priced_elsewhere(service_id: str, region: str) -> None:
    """What the worked number uses has a price in other Regions too, but for EBS in Tokyo."""
    for example in service(service_id).examples:
        for meter, _ in example.quantities:
            read = (service_id, region) != ("ebs", "ap-northeast-1")
            assert open_snapshot().has(meter, region) is read


def test_health_checks_of_aws_endpoints_are_not_guessed() -> None:
    """Two rates without a range between them are no price."""
    assert used("route53", queries=0, health_checks_aws=60)[route53.CHECKS_AWS] == 60
    assert not open_snapshot().has(route53.CHECKS_AWS, "us-east-1")


def test_quotas_are_facts() -> None:
    """Every quota a service names is an AWS fact with a source."""
    for service_id in service_ids():
        for quota in service(service_id).quotas:
            assert limit(quota).source


@pytest.mark.parametrize(
    "said", ["firehose", "Amazon Data Firehose", "AWS-WAF", "rds mysql", "Kafka", "CloudFront"]
)
def test_a_service_without_a_price_has_a_reason(said: str) -> None:
    """What AWS sells and no file prices is unpriced with a reason, however it is written."""
    assert why_unpriced(said)


@pytest.mark.parametrize("said", ["", "sqs", "fierhose", "amazon", "; drop table"])
def test_other_words_are_not_in_the_table(said: str) -> None:
    """A service that has a file, and a word nobody knows, are not called unpriced."""
    assert why_unpriced(said) is None


def test_the_table_holds_nothing_that_is_priced() -> None:
    """A service leaves the table when it gets a file; no offer we hold is called unread."""
    named = {word for id in service_ids() for word in (id, *service(id).known_as)}
    assert not named & set(unpriced_names())
    offers = [offer.lower() for offer in open_snapshot().offers()]
    for word in unpriced_names():
        reason = why_unpriced(word)
        assert reason
        held = any(word.replace("_", "") in offer for offer in offers)
        assert not (held and reason.startswith("no price row")), word
