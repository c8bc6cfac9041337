"""The architecture as text, drawn from the graph.

Layers run from top to bottom: what starts the work, what does it, what it is kept in; the partner
stands on the right. A link between neighbours is a straight line, any other is an arc on the left,
so every graph can be drawn and no two lines share a place: the canvas refuses to be written twice.
New parts have double borders and their monthly cost; existing ones have single borders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from frugal.design import figures
from frugal.design.components import does, drawing_order, flow_order
from frugal.model.graph import Candidate, Link, Placement, Role, Verb

WIDTH_MAX = 100
SKETCH_WIDTH_MAX = 96
_BOX = 42
_PARTNER = 18
_ARROW = 22
_LANE = 3
#: Columns at which straight links leave a box; a third one would be an arc.
_STRAIGHTS = (4, 34)
#: Links that are told beside the drawing: they are not on the way of a payout.
_BESIDE = (Verb.READS, Verb.LOGS, Verb.ALARMS, Verb.DEAD_LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    number: int
    link: Link

    @property
    def rate(self) -> str:
        assert isinstance(self.link.per_month, Decimal)
        return f"{_short(self.link.per_month)} a month"


@dataclass(slots=True, kw_only=True)
class _Box:
    """One part: its words, and the lines that end at it, each on a row of its own."""

    placement: Placement
    words: tuple[tuple[str, str], ...]  #: left and right part of each row of text
    left: list[_Numbered]
    right: list[_Numbered]
    top: int = 0

    @property
    def rows(self) -> int:
        return max(len(self.words), len(self.left), len(self.right))

    @property
    def bottom(self) -> int:
        return self.top + self.rows + 1

    def row_of(self, ends: list[_Numbered], numbered: _Numbered) -> int:
        return self.top + 1 + ends.index(numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Straight:
    """A line between neighbours: the gap it stands in, and its column there."""

    top_of: int
    column: int
    numbered: _Numbered


class _Canvas:
    """Characters at places. Two lines may cross; anything else on top of another is refused."""

    def __init__(self) -> None:
        self._at: dict[tuple[int, int], str] = {}

    def put(self, x: int, y: int, text: str) -> None:
        for offset, mark in enumerate(text):
            place = (x + offset, y)
            there = self._at.get(place, " ")
            if {there, mark} == {"│", "─"} or there == "┼":
                mark = "┼"
            assert there == " " or mark == "┼" or mark == " ", f"{mark!r} over {there!r} at {place}"
            if mark != " ":
                self._at[place] = mark

    def replace(self, x: int, y: int, mark: str) -> None:
        """Turn a border into the place where a line meets it."""
        assert self._at.get((x, y)) in ("─", "═", "│", "║"), f"no border at {(x, y)}"
        self._at[x, y] = mark

    def lines(self) -> list[str]:
        height = max(y for _, y in self._at) + 1
        rows = [[" "] * WIDTH_MAX for _ in range(height)]
        for (x, y), mark in self._at.items():
            assert 0 <= x < WIDTH_MAX, f"column {x} is outside the drawing"
            rows[y][x] = mark
        return ["".join(row).rstrip() for row in rows]


def drawing(
    candidate: Candidate, names: Mapping[str, str], costs: Mapping[str, Decimal], region: str
) -> str:
    """Return the graph as text of at most 100 columns.

    Args:
        candidate: the graph.
        names: what each placement is called by whoever offers it (AWS's name, the partner's).
        costs: list price a month of each placement that costs anything.
        region: where it stands.
    """
    links = [
        _Numbered(number=at, link=link) for at, link in enumerate(flow_order(candidate), start=1)
    ]
    drawn = [one for one in links if one.link.verb not in _BESIDE]
    partner = next(candidate.role(Role.PARTNER), None)
    partner_id = partner.id if partner else ""
    touched = {end for one in drawn for end in (one.link.source, one.link.target)}
    boxes = {
        part.id: _Box(placement=part, words=_words(part, names, costs), left=[], right=[])
        for part in drawing_order(candidate)
        if part.id in touched and part.id != partner_id
    }
    straight, arcs, outward = _sorted_out(drawn, boxes, partner_id)
    lanes = _lanes(arcs, list(boxes))
    margin = 2 + (4 + _LANE * (max(lanes.values(), default=0) + 1) if lanes else 0)
    top = 1
    for box in boxes.values():
        box.top = top
        top = box.bottom + 2
    canvas = _Canvas()
    for box in boxes.values():
        _draw_box(canvas, box, margin)
    shared = [one.top_of for one in straight]
    for at in straight:
        _draw_straight(canvas, boxes, margin, at, alone=shared.count(at.top_of) == 1)
    for one in arcs:
        _draw_arc(canvas, boxes, margin, lanes[one.number], one)
    if outward:
        _draw_partner(canvas, boxes, margin, names[partner_id], outward, partner_id)
    canvas.put(margin, 0, f"your account, {region}")
    labelled = {at.numbered.number for at in straight} | {one.number for one in outward}
    beside = [part for part in drawing_order(candidate) if part.id not in touched]
    notes = list(_notes(beside, links, labelled, names, costs, candidate))
    key = "double border or [[ ]]: new     single border or [ ]: there already"
    return "\n".join((*canvas.lines(), "", *notes, "", f"  {key}")) + "\n"


def sketch(candidate: Candidate, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the way of a payout in a few short lines, for a screen."""
    partner = next(candidate.role(Role.PARTNER), None)

    def called(part_id: str) -> str:
        if partner is not None and part_id == partner.id:
            return names[part_id]
        return f"[{part_id}]" if candidate[part_id].existing else f"[[{part_id}]]"

    # Two links the same way are one arrow with both numbers.
    steps: dict[tuple[str, str], list[str]] = {}
    for at, link in enumerate(flow_order(candidate), start=1):
        if link.verb not in _BESIDE:
            steps.setdefault((link.source, link.target), []).append(str(at))
    lines: list[str] = []
    end = ""
    for (source, target), numbers in steps.items():
        step = f" --{','.join(numbers)}--> {called(target)}"
        if source == end and len(lines[-1]) + len(step) <= SKETCH_WIDTH_MAX:
            lines[-1] += step
        else:
            lines.append(called(source) + step)
        end = target
    return tuple(lines)


