"""Printing what was understood of a request, clause by clause, and what was not."""

from __future__ import annotations

import msgspec

from frugal.read import Reading


def reading_text(reading: Reading) -> str:
    """Return the clauses in the request's order, then what was left over, for a person."""
    lines = [f"This asks for: {reading.kind}", ""]
    for clause in reading.clauses:
        words = _one_line(clause.words)
        if not clause.understood:
            continue
        lines.append(f'"{words}"')
        lines += [f"    {meaning}" for meaning in clause.understood]
        if clause.note:
            lines.append(f"    note: {clause.note}")
    left = [
        (_one_line(clause.words), clause.note)
        for clause in reading.not_understood
        if any(letter.isalnum() for letter in clause.words)
    ]
    lines.append("")
    if left:
        lines.append("Not used:")
        lines += [f'    "{words}" ({note or "not understood"})' for words, note in left]
    else:
        lines.append("Nothing was left over.")
    return "\n".join(lines) + "\n"


def reading_json(reading: Reading) -> str:
    """Return the reading as one JSON document: ``schema``, ``kind``, ``brief``, ``stack``."""
    document = {
        "schema": 1,
        "kind": reading.kind,
        "not_understood": [clause.words for clause in reading.not_understood],
        "brief": reading.brief,
        "stack": reading.stack,
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def _one_line(words: str) -> str:
    return " ".join(words.split())
