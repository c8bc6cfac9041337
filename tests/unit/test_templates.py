"""Templates of each format, read into resources and priced: what is told, and what is left open."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from frugal.model.errors import BadRequest
from frugal.price.bill import Bill, price_described
from frugal.price.sources import described
from frugal.price_list.lookup import open_snapshot
from frugal.services import Reference, Resource
from frugal.survey.templates import Template, is_template, read_template

SAMPLES = Path(__file__).parents[1] / "samples" / "templates"


def resources(template: Template) -> dict[str, Resource]:
    return {one.address: one for one in template.resources}


def priced(*files: Path) -> Bill:
    return price_described(described(files), open_snapshot())


def reasons(bill: Bill) -> dict[str, str]:
    return {part.placement: part.reason for part in bill.estimate.unpriced}


def wrong(path: Path, text: str) -> str:
    """Return what is said of a file that cannot be used."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRequest) as caught:
        priced(path)
    return str(caught.value)


def test_cloudformation_is_evaluated_as_far_as_it_says() -> None:
    """Parameters' defaults, mappings and conditions are carried out; lines are kept."""
    found = resources(read_template(SAMPLES / "stack.yaml", "eu-central-1"))
    worker = found["Worker"]
    assert worker.number("memory_size") == Decimal(1024)
    assert worker.text("function_name") == "prod-worker"
    assert worker.get("role") == Reference("Role")
    assert worker.where == "stack.yaml:17"
    assert found["Endpoint"].count("subnet_ids") == 2
    assert "OnlyInTest" not in found


def test_what_cloudformation_leaves_open_is_listed_never_guessed() -> None:
    """A parameter without a default, an undecided condition and a foreign type have no price."""
    open_ones = reasons(priced(SAMPLES / "stack.yaml"))
    assert "the parameter Class has no default" in open_ones["Database"]
    assert "whether it is made is not known" in open_ones["Undecided"]
    assert "no service file reads this type: AWS::Neptune::DBCluster" in open_ones["Graph"]
    assert "Custom::Thing" in open_ones["Odd"]
    assert open_ones["Worker"] == "needs usage: requests, duration_ms (stack.yaml:17)"