def _sorted_out(
    drawn: list[_Numbered], boxes: dict[str, _Box], partner_id: str
) -> tuple[list[_Straight], list[_Numbered], list[_Numbered]]:
    """Return the links that are straight lines, the arcs, and those to or from the partner."""
    order = list(boxes)
    used: dict[int, int] = {}
    straight: list[_Straight] = []
    arcs: list[_Numbered] = []
    outward: list[_Numbered] = []
    for one in drawn:
        source, target = one.link.source, one.link.target
        if partner_id in (source, target):
            outward.append(one)
            boxes[target if source == partner_id else source].right.append(one)
            continue
        upper, lower = sorted((order.index(source), order.index(target)))
        count = used.get(upper, 0)
        if lower - upper == 1 and count < len(_STRAIGHTS):
            straight.append(_Straight(top_of=upper, column=_STRAIGHTS[count], numbered=one))
            used[upper] = count + 1
            continue
        arcs.append(one)
        boxes[source].left.append(one)
        boxes[target].left.append(one)
    return straight, arcs, outward


def _lanes(arcs: list[_Numbered], order: list[str]) -> dict[int, int]:
    """Return the lane of each arc: short ones next to the boxes, overlapping ones apart."""
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[int, int] = {}

    def span(one: _Numbered) -> tuple[int, int]:
        low, high = sorted((order.index(one.link.source), order.index(one.link.target)))
        return low, high

    for one in sorted(arcs, key=lambda one: (span(one)[1] - span(one)[0], one.number)):
        low, high = span(one)
        lane = 0
        while lane < len(taken) and any(low <= b and a <= high for a, b in taken[lane]):
            lane += 1
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        lanes[one.number] = lane
    return lanes


def _words(
    part: Placement, names: Mapping[str, str], costs: Mapping[str, Decimal]
) -> tuple[tuple[str, str], ...]:
    cost = costs.get(part.id, Decimal(0))
    if part.existing:
        right = f"yours, {figures.difference(cost)}" if cost else "yours"
    else:
        right = f"new, {figures.money(cost)} a month"
    return ((part.id, right), (names[part.id], ""))


def _draw_box(canvas: _Canvas, box: _Box, x: int) -> None:
    flat, wall, corners = ("─", "│", "┌┐└┘") if box.placement.existing else ("═", "║", "╔╗╚╝")
    inner = _BOX - 2
    canvas.put(x, box.top, corners[0] + flat * inner + corners[1])
    canvas.put(x, box.bottom, corners[2] + flat * inner + corners[3])
    for row in range(box.rows):
        canvas.put(x, box.top + 1 + row, wall)
        canvas.put(x + _BOX - 1, box.top + 1 + row, wall)
        if row < len(box.words):
            left, right = box.words[row]
            room = inner - 2 - (len(right) + 1 if right else 0)
            canvas.put(x + 2, box.top + 1 + row, _cut(left, room))
            canvas.put(x + _BOX - 2 - len(right), box.top + 1 + row, right)


