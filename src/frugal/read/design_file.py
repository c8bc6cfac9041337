"""A Design read back from ``design.json``: the Brief, the Stack, and which candidate was chosen.

What else the file holds follows from these three, so it is worked out again and not believed: a
file that was edited by hand can name another candidate, never another price.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from frugal.model.brief import Brief, Value
from frugal.model.errors import BadRequest
from frugal.model.graph import Candidate, Scalar
from frugal.model.stack import Stack
from frugal.model.watch import Rule
from frugal.patterns import Pattern, Scene, pattern, patterns
from frugal.read.brief_file import check_values

#: A written Design is about 600 kB; its trials and their pictures may be as much again.
FILE_BYTES_MAX = 20_000_000
_AGAIN = "Write it again: frugal design"


class Recalled(Value, frozen=True, kw_only=True):
    """What a Design was made from, and the candidate it chose, by pattern and settings."""

    brief: Brief
    stack: Stack
    pattern: str
    settings: tuple[tuple[str, str], ...]  #: as text; the pattern knows what they stand for
    #: Fault and promise that its trials did not hold against it (``Decision.shared_by_trial``).
    shared_by_trial: tuple[tuple[str, str], ...] = ()
    #: By part and alarm: its rule, where trials taught it a threshold.
    rules: tuple[tuple[str, str, Rule], ...] = ()

    def candidate(self, scene: Scene, where: str) -> Candidate:
        """Return the chosen candidate, built anew.

        Raises:
            BadRequest: this version's pattern has no such setting.
        """
        own = pattern(self.pattern)
        return own.candidate(scene, self._chosen(own, scene, where))

    def _chosen(self, own: Pattern, scene: Scene, where: str) -> dict[str, Scalar]:
        said, chosen = dict(self.settings), {}
        why = own.fits(scene)
        if why:
            raise BadRequest(f"“{own.name}” cannot be built: {why}", where=where, hint=_AGAIN)
        for name, values in own.choices(scene).items():
            found = [value for value in values if _text(value) == said.get(name)]
            if not found:
                have = ", ".join(_text(value) for value in values)
                raise BadRequest(
                    f"{name} is {said.get(name, 'missing')}, and “{own.name}” can have {have}",
                    where=where,
                    hint=_AGAIN,
                )
            chosen[name] = found[0]
        return chosen


class _Candidate(Value, frozen=True, kw_only=True):
    pattern: str
    settings: tuple[tuple[str, Any], ...]


class _Option(Value, frozen=True, kw_only=True):
    candidate: _Candidate


class _Decision(Value, frozen=True, kw_only=True):
    chosen: _Option
    shared_by_trial: tuple[tuple[str, str], ...] = ()


class _Alarm(Value, frozen=True, kw_only=True):
    id: str
    placement: str
    rule: Rule | None = None


class _File(Value, frozen=True, kw_only=True):
    schema: int
    brief: Brief
    stack: Stack
    decision: _Decision
    alarms: tuple[_Alarm, ...] = ()


def load_design(path: Path) -> Recalled:
    """Read a Design that was written before.

    Raises:
        BadRequest: it cannot be read, is not a Design, or one that this version does not know.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadRequest(f"cannot be read: {error.strerror}", where=where, hint=_AGAIN) from None
    if len(data) > FILE_BYTES_MAX:
        raise BadRequest(f"more than {FILE_BYTES_MAX:,} bytes", where=where, hint=_AGAIN)
    return parse_design(data, where)


def parse_design(data: bytes, where: str) -> Recalled:
    """Read the content of ``design.json``; ``where`` is for errors."""
    try:
        file = msgspec.json.decode(data, type=_File, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"not a design: {error}", where=where, hint=_AGAIN) from None
    if file.schema != 1:
        raise BadRequest(f"schema {file.schema} is not known, only 1", where=where, hint=_AGAIN)
    check_values(file.brief, {}, where)
    chosen = file.decision.chosen.candidate
    if chosen.pattern not in {one.id for one in patterns()}:
        raise BadRequest(f"no pattern {chosen.pattern!r} is known", where=where, hint=_AGAIN)
    return Recalled(
        brief=file.brief,
        stack=file.stack,
        pattern=chosen.pattern,
        settings=tuple((name, _text(value)) for name, value in chosen.settings),
        shared_by_trial=file.decision.shared_by_trial,
        rules=tuple(
            (one.placement, one.id, one.rule) for one in file.alarms if one.rule is not None
        ),
    )


def _text(value: object) -> str:
    """Return a setting as text; ``True`` and JSON's ``true`` are the same one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
