"""One phase of one candidate in a process of its own: ``candidate.py NAME PHASE ADDRESS ...``.

A candidate is a module ``with_NAME`` of four functions: ``prepare`` makes its tables, ``intake``
brings the payouts in as a business would, ``drain`` pays them, ``verify`` counts what is settled.
A process for each keeps one's imports, threads and connections out of another's clock. The result
is one line of JSON.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
from typing import NamedTuple


class Drained(NamedTuple):
    """How long paying took, and how much processor time the worker used for it."""

    seconds: float
    cpu_seconds: float


def processor_seconds() -> float:
    """Return the processor time of this process up to now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    # Run as a script this file is `__main__`; the candidates import it by its name.
    from candidate import Drained as Result

    name, phase, address, *rest = sys.argv[1:]
    module = importlib.import_module(f"with_{name}")
    answer: object
    if phase == "title":
        answer = module.NAME
    elif phase == "prepare":
        answer = module.prepare(address)
    elif phase == "intake":
        answer = module.intake(address, int(rest[0]))
    elif phase == "drain":
        drained = module.drain(address, rest[0], int(rest[1]))
        assert isinstance(drained, Result)
        answer = drained._asdict()
    elif phase == "verify":
        answer = module.verify(address)
    else:
        raise SystemExit(f"no phase {phase!r}")
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
