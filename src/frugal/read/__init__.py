"""Reading: words into a Brief, and a Brief into a file and back.

``read`` understands a request without a model and without a network, and lists every clause with
what became of it. ``load_brief`` and ``write_brief`` are the Brief as a file that a person edits.
"""

from __future__ import annotations

from frugal.read.brief_file import load_brief, write_brief
from frugal.read.request import Reading, read

__all__ = ["Reading", "load_brief", "read", "write_brief"]
