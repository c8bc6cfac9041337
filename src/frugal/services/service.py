"""What every service file answers, and nothing else in the program knows.

A service file holds one subclass of ``Service`` and exports its instance as ``SERVICE``. Stages ask
it questions about one placement of that service in its graph (a ``Part``): what is used and so
billed, which limits are how full, what a link to it needs in IAM, what to alarm on, what can fail.
A question a service has no answer to has an empty answer, so a new file starts small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from frugal.aws_facts import Limit
from frugal.model.behaviour import Behaviour
from frugal.model.brief import Brief, Value
from frugal.model.curve import ONE, ZERO, Amount, ceiling
from frugal.model.graph import Candidate, Link, Placement, Scalar, Verb, placed
from frugal.model.load import Load
from frugal.model.stack import Stack
from frugal.model.watch import Rule
from frugal.model.worst_case import Attack, Guards
from frugal.price_list.meter import Meter
from frugal.services.resource import Resource, Told

#: An amount of a usage file; ``None`` where nobody said it, which is not zero.
Said: TypeAlias = Decimal | None


class Usage(NamedTuple):
    """So much of one meter in a month, and why: a few words, numbers are added when shown."""

    meter: Meter
    quantity: Amount
    why: str
    allowed: bool = True  #: whether the account's free allowance of the meter covers it


class Unsaid(NamedTuple):
    """A meter that runs, by how much nobody said: it makes a total a lower bound, never $0."""

    meter: Meter
    needs: str  #: the inputs that would say it


class WorstUse(NamedTuple):
    """The most that can be used of one meter while one thing goes wrong, ordinary use included."""

    attack: Attack
    meter: Meter
    quantity: Decimal | None  #: ``None``: nothing bounds it, and ``why`` says so
    why: str  #: what stops it, with its number
    stoppable: bool = True  #: ends where the role or key that starts it is denied


class Allowance(Value, frozen=True, kw_only=True):
    """A free amount that meters share, account-wide, every month.

    A $0 first band inside a regional SKU is not listed here: the tier table already holds it.
    """

    id: str
    quantity: Decimal
    meters: tuple[Meter, ...]
    source: str


class Margin(Value, frozen=True, kw_only=True):
    """How full one limit is. ``used > limit`` rejects the candidate, with these numbers.

    A limit of another kind than "at most" is turned round by its service (time needed against time
    promised), so one comparison serves all.
    """

    check: str  #: stable id, kebab-case
    placement: str
    what: str  #: subject of the sentence "<what>: used <used> of <limit> <unit>"
    used: Amount
    limit: Decimal
    unit: str
    source: str  #: address, or why it is assumed
    basis: str = "documented"
    remedy: str = ""


class Statement(Value, frozen=True, kw_only=True):
    """One IAM statement: exactly these actions on exactly this target."""

    actions: tuple[str, ...]
    resource: str  #: ARN with ${AWS::Region}-style parameters, or "*" with ``why_star``
    condition: str = ""
    why_star: str = ""


class Alarm(Value, frozen=True, kw_only=True):
    """What to be woken by. ``guards_money``: losing it would lose or double money unseen."""

    id: str
    metric: str  #: Namespace/MetricName
    rule: Rule
    why: str
    says: str = ""  #: what the threshold is, in a few words, where the number alone does not say
    guards_money: bool = False

    @property
    def threshold(self) -> str:
        """Return the rule in words."""
        return self.rule.said(self.says)

    @property
    def period_seconds(self) -> int:
        return self.rule.period_seconds


class Failure(Value, frozen=True, kw_only=True):
    """One way a part fails, what it does to a payout, and what the design does about it."""

    what: str
    effect: str
    mitigation: str


class Row(Value, frozen=True, kw_only=True):
    """One line of a component's specification: a setting, its value, and why that value."""

    name: str
    value: str
    why: str = ""


class Habit(Value, frozen=True, kw_only=True):
    """One line of the cost checklist: a way to spend less, and whether this part does so.

    ``otherwise`` is the part as it would be the other way (or what stands in its place); pricing
    the design with it tells what the habit is worth. Without one, ``why`` says what is not priced.
    """

    item: str
    applied: bool
    why: str
    otherwise: Placement | None = None


