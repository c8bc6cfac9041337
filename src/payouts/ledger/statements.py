"""Every sentence the runtime can say to the ledger, and what it is answered.

Two stores understand them: Postgres, where each is one SQL function of the schema ``payouts``
(``ledger/migrations``), and the simulated one, where each is one method. This module is the
contract of both; ``tests/payouts/conformance`` runs the same stories over either and compares.

Rules that hold for all of them

- All times are the ledger's own clock. The runtime gets ages and gives durations, in seconds, so
  that no worker's clock decides anything.
- Rows are locked in the order of their ids; a row that another transaction holds is waited for
  (``StoreBusy`` after ``lock_timeout``), except by ``Take``, which skips it.
- A lease is the pair of worker and fence. A worker's name is unique to its process, because a
  fence is only a number, and a restored ledger counts it a second time.
- ``Record`` ends the lease, except where a move says ``keep``.
- Changing a status writes the history row and moves the money (``states.ACCOUNT_OF``) in the same
  statement; a change that ``states.ALLOWED`` does not hold raises ``StoreRefused``.
"""

from __future__ import annotations

from dataclasses import dataclass

from payouts.money import Money
from payouts.outcome import Received
from payouts.payout import NewPayout, Payout
from payouts.ports import Statement
from payouts.states import Status

# What comes back -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with one partner, for everyone who works for it."""

    position: int  #: grows with every ``BeginTick``; a worker that saw a higher one saw a restore
    paused: bool = False
    quarantine_seconds: float | None = None  #: since it began; ``None``: no quarantine
    breaker_seconds: float = 0.0  #: until requests may be made again
    failures: int = 0  #: requests without an answer in a row
    no_funds: int = 0  #: payouts in a row that were refused for money
    stopped: bool = False  #: for money; a person starts it again
    today: str = ""  #: ISO 8601 date of the ledger's clock, UTC
    quarantine_from: str | None = None  #: day of the last tick before the quarantine began
    reconciled_day: str | None = None  #: day of the last complete daily reconciliation
    reconcile_page: int = 1  #: where a reading of the partner's list goes on; 1 on a new day
    quarantine_began: str | None = None  #: its name: exactly when, as the ledger writes it


@dataclass(frozen=True, slots=True)
class Leased:
    """One payout that is ours to move, until the lease ends.

    ``sends`` counts sends that the partner may have taken: one that was certainly turned away is
    taken off again (``Move.turned_away``). ``attempts`` counts all of them and only grows.
    Ages are ``None`` where nothing that counts was sent.
    """

    payout: Payout
    status: Status
    fence: int
    attempts: int = 0
    sends: int = 0
    lookups: int = 0
    turned_away: int = 0  #: in a row, for the back-off
    accepted: bool = False  #: the partner said that it has it: never send again
    asked: bool = False  #: woken by a notification or a person: look, whatever the status is
    released: bool = False  #: a person let it pass the limit of one payout
    partner_id: str | None = None
    first_sent_seconds: float | None = None
    last_sent_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """``created`` is false where the same payout was there already."""

    payout_id: int
    key: str
    status: Status
    created: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """``orphans``: how many of the listed keys no payout has and nobody had noted."""

    leased: tuple[Leased, ...]
    orphans: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is measured once a tick."""

    oldest_due_seconds: float
    unknown: int
    held: int
    due: int
    not_sending: str = ""  #: why nothing new goes out: quarantine, stopped, paused, breaker


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a person must see, as ``Finding`` noted it."""

    kind: str
    subject: str
    detail: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class View:
    """A payout and its history, for people: (seconds ago, status, reason, who)."""

    payout: Payout
    status: Status
    reason: str
    sends: int
    lookups: int
    partner_id: str | None
    history: tuple[tuple[float, Status, str, str], ...]


