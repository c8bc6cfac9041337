"""The Design as ``design.json``: one document, money as decimal strings, sorted where unordered."""

from __future__ import annotations

import msgspec

from frugal.model.design import Design

_ENCODER = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def design_json(design: Design) -> bytes:
    """Return the Design as indented JSON, ending in a newline."""
    return msgspec.json.format(_ENCODER.encode(design), indent=1) + b"\n"