def _draw_straight(
    canvas: _Canvas, boxes: dict[str, _Box], margin: int, at: _Straight, *, alone: bool
) -> None:
    one, x = at.numbered, margin + at.column
    source, target = boxes[one.link.source], boxes[one.link.target]
    down = source.top < target.top
    start, end = (source.bottom, target.top) if down else (source.top, target.bottom)
    double = not source.placement.existing
    canvas.replace(x, start, ("╤" if double else "┬") if down else ("╧" if double else "┴"))
    canvas.replace(x, end, "▼" if down else "▲")
    words = f"{one.number}  {one.rate}"
    if alone and one.link.purpose:
        words = f"{words}: {one.link.purpose}"
    words = _cut(words, _partner_left(margin) - x - 3)
    canvas.put(x, (start + end) // 2, f"│ {words}")


def _partner_left(margin: int) -> int:
    """Return the partner's column. Many arcs push the boxes to the right; its arrow gives way."""
    return min(margin + _BOX + _ARROW, WIDTH_MAX - _PARTNER)


def _draw_arc(
    canvas: _Canvas, boxes: dict[str, _Box], margin: int, lane: int, one: _Numbered
) -> None:
    source, target = boxes[one.link.source], boxes[one.link.target]
    start, end = source.row_of(source.left, one), target.row_of(target.left, one)
    x = margin - 5 - _LANE * (lane + 1)
    high, low = sorted((start, end))
    canvas.put(x, high, "┌")
    canvas.put(x, low, "└")
    for y in range(high + 1, low):
        canvas.put(x, y, "│")
    number = f"{one.number}"
    for y, tip in ((start, "─"), (end, "▶")):
        room = margin - 1 - len(number) - 1 - x
        canvas.put(x + 1, y, "─" * room)
        canvas.put(x + 1 + room, y, number + tip)
    canvas.replace(margin, start, "╢" if not source.placement.existing else "┤")


def _draw_partner(
    canvas: _Canvas,
    boxes: dict[str, _Box],
    margin: int,
    name: str,
    outward: list[_Numbered],
    partner_id: str,
) -> None:
    left = margin + _BOX - 1
    right = _partner_left(margin)
    arrow = right - left - 1
    rows: list[int] = []
    for one in outward:
        leaves = one.link.target == partner_id
        box = boxes[one.link.source if leaves else one.link.target]
        y = box.row_of(box.right, one)
        rows.append(y)
        label = f"{one.number}  {one.rate} "
        line = _cut(f"─ {label}", arrow - 1).ljust(arrow - 1, "─")
        canvas.put(left + 1, y, f"{line}▶" if leaves else f"◀{line}")
        if leaves:
            canvas.replace(left, y, "╟" if not box.placement.existing else "├")
    top = min(rows) - 1
    bottom = max(top + 3, max(rows) + 1)
    canvas.put(right, top, "┌" + "─" * (_PARTNER - 2) + "┐")
    canvas.put(right, bottom, "└" + "─" * (_PARTNER - 2) + "┘")
    for y in range(top + 1, bottom):
        enters = any(
            row == y and one.link.source == partner_id
            for row, one in zip(rows, outward, strict=True)
        )
        canvas.put(right, y, "┤" if enters else "│")
        canvas.put(right + _PARTNER - 1, y, "│")
    canvas.put(right + 2, top + 1, _cut(name, _PARTNER - 4))
    canvas.put(right + 2, top + 2, "partner")


def _notes(
    beside: list[Placement],
    links: list[_Numbered],
    labelled: set[int],
    names: Mapping[str, str],
    costs: Mapping[str, Decimal],
    candidate: Candidate,
) -> Iterator[str]:
    """Yield what stands beside the drawing: parts off the way, and links drawn without words."""
    apart = {part.id for part in beside}
    loose = [one for one in links if one.number not in labelled and one.link.target not in apart]
    for one in loose:
        words = f"{one.link.source} {does(one.link)} {one.link.target}, {_amount(one)}"
        yield _cut(f"  {one.number:>2}  {words}", WIDTH_MAX)
    if loose:
        yield ""
    for part in beside:
        mark = f"[{part.id}]" if part.existing else f"[[{part.id}]]"
        _, cost = _words(part, names, costs)[0]
        yield _cut(f"  {mark.ljust(20)} {names[part.id]}: {cost}", WIDTH_MAX)
        for one in links:
            if one.link.target == part.id:
                words = f"{one.link.source} {does(one.link)} it, {_amount(one)}"
                yield _cut(f"       {one.number:>2}  {words}", WIDTH_MAX)
        if not any(part.id in (one.link.source, one.link.target) for one in links):
            carried = _carried(candidate) if part.existing else ()
            if carried:
                yield _cut(f"           carries {figures.listed(carried)}", WIDTH_MAX)


def _amount(one: _Numbered) -> str:
    """Return the rate; log lines are counted in KiB, because their links add up bytes."""
    assert isinstance(one.link.per_month, Decimal)
    if one.link.verb is Verb.LOGS:
        return f"{_short(one.link.per_month * one.link.request_kib)} KiB a month"
    return one.rate


def _carried(candidate: Candidate) -> tuple[str, ...]:
    """Return the parts that share a box: those joined by links that never leave it."""
    ends = {
        end
        for link in candidate.links
        if link.path == "local"
        for end in (link.source, link.target)
    }
    return tuple(part.id for part in drawing_order(candidate) if part.id in ends)


def _short(amount: Decimal) -> str:
    for size, unit in ((Decimal(10) ** 9, " billion"), (Decimal(10) ** 6, " million")):
        if amount >= size:
            return figures.number(amount / size) + unit
    return figures.number(amount)


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"
