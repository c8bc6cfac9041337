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

    def breaches(self, value: Decimal | None) -> bool:
        """Return whether one datapoint breaches; ``None``: no data in its period."""
        if value is None:
            return self.missing is Missing.BREACHING
        if self.comparison is Comparison.BELOW:
            return value < self.threshold
        if self.comparison is Comparison.ABOVE:
            return value > self.threshold
        return value >= self.threshold
