"""What a partner's answer means, and the seam between the runtime and a partner.

A partner is a module that turns payouts into requests and answers into outcomes, and does neither
input nor output. The runtime never sees a status code; a partner never sees a ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payouts.money import Money
from payouts.partner_facts import PartnerFacts
from payouts.payout import Payout
from payouts.ports import Request, Response


class Verdict(StrEnum):
    """The partner's word on one payout. Only the first five are final."""

    SETTLED = "settled"
    DECLINED = "declined"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    HELD = "held"  #: the partner waits for a person (sanctions, review); money stays with it
    OPEN = "open"  #: the partner has it and does not know yet: look up, never send again
    UNKNOWN = "unknown"  #: the partner may or may not have it
    NOT_FOUND = "not_found"  #: to a look-up: the partner does not have it (yet)
    NOT_ACCEPTED = "not_accepted"  #: turned away at the door: same key later
    UNAUTHORISED = "unauthorised"  #: turned away, and everything else would be too
    NO_FUNDS = "no_funds"  #: refused for money or a limit of the account: hold it, read the balance


#: What ends a payout at the partner.
FINAL_VERDICTS = frozenset({Verdict.SETTLED, Verdict.DECLINED, Verdict.RETURNED, Verdict.CANCELLED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reading of one answer. ``code`` is the partner's own, short and safe to store."""

    verdict: Verdict
    code: str
    partner_id: str | None = None  #: the partner's id of the transaction
    amount: Money | None = None  #: as the partner repeats it, to be compared with ours
    recipient: str | None = None  #: likewise
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One transaction in the partner's list."""

    key: str
    outcome: Outcome
    at_seconds: float | None = None  #: since 1970, where the list says


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the partner's list; ``following`` is the next page's number, ``None`` at the end.

    ``readable`` is false where the answer was no list: nothing may then be concluded from it.
    """

    entries: tuple[Listed, ...]
    following: int | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says, believed only as a reason to look: the status is read by API."""

    dedupe: str  #: equal for the same news
    key: str | None
    partner_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Received:
    """Money or a report row that comes in: the direction *receive*, de-duplicated by its id."""

    external_id: str
    kind: str
    amount: Money | None
    happened_on: str  #: ISO 8601 date
    facts: Mapping[str, str]  #: what of the row is worth keeping; no account data


@dataclass(frozen=True, slots=True)
class Report:
    """What a report or a file of the partner's holds for us, and how far it could be read.

    ``source`` and an item's id together are unique. ``remarks`` are for a person: what about the
    report itself is odd. Not ``complete``: there may be more rows than these.
    """

    source: str
    items: tuple[Received, ...]
    skipped: int = 0  #: rows that could not be read
    complete: bool = True
    readable: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Merchant:
    """Who we are at the partner: names and switches, no secrets."""

    base_url: str
    settings: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Secrets by name. Neither printed nor compared with ``==`` outside ``authentic``."""

    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self.values))})"


class Partner(Protocol):
    """What a partner's file exports. All of it is pure; time and nonces are arguments.

    ``nonce`` makes a request unique; it is ours, derived from the key and the attempt.
    """

    @property
    def FACTS(self) -> PartnerFacts: ...

    def request_for(self, payout: Payout, merchant: Merchant, nonce: str) -> Request:
        """The send. The same payout gives the same body, byte for byte, on every attempt."""

    def outcome_of(self, response: Response, payout: Payout) -> Outcome:
        """What the answer to a send means."""

    def lookup_for(
        self, payout: Payout, partner_id: str | None, step: int, merchant: Merchant, nonce: str
    ) -> Request | None:
        """The look-up; steps 1, 2... follow when the one before found nothing; ``None``: over."""

    def found_in(self, response: Response, payout: Payout, step: int) -> Outcome: ...

    def cancel_for(
        self, payout: Payout, partner_id: str | None, merchant: Merchant, nonce: str
    ) -> Request | None:
        """Ask the partner to stop it; ``None`` where the partner or the method cannot."""

    def list_for(
        self, first_day: str, last_day: str, page: int, merchant: Merchant, nonce: str
    ) -> Request:
        """The partner's transactions of these days (ISO 8601, both included)."""

    def listed_in(self, response: Response, page: int) -> Page: ...

    def balance_for(self, merchant: Merchant, nonce: str) -> Request | None: ...

    def balance_in(self, response: Response) -> Money | None:
        """The money available for payouts, ``None`` where the answer does not say."""

    def signed(
        self, request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
    ) -> Mapping[str, str]:
        """All headers to send, authentication included."""

    def authentic(
        self,
        headers: Mapping[str, str],
        body: bytes,
        source: str,
        merchant: Merchant,
        credentials: Credentials,
        now_seconds: float,
    ) -> str | None:
        """``None`` if a webhook is the partner's, else why not. Header names in lower case."""

    def notices_in(self, body: bytes) -> tuple[Notice, ...]:
        """What a webhook says; a body that is no notice raises ``ValueError``."""


class Reports(Protocol):
    """What a partner reports apart from its API: an optional part of its file, named ``reports``.

    It may be a product of its own, with another address and other keys. All of it is pure.
    """

    @property
    def SOURCES(self) -> tuple[str, ...]:
        """Under which names its items are kept."""

    def base_url(self, merchant: Merchant) -> str:
        """The address the report is read from."""

    def report_for(self, first_day: str, last_day: str, merchant: Merchant, nonce: str) -> Request:
        """Ask for what happened on these days (ISO 8601, both included)."""

    def received_in(self, response: Response, last_day: str, merchant: Merchant) -> Report:
        """Read the answer; what has no day of its own counts for the last day asked for."""

    def file_in(self, name: str, content: bytes, day: str, merchant: Merchant) -> Report:
        """Read a file of the partner's, of any kind it sends or that was saved from the API."""

    def signed(
        self, request: Request, merchant: Merchant, credentials: Credentials, now_seconds: float
    ) -> Mapping[str, str]:
        """All headers to send, authentication included."""
