"""Compose variables: ``${NAME:-default}`` is its default, any other variable is not known.

The shell's environment and ``.env`` files decide these values when containers start. Neither is
read here (they hold secrets), so a variable without a default leaves a mark in the text, and the
reader of that text says what it could not understand.
"""

from __future__ import annotations

import re

UNKNOWN = "\ufffd"  #: stands where a variable's value is not known
DEPTH_MAX = 8

_START = re.compile(r"\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+])?|([A-Za-z_][A-Za-z0-9_]*))")


def interpolate(text: str, depth: int = 0) -> str:
    """Return ``text`` with defaults filled in and ``UNKNOWN`` for every other variable.

    >>> interpolate("postgres:${PG_VERSION:-16}")
    'postgres:16'
    """
    if "$" not in text:
        return text
    if depth > DEPTH_MAX:
        return UNKNOWN
    done: list[str] = []
    at = 0
    while match := _START.search(text, at):
        done.append(text[at : match.start()])
        at = match.end()
        escaped, braced, operator, _ = match.groups()
        if escaped:
            done.append("$")
        elif braced is None:
            done.append(UNKNOWN)
        else:
            end = _closing(text, at)
            if end < 0:
                done.append(UNKNOWN)
                return "".join(done)
            default = operator in (":-", "-")
            done.append(interpolate(text[at:end], depth + 1) if default else UNKNOWN)
            at = end + 1
    done.append(text[at:])
    return "".join(done)


def _closing(text: str, start: int) -> int:
    """Return where the brace opened before ``start`` closes, or -1."""
    level = 1
    for at in range(start, len(text)):
        if text[at] == "}":
            level -= 1
            if level == 0:
                return at
        elif text[at] == "{" and text[at - 1] == "$":
            level += 1
    return -1