class Hidden(Value, frozen=True, kw_only=True):
    """Something designs pay for without anybody having decided to; priced unasked.

    ``parts`` and ``links`` are put into the design (or in the place of parts with their ids) to
    price it. ``paid_by`` names the part that pays it here, where one does.
    """

    topic: str  #: what it is for: way out, way in, database sessions, keys, logs, addresses
    what: str
    parts: tuple[Placement, ...]
    links: tuple[Link, ...] = ()
    comes_with: str  #: the decision that brings it along
    avoided_by: str  #: why a design can do without; shown where it is not paid
    paid_by: str = ""


class Example(Value, frozen=True, kw_only=True):
    """The worked number of a service file, as data: a test prices it and must get ``cost``.

    List prices with every allowance off. The module's docstring says the same figure in words.
    """

    quantities: tuple[tuple[Meter, Decimal], ...]
    cost: Decimal
    region: str = "us-east-1"


class Part:
    """A placement seen where it stands: its graph, the load, and what surrounds it."""

    __slots__ = ("brief", "candidate", "load", "placement", "stack")

    def __init__(
        self, placement: Placement, candidate: Candidate, load: Load, brief: Brief, stack: Stack
    ) -> None:
        self.placement = placement
        self.candidate = candidate
        self.load = load
        self.brief = brief
        self.stack = stack

    @property
    def id(self) -> str:
        return self.placement.id

    @property
    def existing(self) -> bool:
        return self.placement.existing

    def number(self, name: str) -> Decimal:
        return self.placement.number(name)

    def incoming(self, *verbs: Verb) -> Iterator[Link]:
        return self.candidate.incoming(self.placement.id, *verbs)

    def outgoing(self, *verbs: Verb) -> Iterator[Link]:
        return self.candidate.outgoing(self.placement.id, *verbs)

    def per_month_in(self, *verbs: Verb) -> Amount:
        """Return how often a month the given links reach this part."""
        total: Amount = ZERO
        for link in self.incoming(*verbs):
            total = link.per_month + total
        return total

    def other(self, placement_id: str) -> Part:
        return Part(self.candidate[placement_id], self.candidate, self.load, self.brief, self.stack)


class Service:
    """Base of every service file; override what the service has an answer to."""

    id: str  #: the module's name
    name: str  #: as AWS writes it
    category: str = ""  #: FOCUS's ServiceCategory
    offer: str = ""  #: AWS's offer code, empty where there is none
    known_as: tuple[str, ...] = ()  #: other words a person excludes or asks for it by

    #: Where a user's own programs run: do they get an IAM role, and do they stand outside the VPC,
    #: reaching it only over a peering?
    gives_role: bool = True
    peers_with_vpc: bool = False

    #: Free amounts shared account-wide, in force every month for every account.
    allowances: tuple[Allowance, ...] = ()
    #: The worked numbers of the file; empty only where nothing is billed.
    examples: tuple[Example, ...] = ()

    #: Ids of AWS facts that bound what it takes, for those who price it without a design.
    quotas: tuple[str, ...] = ()

    #: What a usage file may say of this service, in plain words; ``None``: nothing yet.
    inputs: type[Value] | None = None

    def used(self, inputs: Any, hours: Decimal) -> Iterable[Usage | Unsaid]:
        """Yield what a month of ``inputs`` uses: an instance of this service's ``inputs`` type.

        Args:
            inputs: the plain-word amounts of a usage file, a template or a question.
            hours: hours of the month (730, or the source's own: 720, 744).
        """
        return ()

    #: Types of templates' resources it reads, as CloudFormation and as Terraform spell them.
    resource_types: tuple[str, ...] = ()

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        """Yield what a template says of a resource: inputs of ``used``, or why there are none.

        Raises:
            NotKnown: a value that decides what is billed is left open.
        """
        return ()

    def usage(self, part: Part) -> Iterable[Usage]:
        """Yield what this part uses in a month, beyond what an existing part costs today."""
        return ()

    def assume(self, stack: Stack) -> Stack:
        """Return the Stack with what this service's parts of it need filled by assumed Facts.

        Only gaps are filled, each with the reason for the default.
        """
        return stack

    def baseline(self, stack: Stack) -> Iterable[Usage]:
        """Yield what the Stack uses of this service today."""
        return ()

    def limits(self, part: Part) -> Iterable[Margin]:
        return ()

    def statements(self, part: Part, link: Link) -> Iterable[Statement]:
        """Yield what the source of ``link`` must be allowed, to reach this part (its target)."""
        return ()

    def alarms(self, part: Part) -> Iterable[Alarm]:
        return ()

    def failures(self, part: Part) -> Iterable[Failure]:
        return ()

    def behaviour(self, part: Part) -> Behaviour | None:
        """Return how this part behaves in a trial; None where no trial can notice it."""
        return None

    #: Why nothing that is done to a part changes what it is billed for; empty: it may.
    steady: str = ""

    def worst(self, part: Part, guards: Guards, days: Decimal) -> Iterable[WorstUse]:
        """Yield the most of each meter that can be used in so many days, whatever happens.

        A service that says nothing of it is not bounded: what it meters has no known end.
        """
        if self.steady:
            return
        meters = dict.fromkeys(usage.meter for usage in self.usage(part))
        for attack in Attack:
            for meter in meters:
                yield WorstUse(attack, meter, None, "no limit of it is known here", stoppable=False)

    def specification(self, part: Part) -> Iterable[Row]:
        return ()

    #: True where one lost box, zone or key stops it: read for single points of failure.
    def single_point_of_failure(self, part: Part) -> str:
        """Return why this part alone can stop the payouts, or an empty string."""
        return ""

    def habits(self, part: Part) -> Iterable[Habit]:
        """Yield the lines of the cost checklist that this part answers."""
        return ()

    def hidden(self, parts: tuple[Part, ...]) -> Iterable[Hidden]:
        """Yield what designs pay this service for unawares, whether or not this one does.

        Args:
            parts: the whole design.
        """
        return ()

    def paying(self, parts: tuple[Part, ...]) -> str:
        """Return the id of a new part of this service in a design, or an empty string."""
        own = (part for part in parts if part.placement.service == self.id and not part.existing)
        return next((part.id for part in own), "")

    def fixed_address(self, part: Part) -> bool:
        """Return whether calls out of this part come from an address a partner can allow-list."""
        return False

    def encryption(self, part: Part) -> str:
        """Return how data at rest is encrypted here, or an empty string where none is kept."""
        return ""