def test_an_instance_is_a_lower_bound_until_its_image_is_known(tmp_path: Path) -> None:
    """No template says which operating system an image holds, and some are billed by the hour."""
    box = {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": "t3.small"}}
    template = tmp_path / "box.json"
    template.write_text(json.dumps({"Resources": {"Box": box}}), encoding="utf-8")
    bill = priced(template)
    assert not bill.estimate.complete
    assert any("operating system" in part.reason for part in bill.estimate.unpriced)


def test_sam_is_expanded_to_what_it_makes() -> None:
    """A function's events become rules, schedules and one shared API; globals are merged."""
    found = resources(read_template(SAMPLES / "sam.yaml", "us-east-1"))
    assert {one.type for one in found.values()} == {
        "AWS::ApiGatewayV2::Api",
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::Lambda::Function",
        "AWS::SQS::Queue",
        "AWS::Scheduler::Schedule",
        "AWS::StepFunctions::StateMachine",
    }
    assert found["Tick"].number("memory_size") == 256
    assert found["Big"].number("memory_size") == 2048
    assert found["Big"].text("architectures") == "arm64"
    assert found["ServerlessHttpApi"].type == "AWS::ApiGatewayV2::Api"
    assert found["Tick/Every"].text("schedule_expression") == "rate(1 hour)"
    assert found["Flow"].text("state_machine_type") == "EXPRESS"


def test_a_plan_joins_what_is_known_after_apply() -> None:
    """A service finds its task definition through the configuration; data sources make nothing."""
    template = read_template(SAMPLES / "plan.json", "us-east-1")
    found = resources(template)
    assert template.region == "eu-central-1"
    assert "data.aws_region.here" not in found
    assert found["aws_ecs_service.web"].where == "plan.json:8"
    bill = priced(SAMPLES / "plan.json")
    assert bill.estimate.region_id == "eu-central-1"
    sizes = [line.used_quantity for line in bill.billed_lines if line.service == "fargate"]
    assert sizes == [Decimal("182.5"), Decimal(365)]
    assert 'module.queue[0].aws_sqs_queue.this["jobs"]' in reasons(bill)
    assert "storage_gb" in reasons(bill)["aws_db_instance.ledger"]


def test_a_terraform_folder_is_read_as_far_as_it_is_plain() -> None:
    """Variables, locals, count, for_each and local modules; functions are Terraform's."""
    template = read_template(SAMPLES / "terraform", "us-east-1")
    found = resources(template)
    assert found["aws_lambda_function.worker[1]"].number("memory_size") == 1024
    assert found["aws_lambda_function.worker[0]"].text("function_name") == "prod-worker-0"
    assert found["aws_lambda_function.worker[0]"].where == "main.tf:24"
    assert 'aws_secretsmanager_secret.key["bank"]' in found
    assert not any("aws_kms_key" in address for address in found)
    assert found["aws_ebs_volume.disk"].number("size") == 50
    assert found["module.queue.aws_sqs_queue.this"].known_flag("fifo_queue")
    assert [left.address for left in template.left] == ["module.elsewhere"]
    bill = priced(SAMPLES / "terraform")
    assert bill.estimate.region_id == "eu-central-1"
    open_ones = reasons(bill)
    assert "needs usage: shards" in open_ones["aws_kinesis_stream.open"]
    assert "us-east-1" in open_ones["aws_sns_topic.far"]
    assert "not resources of AWS: random_password" in bill.notes


def test_json_configuration_reads_as_hcl_does(tmp_path: Path) -> None:
    """The two spellings of one configuration are one configuration."""
    path = tmp_path / "main.tf.json"
    body = {
        "variable": {"size": {"default": 30}},
        "resource": {"aws_ebs_volume": {"d": {"size": "${var.size}", "type": "gp3", "count": 2}}},
    }
    path.write_text(json.dumps(body), encoding="utf-8")
    found = resources(read_template(tmp_path, "us-east-1"))
    assert [one.number("size") for one in found.values()] == [30, 30]
    assert list(found) == ["aws_ebs_volume.d[0]", "aws_ebs_volume.d[1]"]


def test_usage_is_joined_by_address_name_and_type(tmp_path: Path) -> None:
    """The closest key wins, and the parts of a resource each take what is theirs."""
    usage = tmp_path / "usage.yaml"
    usage.write_text(
        "region: eu-central-1\n"
        "resources:\n"
        "  aws_lambda_function: {requests: 10, duration_ms: 100}\n"
        '  "aws_lambda_function.worker[1]": {requests: 20}\n',
        encoding="utf-8",
    )
    bill = priced(SAMPLES / "terraform", usage)
    runs = {
        line.placement: line.used_quantity
        for line in bill.billed_lines
        if line.pricing_unit == "request"
    }
    assert runs == {"aws_lambda_function.worker[0]": 10, "aws_lambda_function.worker[1]": 20}


@pytest.mark.parametrize(
    ("key", "said", "expected"),
    [
        ("Wroker", "requests: 1", "Did you mean `Worker`?"),
        ("Worker", "request: 1", "has no input `request`"),
        ("Worker", "requests: many", "must be a number"),
    ],
)
def test_usage_that_names_nothing_is_refused(
    key: str, said: str, expected: str, tmp_path: Path
) -> None:
    """What a usage file says is used, or it is an error: never lost."""
    usage = tmp_path / "usage.yaml"
    usage.write_text(f"resources:\n  {key}: {{{said}}}\n", encoding="utf-8")
    with pytest.raises(BadRequest) as caught:
        priced(SAMPLES / "stack.yaml", usage)
    assert expected in str(caught.value)
    assert caught.value.where == "usage.yaml:2"


def test_a_usage_file_for_resources_needs_a_template(tmp_path: Path) -> None:
    """What is said of a resource that is not there would be lost."""
    assert "no template is given" in wrong(tmp_path / "u.yaml", "resources: {A: {requests: 1}}")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.json", '{"Resources": {"A": {}}}', "has no `Type`"),
        ("t.json", '{"Resources": [}', "is not valid JSON"),
        ("t.json", '{"Resources": ' + "[" * 200 + "]" * 200 + "}", "nested deeper"),
        ("t.yaml", "Resources:\n  A: {Type: AWS::EC2::Volume, Properties: {Size: big}}", "`size`"),
        ("t.yaml", "Resources:\n  A: &a [*a]\n", "contains itself"),
        ("t.yaml", "Resources: !!python/object:os.system {}\n", "a YAML tag"),
        (
            "t.yaml",
            "Conditions:\n  C: !Condition C\nResources:\n  A: {Type: AWS::KMS::Key, "
            "Condition: C}\n",
            "depends on itself",
        ),
        (
            "t.tf",
            'locals {\n a = local.b\n b = local.a\n}\nresource "aws_sqs_queue" "q" {\n'
            " name = local.a\n}",
            "depends on itself",
        ),
        ("t.tf", 'resource "aws_sqs_queue" {', "is not valid HCL"),
        ("t.tf", "a = " + "[" * 200 + "]" * 200, "nested too deep"),
        ("t.tf", 'resource "aws_sqs_queue" "q" {\n count = 999999\n}', "is over 5,000"),
        ("t.json", "PK\x03\x04", "terraform show -json"),
    ],
)
def test_a_bad_template_is_one_clear_error(
    name: str, text: str, expected: str, tmp_path: Path
) -> None:
    """Cycles, bombs, wrong types and binary plans each say what is wrong and where."""
    said = wrong(tmp_path / name, text)
    assert expected in said
    assert name in said


