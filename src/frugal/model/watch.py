"""What an alarm says, as data: a trial can ring it, a document print it, a template hold it.

The words are CloudWatch's: a statistic over a period is a datapoint, and the alarm rings when
``datapoints`` of the last ``periods`` breach.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from frugal.model.brief import Value


class Statistic(StrEnum):
    SUM = "Sum"
    MAXIMUM = "Maximum"
    MINIMUM = "Minimum"
    AVERAGE = "Average"
    COUNT = "SampleCount"


class Comparison(StrEnum):
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    ABOVE = "GreaterThanThreshold"
    BELOW = "LessThanThreshold"


class Missing(StrEnum):
    """What a period without data counts as."""

    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


#: CloudWatch says storage in bytes.
BYTES_PER_GIB = Decimal(1024**3)

_SIGNS = {Comparison.AT_LEAST: ">=", Comparison.ABOVE: ">", Comparison.BELOW: "<"}


class Unit(StrEnum):
    """What a threshold counts, where it is not things."""

    SECONDS = "seconds"
    BYTES = "bytes"
    PERCENT = "percent"


class Rule(Value, frozen=True, kw_only=True):
    """When an alarm rings. ``learned``: its threshold is set by what trials showed."""

    statistic: Statistic
    comparison: Comparison
    threshold: Decimal
    period_seconds: int
    datapoints: int = 1  #: M: breaching, of the last N
    periods: int = 1  #: N
    missing: Missing = Missing.NOT_BREACHING
    learned: bool = False
    #: Learned, and as written the tightest: trials may only loosen it. Else they only tighten it.
    looser: bool = False
    unit: Unit | None = None

    def said(self, why: str = "") -> str:
        """Return the rule as a document says it; ``why`` is what its threshold stands for.

        >>> Rule(statistic=Statistic.MAXIMUM, comparison=Comparison.ABOVE, unit=Unit.SECONDS,
        ...      threshold=Decimal(21600), period_seconds=300, missing=Missing.BREACHING,
        ...      datapoints=2, periods=2).said("a quarter of a day")
        '> 6 h (a quarter of a day) for 10 min, missing data breaching'
        """
        words = f"{_SIGNS[self.comparison]} {self._shown}" + (f" ({why})" if why else "")
        if self.datapoints < self.periods:
            words += f" in {self.datapoints} of {self.periods} periods"
        elif self.periods > 1:
            words += f" for {_lasting(Decimal(self.period_seconds * self.periods))}"
        return words + (", missing data breaching" if self.missing is Missing.BREACHING else "")

    @property
    def _shown(self) -> str:
        if self.unit is Unit.SECONDS:
            return _lasting(self.threshold)
        if self.unit is Unit.BYTES:
            return f"{_plain(self.threshold / BYTES_PER_GIB)} GiB"
        return _plain(self.threshold) + (" %" if self.unit is Unit.PERCENT else "")

    def breaches(self, value: Decimal | None) -> bool:
        """Return whether one datapoint breaches; ``None``: no data in its period."""
        if value is None:
            return self.missing is Missing.BREACHING
        if self.comparison is Comparison.BELOW:
            return value < self.threshold
        if self.comparison is Comparison.ABOVE:
            return value > self.threshold
        return value >= self.threshold


def _plain(number: Decimal) -> str:
    """Return a number with at most two decimals, none that are zero."""
    return f"{round(number, 2).normalize():,f}"


def _lasting(seconds: Decimal) -> str:
    """Return a time in the largest unit that holds it twice, or exactly once."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size * 2 or (seconds == size and unit != "days"):
            return f"{_plain(seconds / size)} {unit}"
    return f"{_plain(seconds)} s"
