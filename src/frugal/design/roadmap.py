"""Section 5: how to get there and back: steps with their undo, the cut-over, and the tests.

The order of building is read off the graph: what others need comes first, what starts the work
comes last and stays off until the cut-over. Every step can be undone until money has moved; from
then on the way back keeps the ledger.
"""

from __future__ import annotations

from frugal.design.database import peered
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, number
from frugal.design.partner_rules import name_of, opening, partner_facts, patience, resends
from frugal.design.permissions import long_lived_keys
from frugal.model.brief import Direction
from frugal.model.design import Component
from frugal.model.document import Block, Bullets, Heading, Section, Steps, Table, Text
from frugal.model.graph import Role, Verb
from frugal.model.load import OUTAGE_HOURS

#: New parts in the order they are built: what is depended on, then what works, then what starts it.
_BUILT = (
    (Role.SECRET, Role.LOGS, Role.DEAD_LETTER, Role.NETWORK, Role.STORE),
    (Role.QUEUE, Role.ORCHESTRATOR, Role.WORKER, Role.RECEIVER, Role.BACKEND),
    (Role.ALARM,),
    (Role.TRIGGER, Role.BUS),
)
#: Payouts that the first days of the new path may send, before all of them.
CAPS = (1, 10)


def implementation(draft: Draft) -> Section:
    """Return section 5."""
    sends = draft.brief.direction.value is Direction.SEND
    steps = (
        *_preparation(draft),
        *_building(draft),
        *(_cut_over(draft) if sends else _start(draft)),
    )
    return Section(
        number=5,
        title="Implementation",
        blocks=(
            *_priced_only(draft),
            Text(
                words="Each step ends with its undo. Up to the cut-over nothing of yours changes "
                "its behaviour; from the first real payout on, the ledger stays, whatever else is "
                "undone."
                if sends
                else "Each step ends with its undo. Nothing of yours changes its behaviour before "
                "the last one."
            ),
            Steps(items=tuple(f"{do} Undo: {undo}" for do, undo in steps)),
            *_roll_back(draft),
            *_tests(draft),
        ),
    )


def _priced_only(draft: Draft) -> tuple[Block, ...]:
    """Return the warning on a pattern that is priced and compared, and nothing more."""
    if draft.decision.chosen.full:
        return ()
    return (
        Text(
            words="**This pattern is priced, not handed over:** no runtime code of ours runs on it "
            "yet. The steps are the order of the work; the work itself is yours."
        ),
    )


def _new(draft: Draft, roles: tuple[Role, ...]) -> tuple[Component, ...]:
    wanted = tuple(role.value for role in roles)
    return tuple(c for c in draft.components if not c.existing and c.role in wanted)


def _named(components: tuple[Component, ...]) -> str:
    return listed(tuple(f"{c.id} ({c.service})" for c in components))


def _preparation(draft: Draft) -> list[tuple[str, str]]:
    name = name_of(draft)
    steps = [
        (
            f"**Ask {name}** the questions at the end of this document, and for sandbox "
            "credentials. The answers come back into `brief.yaml`; run the design again with it.",
            "nothing to undo.",
        ),
        (
            "**Take a snapshot of the instance and a dump of the database, and restore the dump "
            "once** beside the old one. A dump nobody has restored is a hope.",
            "delete both.",
        ),
        (
            "**Create the ledger:** schema `payouts` and its role, in one migration. No "
            "table of yours is touched.",
            "drop the schema, as long as it is empty.",
        ),
    ]
    if peered(draft):
        steps.append(
            (
                "**Turn on peering by hand** between Lightsail and the default VPC of the Region; "
                "it has no CloudFormation or Terraform resource. Put a host firewall on the box "
                "first: the Lightsail firewall does not filter what comes this way, on any port.",
                "turn peering off; it takes effect at once.",
            )
        )
    return steps


def _building(draft: Draft) -> list[tuple[str, str]]:
    needed, working, watching, starting = (_new(draft, roles) for roles in _BUILT)
    steps: list[tuple[str, str]] = []
    if needed:
        steps.append((f"**Build what is depended on:** {_named(needed)}.", _deleted(needed)))
    if any(c.role == Role.SECRET.value for c in needed):
        steps.append(
            (
                f"**Put in the credentials** of {name_of(draft)}'s sandbox, typed "
                "in or piped, never through a file in the repository.",
                "delete the values and have the keys revoked.",
            )
        )
    for key in long_lived_keys(draft):
        steps.append(
            (
                f"**Make the IAM user for {key}** with the policy of section 4 and one access key; "
                "write the date of its rotation down.",
                "delete the key, then the user.",
            )
        )
    if working:
        steps.append((f"**Build the work, switched off:** {_named(working)}.", _deleted(working)))
    steps.append(_enter(draft))
    if watching:
        steps.append(
            (
                f"**Build the alarms** ({_named(watching)}) and set each off once, until a person "
                "has answered it.",
                _deleted(watching),
            )
        )
    if starting:
        steps.append(
            (
                f"**Build what starts the work, disabled:** {_named(starting)}.",
                _deleted(starting),
            )
        )
    return steps


