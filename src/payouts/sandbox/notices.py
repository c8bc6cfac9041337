"""Webhooks: what the partner tells, when, how often, and how badly.

A notice is a picture of the moment it was made, with no event id and no order. Any 2xx counts as
delivered, anything else is repeated, at most 5 times
(Fiserv/digital-disbursements-platform:docs/troubleshooting/notification-messages.md, commit
576e825). Three of its documents say three things about authentication; ``webhook_mode`` chooses.
"""

from __future__ import annotations

import heapq
import random
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace

from payouts.sandbox.door import signature_of
from payouts.sandbox.faults import Faults
from payouts.sandbox.payment import Payment
from payouts.sandbox.settings import WEBHOOK_REPEATS_MAX, Settings


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """One webhook to deliver. Header names are in lower case."""

    due_seconds: float
    headers: Mapping[str, str]
    body: bytes
    source: str  #: the address it comes from
    attempt: int = 1


class Notices:
    """What waits to be told."""

    def __init__(self, settings: Settings, faults: Faults, chance: random.Random) -> None:
        self.settings = settings
        self._faults = faults
        self._chance = chance
        self._count = 0
        self._waiting: list[tuple[float, int, Payment, str, str, float, bool]] = []
        self._again: list[tuple[float, int, WebhookNotice]] = []

    def tell(self, payment: Payment, changed_seconds: float, answered_seconds: float) -> None:
        """Plan the notice of a change; ``answered_seconds`` is when its caller has the answer."""
        settings, chance = self.settings, self._chance
        if not settings.webhooks:
            return
        faults = self._faults.drawn("webhook", chance, payment.key)
        due = max(changed_seconds, answered_seconds) + settings.webhook_seconds / settings.speed
        times = 1
        foreign = False
        if faults:
            if "webhook-lost" in faults:
                return
            if "webhook-early" in faults:
                due = changed_seconds
            if "webhook-disordered" in faults:
                most = self._faults.parameter("webhook-disordered", "seconds_most")
                due += chance.random() * most / settings.speed
            foreign = "webhook-wrong-secret" in faults
            times += "webhook-duplicate" in faults
        for _ in range(times):
            self._count += 1
            state = (payment, payment.transaction, payment.status, changed_seconds, foreign)
            heapq.heappush(self._waiting, (due, self._count, *state))
            due += chance.random() * 5 / settings.speed

    def next_seconds(self) -> float | None:
        times = [queue[0][0] for queue in (self._waiting, self._again) if queue]
        return min(times, default=None)

    def due(self, now_seconds: float) -> tuple[WebhookNotice, ...]:
        """Hand out what is due, in the order of their times; each is handed out once."""
        found: list[tuple[float, int, WebhookNotice]] = []
        while self._waiting and self._waiting[0][0] <= now_seconds:
            due, number, payment, transaction, status, changed, foreign = heapq.heappop(
                self._waiting
            )
            body = payment.notice(
                self.settings.merchant_id, transaction, status, int(changed * 1000)
            )
            headers = self._headers(number, body, now_seconds, foreign)
            found.append(
                (due, number, WebhookNotice(due, headers, body, self.settings.webhook_source))
            )
        while self._again and self._again[0][0] <= now_seconds:
            found.append(heapq.heappop(self._again))
        found.sort(key=lambda item: item[:2])
        return tuple(notice for _, _, notice in found)

    def again(self, notice: WebhookNotice, now_seconds: float) -> None:
        """Plan the repeat of a notice that was not taken; after the fifth it is given up."""
        if notice.attempt > WEBHOOK_REPEATS_MAX:
            return
        self._count += 1
        due = now_seconds + self.settings.webhook_repeat_seconds / self.settings.speed
        repeated = replace(notice, due_seconds=due, attempt=notice.attempt + 1)
        heapq.heappush(self._again, (due, self._count, repeated))

    def _headers(
        self, number: int, body: bytes, now_seconds: float, foreign: bool
    ) -> Mapping[str, str]:
        settings = self.settings
        secret = "not-the-secret" if foreign else settings.webhook_secret
        stamp = str(int(now_seconds * 1000))
        said = secret
        if settings.webhook_mode == "basic":
            pair = f"{settings.merchant_id}:{secret}".encode()
            said = f"Basic {b64encode(pair).decode()}"
        elif settings.webhook_mode == "hmac":
            code = signature_of(settings.api_key, stamp, secret.encode(), body, settings.signature)
            said = f"HMAC {code}"
        return {
            "content-type": "application/json",
            "timestamp": stamp,
            "client-request-id": f"notice-{number}",
            settings.webhook_header: said,
        }
