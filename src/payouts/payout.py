"""What is paid out: immutable from the moment it is enqueued, and safe to print.

A payout names its payee by the partner's ids only. A card or bank account number is refused here
and again by the ledger: whoever can read a database, a backup or a log must not find one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from payouts.idempotency import derived_key
from payouts.money import Money

REFERENCE_MAX = 200
IDENTIFIER_MAX = 128

#: Printable ASCII without blanks or quotes: an identifier that survives a URL, a log and a CSV.
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*")
#: No colon: a key is the hash of partner, colon and reference, which must be cut in one way only.
_PARTNER = re.compile(r"[a-z][a-z0-9_]*")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SEPARATORS = re.compile(r"[ ./_-]")


class PayoutRefused(ValueError):
    """A payout that must not enter the ledger as it is written."""


class Method(StrEnum):
    """How the payee is reached. Which of them a partner offers is the partner file's to say."""

    DEBIT_CARD = "debit_card"
    BANK_ACCOUNT = "bank_account"
    REAL_TIME = "real_time"
    PREPAID = "prepaid"
    WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout as the ledger holds it. ``key`` is derived, never drawn.

    ``recipient`` is the partner's id of the payee, ``token`` its id of the vaulted account.
    ``reissue_of`` is the id of the declined or returned payout that this one replaces.
    """

    id: int
    partner: str
    reference: str
    key: str
    recipient: str
    token: str
    method: Method
    amount: Money
    reissue_of: int | None = None


@dataclass(frozen=True, slots=True)
class NewPayout:
    """A payout as the business asks for it; refused here if it could never be paid safely."""

    partner: str
    reference: str
    recipient: str
    token: str
    method: Method
    amount: Money

    def __post_init__(self) -> None:
        _check_identifier("reference", self.reference, REFERENCE_MAX)
        if not _PARTNER.fullmatch(self.partner) or len(self.partner) > IDENTIFIER_MAX:
            raise PayoutRefused("partner is not a partner's id: small letters, digits and _")
        _check_identifier("recipient", self.recipient, IDENTIFIER_MAX)
        _check_identifier("token", self.token, IDENTIFIER_MAX)
        for field in ("recipient", "token"):
            if looks_like_account_number(getattr(self, field)):
                # Not quoted: the message goes where the number must not.
                raise PayoutRefused(
                    f"{field} looks like a card or account number; pass the partner's token"
                )
        if self.amount.minor <= 0:
            raise PayoutRefused(f"a payout is more than zero, not {self.amount}")

    @property
    def key(self) -> str:
        """The idempotency key under which the partner will know this payout."""
        return derived_key(self.partner, self.reference)


def looks_like_account_number(text: str) -> bool:
    """Say whether a text could be a raw card number, account number or IBAN.

    Digits alone (with separators), eight or more, or an IBAN with its check digits right. A
    partner's own identifiers hold letters; one that does not must be given a prefix by the caller.
    The check digits matter: one random token in twenty has the shape of an IBAN.

        >>> looks_like_account_number("4111-1111-1111-1111"), looks_like_account_number("tok_8Fz")
        (True, False)
    """
    bare = _SEPARATORS.sub("", text)
    return (bare.isdigit() and len(bare) >= 8) or (bool(_IBAN.fullmatch(bare)) and _is_iban(bare))


def _is_iban(text: str) -> bool:
    """Check an IBAN's digits (ISO 7064, MOD 97-10): letters count from A = 10."""
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _check_identifier(field: str, text: str, longest: int) -> None:
    if not isinstance(text, str) or not text:
        raise PayoutRefused(f"{field} is missing")
    if len(text) > longest:
        raise PayoutRefused(f"{field} has {len(text)} characters, {longest} is the most")
    if not _IDENTIFIER.fullmatch(text):
        raise PayoutRefused(f"{field} has a character other than letters, digits and ._:/@#+=~-")
