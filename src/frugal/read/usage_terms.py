"""The words of a question about a price: how services are called, and what is counted of each.

A unit after a number says which input of the service it is. ``*`` stands for a count that is a
rate: "a day" after it makes a month of it. Amounts that do not add up over time (a size, memory,
how long one takes) are never multiplied.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from frugal.read.words import Lexicon, table


class Term(NamedTuple):
    """What a unit means for one service."""

    field: str
    factor: Decimal = Decimal(1)
    rate: bool = False  #: so many a month, unless another period is said


_SERVICES = """
aws_lambda = lambda | lambdas | lambda function | lambda functions | aws lambda
scheduler = eventbridge scheduler | scheduler | schedules | schedule
pipes = eventbridge pipes | pipes | pipe
eventbridge = eventbridge | event bus | event bridge | custom bus | api destination
    | api destinations
sqs = sqs | sqs queue | sqs queues | queue | queues
sns = sns | sns topic | sns topics
step_functions = step functions | step function | state machine | state machines
api_gateway = api gateway | http api | rest api | websocket api | apigateway
s3 = s3 | s3 standard | bucket | buckets
nat_gateway = nat gateway | nat gateways | nat
lightsail = lightsail | lightsail instance | lightsail instances | lightsail plan
    | lightsail plans | lightsail box
cloudwatch_logs = logs | cloudwatch logs | log | lambda logs | log lines
cloudwatch_alarms = alarms | cloudwatch alarms | alarm | custom metrics | dashboards | dashboard
    | cloudwatch metrics | cloudwatch alarm | custom metric
secrets_manager = secrets manager | secrets | secret
parameter_store = parameter store | ssm
kms = kms | kms key | kms keys | customer managed key | customer managed keys
dynamodb = dynamodb | dynamo
fargate = fargate | fargate task | fargate tasks
load_balancer = load balancer | load balancers | alb | albs | application load balancer
network_load_balancer = nlb | nlbs | network load balancer
public_ipv4 = public ipv4 | ipv4 | ipv4 address | ipv4 addresses | public ip | public ips
    | public ipv4 address | public ipv4 addresses
