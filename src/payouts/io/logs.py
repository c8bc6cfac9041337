"""What the runtime says about itself: one JSON line per event, metrics inside, nothing secret.

In a function the lines are Powertools' (see ``handler``), elsewhere ``JsonLines`` writes the same
fields to standard output. Metrics are in CloudWatch's embedded metric format, so that no call to
an AWS service is made for them
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html);
the alarms of a design look for them in the namespace ``Payouts``.

Every value passes ``redacted`` first. It errs on the side of hiding: a line that lacks an order
number is a nuisance, a line that holds a card number is a breach.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from payouts.ports import Emit

NAMESPACE = "Payouts"
SERVICE = "payouts"
HIDDEN = "[hidden]"

#: Names of fields whose value is a secret, whatever it looks like.
_SECRET_NAMES = re.compile(
    r"secret|passw|credential|authori[sz]ation|signature|api.?key|private.?key|cookie|dsn|conninfo"
    r"|access.?token|account.?number|card.?number|^(token|iban|pan|cvv|tin|ssn|dob)$",
    re.IGNORECASE,
)
#: Names whose values are ours or derived, and are needed to find a payout again.
_IDENTIFIERS = frozenset(
    {"reference", "key", "partner", "partner_id", "worker", "subject", "fence", "request_id"}
)

_IN_TEXT = (
    # scheme://user:password@host
    (re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*(?=@)"), HIDDEN),
    (re.compile(r"\b(bearer|basic|hmac)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"\b(password|passwd|secret|token|api[_-]?key|signature)(\s*[=:]\s*)\S+", re.IGNORECASE
        ),
        rf"\1\2{HIDDEN}",
    ),
    (
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        HIDDEN,
    ),
)
#: Eight digits in a row, or twelve and more with blanks or hyphens between: a date with its hour
#: has ten.
_DIGITS = re.compile(r"(?<![A-Za-z0-9.])[0-9](?:[ -]?[0-9]){7,}(?![A-Za-z0-9])")
_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){12,18}")


def redacted(value: Any, name: str = "") -> Any:
    """Return a value that may be written down.

    >>> redacted({"reference": "order-20260101-7", "why": "card 4111 1111 1111 1111"})
    {'reference': 'order-20260101-7', 'why': 'card [hidden]'}
    >>> redacted({"password": "x", "token": "tok_1"})
    {'password': '[hidden]', 'token': '[hidden]'}
    """
    if _SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): redacted(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redacted(inner, name) for inner in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value)} bytes"
    text = str(value)
    if name in _IDENTIFIERS:
        return _CARD.sub(_hidden_if_card, text)
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return _DIGITS.sub(_hidden_if_number, text)


def _hidden_if_number(match: re.Match[str]) -> str:
    text = match.group()
    digits = sum(character.isdigit() for character in text)
    return HIDDEN if text.isdigit() or digits >= 12 else text


def _hidden_if_card(match: re.Match[str]) -> str:
    """Hide what passes the check digit of card numbers (ISO/IEC 7812-1, the Luhn formula)."""
    digits = [int(character) for character in match.group() if character.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return HIDDEN if total % 10 == 0 else match.group()


def embedded(metrics: Mapping[str, float], now_ms: int) -> dict[str, Any]:
    """Return metrics as members of a JSON line, under one dimension: the service.

    That is the dimension Powertools uses, so an alarm is the same wherever the runtime runs; and
    each further one would be a further custom metric to pay for.
    """
    return {
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": name, "Unit": unit_of(name)} for name in sorted(metrics)],
                }
            ],
        },
        **{name: metrics[name] for name in sorted(metrics)},
    }


def publishing(
    sink: Callable[[Emit], None], names: frozenset[str] | None
) -> Callable[[Emit], None]:
    """Return a sink that publishes the named metrics only; the others stay in the line as fields.

    Each metric that is published is billed by the month, whether or not an alarm watches it.
    """
    if names is None:
        return sink

    def narrowed(emit: Emit) -> None:
        kept = {name: value for name, value in emit.metrics.items() if name in names}
        rest = {name: value for name, value in emit.metrics.items() if name not in names}
        sink(Emit(emit.event, {**emit.fields, **rest}, kept, emit.level))

    return narrowed


def unit_of(metric: str) -> str:
    """Return the unit of a metric, which its name ends in if it is not a count.

    >>> unit_of("OldestDueSeconds"), unit_of("Held")
    ('Seconds', 'Count')
    """
    return "Seconds" if metric.endswith("Seconds") else "Count"


class JsonLines:
    """Writes each event as one line; safe to call from several threads."""

    def __init__(self, stream: TextIO | None = None, **always: str) -> None:
        self._stream = stream
        self._always = always
        self._lock = threading.Lock()

    def __call__(self, emit: Emit) -> None:
        now = time.time()
        line: dict[str, Any] = {
            "level": emit.level.upper(),
            "message": emit.event,
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            **redacted(emit.fields),
            "service": SERVICE,
            **self._always,
        }
        if emit.metrics:
            line |= embedded(emit.metrics, int(now * 1000))
        text = json.dumps(line, separators=(",", ":"), default=str)
        with self._lock:
            stream = self._stream or sys.stdout
            stream.write(text + "\n")
            stream.flush()
