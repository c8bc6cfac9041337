"""What services say their behaviour with: numbers that know where they came from.

A behaviour is used to judge a design, so each of its numbers is a Fact: a limit of AWS's, a value
of the Brief or the Stack, a setting of the candidate, or an assumption with its reason.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.aws_facts import limit
from frugal.model.behaviour import Host, Number
from frugal.model.graph import Role
from frugal.services.service import Part
from payouts.facts import Basis, Fact, assumed

#: Of deliveries that are "at least once", those that come twice. AWS gives no figure for any.
TWICE_SHARE = Decimal("0.001")

#: From a machine's failure to its containers running again, and to a new machine. Assumed.
REBOOT_SECONDS = Decimal(120)
REPLACE_SECONDS = Decimal(7200)

#: Services whose machines are lost with everything that runs on them.
_HOSTS = ("lightsail", "ec2")


def ours(value: Decimal | int, words: str) -> Number:
    """Return a number that this design sets itself."""
    return Fact(Decimal(value), words, Basis.STATED)


def setting(part: Part, name: str, *, times: int = 1) -> Number:
    """Return a setting of the part, in another unit where ``times`` says so."""
    return ours(part.number(name) * times, f"{name}, a setting of this candidate")


def scaled(fact: Number, factor: int) -> Number:
    """Return a fact in another unit: hours as seconds keep their source."""
    return Fact(fact.value * factor, fact.source, fact.basis)


def in_words(limit_id: str, words: str, value: Decimal | int) -> Number:
    """Return a number that AWS's page gives in words; ``words`` must stand in the fact.

    >>> in_words("rds-failover-multi-az-instance-seconds", "60-120", 120).value
    Decimal('120')
    """
    found = limit(limit_id)
    assert words in f"{found.what} {found.value}", f"{limit_id} does not say {words!r}"
    return Fact(Decimal(value), found.source, found.basis)


def twice(limit_id: str) -> Number:
    """Return the share of deliveries that come twice, where AWS only says that they may."""
    found = limit(limit_id)
    why = f"AWS says {found.value}, not how often ({found.source}); one in a thousand"
    return assumed(TWICE_SHARE, why)


def hosted(part: Part) -> bool:
    """Return whether the candidate has a machine of the user's that this part runs on."""
    return any(
        placement.role is Role.NETWORK and placement.service in _HOSTS
        for placement in part.candidate.placements
    )


def host_in_time() -> Host:
    """Return how one machine of the user's behaves when it fails, on EC2 or on Lightsail."""
    return Host(
        reboot_seconds=assumed(
            REBOOT_SECONDS, "AWS gives no figure; boot, Docker and the containers' start"
        ),
        replace_seconds=assumed(
            REPLACE_SECONDS,
            "a person is woken, makes a machine from the last snapshot and moves the address",
        ),
        zones=assumed(Decimal(1), "one machine stands in one Availability Zone"),
    )
