"""What goes over the wire: orders read from requests, answers written as the partner writes them.

Field names and shapes are those of the guide on retries and the status pages
(Fiserv/digital-disbursements-platform:docs/troubleshooting/idempotency-timeouts.md and
Transaction-payment-status.md, commit 576e825). Answers are written by hand rather than through a
dictionary, because the double must cost less than the client it judges.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from payouts.money import MoneyError, minor_unit_exponent

SOURCES = frozenset(
    {"DEBIT", "ACH", "PREPAID", "TOKEN", "VENMO", "PAYPAL", "ECHECK", "VISAPLUS", "RTP", "COINBASE"}
)

#: The object that holds the payee's account, by source; RTP uses the one of ACH.
_DETAILS = ("card", "ach", "prepaid", "venmo", "paypal", "echeck", "token", "visaPlus", "coinbase")

#: A JSON string, quotes included.
quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii

MERCHANT_TRANSACTION_ID_MAX = 75  #: in the transaction specification; other pages say 100 and 32


class BadOrder(ValueError):
    """A body that is no payment: the partner's code, the field, and why."""

    def __init__(self, code: str, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.code = code
        self.field = field
        self.why = why


class _Decimal(str):
    """A JSON number as it was written: cents must not pass through binary fractions."""

    __slots__ = ()


_decode = json.JSONDecoder(parse_float=_Decimal).decode


class Order:
    """What a payment request asks for."""

    __slots__ = ("currency", "key", "minor", "recipient", "source")

    def __init__(self, key: str, recipient: str, minor: int, currency: str, source: str) -> None:
        self.key = key
        self.recipient = recipient
        self.minor = minor
        self.currency = currency
        self.source = source  #: empty: the payee is still to choose


def decoded(body: bytes) -> dict[str, Any]:
    """Return the object a body holds."""
    try:
        value = _decode(body.decode())
    except (ValueError, RecursionError):
        raise BadOrder("400021", "body", "is not JSON") from None
    if not isinstance(value, dict):
        raise BadOrder("400021", "body", "is not an object")
    return value


def order_in(body: bytes) -> Order:
    """Read a payment request: required fields, types, one payee, amounts that agree."""
    said = decoded(body)
    key = said.get("merchantTransactionId")
    if type(key) is not str or not key:
        raise BadOrder("400021", "merchantTransactionId", "is missing")
    if len(key) > MERCHANT_TRANSACTION_ID_MAX:
        raise BadOrder("400021", "merchantTransactionId", "is too long")
    minor, currency = _amount(said.get("amount"), "amount")
    payees = said.get("recipient")
    if type(payees) is not list or len(payees) != 1 or type(payees[0]) is not dict:
        # Several payees share one payment (the first to answer gets it): not a direct payout.
        raise BadOrder("400022", "recipient", "is not one payee")
    payee = payees[0]
    profile = payee.get("recipientProfileInfo")
    recipient = profile.get("merchantCustomerId") if type(profile) is dict else None
    if type(recipient) is not str or not recipient:
        raise BadOrder("400022", "merchantCustomerId", "is missing")
    payments = payee.get("payments")
    if type(payments) is not dict or not payments.get("paymentType"):
        raise BadOrder("400024", "paymentType", "is missing")
    if "amount" in payments and _amount(payments["amount"], "payments.amount") != (minor, currency):
        raise BadOrder("400023", "amount", "totals differ")
    source = payee.get("source", "")
    if source:
        if source not in SOURCES:
            raise BadOrder("400021", "source", "is unknown")
        detail = "ach" if source == "RTP" else source.lower() if source != "DEBIT" else "card"
        if type(payee.get("visaPlus" if detail == "visaplus" else detail)) is not dict:
            raise BadOrder("400021", detail, "is missing")
    elif any(name in payee for name in _DETAILS):
        raise BadOrder("400021", "source", "is missing")
    return Order(key, recipient, minor, currency, source)


def _amount(value: object, field: str) -> tuple[int, str]:
    if type(value) is not dict:
        raise BadOrder("400021", field, "is missing")
    total, currency = value.get("total"), value.get("currency")
    try:
        exponent = minor_unit_exponent(currency) if type(currency) is str else None
    except MoneyError:
        exponent = None
    if exponent is None:
        raise BadOrder("400021", f"{field}.currency", "is no currency")
    if type(total) is int:
        minor = total * 10**exponent
    elif type(total) is _Decimal:
        whole, _, digits = total.partition(".")
        digits = digits.rstrip("0") if len(digits) > exponent else digits
        if len(digits) > exponent or not (whole + digits).isdigit():
            raise BadOrder("400021", f"{field}.total", "has too many decimals")
        minor = int(whole + digits.ljust(exponent, "0"))
    else:
        raise BadOrder("400021", f"{field}.total", "is not a number")
    if minor <= 0:
        raise BadOrder("400021", f"{field}.total", "is not more than zero")
    return minor, str(currency)


def amount_text(minor: int, currency: str) -> str:
    """Return minor units as the JSON number the partner writes."""
    exponent = minor_unit_exponent(currency)
    if not exponent:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{rest:0{exponent}d}"


_dates: dict[int, str] = {}


def date_text(seconds: float) -> str:
    """Return the day of a time as ``MM/DD/YYYY``, in UTC."""
    day = int(seconds // 86_400)
    text = _dates.get(day)
    if text is None:
        if len(_dates) > 4_000:
            _dates.clear()
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        text = _dates[day] = f"{at:%m/%d/%Y}"
    return text


def day_in(text: str) -> int | None:
    """Return the day a date names, in days since 1970; ``None`` where it is no date."""
    for form in ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"):
        try:
            at = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(at.timestamp() // 86_400)
    return None


#: Code → what the list of error codes says of it, shortened. Its first three digits are the HTTP
#: status (docs/troubleshooting/error-codes.md, commit 576e825).
MESSAGES: Mapping[str, str] = {
    "400001": "Service has a timeout and will be back shortly",
    "400042": "Service has a timeout and will be back shortly",
    "400050": "Service has a timeout and will be back shortly",
    "400082": "Service has a timeout and will be back shortly",
    "400021": "A field is missing or not valid",
    "400022": "The recipient is missing or not valid",
    "400023": "The totals differ",
    "400024": "The payment type is not allowed",
    "400025": "Insufficient funds, or a limit is exceeded",
    "400034": "An ACH payment cannot be cancelled after 5 days",
    "400063": "Declined by the fraud check",
    "400201": "Declined by the debit network",
    "400202": "Declined by ACH",
    "400203": "Declined by the prepaid network",
    "400204": "Declined by Venmo",
    "401021": "Not authenticated",
    "401098": "Not authenticated",
    "404001": "Not found",
    "404021": "Not found",
    "409001": "Conflict with an existing record",
    "409022": "Conflict with an existing record",
    "429000": "Too many requests",  # no code is documented for 429
    "500000": "The service is down",
    "500001": "The service is down",
    "500002": "An adapter is down",
    "503000": "The service is unavailable",  # no code is documented for 503
}

TIMEOUT_CODES = ("400001", "400042", "400050", "400082")
SERVER_CODES = ("500000", "500001", "500002")
DECLINE_CODES: Mapping[str, str] = {
    "ACH": "400202",
    "RTP": "400202",
    "ECHECK": "400202",
    "PREPAID": "400203",
    "VENMO": "400204",
    "PAYPAL": "400204",
}


def error_body(code: str, why: str, wrapped: bool, field: str = "") -> bytes:
    """Return an error, flat as in the guides' samples or wrapped as in the specification."""
    fields = f'[{{"field":{quoted(field)},"message":{quoted(why)}}}]' if field else "[]"
    text = (
        f'{{"code":"{code}","message":{quoted(MESSAGES[code])},"category":"sandbox",'
        f'"developerInfo":{{"developerMessage":{quoted(why)},"fieldError":{fields}}}}}'
    )
    return (f'{{"error":{text}}}' if wrapped else text).encode()


def with_extras(body: bytes) -> bytes:
    """Return an answer with fields that nobody documented, at the top and inside."""
    text = body.decode()
    text = text.replace('"recipient":[{', '"recipient":[{"loyaltyTier":null,')
    if text[0] != "{" or text == "{}":
        return body
    return f'{{"reservedField":{{"a":[1,"2"]}},"schemaVersion":7,{text[1:]}'.encode()


def shuffled(body: bytes, chance: random.Random) -> bytes:
    """Return the same JSON with the fields of every object in another order."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            chance.shuffle(names)
            return {name: turned(value[name]) for name in names}
        if isinstance(value, list):
            return [turned(item) for item in value]
        return value

    return json.dumps(turned(json.loads(body))).encode()


def dressed(body: bytes, faults: Collection[str], chance: random.Random) -> bytes:
    """Return an answer as careless servers write it."""
    if "extra-fields" in faults:
        body = with_extras(body)
    if "shuffled-fields" in faults:
        body = shuffled(body, chance)
    return body
