"""Write ``docs/reference/payout-states.md``: its words by hand, its diagram and table from code."""

from __future__ import annotations

from pathlib import Path

from payouts.states import ACCOUNT_OF, CONTRADICTIONS, FINAL, TRANSITIONS, Status

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "payout-states.md"
MARK = "<!-- Below this line: tools/write_states_page.py -->"

_MEANING = {
    Status.DUE: "to be sent; the partner does not have it",
    Status.SENDING: "a send was committed and may have happened",
    Status.UNKNOWN: "the partner may have it; it is being looked up",
    Status.HELD: "waiting for a person",
    Status.SETTLED: "paid",
    Status.DECLINED: "the partner's final word: not paid",
    Status.RETURNED: "paid, and the money came back",
    Status.CANCELLED: "not paid, because it was not wanted any more",
}


def page(opening: str) -> str:
    """Return the page: what stands above the mark, the diagram, the statuses, the changes."""
    above = opening.partition(MARK)[0]
    lines = [above + MARK, "", "```mermaid", "stateDiagram-v2", "    [*] --> due: enqueue"]
    lines += [f"    {step.before} --> {step.after}: {step.by}" for step in TRANSITIONS]
    lines += ["```", "", "### Statuses", "", "| status | means | the money is in | ends? |"]
    lines.append("| --- | --- | --- | --- |")
    lines += [
        f"| `{status}` | {_MEANING[status]} | `{ACCOUNT_OF[status]}` | "
        f"{'yes' if status in FINAL else 'no'} |"
        for status in Status
    ]
    lines += ["", "### Changes", "", "| from | to | made by | when |", "| --- | --- | --- | --- |"]
    for step in TRANSITIONS:
        alarm = " (a finding)" if (step.before, step.after) in CONTRADICTIONS else ""
        lines.append(f"| `{step.before}` | `{step.after}` | {step.by} | {step.why}{alarm} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