# What is said ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginTick(Statement):
    """→ ``Standing``. The position becomes one more than the higher of its own and the witness.

    The first call makes the partner's row. A quarantine begins here if the ledger is not where it
    was noted to be (in Postgres: system identifier, timeline, database or table differ from those
    at migration and when the last quarantine began or ended), or if ``witness``, the highest
    position this worker has ever seen for the partner, is above the ledger's (0: seen none). If one
    is on already, it begins anew, with its earlier ``quarantine_from``.
    """

    partner: str
    witness: int


@dataclass(frozen=True, slots=True)
class Take(Statement):
    """→ ``tuple[Leased, ...]``, oldest due first (then by id), at most ``count``.

    Those whose due time has come and which nobody leases or locks. Each gets the worker's name, a
    fence one higher, and ``lease_seconds``. With ``fresh`` false, payouts that are *due* are left
    alone. A row in *sending* is taken only when its lease has ended: its worker died.
    """

    partner: str
    worker: str
    count: int
    lease_seconds: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class BeginSends(Statement):
    """→ ``tuple[int, ...]``: ids that may be sent once this is committed, in order of id.

    For each (id, fence) whose lease is this worker's and not over, and whose status is *due* or
    *unknown* (and not ``accepted``): status *sending*, ``attempts`` and ``sends`` one more, first
    and last send noted, one row in ``attempt``. The others are left out and keep their lease.

    Nothing is begun (the answer is empty) while the partner is paused, stopped or in quarantine, or
    the ledger is not where it was born: a restore may have happened since the tick began.

    ``max_total`` bounds what is sent for the first time in one UTC day in its currency, over all
    workers; a payout that would pass it is left out. A payout counts once, on the day of its first
    send that counts; ``turned_away`` gives the amount back to that day.
    """

    partner: str
    worker: str
    leases: tuple[tuple[int, int], ...]
    max_total: Money | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer of the partner, as it is kept: its hash, never its body."""

    kind: str  #: send, lookup, list, cancel
    verdict: str
    code: str
    http_status: int | None = None
    body_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one leased payout.

    ``due_seconds``: when to look at it again, ``None``: not by the clock. ``turned_away``: this
    send was certainly not taken: it is not counted, and if none is left that counts, the payout has
    no first send. ``looked_up``: count a look-up. ``accepted`` and ``partner_id`` stay once they
    are set. ``ask``: it was asked about and not heard; look again when due. ``keep``: the lease
    goes on (same fence and end), because a send follows.
    """

    payout_id: int
    fence: int
    to: Status
    reason: str
    due_seconds: float | None = None
    evidence: tuple[Evidence, ...] = ()
    partner_id: str | None = None
    accepted: bool = False
    looked_up: bool = False
    turned_away: bool = False
    keep: bool = False
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Record(Statement):
    """→ ``tuple[int, ...]``: ids written, in order of id. Ends their leases.

    Only where worker and fence are those of the lease; it may have run out, as long as nobody else
    took the payout since. ``asked`` becomes what ``ask`` says; where it was asked about anew since
    the lease began (``Noticed``, ``look``), it is asked, and due now. An equal status writes no
    history, and one that is held or final keeps its reason. ``Evidence`` goes to ``answer`` with
    the number of the latest attempt.
    """

    worker: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class SetStanding(Statement):
    """→ ``None``. Change what is given, leave the rest. ``breaker_seconds`` counts from now.

    With ``began``, nothing is changed unless the quarantine that is on began then; with an empty
    one, unless none is on.
    """

    partner: str
    paused: bool | None = None
    breaker_seconds: float | None = None
    failures: int | None = None
    no_funds: int | None = None
    stopped: bool | None = None
    reconciled_day: str | None = None
    reconcile_page: int | None = None
    by: str = ""
    began: str | None = None


@dataclass(frozen=True, slots=True)
class Quarantine(Statement):
    """→ ``bool``: whether it did. Begin one by hand (a restore that was declared), or end it.

    Beginning one that is on begins it anew, with its earlier ``quarantine_from``. Ending notes
    where the ledger is now. It is refused before the quarantine is ``at_least_seconds`` old, and
    does nothing where none is on, where the ledger has been restored again since it began, or where
    it is not the one that began at ``began`` (``None``: whichever is on).
    """

    partner: str
    begin: bool
    why: str
    at_least_seconds: float = 0.0
    began: str | None = None


