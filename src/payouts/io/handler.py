"""The runtime as an AWS Lambda function: schedule, queue, webhook, report, and a step for a state
machine.

Each face has a handler of its own (``payouts.io.handler.schedule`` and so on), so that a function
has only the rights its face needs; ``handler`` tells them apart by the event, where one function
has to do for all.

A function may be frozen after any invocation and ended at its time-out, so an invocation keeps
within the time it has left, and nothing it knows lives longer than its ledger rows. Configuration
and connection are made in the first invocation, not in INIT: the extension that reads secrets
answers only then (see ``config``), and a frozen connection has to be checked anyway.
"""

from __future__ import annotations

import base64
import logging
import math
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics

from payouts.core.worker import TickReport
from payouts.io import intake
from payouts.io.config import load
from payouts.io.logs import NAMESPACE, SERVICE, redacted, unit_of
from payouts.io.runtime import Runtime, kept
from payouts.ledger.statements import Intervene, Look, Measure
from payouts.limits import MARGIN_SECONDS, limits_within
from payouts.ports import Emit, StoreBusy, StoreError, StoreRefused
from payouts.states import FINAL, Status

_logger = Logger(service=SERVICE)
_metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
_levels = {"info": _logger.info, "warning": _logger.warning, "error": _logger.error}

_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

#: One per function instance; a function instance has one invocation at a time.
_instances: list[Runtime] = []


def sink(emit: Emit) -> None:
    """Write an event with Powertools' Logger, and its metrics with Powertools' Metrics."""
    fields = redacted(emit.fields)
    # The standard library refuses a field of its own record's name.
    safe = {f"{name}_" if name in _RECORD else name: value for name, value in fields.items()}
    _levels[emit.level](emit.event, extra=safe)
    if emit.metrics:
        for name, value in emit.metrics.items():
            _metrics.add_metric(name=name, unit=unit_of(name), value=value)
        _metrics.flush_metrics()


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Tell the faces apart by the shape of the event."""
    records = event.get("Records")
    if isinstance(records, list) and all(
        record.get("eventSource") == "aws:sqs" for record in records
    ):
        return queue(event, context)
    if "http" in event.get("requestContext", {}):
        return webhook(event, context)
    if "step" in event:
        return step(event, context)
    return schedule(event, context)


def schedule(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Tick. What a schedule sends does not matter; an error fails the invocation.

    EventBridge Scheduler invokes asynchronously, so a failed tick is repeated by Lambda, and
    repeated ticks are harmless. Only an input that says ``receive`` asks for a report instead.
    """
    if "receive" in event:
        return receive(event, context)
    return _tick(_runtime(context), context)


