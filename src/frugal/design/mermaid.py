"""The architecture as a Mermaid flowchart, which GitHub draws where the document is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from frugal.design import figures
from frugal.design.components import does, drawing_order, flow_order
from frugal.model.graph import Candidate, Placement, Role


def mermaid(candidate: Candidate, names: Mapping[str, str], costs: Mapping[str, Decimal]) -> str:
    """Return the graph as a flowchart; arguments as for the text drawing."""
    lines = ["flowchart LR"]
    for part in drawing_order(candidate):
        label = [_escaped(part.id), _escaped(names[part.id])]
        cost = costs.get(part.id, Decimal(0))
        if cost or not part.existing:
            label.append(_escaped(f"{figures.difference(cost)} a month"))
        lines.append(f'    {_node(part.id)}["{"<br/>".join(label)}"]:::{_style(part)}')
    for at, link in enumerate(flow_order(candidate), start=1):
        assert isinstance(link.per_month, Decimal)
        label = [_escaped(f"{at}: {does(link)}, {figures.number(link.per_month)} a month")]
        lines.append(f'    {_node(link.source)} -->|"{"".join(label)}"| {_node(link.target)}')
    lines += [
        "    classDef new stroke-width:3px",
        "    classDef existing stroke-dasharray:4 3",
        "    classDef partner stroke-width:1px",
    ]
    return "\n".join(lines) + "\n"


def _style(part: Placement) -> str:
    if part.role is Role.PARTNER:
        return "partner"
    return "existing" if part.existing else "new"


def _node(part_id: str) -> str:
    """Return an id that is no word of Mermaid's, whatever the part is called."""
    return "part_" + re.sub(r"[^0-9A-Za-z]", "_", part_id)


def _escaped(words: str) -> str:
    """Return text in which nothing can end a label or open a tag: other marks become entities."""
    return re.sub(
        r"[^0-9A-Za-z .,:/$+\-]", lambda mark: f"#{ord(mark.group())};", figures.quoted(words, 120)
    )
