"""Write ``docs/reference/usage.md``: its opening by hand, its tables from the services."""

from __future__ import annotations

from pathlib import Path

from frugal.price.usage_schema import described_inputs, priced_services, words_for
from frugal.services import service, unpriced_names

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "usage.md"
MARK = "<!-- Below this line: tools/write_usage_page.py -->"


def page(opening: str) -> str:
    """Return the page: what stands above the mark, and a table for each service."""
    above = opening.partition(MARK)[0]
    lines = [above + MARK, ""]
    for id in priced_services():
        kind = service(id).inputs
        assert kind is not None
        lines += [f"### `{id}`: {service(id).name}", ""]
        about = " ".join((kind.__doc__ or "").split())
        if about and not about.startswith(kind.__name__):
            lines += [about, ""]
        others = [f"`{word}`" for word in words_for(id) if word != id]
        if others:
            lines += [f"Also: {', '.join(others)}.", ""]
        lines += ["| input | value | if left out | |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{one.name}` | {one.kind} | {one.default} | {one.note} |"
            for one in described_inputs(id)
        ]
        lines.append("")
    lines += [
        "### Known, and unpriced",
        "",
        "These come out *unpriced* with the reason, and make the total a lower bound: "
        + ", ".join(f"`{name}`" for name in unpriced_names())
        + ".",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
