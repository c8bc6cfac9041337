"""A rehearsal for a reader: what came of it, a picture of the year, and its cost; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from string import ascii_letters

import msgspec

from frugal.design.figures import counted, difference, listed, money, number, quoted, seconds
from frugal.model.document import Block, Bullets, Code, Document, Section, Table, Text
from frugal.model.rehearsal import BreakPoint, Happened, Rehearsal, YearLine
from frugal.model.trial import Kept, Rung
from frugal.render.markdown import markdown

#: Days in one row of the picture.
_ROW_DAYS = 61
_BARS = " ▁▂▃▄▅▆▇█"
_LINES_SHOWN = 12
_DIGITS = 12
_VIOLATIONS_SHOWN = 10
_ENCODER = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def rehearsal_json(rehearsal: Rehearsal) -> bytes:
    """Return the rehearsal as indented JSON, ending in a newline."""
    return msgspec.json.format(_ENCODER.encode(rehearsal), indent=1) + b"\n"


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """Return the rehearsal as Markdown, which reads as plain text too."""
    sections = [
        Section(number=0, title="Day by day", blocks=tuple(_picture(rehearsal))),
        Section(number=0, title="Faults", blocks=tuple(_faults(rehearsal))),
        Section(number=0, title="Promises", blocks=tuple(_promises(rehearsal))),
        Section(number=0, title="Cost", blocks=tuple(_cost(rehearsal))),
    ]
    if rehearsal.alarms:
        sections.append(Section(number=0, title="Alarms", blocks=(_alarms(rehearsal.alarms),)))
    if rehearsal.break_points:
        points = tuple(break_point_blocks(rehearsal.break_points))
        sections.append(Section(number=0, title="Break points", blocks=points))
    if rehearsal.not_applicable:
        items = tuple(f"`{id}`: {quoted(why)}" for id, why in rehearsal.not_applicable)
        sections.append(Section(number=0, title="Left out", blocks=(Bullets(items=items),)))
    title = f"Rehearsal of {counted(rehearsal.days, 'day')}: {rehearsal.pattern}"
    return markdown(Document(title=title, lead=tuple(_lead(rehearsal)), sections=tuple(sections)))


def _lead(rehearsal: Rehearsal) -> Iterator[str]:
    totals, latency = rehearsal.totals, rehearsal.latency
    for_each = "" if rehearsal.ratio == 1 else f", each of which stands for {_ratio(rehearsal)}"
    yield (
        f"**{number(totals.settled)} of {counted(totals.asked, 'payout')} paid**{for_each}; "
        f"{number(totals.lost)} lost, {number(totals.doubled)} doubled, "
        f"{number(totals.late)} late"
    )
    yield (
        f"{number(totals.declined)} declined, {number(totals.returned)} returned or cancelled, "
        f"{number(rehearsal.peaks.held_payouts)} were held for a person for a while, "
        f"{number(totals.held)} still are, {number(totals.pending)} still open"
    )
    broken = tuple(kept.promise for kept in rehearsal.broken)
    yield f"**Broken: {listed(broken)}**" if broken else "Every promise was kept"
    if latency is not None:
        yield (
            f"Paid within {seconds(latency.p50)} (half), {seconds(latency.p90)} (9 of 10), "
            f"{seconds(latency.p99)} (99 of 100), {seconds(latency.most)} (the slowest)"
        )
    peaks = rehearsal.peaks
    yield (
        f"At most {number(peaks.backlog_payouts)} payouts due at one time, "
        f"{number(peaks.database_sessions)} database sessions, "
        f"{counted(peaks.concurrency, 'run')} side by side; sent again "
        f"{number(peaks.sends_again)} times, run again {number(peaks.runs_again)} times, "
        f"{counted(peaks.dead_letters, 'dead letter')}"
    )
    yield (
        f"{money(rehearsal.list_cost)} for these days at list price; the design says "
        f"{money(rehearsal.designed_cost)}"
    )
    yield f"Again: `{rehearsal.replay}`"


def _ratio(rehearsal: Rehearsal) -> str:
    return number(rehearsal.ratio)


# -- the picture ---------------------------------------------------------------------------------


def _picture(rehearsal: Rehearsal) -> Iterator[Block]:
    most = max(rehearsal.backlog_by_day, default=0)
    letters = _letters(rehearsal.happened)
    lines: list[str] = []
    for first in range(0, rehearsal.days, _ROW_DAYS):
        days = rehearsal.backlog_by_day[first : first + _ROW_DAYS]
        marks = [" "] * len(days)
        for one in rehearsal.happened:
            place = int(one.began_day) - first
            if 0 <= place < len(days):
                marks[place] = letters[one.fault] if marks[place] == " " else "*"
        lines.append(f"day {first + 1:>4} {''.join(_bar(day, most) for day in days)}".rstrip())
        lines.append(f"         {''.join(marks)}".rstrip())
    legend = "  ".join(f"{letter} {fault}" for fault, letter in letters.items())
    yield Code(language="", text="\n".join(lines))
    yield Text(
        words="The most payouts that were due at one time of each day (a full bar: "
        f"{number(most)}; each step is a multiple), and which fault began: "
        f"{legend or 'none'}" + (", * several." if any("*" in line for line in lines) else ".")
    )


def _letters(happened: Sequence[Happened]) -> dict[str, str]:
    faults = sorted({one.fault for one in happened})
    return dict(zip(faults, ascii_letters, strict=False))


def _bar(count: int, most: int) -> str:
    """Return a bar whose steps are multiples, so that a quiet day is seen beside a busy one."""
    if not count:
        return _BARS[0]
    steps = len(_BARS) - 2
    span = most.bit_length() - 1
    return _BARS[1 + (round((count.bit_length() - 1) * steps / span) if span else 0)]


# -- tables --------------------------------------------------------------------------------------


def _faults(rehearsal: Rehearsal) -> Iterator[Block]:
    if not rehearsal.happened:
        yield Text(words="None: nothing was done to the design.")
        return
    by_fault: dict[str, list[Happened]] = {}
    for one in rehearsal.happened:
        by_fault.setdefault(one.fault, []).append(one)
    yield Table(
        columns=("Fault", "Times", "Backlog", "Oldest", "Drained after", "Late", "Heard after"),
        rows=tuple(_fault_row(fault, by_fault[fault]) for fault in sorted(by_fault)),
        numeric=(1, 2, 3, 4, 5, 6),
        caption="The worst of each: payouts due at one time, age of the oldest, time after its end",
    )


def _fault_row(fault: str, same: Sequence[Happened]) -> tuple[str, ...]:
    drained = [one.drained_seconds for one in same]
    slowest = max((each for each in drained if each is not None), default=Decimal(0))
    heard = [one.heard_seconds for one in same if one.heard_seconds is not None]
    return (
        f"{same[0].name} (`{fault}`)",
        number(len(same)),
        number(max(one.backlog_payouts for one in same)),
        seconds(max(one.backlog_seconds for one in same)),
        "never" if None in drained else seconds(slowest),
        number(sum(one.late for one in same)),
        f"{seconds(max(heard))}, {len(heard)} of {len(same)}" if heard else "-",
    )


def _promises(rehearsal: Rehearsal) -> Iterator[Block]:
    yield Table(
        columns=("Promise", "Seen", "Allowed", "", "Who promised it"),
        rows=tuple(_promise_row(kept) for kept in rehearsal.promises),
        numeric=(1, 2),
    )
    if rehearsal.shared:
        pairs = tuple(f"`{promise}` under `{fault}`" for fault, promise in rehearsal.shared)
        yield Text(
            words=f"Not held against the design, since every other breaks it alike: {listed(pairs)}"
        )
    shown = rehearsal.violations[:_VIOLATIONS_SHOWN]
    if shown:
        yield Bullets(items=tuple(quoted(one, 400) for one in shown))


def _promise_row(kept: Kept) -> tuple[str, ...]:
    in_time = kept.unit == "seconds"
    return (
        f"{quoted(kept.what)} (`{kept.promise}`)",
        seconds(kept.used) if in_time else f"{number(kept.used)} {kept.unit}",
        seconds(kept.limit) if in_time else number(kept.limit),
        "kept" if kept.kept else "**broken**",
        quoted(kept.source),
    )


def _cost(rehearsal: Rehearsal) -> Iterator[Block]:
    lines = sorted(
        rehearsal.lines,
        key=lambda line: (-abs(line.list_cost - line.designed_cost), -line.list_cost),
    )
    yield Text(
        words=f"{money(rehearsal.list_cost)} at list price, every free allowance off; as busy as "
        f"the quietest month {money(rehearsal.low)}, as the busiest {money(rehearsal.high)}. The "
        f"design's month for as many days is {money(rehearsal.designed_cost)}."
    )
    yield Table(
        columns=("Part", "Meter", "Quantity", "Rehearsed", "Designed", "Difference", "Band"),
        rows=(
            *(_line_row(line) for line in lines[:_LINES_SHOWN]),
            *_others(lines[_LINES_SHOWN:]),
            (
                "**all**",
                "",
                "",
                f"**{money(rehearsal.list_cost)}**",
                f"**{money(rehearsal.designed_cost)}**",
                difference(_less(rehearsal.list_cost, rehearsal.designed_cost)),
                _band(rehearsal.low, rehearsal.high),
            ),
        ),
        numeric=(2, 3, 4, 5, 6),
        caption="Lines that differ most from the design come first",
    )


def _line_row(line: YearLine) -> tuple[str, ...]:
    return (
        line.placement,
        quoted(line.sku_meter),
        f"{number(line.pricing_quantity)} {line.pricing_unit}",
        money(line.list_cost),
        money(line.designed_cost),
        difference(_less(line.list_cost, line.designed_cost)),
        _band(line.low, line.high),
    )


def _others(lines: Sequence[YearLine]) -> Iterator[tuple[str, ...]]:
    if lines:
        cost = sum((line.list_cost for line in lines), Decimal(0))
        planned = sum((line.designed_cost for line in lines), Decimal(0))
        words = counted(len(lines), "other line")
        yield (words, "", "", money(cost), money(planned), difference(_less(cost, planned)), "")


def _less(one: Decimal, other: Decimal) -> Decimal:
    """Return a difference without what 28 digits leave of two equal sums."""
    return round(one - other, _DIGITS)


def _band(low: Decimal, high: Decimal) -> str:
    return money(low) if money(low) == money(high) else f"{money(low)} to {money(high)}"


def _alarms(alarms: Sequence[Rung]) -> Table:
    return Table(
        columns=("Alarm", "Rang", "Under no fault", "Slowest after a fault began"),
        rows=tuple(
            (
                one.alarm,
                number(one.times),
                number(one.before),
                "-" if one.first_after_seconds is None else seconds(one.first_after_seconds),
            )
            for one in alarms
        ),
        numeric=(1, 2, 3),
    )


def break_point_blocks(points: Sequence[BreakPoint]) -> Iterator[Block]:
    """Yield where each full pattern breaks, beside what the formulas say."""
    yield Table(
        columns=("Pattern", "Holds at", "Breaks at", "What breaks", "Of time", "Off by", "Of all"),
        rows=tuple(_point_row(one) for one in points),
        numeric=(1, 2, 4, 5, 6),
        caption="Payouts a day; of time, of all: the formulas' ceiling by the limits that a trial "
        "can notice, and by all of them",
    )


def _point_row(one: BreakPoint) -> tuple[str, ...]:
    broke = f"`{one.promise}` under `{one.fault}`: {_amount(one.used, one.unit)}"
    return (
        one.pattern,
        _volume(one.holds_payouts_per_day, "nowhere"),
        _volume(one.breaks_payouts_per_day, "nothing broke"),
        broke if one.promise else "-",
        _ceiling(one.timed_payouts_per_day, one.timed_binds),
        "-" if one.off_by is None else f"{number(one.off_by)} ×",
        _ceiling(one.ceiling_payouts_per_day, one.binds),
    )


def _ceiling(volume: Decimal | None, check: str) -> str:
    return "none known" if volume is None else f"{number(volume)} (`{check}`)"


def _amount(used: Decimal, unit: str) -> str:
    return seconds(used) if unit == "seconds" else f"{number(used)} {unit}"


def _volume(volume: Decimal | None, otherwise: str) -> str:
    return otherwise if volume is None else number(volume)