@dataclass(frozen=True, slots=True)
class Enqueue(Statement):
    """→ ``Enqueued``. The same reference with the same fields again: the payout that is there.

    With other fields: ``StoreRefused``. Where an ``Orphan`` was noted under its key (a ledger that
    was lost had sent it), it starts in *unknown*: accepted, asked, due now, with one attempt and
    one send that count, sent now.
    """

    payout: NewPayout
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reissue(Statement):
    """→ ``Enqueued``: a new payout for one that was declined, returned or cancelled.

    Its reference is the old one followed by ``~1``, ``~2``...: a chain, each reissued at most once
    (so at most one of a chain is open). Other statuses: ``StoreRefused``; asked twice: the one that
    is there. ``token`` and ``recipient`` may be new, partner and amount are the old ones.
    """

    partner: str
    reference: str
    by: str
    because: str
    token: str | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Intervene(Statement):
    """→ ``Status`` after a person's decision: ``hold release cancel paid not_paid look``.

    - hold: from *due* or *unknown*, unless leased (``StoreRefused``: under way, try again).
    - release: from *held*: to *due* if no send counts and it is not accepted, else to *unknown*
      with its look-ups starting anew; at once. Marks it ``released``.
    - cancel: *due*, or *held* without a send that counts, to *cancelled*.
    - paid: *held* to *settled*. not_paid: *held* to *cancelled*, refused before
      ``not_paid_after_seconds`` since the last send have gone by, or where no send counts (cancel
      it), or where ``accepted``.
    - look: any status; sets ``asked`` and is due now.

    Everything else is ``StoreRefused`` with what to do instead. ``by`` and ``because`` go into the
    history as they are.
    """

    partner: str
    reference: str
    action: str
    by: str
    because: str
    not_paid_after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Noticed(Statement):
    """→ ``str``: ``new``, ``repeat`` or ``unmatched``. A webhook that was found authentic.

    ``dedupe`` is unique per partner. A new one wakes its payout (found by key, else by partner
    id): ``asked``, due now; the time of one that is *due* or *sending* stays as it is.
    """

    partner: str
    dedupe: str
    key: str | None
    partner_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Seen(Statement):
    """→ ``Sighting``: the listed payouts that nobody leases, each leased to us.

    Marks every known key of the list as seen. A key that no payout has becomes an ``orphan`` row
    (once), with the partner's id and what it said, and a finding of kind ``orphan``. Payouts that
    somebody leases are left to them.
    """

    partner: str
    worker: str
    lease_seconds: float
    keys: tuple[str, ...]
    orphans: tuple[tuple[str, str, str], ...] = ()  #: key, partner id, what the partner says


@dataclass(frozen=True, slots=True)
class Unseen(Statement):
    """→ ``tuple[str, ...]``: references settled, last sent between two ages, never seen in a list.

    At most 1,000, oldest first. Ages in seconds, older first.
    """

    partner: str
    older_seconds: float
    newer_seconds: float


@dataclass(frozen=True, slots=True)
class Finding(Statement):
    """→ ``bool``: whether it is new. Something a person must see; once per kind and subject."""

    partner: str
    kind: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Findings(Statement):
    """→ ``tuple[Found, ...]``: what was noted for a partner or a source, newest first.

    At most ``count``; of the same moment by kind and subject.
    """

    partner: str
    count: int = 100


@dataclass(frozen=True, slots=True)
class Measure(Statement):
    """→ ``Gauges``."""

    partner: str


@dataclass(frozen=True, slots=True)
class Look(Statement):
    """→ ``View | None``."""

    partner: str
    reference: str


@dataclass(frozen=True, slots=True)
class Receive(Statement):
    """→ ``int``: how many were new. The direction *receive*: (source, external id) is unique.

    The same id with another amount is kept once and noted as a finding of kind
    ``received-differs``.
    """

    source: str
    items: tuple[Received, ...]
