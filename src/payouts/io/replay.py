"""Dead letters and lost notices, applied again: everything here may be done any number of times.

A line of the file is one of

- ``{"look": "order-1"}``: read the payout's status from the partner again;
- a payout as ``enqueue`` reads it: it is there already, or is added;
- ``{"webhook": {...}}``: a notice as the partner sent it, kept by somebody who trusts it;
- ``{"body": "..."}``: a message of a queue, whose body is one of the above;
- ``{"Records": [...]}`` or ``{"requestPayload": {...}}``: an event that a function failed on.

What is older than the partner's window is never sent again for being replayed: a look-up decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from payouts.core.notify import notify
from payouts.core.people import act
from payouts.io.intake import Unreadable, enqueue_in, object_in
from payouts.io.runtime import Runtime
from payouts.ledger.statements import Intervene
from payouts.ports import Core, Emit, StoreRefused


def apply(
    runtime: Runtime, lines: Iterable[Mapping[str, Any]], by: str, *, dry: bool = False
) -> list[str]:
    """Apply each line; return what became of each. A refused one does not stop the others."""
    results: list[str] = []
    for line in lines:
        try:
            for said in unpacked(line):
                results += _one(runtime, said, by, dry)
        except (Unreadable, StoreRefused) as error:
            runtime.sink(Emit("replay-refused", {"why": str(error)}, level="warning"))
            results.append("refused")
    return results


def unpacked(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Take off what queues and functions wrap around a message.

    >>> list(unpacked({"requestPayload": {"Records": [{"body": '{"look": "order-1"}'}]}}))
    [{'look': 'order-1'}]
    """
    if isinstance(line.get("requestPayload"), Mapping):
        yield from unpacked(line["requestPayload"])
    elif isinstance(line.get("Records"), list):
        for record in line["Records"]:
            yield from unpacked(record)
    elif isinstance(line.get("body"), str):
        yield object_in(line["body"])
    else:
        yield line


def _one(runtime: Runtime, said: Mapping[str, Any], by: str, dry: bool) -> list[str]:
    partner_id = runtime.config.partner_id
    carry: Callable[[Core[Any]], Any] = runtime.rehearse if dry else runtime.carry
    if set(said) == {"look"}:
        look = Intervene(partner_id, str(said["look"]), "look", by, "replayed")
        carry(act(look))
        return ["woken"]
    if set(said) == {"webhook"}:
        try:
            notices = runtime.worker.partner.notices_in(json.dumps(said["webhook"]).encode())
        except ValueError:
            raise Unreadable("not a notice of this partner") from None
        results = carry(notify(runtime.worker, notices))
        return [f"notice-{result}" for result in results]
    done = carry(act(enqueue_in(said, partner_id)))
    return ["enqueued" if done.created else "known"]
