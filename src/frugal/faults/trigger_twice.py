"""Every schedule, message and event is delivered twice, for a day.

AWS says *at least once* and means it: a schedule fires twice, a queue delivers a message again, an
asynchronous invoke runs two times. Nobody sees it in a console; the first sign of a design that
cannot bear it is a payee who was paid twice. What must hold: two workers with the same work in
hand do it once, whichever of them dies.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, TriggerTwice
from payouts.facts import assumed

FAULT = Fault(
    id="trigger_twice",
    name="every trigger comes twice for a day",
    what="For a day every schedule, message and event is delivered a second time.",
    times_a_year=assumed(
        1,
        "AWS documents at-least-once delivery and no share; a day in which it is the rule stands "
        "for all the single ones of a year",
    ),
    acts=(TriggerTwice(lasts=86_400, share=1.0),),
)
