"""Turn our notes on AWS limits (YAML, kept by hand) into the data file the package carries.

    python tools/import_aws_facts.py NOTES.yaml

The notes hold one entry per limit or behaviour, each with the page it was read on. This writes
``src/frugal/aws_facts/data/facts.json``: the same entries in the same order, one per line so that
a change reads as a change, every value as text so that no number passes through a float. The
entries nobody could confirm go along: what was looked for and not found is worth as much.

Three things are mended on the way, and only these: an address of AWS that was glued in front of
somebody's repository (it would cite AWS for what AWS did not write); remarks on how a page was
looked up, which mean nothing to a reader; and the source of a few facts the notes know second
hand, where AWS's own word was found since.
"""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parent.parent / "src" / "frugal" / "aws_facts" / "data" / "facts.json"

#: Order of the fields in a line of the data file.
FIELDS = (
    "id",
    "service",
    "what",
    "value",
    "numeric",
    "unit",
    "adjustable",
    "region_dependent",
    "source",
    "read",
    "confidence",
    "basis",
)

#: AWS's machine-readable API models and price lists; its own pages, and mirrors of their text.
MODELS = ("boto/botocore:", "AWS Price List")
PAGES = ("https://docs.aws.amazon.com/", "https://aws.amazon.com/", "groovy-sky/aws-docs:")

#: Facts whose second-hand source was since replaced by AWS's own: source, and what was read.
CONFIRMED = {
    "scheduler-free-invocations": (
        "AWS Price List, AWSEvents, SKU UYXR5PNB8BYSVPGV, 0 to 14000000 Scheduled Invocations",
        "effective 2025-06-05",
    ),
    "freetier-sqs-requests": (
        "AWS Price List, AWSQueueService, SKU MNCJEPJRCSC9RFY2, 0 to 1000000 Requests",
        "effective 2025-06-05",
    ),
    "freetier-sfn-transitions": (
        "https://aws.amazon.com/step-functions/pricing/",
        "undated copy of the page",
    ),
    "freetier-cloudwatch-alarms": (
        "https://aws.amazon.com/cloudwatch/pricing/",
        "undated copy of the page",
    ),
    "freetier-cloudwatch-logs-gb": (
        "https://aws.amazon.com/cloudwatch/pricing/",
        "undated copy of the page",
    ),
}

GLUED = re.compile(r"^https://docs\.aws\.amazon\.com/(?=[\w.-]+/[\w.-]+:)")
REMARKS = (
    (re.compile(r",? \(?index ids? [\d, ]+\)?"), ""),
    (re.compile(r"^(\S+ )\((quoted .*)$"), r"\1(\2)"),
    (re.compile(r"^stored-file.*$"), "a public repository, not named"),
    (re.compile(r"; prices/documented\.csv has it"), "; it is known"),
    (re.compile(r" ?\((?:see )?prices/\w+\.(?:csv|md)\)"), ""),
    (re.compile(r" (?:in|and) prices/documented\.csv"), ""),
    (re.compile(r"Prices: AmazonVPC\.csv; no"), "No"),
    (re.compile(r"docs search corpus; newer than the mirror copy"), "newer than the mirror copy"),
    (re.compile(r"seen in stored copies"), "of the page"),
    (re.compile(r"pricing pages not stored"), "pricing pages not read"),
    (re.compile(r": neither is stored"), ": neither was found"),
)


class ExactLoader(yaml.SafeLoader):
    """Reads ``0.005`` as the decimal that is written, never as a float."""


def exact_number(loader: ExactLoader, node: yaml.ScalarNode) -> Decimal:
    """Return the decimal that is written."""
    return Decimal(str(loader.construct_scalar(node)))


ExactLoader.add_constructor("tag:yaml.org,2002:float", exact_number)


def tidy(text: str) -> str:
    """Return the text without remarks on how it was looked up."""
    for pattern, replacement in REMARKS:
        text = pattern.sub(replacement, text)
    return text.strip()


def basis_of(source: str, read: str) -> str:
    """Return how AWS says it; what we know only through others is *assumed*, and shown as such."""
    if source.startswith(MODELS):
        return "listed"
    at_second_hand = "quoted" in read or "second hand" in read
    return "documented" if source.startswith(PAGES) and not at_second_hand else "assumed"


def line_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return one entry as the data file holds it."""
    value = entry["value"]
    source, read = tidy(GLUED.sub("", entry["source"])), tidy(entry["read"])
    if entry["id"] in CONFIRMED:
        source, read = CONFIRMED[entry["id"]]
    basis = basis_of(source, read)
    assert not isinstance(value, bool | float), f"{entry['id']}: {value!r} is no value we keep"
    made = {
        **entry,
        "what": tidy(entry["what"]),
        "value": str(value),
        "numeric": isinstance(value, int | Decimal),
        "source": source if basis != "assumed" else f"second hand: {source}",
        "read": read,
        "basis": basis,
    }
    assert set(made) == set(FIELDS), f"{entry['id']}: {set(made) ^ set(FIELDS)}"
    return {field: made[field] for field in FIELDS}


def convert(notes: str) -> str:
    """Return the data file's text for the text of the notes."""
    loaded = yaml.load(notes, Loader=ExactLoader)
    facts = [line_of(entry) for entry in loaded["facts"]]
    ids = [fact["id"] for fact in facts]
    assert len(ids) == len(set(ids)), "an id stands twice"
    unconfirmed = [
        {"what": tidy(entry["what"]), "looked_for": tidy(entry["looked_for"])}
        for entry in loaded["unconfirmed"]
    ]

    def lines(rows: list[dict[str, Any]]) -> str:
        return ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)

    return (
        f'{{"schema": 1,\n "facts": [\n{lines(facts)}\n ],\n'
        f' "unconfirmed": [\n{lines(unconfirmed)}\n ]}}\n'
    )


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: import_aws_facts.py NOTES.yaml", file=sys.stderr)
        return 2
    text = convert(Path(arguments[0]).read_text(encoding="utf-8"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    facts = text.count('\n  {"id":')
    print(f"{facts} facts -> {TARGET.relative_to(TARGET.parents[4])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
