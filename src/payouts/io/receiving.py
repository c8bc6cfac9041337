"""The direction *receive* for every face: a partner's report is polled, or read from a file.

The report may be another product than the payouts, with its own address, keys and signature, so it
has a channel of its own, opened for the one request. How long the answer may take is
``limits.answer_seconds``, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payouts.core.receive import Receipt, keep
from payouts.core.receive import poll as poll_core
from payouts.io.config import BadConfig
from payouts.io.intake import Unreadable
from payouts.io.runtime import Runtime, open_channel
from payouts.partners import NoReports, reports_for

if TYPE_CHECKING:
    from payouts.outcome import Merchant, Reports

#: A report has a row for each payout of its days; 10,000 of them are some 4 MiB.
_REPORT_MAX = 64 * 1024 * 1024

_NAMES = frozenset({"from", "to"})


def days_in(said: Any, runtime: Runtime) -> tuple[str, str]:
    """Return the first and last day that were asked for; without a word, yesterday (UTC).

    ``said`` is ``"yesterday"``, or an object that may hold ``from`` and ``to``.
    """
    today = datetime.fromtimestamp(runtime.clock.wall(), UTC).date()
    yesterday = (today - timedelta(days=1)).isoformat()
    if said in (None, "yesterday"):
        return yesterday, yesterday
    if not isinstance(said, Mapping) or not set(said) <= _NAMES:
        raise Unreadable('what to receive is "yesterday", or {"from": day, "to": day}')
    last = _day(said["to"]) if said.get("to") else yesterday
    first = _day(said["from"]) if said.get("from") else last
    if first > last:
        raise Unreadable(f"the first day {first} is after the last {last}")
    return first, last


def poll(
    runtime: Runtime,
    first_day: str,
    last_day: str,
    *,
    dry: bool = False,
    seconds: float | None = None,
) -> Receipt:
    """Read the partner's report of these days; ``seconds``: how long it may take at most."""
    reports, merchant = ready(runtime)
    channel = open_channel(
        runtime.config,
        reports,
        merchant,
        runtime.clock,
        concurrency=1,
        where="the address of the partner's reports",
        body_max=_REPORT_MAX,
    )
    if seconds is not None:
        channel.answer_seconds = min(channel.answer_seconds, seconds)
    try:
        core = poll_core(runtime.worker, reports, first_day, last_day)
        return (runtime.rehearse if dry else runtime.carry)(core, channel=channel)
    finally:
        channel.close()


def take_file(
    runtime: Runtime, name: str, content: bytes, day: str, *, dry: bool = False
) -> Receipt:
    """Read a file of the partner's; ``day`` is for rows that carry none."""
    report = _reports(runtime).file_in(name, content, day, runtime.config.merchant)
    return (runtime.rehearse if dry else runtime.carry)(keep(report))


def ready(runtime: Runtime) -> tuple[Reports, Merchant]:
    """Return the partner's reports and who we are there; say now what is missing for them."""
    reports, config = _reports(runtime), runtime.config
    merchant = replace(config.merchant, base_url=reports.base_url(config.merchant))
    try:
        request = reports.report_for("2026-01-01", "2026-01-01", merchant, "check")
        reports.signed(request, merchant, config.credentials, 0.0)
    except ValueError as error:
        raise BadConfig(str(error), "merchant or credentials", "add or correct it") from None
    return reports, merchant


def sources(partner_id: str) -> tuple[str, ...]:
    """Return the names under which a partner's reports are kept, and findings about them."""
    try:
        return reports_for(partner_id).SOURCES
    except NoReports:
        return ()


def as_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as other programs read it."""
    return asdict(receipt)


def _reports(runtime: Runtime) -> Reports:
    try:
        return reports_for(runtime.config.partner_id)
    except NoReports as error:
        raise BadConfig(str(error), "partner", "nothing can be received from it") from None


def _day(said: Any) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except (TypeError, ValueError):
        raise Unreadable("a day is written like 2026-01-31") from None
