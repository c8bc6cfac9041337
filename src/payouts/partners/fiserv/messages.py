"""What is sent to DDP: small messages, each the same bytes every time.

| field | where it is documented (Fiserv/digital-disbursements-platform) |
| --- | --- |
| ``amount{total, currency}``, ``merchantTransactionId``, ``recipient[]`` | PayoutService spec |
| ``recipientProfileInfo.merchantCustomerId`` alone, for a recipient that exists | apiflow.md |
| ``payments.paymentType`` (configured for the merchant) | apiflow.md; faq.md |
| ``source`` and one of ``card ach prepaid paypal venmo coinbase`` | PayoutService spec, examples |
| ``token{tokenId, tokenProvider: ENROLMENT_VAULT}`` | PayoutService spec, examples |
| ``statementDescriptor`` (at most 22 characters) | features/softdescriptor.md |
| ``description`` of a cancellation, required | PayoutService spec |
| ``start end pageNo pageSize`` of the lists | TransactionService spec |

Amounts are JSON numbers with two decimals, written from whole cents. How ``start`` and ``end`` are
written is not stated: ``MM/DD/YYYY`` is assumed, as everywhere else in the API, and
``list_date_format`` (``us`` or ``iso``) switches it. That pages count from 1 is assumed from the
specification's example.

Settings: ``payment_type`` (required), ``statement_descriptor``, ``description``,
``cancel_description``, ``list_page_size`` (100), ``list_date_format`` (``us``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from types import MappingProxyType
from urllib.parse import quote

from payouts.money import minor_unit_exponent
from payouts.outcome import Merchant
from payouts.payout import Method, Payout, PayoutRefused, looks_like_account_number
from payouts.ports import Request

HEADERS: Mapping[str, str] = MappingProxyType(
    {"Content-Type": "application/json", "Accept": "application/json"}
)

_VAULTED = {
    Method.DEBIT_CARD: ("DEBIT", "card"),
    Method.BANK_ACCOUNT: ("ACH", "ach"),
    Method.PREPAID: ("PREPAID", "prepaid"),
}
#: What a wallet's token may look like: ``coinbase:<vault token>``, ``venmo.phone:<number>``...
_WALLET = re.compile(r"(?:(coinbase)|(paypal|venmo)\.(email|phone)):(\S+)")

_DESCRIPTOR = re.compile(r"[A-Za-z0-9 &*',\-._~]{1,22}")

#: What can be called back: "only applicable to ACH, Coinbase, E-check, Venmo and PayPal".
_CANCELLABLE = frozenset({Method.BANK_ACCOUNT, Method.WALLET})


def request_for(payout: Payout, merchant: Merchant, nonce: str) -> Request:
    """The send; a payout that DDP cannot be asked to make raises ``PayoutRefused``."""
    if minor_unit_exponent(payout.amount.currency) != 2:
        raise PayoutRefused(f"DDP takes amounts with two decimals, not {payout.amount.currency}")
    source, details = _source(payout)
    descriptor = _descriptor(payout, merchant)
    description = merchant.settings.get("description", "")
    note = f'"description":{quoted(description)},' if description else ""
    body = (
        f'{{"merchantTransactionId":{quoted(payout.key)},'
        f'"amount":{{"total":{payout.amount.format()},'
        f'"currency":{quoted(payout.amount.currency)}}},{descriptor}'
        f'"recipient":[{{"recipientProfileInfo":{{"merchantCustomerId":{quoted(payout.recipient)}}},'
        f'"payments":{{"paymentType":{quoted(_payment_type(merchant))}}},{note}'
        f'"source":"{source}",{details}}}]}}'
    )
    return Request("POST", f"{_base(merchant)}/v1/payments", body.encode(), HEADERS, nonce)


def lookup_for(
    payout: Payout, partner_id: str | None, step: int, merchant: Merchant, nonce: str
) -> Request | None:
    """Step 0 asks by the partner's id or ours, step 1 lists what the payee was ever paid.

    The status call takes either id (description of the operation); release notes of June 2024 call
    ours deprecated, which is why a list follows before anything is concluded from *not found*.
    """
    if step == 0:
        path = f"/v1/transactions/{quote(partner_id or payout.key, safe='')}"
    elif step == 1:
        recipient = quote(payout.recipient, safe="")
        path = f"/v1/transactions/recipients/{recipient}?pageNo=1&pageSize={_page_size(merchant)}"
    else:
        return None
    return Request("GET", _base(merchant) + path, b"", HEADERS, nonce)


def cancel_for(
    payout: Payout, partner_id: str | None, merchant: Merchant, nonce: str
) -> Request | None:
    """Ask for a cancellation, or a reversal by ACH; what went to a card stays paid."""
    if payout.method not in _CANCELLABLE:
        return None
    path = f"{_base(merchant)}/v1/payments/{quote(partner_id or payout.key, safe='')}/cancel"
    why = merchant.settings.get("cancel_description", "Cancelled at the request of the payer")
    return Request("PATCH", path, f'{{"description":{quoted(why[:250])}}}'.encode(), HEADERS, nonce)


def list_for(first_day: str, last_day: str, page: int, merchant: Merchant, nonce: str) -> Request:
    """One page of what was paid on these days; pages count from 1."""
    first, last = (quote(_day(day, merchant), safe="") for day in (first_day, last_day))
    path = (
        f"{_base(merchant)}/v1/transactions?start={first}&end={last}"
        f"&pageNo={max(page, 1)}&pageSize={_page_size(merchant)}"
    )
    return Request("GET", path, b"", HEADERS, nonce)


def balance_for(merchant: Merchant, nonce: str) -> Request:
    """Ask what the funding account holds."""
    return Request("GET", f"{_base(merchant)}/v1/merchantInfo", b"", HEADERS, nonce)


def _base(merchant: Merchant) -> str:
    """Return ``/ddp``, unless the merchant's address ends in it already."""
    return "" if merchant.base_url.rstrip("/").endswith("/ddp") else "/ddp"