def _deleted(components: tuple[Component, ...]) -> str:
    return "delete it." if len(components) == 1 else "delete them."


def _enter(draft: Draft) -> tuple[str, str]:
    """Return the one change the backend needs."""
    if draft.brief.direction.value is Direction.RECEIVE:
        return (
            "**Let the backend read** the new tables, through a view, behind a flag that is off.",
            "leave the flag off.",
        )
    worker = next(draft.candidate.role(Role.WORKER), None)
    through = worker is not None and any(
        True for _ in draft.candidate.outgoing(worker.id, Verb.CALLS)
    )
    endpoint = (
        " Open its endpoint for claims and outcomes: HTTPS, secret and time stamp checked before "
        "the body is read, everything else refused."
        if through
        else ""
    )
    return (
        "**Teach the backend to enter payouts** in the transaction that decides to pay, behind a "
        f"flag that is off.{endpoint}",
        "leave the flag off.",
    )


def _switch(draft: Draft, to: str) -> str:
    """Return how the work is started or stopped: its triggers, its queues, or itself."""
    starters = [p.id for role in (Role.TRIGGER, Role.BUS) for p in draft.candidate.role(role)]
    starters += [f"the hand-over from {p.id}" for p in draft.candidate.role(Role.QUEUE)]
    if starters:
        return f"turn {listed(tuple(starters))} {to}"
    workers = tuple(placement.id for placement in draft.candidate.role(Role.WORKER))
    return f"{'start' if to == 'on' else 'stop'} {listed(workers) or 'the worker'}"


def _cut_over(draft: Draft) -> list[tuple[str, str]]:
    name, window = name_of(draft), patience(draft).window_basis.value
    one, ten = CAPS
    return [
        (
            "**Rehearse** the test plan below, against a simulator and the sandbox, until every "
            "line of it holds.",
            "empty the test schema.",
        ),
        (
            "**Freeze the old path**, be it code or a person with a portal. It finishes what it "
            "has sent and starts nothing new; read its code for a retry that could wake up later.",
            "unfreeze it; nothing else has changed yet.",
        ),
        (
            "**Import what is open.** Whatever the old path sent without a final answer comes in "
            "as unknown, with the reference it was sent under. The new path may look it up; it "
            "never sends it.",
            "drop the imported rows.",
        ),
        (
            f"**Compare with {name}'s own list** of the last days, payout by payout: amount, "
            "payee, status. Do not go on with one unexplained line.",
            "nothing to undo.",
        ),
        (
            f"**Pay {one}:** put in the production credentials, set the cap to {one} payout a day "
            f"and a small largest amount, raise the flag and {_switch(draft, 'on')}. See it "
            f"settle, in {name}'s list and on the payee's side.",
            "set the cap to 0. From here on the ledger stays, and look-ups go on.",
        ),
        (
            f"**Pay {ten}:** raise the cap to {ten}, with the usual amounts, and compare again the "
            f"next day; {number(window)} h later nothing may be unknown.",
            f"set the cap back to {one}, or to 0.",
        ),
        (
            "**Pay all:** the cap becomes the largest day that was promised, "
            f"{number(draft.brief.promises.largest_day_payouts.value)} payouts. It stays for good, "
            "as a fuse.",
            "set the cap back; what is due waits.",
        ),
        (
            "**Remove the old path** after 30 days without an unexplained line: its code, its "
            "credentials, its schedule.",
            "until then the frozen code is still there.",
        ),
    ]


def _start(draft: Draft) -> list[tuple[str, str]]:
    name = name_of(draft)
    return [
        (
            "**Read the past month once**, and compare its sums with the partner's report.",
            "drop the rows and read again.",
        ),
        (
            "**Let both run** for a week: the way it is done today and this one, compared daily.",
            f"{_switch(draft, 'off')}.",
        ),
        (
            f"**Turn the flag on:** the backend takes {name}'s records from the new tables.",
            "turn it off; the old way is still there for 30 days.",
        ),
    ]


