"""Errors and retries: what each class of the partner's answer does to a payout, and to a link.

The one rule behind all of it: settled, declined and unknown are three different things, and only
the partner's final word moves a payout out of unknown.
"""

from __future__ import annotations

from frugal.design.draft import Draft
from frugal.design.figures import counted, number
from frugal.design.partner_rules import WINDOW_MARGIN_HOURS, name_of, patience, resends
from frugal.model.brief import Direction
from frugal.model.document import Block, Bullets, Heading, Table, Text


def error_handling(draft: Draft) -> tuple[Block, ...]:
    """Return what each class of answer does, and how each link is retried."""
    sends = draft.brief.direction.value is Direction.SEND
    return (
        Heading(words="Error handling and retry"),
        *(_answers(draft) if sends else _fetching(draft)),
        Table(
            columns=("Link", "If it fails"),
            rows=tuple((f"{f.source} → {f.target}", f.retry) for f in draft.flows),
            caption="Retry, link by link",
        ),
        Bullets(
            items=(
                "Calls to our own parts (database, backend, secrets) are retried with exponential "
                "back-off and full jitter, inside the run's time budget; then the run ends and the "
                "next one finds the same work.",
                "A circuit breaker stands in front of the partner: a 401 opens it at once, "
                "failures in a row open it too. While it is open nothing is sent, and one call at "
                "a time tries whether the partner is back.",
                "Before a run the funding balance is read, where the partner offers it: a run that "
                "would end half way for lack of money does not start.",
            )
            if sends
            else (
                "Calls are retried with exponential back-off and full jitter, inside the run's "
                "time budget. Reading twice changes nothing, so every retry is safe.",
            )
        ),
    )


def _answers(draft: Draft) -> tuple[Block, ...]:
    rules, name = patience(draft), name_of(draft)
    first = number(rules.first_lookup_minutes.value)
    every = number(rules.lookup_interval_minutes.value)
    looked_up = (
        f"First look-up after {first} min, at most {rules.lookups_max.value} in all, {every} min "
        "apart. Nothing is sent meanwhile"
    )
    again = (
        "The same key, payee and amount are sent again, from the stored fields: at most "
        f"{counted(rules.sends_max, 'send')} in all, the last within "
        f"{number(rules.last_send_hours)} h of the first"
        if resends(draft)
        else f"Looked up again, then held. Nothing is sent again: {name} has not said how it "
        "recognises a repeat"
    )
    rows = (
        ("Final status: paid", "settled", "Outcome and evidence committed; the lease ends"),
        (
            "Final status: refused, cancelled, expired",
            "declined",
            "Never sent again. A person, or a named rule, may make a new payout that is linked to "
            "the old one; at most one is open at a time",
        ),
        ("Time-out, broken connection, 5xx", "unknown", looked_up),
        ("2xx, but still in process or a status nobody has listed", "unknown", looked_up),
        ("Look-up: in process", "unknown", "Looked up again; **never** sent again"),
        ("Look-up: not found, 5xx, or no answer", "unknown", again),
        (
            "Look-ups or sends used up",
            "held",
            f"A person asks {name}. Not paid is concluded only from a final status, or by a person "
            f"once {number(rules.window_basis.value)} h and a margin have passed",
        ),
        (
            "401, 403, 408, 425, 429",
            "not accepted",
            "Not taken on, so no decline: the same key goes out later. 401 opens the breaker; "
            "Retry-After is obeyed",
        ),
        ("404, 409 on a send", "unknown", "Looked up; never sent again on the strength of it"),
        (
            "Other 4xx",
            "declined",
            f"Final, except for the codes that {name}'s rules (under Sources) leave open: those "
            "are looked up",
        ),
        (
            "No funds, or a limit of amount or count",
            "held",
            "That payout is held and the balance read. The run stops if the balance is short, or "
            "if three payouts in a row meet it",
        ),
        (
            "Returned after it was paid",
            "returned",
            "The books take it back. Paying again is a new payout, as after a decline",
        ),
    )
    basis = (
        "Some of these figures are assumed; the appendix says which."
        if rules.assumed
        else f"The figures are {name}'s own; the margin of {number(WINDOW_MARGIN_HOURS)} h is ours."
    )
    return (
        Text(
            words="A payout is settled, declined or unknown. A time-out is not a decline, and "
            f"unknown is never sent under a new key. {basis}"
        ),
        Table(
            columns=("Answer", "Means", "What happens"),
            rows=rows,
            caption="By class of answer",
        ),
    )


def _fetching(draft: Draft) -> tuple[Block, ...]:
    name = name_of(draft)
    rows = (
        ("Record not seen before", "Stored under the partner's own reference, which is unique"),
        ("Record seen before, unchanged", "Nothing: the unique reference swallows it"),
        ("Record seen before, changed", "A new row of its history; a status never moves backwards"),
        ("Time-out, broken connection, 5xx", "Asked again; the mark moves only after the commit"),
        ("429", "Slower, as Retry-After asks"),
        ("401, 403", "The run stops and a person is told: the credential is wrong"),
        (
            "A record that cannot be read",
            "Kept aside with its hash, the rest goes on, a person looks",
        ),
        (
            "A day without its report",
            "Asked for again until it comes; late after the promised time alarms",
        ),
    )
    return (
        Text(
            words=f"Nothing is paid here: {name} paid, and we read what it paid. So every call "
            "may be repeated, and what must not happen is to miss a record or to book one twice."
        ),
        Table(columns=("What comes back", "What happens"), rows=rows, caption="By class of answer"),
        Bullets(
            items=(
                "The mark of how far we have read is committed together with the records, and each "
                "read begins one interval before it: what arrives late is seen.",
                "Once a day the sums are compared with the partner's own report.",
            )
        ),
    )
