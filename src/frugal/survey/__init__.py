"""Survey: what is there already, read from files, and joined with what the request's words said.

``survey`` turns the paths after ``--stack`` into a ``Stack``; ``merge`` joins two Stacks, and
refuses to choose where they contradict each other; ``assume`` fills what nobody said. Two kinds of
file are read: Docker Compose files and ``stack.yaml`` (``docs/reference/stack.md``).

Three rules hold everywhere in this package:

- A file is data. Nothing in it is run, fetched or expanded beyond its own text.
- Secrets stay where they are. Of an environment variable only the *kind* of database host is kept;
  neither a Fact's source nor an error message repeats a value of a Compose file.
- What was not understood is listed in ``Stack.not_understood``, never dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model.stack import Stack
from frugal.survey.assumptions import assume
from frugal.survey.merging import merge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["assume", "merge", "survey"]


def survey(paths: Sequence[Path]) -> Stack:
    """Return what the files (or the known files of a folder) say is there.

    Raises:
        BadRequest: a path cannot be read, a file is not in a known format or is malformed, or two
            files contradict each other.
    """
    if not paths:
        return Stack()
    from frugal.survey.stage import read_files  # most runs have no file to read

    return read_files(paths)