data_transfer = data transfer | egress | internet egress | transfer out | internet traffic
ec2 = ec2 | ec2 instance | ec2 instances
rds = rds | rds instance | rds postgres | rds database
rds_proxy = rds proxy
vpc_endpoint = vpc endpoint | vpc endpoints | interface endpoint | interface endpoints
ecr = ecr | container registry
route53 = route 53 | route53 | hosted zone | hosted zones
xray = x ray | xray
"""

_MB = "mb | mib | megabytes"
_GB = "gb | gib | gigabytes | gigs"
_KB = "kb | kib | kilobytes"
_MS = "ms | msec | millisecond | milliseconds | msecs"
_S = "s | sec | second | seconds | secs"

#: Service -> lines of "field [*factor] = units"; a ``*`` before the field: a rate.
_TERMS: dict[str, str] = {
    "aws_lambda": f"""
        *requests = requests | request | invocations | invocation | calls | executions | runs
        memory_mb = {_MB}
        memory_mb 1024 = {_GB}
        duration_ms = {_MS}
        duration_ms 1000 = {_S}
        ephemeral_storage_mb = mb of ephemeral storage | mb ephemeral | mb of tmp | mb tmp
            | mb ephemeral storage
        ephemeral_storage_mb 1024 = gb of ephemeral storage | gb ephemeral | gb of tmp
        provisioned_concurrency = provisioned | provisioned concurrency | warm environments
        *cold_starts = cold starts
        init_ms = ms init | ms of init
    """,
    "scheduler": "*invocations = invocations | schedules | firings | runs | calls | ticks",
    "pipes": f"*requests = requests\n*events = events\nevent_kb = {_KB}",
    "eventbridge": f"""
        *custom_events = events | custom events | event
        *partner_events = partner events
        *replayed_events = replayed events
        *api_destination_calls = api destination calls | api destination invocations
        event_kb = {_KB}
        archive_stored_gb = gb archived | gb in archives
    """,
    "sqs": f"""
        *requests = requests | request | calls | api calls
        *messages = messages | message
        message_kb = {_KB}
    """,
    "sns": f"""
        *publishes = publishes | publish | messages | requests | publications | notifications
        *email_deliveries = emails | email | e mails | mails | email notifications
        *http_deliveries = http deliveries | webhooks
        *mobile_push_deliveries = push notifications
        *sms_messages = sms | text messages
        message_kb = {_KB}
    """,
    "step_functions": f"""
        *transitions = transitions | state transitions
        *executions = executions | runs | workflows
        transitions_per_execution = transitions each | states each
        duration_ms = {_MS}
        duration_ms 1000 = {_S}
        memory_mb = {_MB}
    """,
    "api_gateway": f"""
        *requests = requests | calls | api calls
        *messages = messages
        *connection_minutes = connection minutes
        response_kb = {_KB}
    """,
    "s3": f"""
        storage_gb = {_GB}
        storage_gb 1024 = tb | tib
        *put_requests = puts | put | put requests | uploads | writes
        *get_requests = gets | get | get requests | downloads | reads
    """,
    "nat_gateway": f"""
        gateways = nat gateways | nat gateway | gateways | gateway | nat
        processed_gb = {_GB}
        processed_gb 1024 = tb | tib
        hours = hours | h
    """,
    "lightsail": f"""
        plan_usd = dollar | dollars | usd
        memory_gb = {_GB}
        instances = instances | instance | boxes | lightsail instances
        hours = hours | h
    """,
    "cloudwatch_logs": f"""
        *ingested_gb = {_GB}
        *ingested_gb 1024 = tb
        stored_gb = gb stored | gb kept | gb retained
        scanned_gb = gb scanned | gb queried
        retention_days = days | day
    """,
    "cloudwatch_alarms": """
        alarms = alarms | alarm | cloudwatch alarms | cloudwatch alarm | standard alarms
        high_resolution_alarms = high resolution alarms
        composite_alarms = composite alarms
        custom_metrics = custom metrics | metrics | custom metric | metric
        dashboards = dashboards | dashboard
    """,
    "secrets_manager": """
        secrets = secrets | secret
        *requests = requests | calls | api calls | reads
    """,
    "parameter_store": "*secure_string_reads = reads\nadvanced_parameters = advanced parameters",
    "kms": "keys = keys | key | kms keys | kms key | customer managed keys\n*requests = requests",
    "dynamodb": f"""
        *reads = reads | read | read requests
        *writes = writes | write | write requests
        storage_gb = {_GB}
        item_kb = {_KB}
    """,
    "fargate": f"""
        tasks = tasks | task | fargate tasks | fargate task
        vcpu = vcpu | vcpus | cpu | cpus
        memory_gb = {_GB}
        hours = hours | h
    """,
    "load_balancer": f"""
        balancers = load balancers | load balancer | albs | alb | application load balancer
        capacity_units = lcu | lcus | capacity units
        processed_gb = {_GB}
        hours = hours | h
    """,
    "network_load_balancer": f"capacity_units = nlcu | nlcus | lcus\nprocessed_gb = {_GB}",
    "public_ipv4": """
        addresses = addresses | address | ipv4 | public ipv4 | public ips | ipv4 addresses
            | public ipv4 addresses | public ipv4 address | ipv4 address | public ip
        hours = hours | h
    """,
    "data_transfer": f"*internet_out_gb = {_GB}\n*internet_out_gb 1024 = tb | tib",
    "ec2": f"instances = instances | instance\nhours = hours | h\ninternet_out_gb = {_GB}",
    "rds": f"instances = instances | instance\nhours = hours | h\nstorage_gb = {_GB}",
    "rds_proxy": "vcpus = vcpu | vcpus\nhours = hours | h",
    "vpc_endpoint": f"""
        endpoints = endpoints | endpoint | vpc endpoints | interface endpoints
        zones = zones | availability zones | azs
        processed_gb = {_GB}
    """,
    "ecr": f"storage_gb = {_GB}",
    "route53": "hosted_zones = zones | hosted zones | hosted zone | zone\n*queries = queries",
    "xray": "*traces = traces",
}

#: Words that set an input by themselves: (service, words) -> input, value.
_SETTINGS = {
    "aws_lambda": {
        "arm": ("architecture", "arm64"),
        "arm64": ("architecture", "arm64"),
        "graviton": ("architecture", "arm64"),
        "x86": ("architecture", "x86_64"),
        "x86_64": ("architecture", "x86_64"),
    },
    "fargate": {
        "arm": ("architecture", "arm64"),
        "graviton": ("architecture", "arm64"),
        "x86": ("architecture", "x86_64"),
        "windows": ("system", "windows"),
    },
    "sqs": {
        "fifo": ("queue", "fifo"),
        "fair": ("queue", "fair"),
        "standard": ("queue", "standard"),
    },
    "sns": {"fifo": ("topic", "fifo"), "standard": ("topic", "standard")},
    "step_functions": {"express": ("workflow", "express"), "standard": ("workflow", "standard")},
    "api_gateway": {
        "http": ("api", "http"),
        "rest": ("api", "rest"),
        "websocket": ("api", "websocket"),
    },
    "lightsail": {"windows": ("system", "windows"), "linux": ("system", "linux")},
    "cloudwatch_logs": {
        "lambda": ("sent_by", "lambda"),
        "vended": ("sent_by", "lambda"),
        "infrequent": ("log_class", "infrequent_access"),
    },
    "dynamodb": {
        "eventual": ("read_consistency", "eventual"),
        "eventually": ("read_consistency", "eventual"),
        "transactional": ("write_consistency", "transactional"),
    },
    "rds": {"multi": ("multi_az", "true")},
}

#: An input that is another one where the first of the pair is not said.
_WHERE_UNSAID = {"sqs": {"message_kb": ("messages", "request_kb")}}


@cache
def services() -> Lexicon[str]:
    """Return the phrases that name a service."""
    return Lexicon(table(_SERVICES))


@cache
def terms(service: str) -> Lexicon[Term]:
    """Return what the units after a number mean for one service."""
    phrases: dict[str, Term] = {}
    for meaning, phrase in _pairs(_TERMS.get(service, "")):
        field, _, factor = meaning.lstrip("*").partition(" ")
        rate = meaning.startswith("*")
        phrases[phrase] = Term(field, Decimal(factor or 1), rate)
    return Lexicon(phrases)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(meaning, phrase) for phrase, meaning in table(text).items()] if text else []


def field_of(service: str, field: str, given: Collection[str]) -> str:
    """Return the input a field is, beside the others that are given."""
    needed, instead = _WHERE_UNSAID.get(service, {}).get(field, ("", field))
    return field if not needed or needed in given else instead


def settings(service: str) -> dict[str, tuple[str, str]]:
    """Return the words that set an input of one service by themselves."""
    return _SETTINGS.get(service, {})
