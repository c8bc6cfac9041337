"""The Serverless Application Model, expanded to what it makes: functions, rules, APIs, tables.

SAM makes several resources of one. Those that are billed, or that name what is, are made here; the
roles and permissions it adds carry no charge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from frugal.services import Reference, Unknown

HTTP_API, REST_API = "ServerlessHttpApi", "ServerlessRestApi"  #: SAM's own names
#: SAM type -> CloudFormation type, and properties it spells another way.
_SAME: dict[str, tuple[str, dict[str, str]]] = {
    "AWS::Serverless::Api": ("AWS::ApiGateway::RestApi", {}),
    "AWS::Serverless::HttpApi": ("AWS::ApiGatewayV2::Api", {}),
    "AWS::Serverless::LayerVersion": ("AWS::Lambda::LayerVersion", {}),
    "AWS::Serverless::StateMachine": (
        "AWS::StepFunctions::StateMachine",
        {"Type": "StateMachineType"},
    ),
}
_GLOBALS = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
    "AWS::Serverless::StateMachine": "StateMachine",
}


class Made(NamedTuple):
    """A resource as it is made of a template's."""

    type: str
    name: str
    address: str
    properties: Mapping[str, Any]


def expanded(name: str, kind: str, properties: dict[str, Any], defaults: Any) -> Iterator[Made]:
    """Yield the resources that one of a template stands for."""
    section = _GLOBALS.get(kind)
    if section and isinstance(defaults, dict) and isinstance(defaults.get(section), dict):
        properties = _merged(defaults[section], properties)
    if kind == "AWS::Serverless::Function":
        yield from _function(name, properties)
    elif kind == "AWS::Serverless::SimpleTable":
        mode = {} if "ProvisionedThroughput" in properties else {"BillingMode": "PAY_PER_REQUEST"}
        yield Made("AWS::DynamoDB::Table", name, name, {**mode, **properties})
    elif kind in _SAME:
        real, renamed = _SAME[kind]
        yield Made(real, name, name, {renamed.get(key, key): v for key, v in properties.items()})
        if kind == "AWS::Serverless::StateMachine":
            yield from _events(name, properties.get("Events"))
        if kind == "AWS::Serverless::Api" and "CacheClusterEnabled" in properties:
            stage = {**properties, "RestApiId": Reference(name)}
            yield Made("AWS::ApiGateway::Stage", f"{name}/stage", f"{name}/stage", stage)
    else:
        yield Made(kind, name, name, properties)


def _function(name: str, properties: dict[str, Any]) -> Iterator[Made]:
    """Yield a function and what its events bring."""
    yield Made("AWS::Lambda::Function", name, name, properties)
    yield from _events(name, properties.get("Events"))


def _events(name: str, events: Any) -> Iterator[Made]:
    if isinstance(events, Unknown):
        events = {"Events": {"Type": events}}
    for event, body in (events if isinstance(events, dict) else {}).items():
        kind = body.get("Type") if isinstance(body, dict) else body
        said = body.get("Properties") if isinstance(body, dict) else None
        said = said if isinstance(said, dict) else {}
        address = f"{name}/{event}"
        disabled = said.get("Enabled") in (False, "false")
        state = "DISABLED" if disabled else said.get("State")
        schedule = {"ScheduleExpression": said.get("Schedule", said.get("ScheduleExpression"))}
        if kind == "Schedule":
            yield Made("AWS::Events::Rule", address, address, {**schedule, "State": state})
        elif kind == "ScheduleV2":
            yield Made("AWS::Scheduler::Schedule", address, address, {**schedule, "State": state})
        elif kind == "HttpApi" and said.get("ApiId") is None:
            yield Made("AWS::ApiGatewayV2::Api", HTTP_API, HTTP_API, {})
        elif kind == "Api" and said.get("RestApiId") is None:
            yield Made("AWS::ApiGateway::RestApi", REST_API, REST_API, {})
        elif isinstance(kind, Unknown) or not isinstance(kind, str):
            yield Made("an event that is not known here", address, address, {})


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return SAM's merge: mappings by key, everything else replaced."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            merged[key] = _merged(below[key], above[key])
    return merged
