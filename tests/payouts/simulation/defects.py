"""Mistakes that a payout runtime is made with: keys, time-outs, leases, and reading the partner.

``test_defects.py`` plants them one at a time in a copy of the package; the exhaustive search or
the simulation must find every one. Each edit names a file below ``src/payouts``, a text that
stands in it exactly once, and what stands there instead.

Where two safeguards stand one behind the other, a defect takes away both: that one of them alone
would have held is the reason why there are two.
"""

from __future__ import annotations

_TICK = "core/tick.py"
_RUN = "core/run.py"
_DECIDE = "core/decide.py"
_VERDICTS = "core/verdicts.py"
_SENTENCES = "simulation/sentences.py"
_REQUESTS = "simulation/requests.py"
_TRANSACTIONS = "simulation/transactions.py"
_ANSWERS = "partners/fiserv/answers.py"

Edit = tuple[str, str, str]
#: Name, what is wrong, the changes, and where it is looked for (``CHECKS`` in the test), in order.
Defect = tuple[str, str, tuple[Edit, ...], tuple[str, ...]]


def _defect(id: str, sentence: str, *edits: Edit, by: str = "") -> Defect:
    usual = ("one misfortune", "two misfortunes")
    return id, sentence, edits, tuple(by.split(", ")) if by else usual


_FENCED = "if row is None or row.fence != move.fence or row.worker != worker:"