def _source(payout: Payout) -> tuple[str, str]:
    """Return the payment's source and the object that names the account."""
    if payout.method is Method.REAL_TIME:
        raise PayoutRefused(
            "DDP pays in real time (RTP) to raw account numbers only, and this runtime holds "
            "vault tokens only; use another method"
        )
    if looks_like_account_number(payout.token) or looks_like_account_number(payout.recipient):
        raise PayoutRefused("token or recipient looks like an account number; pass the vault token")
    if payout.method is not Method.WALLET:
        source, name = _VAULTED[payout.method]
        return source, _vaulted(name, payout.token)
    match = _WALLET.fullmatch(payout.token)
    if match is None:
        raise PayoutRefused(
            "a wallet's token is coinbase:<vault token>, or paypal or venmo with .email: or "
            ".phone: and the address"
        )
    coinbase, wallet, kind, value = match.groups()
    if coinbase:
        return "COINBASE", _vaulted("coinbase", value)
    return wallet.upper(), f'"{wallet}":{{"{kind}":{{"value":{quoted(value)}}}}}'


def _vaulted(name: str, token: str) -> str:
    return f'"{name}":{{"token":{{"tokenId":{quoted(token)},"tokenProvider":"ENROLMENT_VAULT"}}}}'


def _payment_type(merchant: Merchant) -> str:
    value = merchant.settings.get("payment_type", "")
    if not value:
        raise ValueError("setting payment_type is missing: one that Fiserv set up for the merchant")
    return value


def _descriptor(payout: Payout, merchant: Merchant) -> str:
    text = merchant.settings.get("statement_descriptor", "")
    if not text or payout.method is not Method.DEBIT_CARD:
        return ""
    if not _DESCRIPTOR.fullmatch(text):
        raise ValueError("setting statement_descriptor: at most 22 of the allowed characters")
    return f'"statementDescriptor":{quoted(text)},'


def _page_size(merchant: Merchant) -> int:
    text = merchant.settings.get("list_page_size", "100")
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise ValueError(f"setting list_page_size is from 1 to 1000, not {text!r}")
    return int(text)


def _day(iso: str, merchant: Merchant) -> str:
    year, month, day = iso.split("-")
    return iso if merchant.settings.get("list_date_format") == "iso" else f"{month}/{day}/{year}"
