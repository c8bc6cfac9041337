"""Write ``docs/reference/faults.md``: its words by hand, its table from ``frugal.faults``."""

from __future__ import annotations

from pathlib import Path

from frugal.faults import Fault, faults

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "faults.md"
MARK = "<!-- Below this line: tools/write_faults_page.py -->"


def page(opening: str) -> str:
    """Return the page: what stands above the mark, the faults, and how often a year has each."""
    above = opening.partition(MARK)[0]
    lines = [
        above + MARK,
        "",
        "| fault | what is done | lasts | AWS FIS |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{one.id}` | {one.what}{_remarks(one)} | {_lasting(one.seconds)} | "
        f"{f'`{one.fis}`' if one.fis else 'none'} |"
        for one in faults()
    ]
    lines += ["", "### How often a year", ""]
    lines += ["| fault | times | basis | why |", "| --- | ---: | --- | --- |"]
    lines += [
        f"| `{one.id}` | {one.times_a_year.value} | {one.times_a_year.basis} | "
        f"{one.times_a_year.source} |"
        for one in faults()
    ]
    return "\n".join([*lines, ""])


def _remarks(one: Fault) -> str:
    said = []
    if one.stops_everyone:
        said.append("nobody can pay meanwhile")
    if one.needs_a_person:
        said.append("it ends when a person has acted")
    return f" ({'; '.join(said)})" if said else ""


def _lasting(seconds: int) -> str:
    if seconds < 60:
        return "a moment" if seconds == 0 else f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h" + (f" {rest // 60} min" if rest else "")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
