"""What a fault file says: what is done to a design, when, and for how long. Nothing else.

A fault is data. It names kinds of parts, never services, and refers to the partner's own faults by
the stable ids of the double (``payouts.sandbox.faults``). ``frugal.simulate`` does what it says.
Times are seconds since the fault begins.
"""

from __future__ import annotations

from typing import TypeAlias

from frugal.model.brief import Value
from payouts.facts import Fact


class Act(Value, frozen=True, kw_only=True, tag=True):
    """Something done to the design from ``begins`` on, for ``lasts`` seconds (0: a moment)."""

    begins: int = 0
    lasts: int = 0


class PartnerDown(Act, frozen=True, kw_only=True):
    """The partner answers nobody: ``refused``, ``silent`` or ``503``."""

    how: str = "refused"


class PartnerDoes(Act, frozen=True, kw_only=True):
    """The partner misbehaves: ids of the double's faults, each with the share of requests."""

    faults: tuple[tuple[str, float], ...]


class PartnerSlow(Act, frozen=True, kw_only=True):
    """The partner's answers take this many times as long."""

    factor: float


class PartnerLimits(Act, frozen=True, kw_only=True):
    """The partner answers 429 above this share of the rate that the payouts need on average."""

    share: float


class FundsGone(Act, frozen=True, kw_only=True):
    """The funding account is empty until the act ends; then it is filled again."""


class NetworkLoses(Act, frozen=True, kw_only=True):
    """Requests to the partner, or their answers, are lost: shares of all."""

    requests: float = 0.0
    answers: float = 0.0


class TriggerTwice(Act, frozen=True, kw_only=True):
    """Every trigger (schedule, message, event) is delivered twice with this share."""

    share: float


class TriggerSilent(Act, frozen=True, kw_only=True):
    """No schedule fires."""


class RunsTooLong(Act, frozen=True, kw_only=True):
    """Runs of functions stop half-way through a send and are ended at their time limit."""

    share: float


class WorkersDie(Act, frozen=True, kw_only=True):
    """Workers die at about every so many commands and start again."""

    mean_commands: int


class Replaced(Act, frozen=True, kw_only=True):
    """Every worker is replaced by a new one at once, as a deployment does."""


class Poison(Act, frozen=True, kw_only=True):
    """Messages, or due payouts, arrive that nothing can be done with."""

    count: int = 1


class Forged(Act, frozen=True, kw_only=True):
    """Somebody who is not the partner says, at every entrance, that payouts are settled."""

    per_hour: int = 60


class DatabaseDown(Act, frozen=True, kw_only=True):
    """The database is gone; where there is a standby, for its failover only."""


class DatabaseRestored(Act, frozen=True, kw_only=True):
    """The database goes back to an older state. ``how`` it comes to light, as in the runtime."""

    back: int
    how: str = "noticed"


class SessionsTaken(Act, frozen=True, kw_only=True):
    """Others take this share of the sessions that are left."""

    share: float


class HostDown(Act, frozen=True, kw_only=True):
    """Every host is gone with all that lives on it; ``replaced``: until a person has a new one."""

    replaced: bool = False


class ZoneDown(Act, frozen=True, kw_only=True):
    """One Availability Zone is gone: everything that stands in one zone only."""


class ClockWrong(Act, frozen=True, kw_only=True):
    """The wall clocks of all workers are wrong by this much."""

    seconds: float


class SecretChanged(Act, frozen=True, kw_only=True):
    """The partner's key is another one; workers have the new one only when the act ends."""


class MorePayouts(Act, frozen=True, kw_only=True):
    """This many times the usual payouts are asked for."""

    factor: int


AnyAct: TypeAlias = (
    PartnerDown
    | PartnerDoes
    | PartnerSlow
    | PartnerLimits
    | FundsGone
    | NetworkLoses
    | TriggerTwice
    | TriggerSilent
    | RunsTooLong
    | WorkersDie
    | Replaced
    | Poison
    | Forged
    | DatabaseDown
    | DatabaseRestored
    | SessionsTaken
    | HostDown
    | ZoneDown
    | ClockWrong
    | SecretChanged
    | MorePayouts
)


class Fault(Value, frozen=True, kw_only=True):
    """One file's constant ``FAULT``."""

    id: str  #: the module's name
    name: str  #: a few words: "the partner is down for four hours"
    what: str  #: one sentence: what is done
    #: How a year has it: so many times. Assumed unless a source says otherwise.
    times_a_year: Fact[int]
    acts: tuple[AnyAct, ...]
    fis: str = ""  #: the AWS FIS action that does the same to real parts; empty: there is none
    #: True where nobody can pay while it lasts: late is then counted from its end.
    stops_everyone: bool = False
    needs_a_person: bool = False  #: somebody has to act before it ends

    @property
    def seconds(self) -> int:
        """How long it lasts, from its first act to the end of its last."""
        return max(act.begins + act.lasts for act in self.acts)
