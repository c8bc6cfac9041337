"""What AWS meters, named so that it can be found in every Region and in either kind of list.

The files AWS publishes name a dimension by its *usage type* (``EUC1-Lambda-GB-Second-ARM``); the
maps behind AWS's pricing pages name it by a *description* (``Lambda Duration-ARM``). A `Meter`
carries both names, so one definition in a service file works with either source, and if both find
a price the two must agree.
"""

from __future__ import annotations

from frugal.model.brief import Value


class Meter(Value, frozen=True, kw_only=True):
    """One dimension of one AWS offer, in any Region."""

    offer: str  #: AWS's offer code, e.g. ``AWSLambda``
    unit: str  #: what one unit is, in our spelling (``frugal.price_list.units``): a check
    usage_type: str | None = None  #: without the Region's prefix
    operation: str | None = None  #: where the usage type alone names several products
    name: str | None = None  #: AWS's description, with or without its tier's suffix
    regionless: str | None = None  #: AWS's code of the dimension, where it has no name at all
    documented_item: str | None = None  #: row of the documented prices, used where no list has one
    listed_in: str | None = None  #: where the list keeps it whatever the Region, e.g. ``Any``

    def __str__(self) -> str:
        said = (self.usage_type, self.operation, self.name, self.regionless, self.documented_item)
        return f"{self.offer} " + " / ".join(part for part in said if part)
