"""Money that is paid out: whole minor units of one currency, never a fraction, never a float.

``Money(1050, "USD")`` is ten dollars and fifty cents. How many decimals a currency has is not a
matter of habit (the yen has none, the Kuwaiti dinar three), so it comes from ISO 4217's list of
current currencies. Nothing here rounds: an amount with more decimals than its currency has is
refused, because the missing part of a cent would be somebody's.

    >>> Money.parse("10.50", "USD") + Money(25, "USD")
    Money(minor=1075, currency='USD')
    >>> str(Money.parse("1200", "JPY"))
    '1200 JPY'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering

#: ISO 4217 list one, as published on 2026-01-01 by its maintenance agency
#: (https://www.six-group.com/en/products-services/financial-information/data-standards.html).
#: National currencies by their number of decimals; funds, units of account, metals and test codes
#: are left out, because nobody is paid in them.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
        "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
        "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
        "PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
        "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}

_EXPONENTS = {
    currency: decimals for decimals, codes in _DECIMALS.items() for currency in codes.split()
}

#: What a ledger's ``bigint`` column holds; more is a mistake, not a payout.
_MINOR_MAX = 2**63 - 1

#: Digits with an optional sign and decimals. No exponent, grouping, blanks, leading zeros or other
#: scripts' digits: an amount that could be read in two ways is not read.
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,18})(?:\.([0-9]+))?")


class MoneyError(ValueError):
    """An amount or a currency that cannot be used as it is written."""


def currencies() -> tuple[str, ...]:
    """Return the codes of all currencies that can be paid out, sorted."""
    return tuple(sorted(_EXPONENTS))


def minor_unit_exponent(currency: str) -> int:
    """Return how many decimals a currency has; refuse what is not a currency."""
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code in capitals") from None


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of a currency; negative for money that comes back."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        # bool is an int to Python, and a float that happens to be whole is still a float.
        if type(self.minor) is not int:
            raise MoneyError(f"minor units are an int, not {self.minor!r}")
        if abs(self.minor) > _MINOR_MAX:
            raise MoneyError(f"{self.minor} minor units are more than a ledger holds")
        minor_unit_exponent(self.currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> Money:
        """Return the money that a decimal string states, exactly.

        Trailing zeros beyond the currency's decimals are refused too: whoever wrote ``10.500``
        for dollars may have meant something else.
        """
        if type(amount) is not str:
            raise MoneyError(f"an amount is read from text, not from {type(amount).__name__}")
        exponent = minor_unit_exponent(currency)
        match = _AMOUNT.fullmatch(amount)
        if match is None:
            raise MoneyError(f"{amount!r} is not an amount such as 10.50")
        sign, whole, decimals = match.group(1), match.group(2), match.group(3) or ""
        if len(decimals) > exponent:
            raise MoneyError(f"{amount!r} has more decimals than {currency}, which has {exponent}")
        return cls(int(f"{sign}{whole}{decimals.ljust(exponent, '0')}"), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exactly, with all of the currency's decimals."""
        return Decimal(self.format())

    def format(self) -> str:
        """Return the amount as ``parse`` reads it: ``10.50``, ``-0.05``, ``1200``."""
        exponent = minor_unit_exponent(self.currency)
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        text = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
        return f"-{text}" if self.minor < 0 else text

    def __str__(self) -> str:
        return f"{self.format()} {self.currency}"

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor < self._same_currency(other).minor

    def _same_currency(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise MoneyError(f"{self} and {other} are not in one currency")
        return other
