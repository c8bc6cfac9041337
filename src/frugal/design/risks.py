"""Section 7: what could go wrong with this design in particular, and what is done about it.

A risk is listed only where the graph, the Stack or the partner's facts give it a cause; a list
that fits every system warns of none. How parts fail by themselves is a second table, as each part
tells it.
"""

from __future__ import annotations

from collections.abc import Iterator

from frugal.aws_facts import limit
from frugal.design.alarm_trials import unheard
from frugal.design.database import peered
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, number
from frugal.design.partner_rules import name_of, opening, partner_facts, patience, resends
from frugal.design.permissions import long_lived_keys, on_box
from frugal.model.brief import Direction
from frugal.model.design import Risk
from frugal.model.document import Heading, Section, Table, Text
from frugal.model.graph import Link, Role, Verb
from frugal.services import service

HIGH, MEDIUM, LOW = "high", "medium", "low"
_ORDER = (HIGH, MEDIUM, LOW)


def risk_section(draft: Draft) -> Section:
    """Return section 7."""
    risks = risks_of(draft)
    return Section(
        number=7,
        title="Risks and mitigations",
        blocks=(
            Text(
                words="Likelihood is our judgement for this stack, not a measurement. What every "
                "design here shares because the Stack has it already is listed, and was no reason "
                "to reject one."
            ),
            Table(
                columns=("Risk", "Likelihood", "Effect", "Mitigation"),
                rows=tuple((r.what, r.likelihood, r.effect, r.mitigation) for r in risks),
            ),
            Heading(words="How each part fails"),
            Table(
                columns=("Part", "What", "Effect on a payout", "What the design does"),
                rows=tuple((f.placement, f.what, f.effect, f.mitigation) for f in draft.failures),
            ),
        ),
    )


def risks_of(draft: Draft) -> tuple[Risk, ...]:
    """Return the risks that apply, the likeliest first."""
    found = (
        *_cut_over(draft),
        *_partner(draft),
        *_single_points(draft),
        *_doors(draft),
        *_credentials(draft),
        *_capacity(draft),
        *unheard(draft),
        *_account(draft),
        *_ourselves(draft),
    )
    return tuple(sorted(found, key=lambda risk: _ORDER.index(risk.likelihood)))


def _cut_over(draft: Draft) -> Iterator[Risk]:
    if draft.brief.direction.value is Direction.SEND:
        yield Risk(
            what="Two paths pay at once during the cut-over",
            likelihood=MEDIUM,
            effect="payouts are paid twice, for good",
            mitigation="freeze, import what is open as unknown, compare with the partner's list, "
            "caps of 1, 10, all (section 5)",
        )
    if draft.brief.direction.assumed:
        meant = draft.brief.direction.value.value
        yield Risk(
            what=f"The request was read as '{meant}', and the other direction was meant",
            likelihood=MEDIUM,
            effect="this design does not answer the question",
            mitigation="it is the first question; say it in `brief.yaml` and run again",
        )


def _partner(draft: Draft) -> Iterator[Risk]:
    terms, facts = draft.brief.partner, partner_facts(draft)
    name, sends = name_of(draft), draft.brief.direction.value is Direction.SEND
    if terms.requests_per_second is None:
        yield Risk(
            what=f"{opening(draft)}'s rate limit is unknown",
            likelihood=MEDIUM,
            effect="429s slow a run or a drain; nothing is lost",
            mitigation="a token bucket starts low and the question is asked"
            f"{_flips_at(draft, 'partner_requests_per_second')}",
        )
    if sends and not resends(draft):
        yield Risk(
            what=f"{opening(draft)} has not said how it recognises a repeat",
            likelihood=MEDIUM,
            effect="payouts in doubt end with a person instead of settling by themselves",
            mitigation="nothing is sent twice until it is confirmed in writing; ask first",
        )
    elif sends:
        yield Risk(
            what=f"{opening(draft)} recognises a repeat less reliably than its documents say",
            likelihood=LOW,
            effect="a payout in doubt that is sent again is paid twice",
            mitigation="the look-up comes first; a second send needs a not-found, the same key, "
            f"and at most {number(patience(draft).last_send_hours)} h since the first; ask for it "
            "in writing",
        )
    if _callers_without_address(draft) and (
        terms.fixed_address_required.assumed and not terms.fixed_address_required.value
    ):
        yield Risk(
            what=f"{opening(draft)} turns out to list the addresses it is called from",
            likelihood=MEDIUM,
            effect="every call is refused until there is a fixed address",
            mitigation="ask before building; the answer then moves the calls to the instance's "
            "static address, or pays for a NAT gateway",
        )
    if sends:
        yield Risk(
            what="Money comes back days after it was paid, or is held for review",
            likelihood=MEDIUM,
            effect="the books say paid, the payee says not",
            mitigation="the daily comparison with the partner's list books it back; paying again "
            "is a new payout by decision",
        )
        yield Risk(
            what="The funding account runs dry, or a limit of amount or count is reached",
            likelihood=MEDIUM,
            effect="payouts are held, the run stops",
            mitigation="balance read before the run where the partner offers it; alarm on held "
            "payouts",
        )
    undated = sum(1 for rule in facts.rules if rule.assumed)
    if undated:
        yield Risk(
            what=f"{counted(undated, 'rule')} of {name}'s rest on our reading of documents that "
            "are silent or contradict each other",
            likelihood=MEDIUM,
            effect="a status is taken for another",
            mitigation="each was read the way that can only cost time; confirm them in "
            "certification",
        )


