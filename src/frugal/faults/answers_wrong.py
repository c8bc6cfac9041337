"""The partner answers, and what it says is not what it did, for six hours.

An error after the work was done, a time-out told as a bad request, a status that no page explains,
a payment that look-ups do not show yet, an outcome left open, a balance limit that is none. Each of
these stands in the partner's own documents or follows from them, and each tempts a reader into
concluding something. What must hold: *paid* and *not paid* are concluded only from a final word
about this very payout, everything else is looked up, and what stays unclear ends with a person and
not with a guess.
"""

from __future__ import annotations

from frugal.faults.fault import Fault, PartnerDoes
from payouts.facts import assumed

FAULT = Fault(
    id="answers_wrong",
    name="the partner's answers are wrong or unclear for six hours",
    what=(
        "For six hours the partner answers a share of requests with errors after paying, with "
        "time-outs told as 400, with unknown statuses, open outcomes and wrapped errors."
    ),
    times_a_year=assumed(2, "a bad release at the partner; twice a year is our guess"),
    acts=(
        PartnerDoes(
            lasts=6 * 3600,
            faults=(
                ("paid-then-500", 0.1),
                ("failed-500", 0.05),
                ("timeout-400", 0.05),
                ("unknown-status", 0.05),
                ("in-process", 0.1),
                ("not-visible-yet", 0.05),
                ("request-doubled", 0.05),
                ("lookup-500", 0.1),
                ("lookup-dropped", 0.05),
                ("error-wrapped", 0.5),
                ("extra-fields", 0.2),
                ("shuffled-fields", 0.2),
                ("success-201", 0.2),
            ),
        ),
    ),
)
