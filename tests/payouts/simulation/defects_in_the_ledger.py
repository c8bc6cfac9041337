"""Mistakes that a payout runtime is made with: restores, books, people and limits.

``test_defects.py`` plants them one at a time in a copy of the package; the exhaustive search or
the simulation must find every one. Each edit names a file below ``src/payouts``, a text that
stands in it exactly once, and what stands there instead.

Where two safeguards stand one behind the other, a defect takes away both: that one of them alone
would have held is the reason why there are two.
"""

from __future__ import annotations

_TICK = "core/tick.py"
_DECIDE = "core/decide.py"
_VERDICTS = "core/verdicts.py"
_SENTENCES = "simulation/sentences.py"
_REQUESTS = "simulation/requests.py"
_TRANSACTIONS = "simulation/transactions.py"

Edit = tuple[str, str, str]
#: Name, what is wrong, the changes, and where it is looked for (``CHECKS`` in the test), in order.
Defect = tuple[str, str, tuple[Edit, ...], tuple[str, ...]]


def _defect(id: str, sentence: str, *edits: Edit, by: str = "") -> Defect:
    usual = ("one misfortune", "two misfortunes")
    return id, sentence, edits, tuple(by.split(", ")) if by else usual


_FENCED = "if row is None or row.fence != move.fence or row.worker != worker:"

DEFECTS: tuple[Defect, ...] = (
    # restores
    _defect(
        "no-quarantine",
        "A restored ledger sends at once.",
        (
            _SENTENCES,
            "if row.place != ledger.place or say.witness > row.position:",
            "if False:",
        ),
        (
            _TRANSACTIONS,
            "    return standing.quarantine_since is not None or",
            "    return False or",
        ),
        (_TRANSACTIONS, "standing.place != tx.ledger.place", "False"),
    ),
    _defect(
        "quarantine-without-list",
        "A quarantine ends though the list could not be read.",
        (
            _TICK,
            "if not read.complete:\n        yield from _go_on_later(run, read, began)",
            "if False:\n        pass",
        ),
    ),
    _defect(
        "orphans-forgotten",
        "What a lost ledger sent is enqueued again as if it were new.",
        (_REQUESTS, 'orphan = tx.get("orphan", new.partner, key)', "orphan = None"),
    ),
    _defect(
        "sent-by-a-lost-ledger",
        "What the list shows of a payout that is due is not noted.",
        (
            _VERDICTS,
            "if leased.status is Status.DUE:\n        return _due_looked_up",
            "if leased.status is Status.DUE:\n        return Reading(_move(leased, Status.DUE, "
            "'due', None, (), due=0.0), verdict)\n        return _due_looked_up",
        ),
    ),
    # the books
    _defect(
        "status-moves-back",
        "A late answer moves a status back.",
        (_SENTENCES, _FENCED, "if row is None:"),
        (
            _TRANSACTIONS,
            "change = _CHANGES.get((before, after))",
            "change = (ACCOUNT_OF[before], ACCOUNT_OF[after], True, True)",
        ),
    ),
    _defect(
        "settled-without-money",
        "A payout is settled and its money stays where it was.",
        (
            _TRANSACTIONS,
            "if change[0] is not change[1]:",
            "if change[0] is not change[1] and after is not Status.SETTLED:",
        ),
    ),
    # people
    _defect(
        "reissued-twice",
        "Each time somebody asks, the same payout is reissued once more.",
        (_REQUESTS, 'known = tx.get("reissue", old.id)\n', "known = None\n"),
        (
            _REQUESTS,
            'reference = f"{say.reference}~1"',
            'reference = f"{say.reference}~{tx.ledger.next_id}"',
        ),
    ),
    _defect(
        "reissue-of-unknown",
        "A payout in doubt is reissued.",
        (_REQUESTS, "if old.status not in REISSUABLE:", "if old.status is Status.SETTLED:"),
    ),
    _defect(
        "not-paid-too-soon",
        "A person's word that it is not paid is taken within the day.",
        (_REQUESTS, "elif now - row.last_sent < say.not_paid_after_seconds:", "elif False:"),
    ),
    _defect(
        "cancel-after-restore",
        "A payout is cancelled that a lost ledger may have sent.",
        (_REQUESTS, 'if action in {"cancel", "not_paid"} and', 'if action == "nothing" and'),
        by="a cancel after a restore",
    ),
    _defect(
        "held-goes-on",
        "A payout that waits for a person is sent by the clock.",
        (
            _VERDICTS,
            "if verdict is Verdict.NO_FUNDS and not leased.sends:\n"
            "        return Reading(_move(leased, Status.HELD, outcome.code, outcome, evidence)",
            "if verdict is Verdict.NO_FUNDS and not leased.sends:\n"
            "        return Reading(_move(leased, Status.HELD, outcome.code, outcome, evidence, "
            "due=60.0)",
        ),
        (
            _DECIDE,
            'return Step(Do.MOVE, status, "nothing-due", None)',
            'return Step(Do.MOVE, Status.DUE, "waited-enough", 0.0)',
        ),
    ),
    # limits
    _defect(
        "no-limit-of-a-payout",
        "The most that one payout may be is not asked about.",
        (
            _DECIDE,
            "return amount.currency != most.currency or amount.minor > most.minor",
            "return False",
        ),
        by="a low limit",
    ),
    _defect(
        "no-limit-of-a-day",
        "The most that may go out in a day is not asked about.",
        (
            _SENTENCES,
            "if over and most is not None and total + amount.minor > most.minor:",
            "if False:",
        ),
        by="a limit of the day",
    ),
    # never ending
    _defect(
        "not-looked-up-again",
        "After one look-up without an answer nobody looks any more.",
        (
            _VERDICTS,
            "to, due = Status.UNKNOWN, limits.lookup_interval_seconds",
            "to, due = Status.UNKNOWN, None",
        ),
    ),
)
