"""DDP's error codes, and what each says about the money.

From docs/troubleshooting/error-codes.md of Fiserv/digital-disbursements-platform (commit 5eff2a2);
400136 and the 4004xx of currency conversion from features/p2p.md and features/crosscurrency.md.
"Conclusive: HTTP 4xx, declined" (idempotency-timeouts.md), with exceptions of ours, all of them on
the side that cannot pay twice:

- Four codes say *time-out* in a 4xx answer, three more say *service is down* or *setup missing* in
  one: nobody knows what the service had done by then. Unknown.
- A code that is not in the table is unknown: the guide's rule covers errors "in client input", and
  a code nobody documented may be anything. It is looked up, which costs minutes, not money.
"""

from __future__ import annotations

from payouts.outcome import Verdict

_NO = Verdict.DECLINED
_UNKNOWN = Verdict.UNKNOWN

#: By code: the verdict on a send, and the meaning.
CODES: dict[str, tuple[Verdict, str]] = {
    "400001": (_UNKNOWN, "time-out at the service"),
    "400002": (_NO, "bad request"),
    "400021": (_NO, "recipient or payment details missing, or source and token differ"),
    "400022": (_NO, "unknown or inactive merchant, payee id or reference"),
    "400023": (_NO, "unknown or inactive recipient"),
    "400024": (_NO, "bad amount, currency, description or payment type"),
    "400025": (Verdict.NO_FUNDS, "no funds, or a limit of amount or count is reached"),
    "400026": (_NO, "bad request"),
    "400027": (_NO, "bad request"),
    "400028": (_NO, "bad request"),
    "400029": (_NO, "bad request"),
    "400030": (_UNKNOWN, "service down, or a bad request: the page says both"),
    "400031": (_UNKNOWN, "service down"),
    "400032": (_UNKNOWN, "the service's own credentials are missing"),
    "400034": (_NO, "an ACH payout cannot be cancelled after 5 days"),
    "400041": (_NO, "bad request to the debit network"),
    "400042": (_UNKNOWN, "time-out at the debit network"),
    "400043": (_NO, "not authorised by the card network"),
    "400044": (_NO, "the card cannot take payouts"),
    "400045": (_NO, "card verification failed"),
    "400046": (_NO, "the credit to the card failed"),
    "400047": (_NO, "a parameter is missing for the card network"),
    "400049": (_NO, "bad account details"),
    "400050": (_UNKNOWN, "time-out at the ACH service"),
    "400051": (_NO, "a parameter is missing for the ACH service"),
    "400052": (_NO, "no such record at the ACH service"),
    "400060": (_NO, "invalid recipient"),
    "400061": (_NO, "invalid transaction"),
    "400062": (_NO, "invalid recipient id"),
    "400063": (_NO, "fraud check failed"),
    "400064": (_NO, "sanctions check failed"),
    "400065": (_NO, "invalid transaction id"),
    "400066": (_NO, "invalid payment id"),
    "400081": (_UNKNOWN, "a status request was bad"),
    "400082": (_UNKNOWN, "time-out of a status request"),
    "400083": (_UNKNOWN, "a status request lacks a parameter"),
    "400084": (_UNKNOWN, "a status request found nothing"),
    "400128": (_NO, "method not enabled, or its limit exceeded"),
    "400136": (_NO, "not authorised by the card network"),
    "400201": (_NO, "declined by the debit network"),
    "400202": (_NO, "declined by the ACH service"),
    "400203": (_NO, "declined by the prepaid programme"),
    "400204": (_NO, "declined by Venmo"),
    "400405": (_NO, "currency conversion refused"),
    "400406": (_UNKNOWN, "in the range of currency conversion, and nowhere described"),
    "400407": (_NO, "currency conversion refused"),
    "400408": (_NO, "currency conversion refused"),
    "400409": (_NO, "currency conversion refused"),
    "400410": (_NO, "currency conversion refused"),
    "401021": (Verdict.UNAUTHORISED, "authentication failed"),
    "401098": (Verdict.UNAUTHORISED, "authentication failed"),
    "404001": (_UNKNOWN, "not found"),
    "404021": (_UNKNOWN, "not found"),
    "409001": (_UNKNOWN, "conflicts with an existing record"),
    "409022": (_UNKNOWN, "conflicts with an existing record"),
    "500000": (_UNKNOWN, "service down"),
    "500001": (_UNKNOWN, "service failed"),
    "500002": (_UNKNOWN, "service failed"),
    "500004": (_UNKNOWN, "a sanctions, fraud or storage service is down"),
    "500005": (_UNKNOWN, "a notification could not be stored"),
    "500401": (_UNKNOWN, "time-out of the currency conversion"),
}

#: To a look-up or a list, in a 4xx answer: DDP knows nothing of the kind.
NOT_FOUND = frozenset({"400084", "404001", "404021"})

#: To a look-up by our own reference: DDP takes it for no transaction id. The list decides then.
NOT_AN_ID = frozenset({"400061", "400065", "400066", "400081"})