def queue(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Enqueue or wake payouts that arrive through SQS, then tick; failed messages come again.

    The event and the answer are those of
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and
    https://docs.aws.amazon.com/lambda/latest/dg/example_serverless_SQS_Lambda_batch_item_failures_section.html:
    ``Records`` with ``messageId`` and ``body``; ``batchItemFailures`` with ``itemIdentifier``,
    which needs ``ReportBatchItemFailures`` on the event source. A message is done when its
    payout is committed; coming twice changes nothing. One that can never be read fails too, so
    that it ends in the dead-letter queue, where a person sees it.
    """
    runtime = _runtime(context)
    failed: list[str] = []
    down = False
    for record in event["Records"]:
        if down or not _take_in(runtime, record):
            failed.append(record["messageId"])
            down = down or context.get_remaining_time_in_millis() < 2000
    if len(failed) < len(event["Records"]):
        try:
            _tick(runtime, context)
        except StoreError as error:
            # The payouts are in the ledger and due: the next tick sends them.
            sink(Emit("tick-failed", {"why": type(error).__name__}, level="error"))
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def webhook(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take in a partner's notice through a function URL or an HTTP API.

    Both send payload format 2.0 (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html):
    ``headers`` in lower case, ``body`` (in Base64 if ``isBase64Encoded``), the caller's address in
    ``requestContext.http.sourceIp``. Neither checks who calls, so that comes first.
    """
    runtime = _runtime(context)
    asked = event["requestContext"]["http"]
    if asked.get("method") != "POST":
        return {"statusCode": 405, "headers": {"Allow": "POST"}}
    text = event.get("body") or ""
    try:
        body = (
            base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        )
    except ValueError:
        return {"statusCode": 400}
    status = intake.webhook(runtime, event.get("headers", {}), body, asked.get("sourceIp", ""))
    return {"statusCode": status}


def step(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Tick once for a state machine, and say how long it should wait before the next step.

    ``{"step": {"reference": "order-1"}}`` follows one payout, ``{"step": {}}`` everything. The wait
    is the state machine's (``SecondsPath``: ``$.wait_seconds``), because Fiserv's inconclusive
    answers take longer than a function may run.
    """
    runtime = _runtime(context)
    report = _ticked(runtime, context)
    reference = (event.get("step") or {}).get("reference")
    if reference:
        view = runtime.say(Look(runtime.config.partner_id, reference))
        status = view.status if view is not None else None
        done = status is None or status in FINAL or status is Status.HELD
        unknown = status is Status.UNKNOWN
    else:
        gauges = runtime.say(Measure(runtime.config.partner_id))
        status, done, unknown = None, not (gauges.due or gauges.unknown), not gauges.due
    wait = report.wait_seconds(unknown, runtime.config.limits)
    return {
        "done": done,
        "wait_seconds": 0 if done else max(1, math.ceil(wait)),
        "reference": reference,
        "status": status,
        "found": None if not reference else status is not None,
        "report": _as_json(report),
    }


class NotReceived(Exception):
    """A report that was not read to its end; what was read of it is in the ledger."""


def receive(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Read what the partner reports: a schedule's input is ``{"receive": "yesterday"}``.

    ``{"receive": {"from": "2026-01-30", "to": "2026-01-31"}}`` names the days. An incomplete report
    fails the invocation, so that it is repeated and in the end somebody hears of it: reading the
    same days again adds nothing twice.
    """
    from payouts.io import receiving

    runtime = _runtime(context)
    first, last = receiving.days_in(event["receive"], runtime)
    left = context.get_remaining_time_in_millis() / 1000
    receipt = receiving.poll(runtime, first, last, seconds=max(0.0, left - MARGIN_SECONDS))
    if not receipt.whole:
        what = "; ".join((*receipt.remarks, f"{receipt.skipped} rows skipped"))
        raise NotReceived(f"{receipt.source}, {first} to {last}, is not complete: {what}")
    return {"from": first, "to": last, **receiving.as_json(receipt)}


def _tick(runtime: Runtime, context: Any) -> dict[str, Any]:
    return _as_json(_ticked(runtime, context))


def _ticked(runtime: Runtime, context: Any) -> TickReport:
    left = context.get_remaining_time_in_millis() / 1000
    return runtime.tick(limits=limits_within(runtime.config.limits, left))


def _as_json(report: TickReport) -> dict[str, Any]:
    return {
        "taken": report.taken,
        "sent": report.sent,
        "looked_up": report.looked_up,
        "moved": {str(status): count for status, count in sorted(report.moved.items())},
        "ended": report.ended,
        "next_seconds": report.next_seconds,
    }


def _take_in(runtime: Runtime, record: Mapping[str, Any]) -> bool:
    partner_id = runtime.config.partner_id
    message = record["messageId"]
    try:
        said = intake.object_in(record["body"])
        if set(said) == {"look"}:
            runtime.say(Intervene(partner_id, str(said["look"]), "look", "queue", "asked to look"))
        else:
            runtime.say(intake.enqueue_in(said, partner_id))
    except (intake.Unreadable, StoreRefused) as error:
        fields = {"message_id": message, "why": str(error)}
        sink(Emit("message-refused", fields, {"MessagesRefused": 1}, "error"))
        return False
    except StoreError as error:
        level = "warning" if isinstance(error, StoreBusy) else "error"
        sink(
            Emit(
                "message-failed", {"message_id": message, "why": type(error).__name__}, level=level
            )
        )
        return False
    return True


def _runtime(context: Any) -> Runtime:
    _logger.append_keys(request_id=context.aws_request_id)
    if not _instances:
        config = load()
        _instances.append(Runtime(config, kept(config), sink))
    return _instances[0]