def test_aliases_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    """A small file must not become a large one in memory."""
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    assert "with its aliases expanded" in wrong(
        tmp_path / "bomb.yaml", "\n".join([*rows, "Resources: {}"])
    )


def test_locals_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    """Lists of lists of one another are counted before anybody writes them out."""
    rows = ["l0 = [1, 2, 3, 4, 5, 6, 7, 8]"]
    rows += [f"l{n} = [{', '.join([f'local.l{n - 1}'] * 8)}]" for n in range(1, 30)]
    body = "\n".join(rows)
    text = f'locals {{\n{body}\n}}\nresource "aws_sqs_queue" "q" {{\n  x = local.l29\n}}\n'
    assert "holds more than" in wrong(tmp_path / "main.tf", text)


def test_a_module_that_calls_itself_ends(tmp_path: Path) -> None:
    """A folder that names itself as a module is an error, not a loop."""
    assert "without end" in wrong(tmp_path / "main.tf", 'module "m" {\n  source = "./"\n}\n')


def test_a_plan_of_500_resources_is_priced(tmp_path: Path) -> None:
    """Every resource of a large plan has its line or its reason."""
    values = {"size": 10, "type": "gp3"}
    entries = [
        {
            "address": f"aws_ebs_volume.d[{n}]",
            "mode": "managed",
            "type": "aws_ebs_volume",
            "name": "d",
            "index": n,
            "values": values,
        }
        for n in range(500)
    ]
    path = tmp_path / "plan.json"
    root = {"format_version": "1.2", "planned_values": {"root_module": {"resources": entries}}}
    path.write_text(json.dumps(root), encoding="utf-8")
    bill = priced(path)
    assert len(bill.billed_lines) == 500
    assert bill.complete
    assert sum(line.used_quantity for line in bill.billed_lines) == 5000


def test_usage_files_are_not_taken_for_templates() -> None:
    """What a file holds says what it is, not what it is called."""
    assert is_template(SAMPLES / "stack.yaml")
    assert is_template(SAMPLES / "plan.json")
    assert is_template(SAMPLES / "terraform")