def _roll_back(draft: Draft) -> tuple[Block, ...]:
    if draft.brief.direction.value is Direction.RECEIVE:
        words = (
            f"Turn the flag off and {_switch(draft, 'off')}. Records stay; reading again adds "
            "nothing twice."
        )
        return (Heading(words="Roll-back"), Text(words=words))
    rules = patience(draft)
    return (
        Heading(words="Roll-back"),
        Steps(
            items=(
                "Set the cap to 0: nothing new is sent, what was not sent stays due, look-ups go "
                "on.",
                "Wait until nothing is unknown, at most "
                f"{number(rules.window_basis.value)} h and a margin. Only then may another path "
                "pay anything.",
                f"Then {_switch(draft, 'off')}.",
                "Hand what is still due to the old path under the **same references**, and mark "
                "it as handed over, so that neither path can pay it again.",
                "Unfreeze the old path. Keep the ledger: it is the proof of what was paid.",
            )
        ),
        Text(
            words="What cannot be rolled back is a payout that was paid. That is why the cap "
            f"starts at {CAPS[0]}."
        ),
    )


def _tests(draft: Draft) -> tuple[Block, ...]:
    name = name_of(draft)
    judged = (
        "The design was tried out in a simulated AWS (end of section 4); these are for the real "
        "one."
        if draft.tried_out
        else "The design is judged by hard checks; these faults have not been tried on it yet."
    )
    limits = tuple(
        rule.value for rule in partner_facts(draft).rules if "sandbox" in rule.value.lower()
    )
    scope = (
        Bullets(items=limits)
        if limits
        else Text(
            words=f"What {name}'s sandbox can play was not found; ask which inputs make it "
            "decline, time out or stay in process."
        )
    )
    return (
        Heading(words="Test plan"),
        Text(
            words=f"{judged} The judge of every test is a book of what was really paid, kept by "
            "the simulator and not by the code under test: each payout exactly once, or not at "
            "all and reported so."
            if draft.brief.direction.value is Direction.SEND
            else f"{judged} The judge of every test is the partner's list: each record once, none "
            "missing."
        ),
        Table(columns=("Fault", "Must end in"), rows=_faults(draft)),
        Text(words=f"What {name}'s sandbox cannot do:" if limits else "The partner's sandbox:"),
        scope,
    )


def _faults(draft: Draft) -> tuple[tuple[str, str], ...]:
    if draft.brief.direction.value is Direction.RECEIVE:
        return (
            ("A record is delivered twice, or in another order", "One row, its latest status"),
            ("The report is a day late, or has a wrong count", "An alarm; nothing is booked twice"),
            ("The run dies between reading and committing", "Read again; nothing missing"),
            ("429, 5xx, time-outs for hours", "Slower, then caught up"),
            ("Unknown fields, shuffled fields, an unknown status", "Stored, shown to a person"),
        )
    rules = patience(draft)
    promised = number(draft.brief.promises.drain_within_hours.value)
    faults = [
        ("Paid, then the connection drops", "Looked up, settled; nothing is sent again"),
        (
            "5xx before it was paid",
            "Looked up, not found, sent under the same key; paid once"
            if resends(draft)
            else "Looked up, not found, held for a person",
        ),
        (
            "2xx in process, later paid, later declined, or later not paid",
            f"{counted(rules.lookups_max.value, 'look-up')} at most, no second send",
        ),
        ("A 4xx that is really a time-out", "Unknown, looked up"),
        ("Same key with another amount", "Refused here, before a call"),
        ("No funds in the middle of a run", "Held; the run stops; a person is told"),
        (
            "401 from a skewed clock or a changed key",
            "Breaker open; nothing declined; goes on after",
        ),
        ("429 without Retry-After", "Slower; nothing lost"),
        ("A status nobody has listed, extra or shuffled fields", "Unknown, never paid by guess"),
        ("Returned days after it was paid", "Books take it back; a new payout only by decision"),
        (
            "The worker is killed at every point of section 4's sequence",
            "As the table of section 4 says",
        ),
        ("Every start is doubled; two workers at once", "Each payout once"),
        ("The database restarts, and comes back from an older dump", "Quarantine, then compared"),
        (
            f"{opening(draft)} is down for {number(OUTAGE_HOURS)} h",
            f"Nothing lost; drained within {promised} h",
        ),
    ]
    if draft.brief.partner.webhooks.value:
        faults.append(
            (
                "A webhook twice, out of order, before the answer, lost, with a wrong secret",
                "No status moves backwards; an unread hint changes nothing",
            )
        )
    if any(True for _ in draft.candidate.role(Role.QUEUE)):
        faults.append(("A dead letter replayed after a day", "Looked up; refused as a send"))
    return tuple(faults)
