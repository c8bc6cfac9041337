"""Where a described month comes from: usage files, and words. Several are one month together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from frugal.model.errors import BadRequest
from frugal.model.load import HOURS_PER_MONTH
from frugal.price.declared import declared_entries
from frugal.price.described import (
    NUMBER_MAX,
    Account,
    Described,
    Entry,
    FreeTierChoice,
    decoded,
    entry,
    inputs_of,
)
from frugal.price.usage_file import (
    DEFAULT_REGION,
    checked_hours,
    checked_region,
    load_usage,
)
from frugal.read.usage_words import Asked, usage_words
from frugal.survey.templates import Template, is_template, read_template


def described(
    files: Sequence[Path],
    words: str = "",
    *,
    region: str | None = None,
    free_tier: FreeTierChoice | None = None,
    hours: str | None = None,
) -> Described:
    """Return one month of what the files and the words describe.

    Raises:
        BadRequest: nothing is described, or the sources contradict one another.
    """
    templates = [path for path in files if is_template(path)]
    months = [_from_file(path) for path in files if path not in templates]
    if templates:
        months = [_from_templates(templates, months, region, hours), *months]
    elif any(month.resources for month in months):
        raise BadRequest(
            "`resources` names a template's resources, and no template is given",
            where="frugal price",
            hint="Name the template too, or say it under `usage`",
        )
    if words.strip():
        months.append(from_words(words))
    if not months:
        raise BadRequest(
            "nothing to price was given",
            where="frugal price",
            hint="Give a usage file, or words such as '5 million SQS requests in us-east-1'",
        )
    month = months[0]
    for other in months[1:]:
        month = _together(month, other, region)
    if region is not None:
        month = replace(month, region=checked_region(region, "--region"))
    if free_tier is not None:
        month = replace(month, free_tier=free_tier)
    if hours is not None:
        month = replace(month, hours=checked_hours(hours, "--hours"))
    return month


def from_words(text: str) -> Described:
    """Return the month a question describes; what is not understood goes along with it."""
    question = usage_words(text)
    if not question.asked:
        raise BadRequest(
            "no AWS service was understood in these words",
            where="frugal price",
            hint="Name what is used and how much: '5 million SQS requests in us-east-1'",
        )
    entries: list[Entry] = []
    names: dict[str, int] = {}
    left = list(question.not_understood)
    for asked in question.asked:
        names[asked.service] = count = names.get(asked.service, 0) + 1
        name = asked.words if count == 1 else f"{asked.words} {count}"
        found = _entry(asked, name)
        if isinstance(found, str):
            left.append(found)
        else:
            entries.append(found)
    free_tier: FreeTierChoice = "always" if question.free_tier == "always" else "none"
    return Described(
        region=question.region or DEFAULT_REGION,
        hours=HOURS_PER_MONTH,
        free_tier=free_tier,
        entries=tuple(entries),
        not_understood=tuple(left),
    )


def _entry(asked: Asked, name: str) -> Entry | str:
    """Return the entry for one service of a question, or the words that make none."""
    known = inputs_of(asked.service)
    given: dict[str, Any] = {}
    for field, value in asked.given:
        text = f"{value:f}" if isinstance(value, Decimal) else value
        wanted = known[field]
        if wanted is Decimal and isinstance(value, Decimal):
            if value > NUMBER_MAX:
                raise BadRequest("a number is larger than anything AWS meters", where=asked.words)
            given[field] = value
        else:
            given[field] = decoded(_trimmed(text), wanted, field, asked.words)
    try:
        return entry(asked.service, given, name=name, where=asked.words)
    except BadRequest as trouble:
        return f"{asked.words}: {trouble.what}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _from_file(path: Path) -> Described:
    if path.is_dir() or path.suffix not in {".yaml", ".yml", ".json"}:
        raise BadRequest(
            "is not a usage file",
            where=str(path),
            hint="A usage file is YAML: docs/reference/usage.md",
        )
    return load_usage(path)


def _from_templates(
    paths: Sequence[Path], months: Sequence[Described], region: str | None, hours: str | None
) -> Described:
    """Return the month of the resources of templates, joined with what usage files say of them."""
    asked = region or next((month.region for month in months if month.region_said), "")
    templates = [read_template(path, asked or DEFAULT_REGION) for path in paths]
    place = asked or next((one.region for one in templates if one.region), DEFAULT_REGION)
    place = checked_region(place, paths[0].name)
    for one in templates:
        if one.region and one.region != place and region is None:
            raise BadRequest(
                f"is for {one.region}, not {place}",
                where=one.file,
                hint="Say --region, or name the same in the usage file",
            )
    said = tuple(one for month in months for one in month.resources)
    kept = next((month.hours for month in months), HOURS_PER_MONTH)
    kept = kept if hours is None else checked_hours(hours, "--hours")
    whole = Template(
        file=templates[0].file,
        resources=tuple(resource for one in templates for resource in one.resources),
        left=tuple(left for one in templates for left in one.left),
    )
    entries, notes = declared_entries(whole, said, hours=kept, region=place)
    return Described(region=place, hours=kept, free_tier="none", entries=entries, notes=notes)


def _together(one: Described, other: Described, region: str | None) -> Described:
    if one.region != other.region and region is None and other.region_said:
        raise BadRequest(
            f"one source is in {one.region}, another in {other.region}",
            where="region",
            hint="Price them apart, or say --region for both",
        )
    taken = {entry.name for entry in one.entries}
    entries = [
        replace(entry, name=f"{entry.name} (2)") if entry.name in taken else entry
        for entry in other.entries
    ]
    return replace(
        one,
        entries=(*one.entries, *entries),
        free_tier=one.free_tier if one.free_tier != "none" else other.free_tier,
        account=one.account if one.account != Account() else other.account,
        not_understood=(*one.not_understood, *other.not_understood),
        notes=(*one.notes, *other.notes),
    )