def _flips_at(draft: Draft, input: str) -> str:
    """Return the value of an input at which the choice changes, where there is one."""
    for flip in draft.decision.flips:
        if flip.input == input and flip.pattern != draft.candidate.pattern:
            return f"; the choice flips {flip.becomes}"
    return ""


def _callers_without_address(draft: Draft) -> tuple[str, ...]:
    fixed = {component.id: component.fixed_address for component in draft.components}
    return tuple(
        link.source
        for link in draft.candidate.links
        if link.verb is Verb.CALLS_OUT and not fixed.get(link.source, False)
    )


def single_points(draft: Draft) -> tuple[tuple[str, bool, str], ...]:
    """Return every part that alone can stop the payouts: id, whether it was there, and why."""
    return tuple(
        (part.id, part.existing, why)
        for part in draft.parts()
        if (why := service(part.placement.service).single_point_of_failure(part))
    )


def _single_points(draft: Draft) -> Iterator[Risk]:
    points, sends = single_points(draft), draft.brief.direction.value is Direction.SEND
    shared = tuple(f"{id} ({why})" for id, existing, why in points if existing)
    new = tuple(f"{id} ({why})" for id, existing, why in points if not existing)
    if shared:
        yield Risk(
            what=f"Single points of failure the Stack has already: {listed(shared)}",
            likelihood=MEDIUM,
            effect="payouts stop until it is back; none is lost, unless the disk is"
            if sends
            else "reading stops and catches up when it is back",
            mitigation="automatic snapshots, a nightly dump kept elsewhere, one rehearsed "
            "restore; "
            + (
                "after it quarantine, then compare with the partner"
                if sends
                else "after it the missing days are read again"
            ),
        )
    if new:
        yield Risk(
            what=f"New single points of failure: {listed(new)}",
            likelihood=MEDIUM,
            effect="payouts stop until it is back",
            mitigation="what is due stays in the ledger; a second one removes the point, at its "
            "price",
        )


def _doors(draft: Draft) -> Iterator[Risk]:
    doors = {
        (link.source, link.target, link.verb): link
        for link in draft.candidate.links
        if link.path == "public" and link.verb in (Verb.CALLS, Verb.NOTIFIES)
    }
    for link in doors.values():
        yield Risk(
            what=f"{link.target}'s endpoint for {link.source} is public",
            likelihood=MEDIUM,
            effect="strangers knock; a leaked secret lets somebody claim work or forge outcomes"
            if link.verb is Verb.CALLS
            else "strangers knock and send forged notices",
            mitigation="HTTPS only, secret and time stamp checked before the body is read, a "
            "narrow path, a rate limit; "
            + (
                "it can name payouts but never change payee or amount"
                if draft.brief.direction.value is Direction.SEND
                else "what it adds is compared with the partner's report every day"
            )
            if link.verb is Verb.CALLS
            else "HTTPS only, secret and source checked first; a hint never changes a status "
            "without a look-up",
        )
    if any(_opens_database(draft, link) for link in draft.candidate.links):
        yield Risk(
            what="The database's port is open to the internet",
            likelihood=HIGH,
            effect="password guessing from everywhere, and the next hole in Postgres",
            mitigation="do not do this: choose the backend's endpoint, or a worker beside the "
            "database",
        )
    if peered(draft):
        source = limit("lightsail-firewall-public-only").source
        yield Risk(
            what="Peering opens every port of the box to the default VPC: Lightsail's firewall "
            f"does not filter private traffic ({source})",
            likelihood=MEDIUM,
            effect="any program in that VPC reaches every service of the instance",
            mitigation="a host firewall on the box; Docker's published ports pass a host firewall "
            "by default, so bind them to one address",
        )


