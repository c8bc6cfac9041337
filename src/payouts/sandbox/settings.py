"""What the double is told before it starts: keys, money, pace, and the partner's contradictions.

Where the partner's documents say two things, the switch stands at what its sample code does; where
they say nothing, at what would hurt a careless client most.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Five minutes is what Fiserv's other products allow; for this one nothing is stated.
SKEW_SECONDS = 300.0

DAY_SECONDS = 86_400.0

#: "At most 5 retries, within 24 hours of the first, the first after 5 minutes"
#: (Fiserv/digital-disbursements-platform:docs/troubleshooting/idempotency-timeouts.md).
RETRIES_MAX = 5
RETRY_WINDOW_SECONDS = 24 * 3600.0
RETRY_WAIT_SECONDS = 300.0
LOOKUPS_MAX = 5

#: "Any 2xx is delivered, else at most 5 repeats"; the interval is not stated (notification pages).
WEBHOOK_REPEATS_MAX = 5


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the partner answers nobody: ``refused``, ``silent`` or ``503``.

    ``503`` is answered at the door and nothing is booked. ``silent`` takes the connection and
    never answers; nothing is booked either.
    """

    first_seconds: float
    last_seconds: float
    how: str = "refused"

    def __post_init__(self) -> None:
        _one_of("how", self.how, ("refused", "silent", "503"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything about the double that is not a fault. Amounts in minor units.

    ``speed`` divides the partner's own waits: the 24 hours, the 5 minutes, late outcomes, returns,
    webhook delays. It leaves latency and clock skew alone: networks do not speed up.
    """

    api_key: str = "sandbox-key"
    secret: str = "sandbox-secret"
    merchant_id: str = "sandbox-merchant"
    funding_minor: int = 10**12
    currency: str = "USD"
    speed: float = 1.0

    # the door
    skew_seconds: float = SKEW_SECONDS
    signature: str = "raw"  #: or ``hex``, as two of Fiserv's other products encode it
    patch_body_signed: bool = True  #: the guide's code; its text signs the body of a POST only
    repeated_request_id: str = "ignored"  #: or ``refused``, or ``replayed`` (the first answer)
    requests_per_second: float | None = None  #: above it 429; no number is published
    burst_requests: float = 1.0  #: pass at once, where a second has fewer
    outages: tuple[Outage, ...] = ()

    # answers
    latency_p50_seconds: float = 0.0
    latency_p99_seconds: float = 0.0
    silence_seconds: float = 60.0  #: until a connection that gets no answer is given up
    otherwise: str = "conflict"  #: or ``current``: a repeat outside the rules that is not paid
    lookup_by_merchant_id: bool = True  #: called deprecated in the release notes of June 2024
    page_size: int = 25
    page_size_max: int = 100
    empty_list_404: bool = False  #: the schema wants at least one entry in a list

    # webhooks
    webhooks: bool = True
    webhook_mode: str = "static"  #: ``basic`` and ``hmac`` are documented elsewhere
    webhook_header: str = "authorization"
    webhook_secret: str = "sandbox-webhook"
    webhook_seconds: float = 2.0  #: from the change to the notice
    webhook_repeat_seconds: float = 60.0
    webhook_source: str = "204.194.141.10"  #: in one of the two published ranges

    def __post_init__(self) -> None:
        _one_of("signature", self.signature, ("raw", "hex"))
        _one_of("otherwise", self.otherwise, ("conflict", "current"))
        _one_of("webhook_mode", self.webhook_mode, ("static", "basic", "hmac"))
        _one_of("repeated_request_id", self.repeated_request_id, ("ignored", "refused", "replayed"))
        if self.speed <= 0:
            raise ValueError(f"speed is more than 0, not {self.speed:g}")
        if self.latency_p99_seconds < self.latency_p50_seconds:
            raise ValueError("the slow end of the latency is below its middle")

    def __repr__(self) -> str:
        return f"Settings(merchant_id={self.merchant_id!r}, speed={self.speed:g})"


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(allowed)}, not {value!r}")
