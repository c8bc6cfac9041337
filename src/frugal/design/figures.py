"""How numbers are written for a reader: rounded once, here, and never down to nothing.

The parts of a small design cost fractions of a cent, and a line that reads ``$0.00`` reads as
free. So cents are shown from ten cents up, four decimals below that, and two significant digits
below a tenth of a cent; only what costs exactly nothing is ``$0.00``.

    >>> money(Decimal("1234.5")), money(Decimal("0.00876")), money(Decimal("0.0000213"))
    ('$1,234.50', '$0.0088', '$0.000021')
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
_CENT = Decimal("0.01")


def money(amount: Decimal) -> str:
    """Return dollars, with as many digits as keep a small amount from vanishing."""
    return f"-${_dollars(-amount)}" if amount < ZERO else f"${_dollars(amount)}"


def difference(amount: Decimal) -> str:
    """Return dollars with their sign, for what is added to or taken from a month."""
    return f"+{money(amount)}" if amount > ZERO else money(amount)


def _dollars(amount: Decimal) -> str:
    if amount == ZERO:
        return "0.00"
    if amount >= Decimal("0.1"):
        return f"{amount.quantize(_CENT, rounding=ROUND_HALF_UP):,.2f}"
    if amount >= Decimal("0.001"):
        return f"{amount.quantize(_CENT * _CENT, rounding=ROUND_HALF_UP):f}"
    return f"{_significant(amount, 2):f}"


def number(amount: Decimal | int) -> str:
    """Return a quantity: whole above a hundred, else three significant digits, thousands apart."""
    value = Decimal(amount)
    if value == ZERO:
        return "0"
    if value == value.to_integral_value() or abs(value) >= 100:
        return f"{value.quantize(Decimal(1), rounding=ROUND_HALF_UP):,f}"
    shown = f"{_significant(value, 3):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(share: Decimal) -> str:
    """Return a share of one as a percentage."""
    return f"{number(share * 100)} %"


def seconds(amount: Decimal) -> str:
    """Return a time as a person says it: seconds, then minutes, then hours, then days."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if amount >= size * 2 or (amount == size and unit != "days"):
            return f"{number(amount / size)} {unit}"
    return f"{number(amount)} s"


def bounds(low: Decimal, high: Decimal) -> str:
    """Return a range of quantities, or the one number where its ends are the same."""
    return number(low) if low == high else f"{number(low)}-{number(high)}"


def counted(amount: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "alarm"), counted(3, "alarm"), counted(2, "look-up of it", "look-ups of it")
    ('1 alarm', '3 alarms', '2 look-ups of it')
    """
    return f"{number(amount)} {one if amount == 1 else many or one + 's'}"


def listed(words: tuple[str, ...], *, last: str = "and") -> str:
    """Return words as a sentence lists them.

    >>> listed(("a", "b", "c"))
    'a, b and c'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def quoted(text: str, longest: int = 200) -> str:
    """Return somebody else's words, safe to stand in any block: on one line, without mark-up.

    Blocks know two marks, ``**`` and the backtick. Words of a request or a file are data and may
    not use them.
    """
    plain = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e]+", " ", text)
    plain = plain.replace("`", "'").replace("**", "* *").strip()
    return plain if len(plain) <= longest else plain[: longest - 3].rstrip() + "..."


def _significant(amount: Decimal, digits: int) -> Decimal:
    place = Decimal(1).scaleb(amount.adjusted() - digits + 1)
    return amount.quantize(place, rounding=ROUND_HALF_UP)