def _opens_database(draft: Draft, link: Link) -> bool:
    return (
        link.verb is Verb.CONNECTS
        and link.path == "public"
        and draft.candidate[link.target].role is Role.STORE
    )


def _credentials(draft: Draft) -> Iterator[Risk]:
    keys, sends = long_lived_keys(draft), draft.brief.direction.value is Direction.SEND
    if keys:
        yield Risk(
            what=f"A long-lived AWS key sits on the box, for {listed(keys)}",
            likelihood=MEDIUM,
            effect="whoever reads the box's files can do what its policy allows, from anywhere",
            mitigation="the narrow policy of section 4, rotation every 90 days; or let AWS call "
            "the box instead",
        )
    yield Risk(
        what=f"{opening(draft)}'s credential leaks, or is changed unannounced",
        likelihood=LOW,
        effect="leaked: somebody else can send payouts; changed: 401, nothing goes out"
        if sends
        else "leaked: somebody else can read payouts; changed: 401, nothing comes in",
        mitigation="read once a start, never logged; caps on payout and day at the partner too; "
        "401 opens the breaker and is not a decline"
        if sends
        else "read once a start, never logged; allowed to read only, if the partner can do that",
    )


def _capacity(draft: Draft) -> Iterator[Risk]:
    instance = draft.stack.instance
    worker = next(draft.candidate.role(Role.WORKER), None)
    if instance is None or worker is None:
        return
    cpu = instance.cpu_used_percent
    if on_box(worker) and (cpu is None or cpu.assumed):
        yield Risk(
            what="How busy the instance is, is not known",
            likelihood=MEDIUM,
            effect="above its CPU baseline the box is throttled, backend and payouts together",
            mitigation=f"read its CPU graph for a month{_flips_at(draft, 'cpu_used_percent')}",
        )


def _account(draft: Draft) -> Iterator[Risk]:
    before = draft.stack.account_before_2025_07_15
    if before is None or not before.value:
        months = limit("freetier-free-plan-months")
        yield Risk(
            what=f"The account may be on AWS's Free plan, which ends after {months.value} months",
            likelihood=LOW,
            effect="the account closes, and everything in it stops",
            mitigation="check the plan today and upgrade; it costs nothing by itself "
            f"({months.source})",
        )
    lines = draft.decision.chosen.estimate.lines
    dates = sorted({line.effective_date for line in lines if line.effective_date})
    if dates:
        yield Risk(
            what="Prices may have changed: those used took effect between "
            f"{dates[0]} and {dates[-1]}",
            likelihood=LOW,
            effect="the bill differs from the document",
            mitigation="run again with a newer snapshot; every line names its SKU and date",
        )
    if any(True for _ in draft.candidate.role(Role.LOGS)):
        yield Risk(
            what="Logs grow: a debug level left on, or a loop of errors",
            likelihood=MEDIUM,
            effect="the one line of this bill that can run away",
            mitigation="retention set, one line a step, and a budget alert on the account",
        )


def _ourselves(draft: Draft) -> Iterator[Risk]:
    if not draft.tried_out:
        yield Risk(
            what="This design is judged by hard checks and was not yet tried out under faults",
            likelihood=LOW,
            effect="an interaction of two faults that no check asks about",
            mitigation="the test plan of section 5, whole, before the first real payout",
        )
    if draft.brief.direction.value is Direction.SEND:
        yield Risk(
            what="A restore from an older dump forgets payouts that were sent",
            likelihood=LOW,
            effect="they look due again",
            mitigation="quarantine until the partner's list is compared; keys derived from the "
            "payout's id come out the same",
        )
