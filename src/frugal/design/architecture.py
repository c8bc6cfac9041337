"""Section 2: the drawing, the same as Mermaid, and the data flow in the order a payout meets it."""

from __future__ import annotations

from collections.abc import Iterator

from frugal.design import figures
from frugal.design.components import LINK_PATHS, does, flow_order
from frugal.design.draft import Draft
from frugal.model.document import Block, Code, Heading, Section, Steps, Text
from frugal.model.graph import Verb
from frugal.patterns import pattern


def architecture_section(draft: Draft, drawing: str, mermaid: str) -> Section:
    """Return section 2."""
    return Section(
        number=2,
        title="Architecture",
        blocks=(
            Code(language="text", text=drawing),
            Heading(words="Data flow"),
            Text(
                words="Numbers are those of the drawing, in the order a payout meets them; rates "
                f"are for {figures.number(draft.brief.volume.payouts_per_day_high.value)} payouts "
                "a day. A wait for the partner's outcome is "
                f"{pattern(draft.candidate.pattern).wait}; no process holds it in memory."
            ),
            Steps(items=tuple(_steps(draft))),
            *_single_box(draft),
            Heading(words="The same as Mermaid"),
            Code(language="mermaid", text=mermaid),
        ),
    )


def _steps(draft: Draft) -> Iterator[str]:
    for link, flow in zip(flow_order(draft.candidate), draft.flows, strict=True):
        size = link.request_kib + link.response_kib
        each = f", {figures.number(size)} KiB each" if size and link.verb is not Verb.LOGS else ""
        unit = " KiB" if link.verb is Verb.LOGS else ""
        purpose = f": {flow.purpose}" if flow.purpose else ""
        yield (
            f"`{flow.source}` {does(link)} `{flow.target}`, "
            f"{figures.number(flow.per_month)}{unit} a month{each} ({LINK_PATHS[flow.path]})"
            f"{purpose}."
        )


def _single_box(draft: Draft) -> Iterator[Block]:
    faults = draft.decision.shared_faults
    if faults:
        yield Text(
            words="True of every option, because the stack has it already: "
            + "; ".join(figures.quoted(fault) for fault in faults)
            + "."
        )
