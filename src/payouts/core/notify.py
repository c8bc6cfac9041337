"""A webhook is a reason to look, never a status.

Whoever sends it may be forging, repeating, late or out of order. So an authentic notice is noted
once and wakes its payout; the next tick reads the status by API. A notice that is lost costs time,
and one that is false costs a look-up.
"""

from __future__ import annotations

from payouts.core.worker import Worker
from payouts.ledger.statements import Noticed
from payouts.outcome import Notice
from payouts.ports import Commit, Core, Emit


def notify(worker: Worker, notices: tuple[Notice, ...]) -> Core[tuple[str, ...]]:
    """Note these notices; return for each ``new``, ``repeat`` or ``unmatched``.

    Once this has returned, and not before, the partner may be told that they arrived.
    """
    results: list[str] = []
    for notice in notices:
        result: str = yield Noticed(
            worker.partner_id, notice.dedupe, notice.key, notice.partner_id, notice.said
        )
        results.append(result)
    yield Commit()
    for notice, result in zip(notices, results, strict=True):
        if result == "unmatched":
            yield Emit("notice-unmatched", {"said": notice.said}, level="warning")
    return tuple(results)