def times(*amounts: Decimal | None) -> Decimal | None:
    """Return the product of amounts, or ``None`` while one of them is not said.

    >>> times(Decimal(3), Decimal(2)), times(Decimal(3), None), times(Decimal(0), None)
    (Decimal('6'), None, Decimal('0'))
    """
    if ZERO in amounts:
        return ZERO
    product = ONE
    for amount in amounts:
        if amount is None:
            return None
        product *= amount
    return product


def metered(
    meter: Meter, quantity: Decimal | None, why: str, *, needs: str, allowed: bool = True
) -> Usage | Unsaid:
    """Return the use of a meter, or what has to be said before it is known."""
    if quantity is None:
        return Unsaid(meter, needs)
    return Usage(meter, quantity, why, allowed)


def steps(size: Decimal, step: Decimal) -> Decimal:
    """Return how many whole steps a size is billed as; nothing is still one.

    >>> steps(Decimal(65), Decimal(64)), steps(Decimal(0), Decimal(64))
    (Decimal('2'), Decimal('1'))
    """
    return max(whole(size / step), ONE)


def whole(amount: Decimal) -> Decimal:
    """Return a number rounded up to whole things."""
    rounded = ceiling(amount)
    assert isinstance(rounded, Decimal)
    return rounded


def margin(
    part: Part, check: str, what: str, used: Amount, limit: Limit, *, remedy: str = ""
) -> Margin:
    """Return how full a documented limit of AWS is."""
    return Margin(
        check=check,
        placement=part.id,
        what=what,
        used=used,
        limit=limit.number,
        unit=limit.unit or "",
        source=limit.source,
        remedy=remedy,
    )


def having(placement: Placement, **settings: Scalar) -> Placement:
    """Return the part with some settings otherwise."""
    return placed(
        placement.id,
        placement.role,
        placement.service,
        existing=placement.existing,
        **{**dict(placement.settings), **settings},
    )


def served_by(placement: Placement, service_id: str) -> Placement:
    """Return the part as another service would be it, with the same settings."""
    return placed(
        placement.id,
        placement.role,
        service_id,
        existing=placement.existing,
        **dict(placement.settings),
    )