DEFECTS: tuple[Defect, ...] = (
    # the key
    _defect(
        "key-per-attempt",
        "Every attempt is sent under a key of its own.",
        (
            _TICK,
            "worker.partner.request_for(one.payout, worker",
            "worker.partner.request_for(__import__('dataclasses').replace(one.payout, "
            "key=one.payout.key[:24] + f'{one.attempts:02}'), worker",
        ),
    ),
    _defect(
        "key-from-row-id",
        "The key is made from the number of the row, which a restored ledger gives out again.",
        (
            _REQUESTS,
            "key = derived_key(new.partner, new.reference)",
            "key = derived_key(new.partner, str(number))",
        ),
    ),
    _defect(
        "key-random",
        "The key is drawn when the payout is enqueued.",
        (
            _REQUESTS,
            "key = derived_key(new.partner, new.reference)",
            "key = derived_key(new.partner, f'{new.reference} {now}')",
        ),
    ),
    _defect(
        "other-amount",
        "The same reference is taken again with another amount.",
        (
            _REQUESTS,
            "if (new.recipient, new.token, new.method, new.amount) != (",
            "if (new.recipient, new.token, new.method, there.amount) != (",
        ),
    ),
    # time-outs and other non-answers
    _defect(
        "reopen-on-time-out",
        "A time-out makes the payout due again.",
        (
            _VERDICTS,
            'return Reading(_unknown(leased, f"no-answer:{answer.why}", limits), None)',
            'return Reading(_move(leased, Status.DUE, "time-out", None, (), due=0.0), None)',
        ),
    ),
    _defect(
        "time-out-is-not-sent",
        "A lost answer is taken for a request that never left.",
        (
            _VERDICTS,
            'return Reading(_unknown(leased, f"no-answer:{answer.why}", limits), None)',
            'return Reading(_turned_away(leased, "time-out", None, (), limits), None)',
        ),
    ),
    _defect(
        "dead-worker-means-not-sent",
        "A payout that its worker left in the middle of sending is sent again.",
        (
            _DECIDE,
            'return Step(Do.MOVE, Status.UNKNOWN, "worker-lost", wait)',
            'return Step(Do.MOVE, Status.DUE, "worker-lost", 0.0)',
        ),
    ),
    _defect(
        "turned-away-means-unsent",
        "A repeat that is turned away makes the payout due, though an earlier send is open.",
        (
            _VERDICTS,
            "to = Status.UNKNOWN if leased.sends else Status.DUE",
            "to = Status.DUE",
        ),
    ),
    # order of things
    _defect(
        "send-before-commit",
        "The request goes out before its attempt is committed.",
        (_RUN, "    yield Commit()\n", "    if not run.requests:\n        yield Commit()\n"),
    ),
    _defect(
        "acknowledge-before-commit",
        "The partner is told that its webhook arrived before it is noted for good.",
        ("core/notify.py", "    yield Commit()\n", ""),
    ),
    _defect(
        "old-send",
        "A worker that was frozen sends what it decided long ago.",
        (
            _TICK,
            "not_after = decided_at + limits.send_age_seconds\n    requests",
            "not_after = decided_at + 1e9\n    requests",
        ),
    ),
    # leases
    _defect(
        "lease-without-fencing",
        "Whoever had a lease once may write, though another took the payout since.",
        (_SENTENCES, _FENCED, "if row is None:"),
    ),
    _defect(
        "fence-without-name",
        "A lease is a number only, which a restored ledger gives out again.",
        (_SENTENCES, _FENCED, "if row is None or row.fence != move.fence:"),
        by="a lease from a lost ledger",
    ),
    _defect(
        "shared-name",
        "Two workers go by one name, before and after a restore.",
        ("simulation/branching.py", 'Life(f"{slot}{self.names}",', 'Life("worker",'),
        by="a lease from a lost ledger",
    ),
    _defect(
        "take-without-lease",
        "A payout that somebody has is taken all the same.",
        (
            _TRANSACTIONS,
            "wake = due_at if until is None or until < due_at else until",
            "wake = due_at",
        ),
    ),
    _defect(
        "begin-without-lease",
        "A send is begun on a lease that ran out and was another's since.",
        (
            _SENTENCES,
            "            or row.fence != fence\n            or row.worker != worker\n",
            "",
        ),
        (
            _SENTENCES,
            "            or row.lease_until is None\n            or row.lease_until <= now\n",
            "",
        ),
        by="a lease that ran out",
    ),
    # the partner's rules
    _defect(
        "resend-after-open",
        "What the partner has in process is sent again when a look-up does not show it.",
        (
            _DECIDE,
            "if not may_send or not limits.resends or leased.accepted:",
            "if not may_send or not limits.resends:",
        ),
        (_SENTENCES, "            or row.accepted\n", ""),
    ),
    _defect(
        "resend-beyond-window",
        "A payout is sent again after the time in which the partner recognises it.",
        (
            _DECIDE,
            "return first < limits.send_window_seconds and last >= limits.lookup_wait_seconds",
            "return last >= limits.lookup_wait_seconds",
        ),
    ),
    _defect(
        "resend-without-look-up",
        "A payout in doubt is sent again, not looked up.",
        (_DECIDE, "wait)\n    return _LOOK_UP", "wait)\n    return _SEND"),
    ),
    _defect(
        "six-sends",
        "Nobody counts how often a payout is sent.",
        (_DECIDE, "if leased.sends >= limits.sends_max:", "if leased.sends >= 99:"),
        (_DECIDE, "if leased.lookups >= limits.lookups_max:", "if leased.lookups >= 99:"),
        (_VERDICTS, "if lookups >= limits.lookups_max:", "if lookups >= 99:"),
        by="requests that get lost",
    ),
    _defect(
        "early-look-up",
        "A payout is looked up sooner than the partner's rule says.",
        (
            _DECIDE,
            "max(0.0, limits.lookup_wait_seconds + begun_late - since)",
            "0.0",
        ),
    ),
    # reading the partner
    _defect(
        "completed-is-paid",
        "Transaction status TC is read as paid, whatever the payment status says.",
        (
            "partners/fiserv/statuses.py",
            '("TC", "ED"): (_V.DECLINED,',
            '("TC", "ED"): (_V.SETTLED,',
        ),
        by="worlds",
    ),
    _defect(
        "in-process-is-paid",
        "IP/IP with HTTP 200 is read as paid.",
        ("partners/fiserv/statuses.py", '("IP", "IP"): (_V.OPEN,', '("IP", "IP"): (_V.SETTLED,'),
        by="worlds",
    ),
    _defect(
        "4xx-is-final",
        "Every answer of the 400s is a decline.",
        (
            _ANSWERS,
            "    if status == 401:\n",
            "    if 400 <= status < 500:\n"
            "        return Outcome(Verdict.DECLINED, label(code))\n"
            "    if status == 401:\n",
        ),
        by="worlds",
    ),
    _defect(
        "time-out-codes-are-final",
        "The time-outs among the 400 codes are read as declines.",
        ("partners/fiserv/codes.py", '"400001": (_UNKNOWN,', '"400001": (_NO,'),
        ("partners/fiserv/codes.py", '"400042": (_UNKNOWN,', '"400042": (_NO,'),
        ("partners/fiserv/codes.py", '"400050": (_UNKNOWN,', '"400050": (_NO,'),
        ("partners/fiserv/codes.py", '"400082": (_UNKNOWN,', '"400082": (_NO,'),
        by="worlds",
    ),
    _defect(
        "5xx-is-final",
        "A server's error is read as a decline.",
        (
            _ANSWERS,
            "    if status == 401:\n",
            "    if status >= 500:\n"
            "        return Outcome(Verdict.DECLINED, label(code))\n"
            "    if status == 401:\n",
        ),
        by="worlds",
    ),
    _defect(
        "turned-away-is-declined",
        "401, 403, 408, 425 and 429 are read as declines.",
        (
            _VERDICTS,
            "    if verdict in _TURNED_AWAY:\n        return Reading(\n            _turned_away(",
            "    if verdict in _TURNED_AWAY:\n        return Reading(_move(leased, "
            "Status.DECLINED, 'no', outcome, (Evidence('send', 'declined', 'no'),)), verdict)\n"
            "        Reading(\n            _turned_away(",
        ),
    ),
    _defect(
        "conflict-is-declined",
        "409 is read as a decline, though the partner knows the payout.",
        (
            _ANSWERS,
            "    if status == 401:\n",
            "    if status == 409:\n"
            "        return Outcome(Verdict.DECLINED, label(code))\n"
            "    if status == 401:\n",
        ),
        by="a repeat after a day",
    ),
    _defect(
        "not-found-is-declined",
        "A payout that a look-up does not find is declined.",
        (
            _VERDICTS,
            "    # A look-up that somebody asked for, and a list,",
            "    if verdict is Verdict.NOT_FOUND:\n        return Reading(_move(leased, "
            "Status.DECLINED, 'no', outcome, (Evidence('lookup', 'declined', 'no'),)), verdict)\n"
            "    # A look-up that somebody asked for, and a list,",
        ),
    ),
    _defect(
        "other-amount-is-ours",
        "An answer about another amount is taken for ours.",
        (
            _VERDICTS,
            "if outcome.amount is not None and outcome.amount != leased.payout.amount:",
            "if False:",
        ),
    ),
    _defect(
        "refused-repeat-is-final",
        "A refusal of a repeat is taken for the fate of the send before it.",
        (
            _VERDICTS,
            "return outcome.verdict is Verdict.DECLINED and leased.sends > 0 and "
            "outcome.partner_id is None",
            "return False",
        ),
        by="a repeat that is refused",
    ),
    _defect(
        "return-ignored",
        "Money that came back stays booked as paid.",
        (_VERDICTS, "Verdict.RETURNED: Status.RETURNED,", "Verdict.RETURNED: Status.SETTLED,"),
    ),
    _defect(
        "webhook-believed",
        "What a webhook says is booked without looking.",
        (
            _REQUESTS,
            "    waits = row.status is Status.DUE or",
            "    if row.status is Status.UNKNOWN:\n"
            "        tx.change(row, Status.SETTLED, say.said, 'webhook', tx.ledger.clock())\n"
            "    waits = row.status is Status.DUE or",
        ),
    ),
)
