"""How fast a Terraform plan of 500 resources is read and priced, warm. Prints; never asserts.

    python bench/template_bench.py [--resources 500]

Goal: 50 ms, at most 300 ms. The plan is made here, in the layout ``terraform show -json`` writes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("aws_lambda_function", {"memory_size": 512, "architectures": ["arm64"]}),
    ("aws_sqs_queue", {"fifo_queue": False}),
    ("aws_iam_role", {"name": "worker"}),
    ("aws_cloudwatch_metric_alarm", {"period": 60}),
    (
        "aws_db_instance",
        {
            "engine": "postgres",
            "instance_class": "db.t4g.micro",
            "allocated_storage": 20,
            "storage_type": "gp3",
            "multi_az": False,
        },
    ),
    ("aws_cloudwatch_log_group", {"retention_in_days": 30}),
    ("aws_scheduler_schedule", {"schedule_expression": "rate(5 minutes)"}),
    (
        "aws_instance",
        {
            "instance_type": "t4g.small",
            "associate_public_ip_address": True,
            "root_block_device": [{"volume_size": 20, "volume_type": "gp3"}],
        },
    ),
    ("aws_secretsmanager_secret", {"name": "database"}),
    ("aws_security_group_rule", {"type": "ingress"}),
)


def plan_of(count: int) -> dict[str, Any]:
    """Return a plan of so many resources, of the kinds of stack people have."""
    resources, changes = [], []
    for number in range(count):
        kind, values = KINDS[number % len(KINDS)]
        address = f"{kind}.part[{number}]"
        resources.append(
            {
                "address": address,
                "mode": "managed",
                "type": kind,
                "name": "part",
                "index": number,
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "schema_version": 0,
                "values": values,
                "sensitive_values": {},
            }
        )
        changes.append(
            {
                "address": address,
                "mode": "managed",
                "type": kind,
                "name": "part",
                "index": number,
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": values,
                    "after_unknown": {"arn": True, "id": True},
                },
            }
        )
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.5",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {
                "aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}
            }
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--resources", type=int, default=500)
    count = parser.parse_args().resources

    from frugal.price.bill import price_described
    from frugal.price.sources import described
    from frugal.price_list.lookup import open_snapshot

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps(plan_of(count)), encoding="utf-8")
        prices, taken = open_snapshot(), []
        for _ in range(8):
            started = perf_counter()
            bill = price_described(described((path,)), prices)
            taken.append((perf_counter() - started) * 1000)
    print(
        f"plan of {count} resources, read and priced: {median(taken[1:]):.1f} ms warm "
        f"(goal 50, at most 300), {taken[0]:.0f} ms the first time; {len(bill.billed_lines)} lines"
    )


if __name__ == "__main__":
    main()
