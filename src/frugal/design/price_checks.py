"""The checks on money: the price list is asked again, and nothing may be free for want of a price.

What is paid by the hour for merely being there needs a stated fact that forces it: in a small
system such parts are most of the bill.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from frugal.design.database import IN_A_VPC
from frugal.design.draft import Draft
from frugal.design.figures import counted, listed, money
from frugal.model.design import CheckMade
from frugal.model.estimate import LineItem
from frugal.model.graph import Role
from frugal.model.load import HOURS_PER_MONTH
from frugal.price.usage import usage_of
from frugal.services import service

PRICES = "prices"

#: Units of what is paid for by the hour, in AWS's spellings, and of what is paid for by the month.
_HOURS = ("Hrs", "Hours", "hours", "hour", "LB-Hours", "vCPU-Hours", "ACU-Hr")
_KEYS = ("Keys", "keys", "key")
#: Roles that do the work; what they cost while always on is weighed as such, not as overhead.
_WORKS = (Role.WORKER, Role.STORE, Role.BACKEND)


def price_checks(draft: Draft) -> Iterator[CheckMade]:
    """Yield the checks of sums, sources, missing prices, and what is paid for doing nothing."""
    chosen = draft.decision.chosen
    lines = chosen.estimate.lines
    total = sum((line.list_cost for line in lines), Decimal(0))
    effective = sum((line.effective_cost for line in lines), Decimal(0))
    yield CheckMade(
        area=PRICES,
        what="the line items add up to the totals shown",
        passed=total == chosen.list_monthly and effective == chosen.effective_monthly,
        evidence=f"{counted(len(lines), 'line')}: {money(total)} against "
        f"{money(chosen.list_monthly)} at list, {money(effective)} against "
        f"{money(chosen.effective_monthly)} with allowances",
    )
    again = draft.pricer.estimate(usage_of(draft.candidate, draft.scene))
    yield CheckMade(
        area=PRICES,
        what="pricing the graph again gives the same month",
        passed=again.list_monthly == chosen.list_monthly,
        evidence=f"{money(again.list_monthly)}, a difference of "
        f"{money(again.list_monthly - chosen.list_monthly)}",
    )
    bare = tuple(line for line in lines if not _sourced(line))
    nameless = tuple(dict.fromkeys(line.sku_meter for line in lines if not line.sku_id))
    yield CheckMade(
        area=PRICES,
        what="every line names its SKU or usage type, its date and its address",
        passed=not bare,
        evidence=listed(tuple(f"{line.placement}: {line.sku_meter}" for line in bare))
        or f"{len(lines)} of {len(lines)}"
        + (f"; by usage type, for want of a SKU: {listed(nameless)}" if nameless else ""),
    )
    unpriced = chosen.estimate.unpriced
    yield CheckMade(
        area=PRICES,
        what="no part is without a price",
        passed=not unpriced,
        evidence=listed(tuple(f"{part.placement}: {part.meter}" for part in unpriced)) or "none is",
    )
    free = tuple(line for line in lines if not line.list_unit_price and line.pricing_quantity)
    yield CheckMade(
        area=PRICES,
        what="nothing is counted as free of charge because no price was found",
        passed=not free,
        evidence=listed(tuple(f"{line.placement}: {line.sku_meter}" for line in free))
        or "every unit price is above zero",
    )
    yield _each_part_priced(draft, lines)
    yield _standing(draft, lines)


def _sourced(line: LineItem) -> bool:
    return bool((line.sku_id or line.sku_meter) and line.effective_date and line.source)


def _each_part_priced(draft: Draft, lines: tuple[LineItem, ...]) -> CheckMade:
    billed = {line.placement for line in lines}
    there = tuple(p.id for p in draft.candidate.placements if p.existing)
    unbilled = tuple(p for p in draft.candidate.placements if not p.existing and p.id not in billed)
    # A program of the user's own has no AWS service behind it, and so no price of its own.
    missing = tuple(p.id for p in unbilled if service(p.service).offer)
    own = tuple(p.id for p in unbilled if not service(p.service).offer)
    return CheckMade(
        area=PRICES,
        what="every part is priced, or was there before",
        passed=not missing,
        evidence=f"without a line: {listed(missing)}"
        if missing
        else f"{len(billed)} priced; there before: {listed(there) or 'none'}"
        + (f"; a program on the box, billed with it: {listed(own)}" if own else ""),
    )


def _standing(draft: Draft, lines: tuple[LineItem, ...]) -> CheckMade:
    """Check that nothing is paid by the hour unless a stated fact forces it.

    NAT gateways, proxies, load balancers, addresses and customer keys are all of this kind, and are
    what the bill of so small a system usually consists of.
    """
    standing = tuple(line for line in lines if not line.existing and _stands(draft, line))
    forced = _forced(draft)
    cost = sum((line.list_cost for line in standing), Decimal(0))
    names = listed(tuple(f"{line.placement}: {line.sku_meter}" for line in standing))
    return CheckMade(
        area=PRICES,
        what="no NAT gateway, proxy, load balancer, address or key is paid by the hour unless a "
        "stated fact forces it",
        passed=not standing or bool(forced),
        evidence=f"{names}, {money(cost)} a month; forced by {forced or 'nothing that was stated'}"
        if standing
        else "nothing new is billed for merely being there",
    )


def _stands(draft: Draft, line: LineItem) -> bool:
    """Return whether a line is paid for merely being there the whole month."""
    if draft.candidate[line.placement].role in _WORKS or not line.list_cost:
        return False
    hours = line.pricing_unit in _HOURS and line.pricing_quantity >= HOURS_PER_MONTH
    return hours or line.pricing_unit in _KEYS


def _forced(draft: Draft) -> str:
    """Return the stated facts that can make something always on unavoidable."""
    brief = draft.brief
    reasons = [f"must use {fact.value}" for fact in brief.must_use if not fact.assumed]
    address = brief.partner.fixed_address_required
    if address.value and not address.assumed:
        reasons.append("the partner lists our addresses")
    reasons += [f"must not use {fact.value}" for fact in brief.must_not if not fact.assumed]
    if draft.stack.instance is None and draft.stack.backend is None:
        reasons.append("there is no instance or backend to go through")
    database = draft.stack.database
    if database is not None and not database.home.assumed and database.home.value in IN_A_VPC:
        reasons.append("the database is in a VPC")
    return listed(tuple(reasons))
