"""Write ``docs/reference/templates.md``: its opening by hand, its tables from the services."""

from __future__ import annotations

from pathlib import Path

from frugal.services import NoCharge, no_charge_types, resource_types, service

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "templates.md"
MARK = "<!-- Below this line: tools/write_templates_page.py -->"


def page(opening: str) -> str:
    """Return the page: what stands above the mark, and the types that are read or free."""
    above = opening.partition(MARK)[0]
    lines = [above + MARK, "", "## Types that are priced", ""]
    lines += ["| service | CloudFormation | Terraform |", "| --- | --- | --- |"]
    owners: dict[str, list[str]] = {}
    for name, owner in resource_types().items():
        owners.setdefault(owner, []).append(name)
    for owner, names in sorted(owners.items(), key=lambda row: service(row[0]).name):
        both = [
            ", ".join(f"`{name}`" for name in sorted(names) if name.startswith("AWS::") is ours)
            for ours in (True, False)
        ]
        lines.append(f"| {service(owner).name} (`{owner}`) | {both[0]} | {both[1]} |")
    lines += ["", "## Types that carry no charge of their own", ""]
    reasons: dict[NoCharge, list[str]] = {}
    for name, why in no_charge_types().items():
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        lines.append(
            f"**{why.why[0].upper()}{why.why[1:]}**" + (f" ({why.source})" if why.source else "")
        )
        lines += ["", ", ".join(f"`{name}`" for name in sorted(names)) + ".", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
