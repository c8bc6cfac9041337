"""What can go wrong at the partner, each by a stable id, each with a rate of its own.

Numbers 1 to 17 are the kinds that the partner's documents give reason to expect; several have
variants. Number 0 is ordinary life (a decline, a review) and network trouble that any partner has.
A fault is chosen by chance at its rate, or named for one payout (``script``) or for the n-th
payment request (``nth``). ``counts`` says how often each took effect: a run in which a fault never
happened proves nothing about it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: A parameter is a number of seconds, a share, or a word.
Parameter = float | str


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong. ``usual`` is its rate where nobody sets one.

    ``stage`` is the moment at which the double asks for it: at the ``door`` (nothing is booked),
    at a ``send``, a ``repeat`` outside the rules, a ``lookup``, in the ``answer``, ``later``, in a
    ``webhook``, in a ``batch`` file.
    """

    id: str
    number: int
    stage: str
    sentence: str
    usual: float = 0.0
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def _f(
    number: int, stage: str, id: str, sentence: str, usual: float = 0.0, **parameters: Parameter
) -> Fault:
    return Fault(id, number, stage, sentence, usual, parameters)


_ALL = (
    _f(1, "send", "paid-then-dropped", "paid, then the connection is lost before the answer"),
    _f(2, "send", "paid-then-500", "paid, then answered with a server error"),
    _f(3, "send", "failed-500", "answered with a server error, and never paid", known=0.5),
    _f(
        4,
        "send",
        "in-process",
        "accepted with the outcome open, which is settled later",
        paid=0.6,
        declined=0.2,
        seconds_least=30.0,
        seconds_most=1500.0,
    ),
    _f(5, "send", "request-doubled", "the request arrives twice; the second is the same payment"),
    _f(6, "repeat", "other-amount-paid", "a used id with another amount is a new payment", 1.0),
    _f(7, "repeat", "sixth-retry-paid", "a sixth repeat is a new payment", 1.0),
    _f(7, "repeat", "late-retry-paid", "a repeat after 24 hours is a new payment", 1.0),
    _f(8, "send", "timeout-400", "a time-out at the service, told as a 400", paid=0.5, known=0.75),
    _f(9, "send", "limit-400025", "refused: a limit of amount or count is reached"),
    _f(
        9,
        "send",
        "funding-emptied",
        "the funding account is emptied, and filled later",
        seconds=3600.0,
    ),
    _f(
        10,
        "later",
        "returned",
        "paid, and sent back by the bank days later",
        days=2.0,
        sources="ACH",
    ),
    _f(11, "webhook", "webhook-duplicate", "a notice is delivered twice"),
    _f(11, "webhook", "webhook-disordered", "a notice overtaken by others", seconds_most=600.0),
    _f(11, "webhook", "webhook-early", "a notice arrives before the answer to the request"),
    _f(11, "webhook", "webhook-lost", "a notice is never delivered"),
    _f(11, "webhook", "webhook-wrong-secret", "a notice carries a secret that is not ours"),
    _f(12, "door", "clock-skewed", "refused: the two clocks are too far apart"),
    _f(12, "door", "signature-hex", "refused: the signature is expected in another encoding"),
    _f(12, "door", "body-reordered", "refused: the body was rewritten on its way"),
    _f(13, "door", "rate-limited", "refused as too many, without saying how long to wait"),
    _f(
        14,
        "send",
        "unknown-status",
        "a good answer with a status that no page explains",
        seconds=900.0,
    ),
    _f(14, "answer", "extra-fields", "an answer with fields that no page names"),
    _f(14, "answer", "shuffled-fields", "an answer with its fields in another order"),
    _f(15, "answer", "error-wrapped", "an error inside an object, as in the specification"),
    _f(16, "answer", "success-201", "success told with 201, as in the specification"),
    _f(17, "batch", "batch-mixed-rows", "a batch summary with failed rows among the good ones"),
    _f(17, "batch", "batch-wrong-count", "a batch summary whose header counts other rows"),
    _f(17, "batch", "batch-late", "a batch summary that comes late", seconds=14_400.0),
    _f(0, "send", "declined", "declined by the payee's card or bank"),
    _f(0, "send", "fraud", "declined by the partner's fraud check"),
    _f(0, "send", "held", "held for a sanctions check"),
    _f(0, "send", "review", "under review, then paid or cancelled", paid=0.8, seconds=900.0),
    _f(0, "send", "not-arrived", "the connection is lost before the request arrives"),
    _f(0, "send", "not-visible-yet", "booked, but not yet shown to look-ups", seconds=600.0),
    _f(0, "send", "slow", "answered late", seconds=60.0),
    _f(0, "lookup", "lookup-500", "a look-up is answered with a server error"),
    _f(0, "lookup", "lookup-dropped", "a look-up gets no answer"),
    _f(0, "door", "door-503", "refused: the service is unavailable, nothing was taken"),
)

FAULTS: Mapping[str, Fault] = {fault.id: fault for fault in _ALL}
STAGES = tuple(dict.fromkeys(fault.stage for fault in _ALL))

_NONE: frozenset[str] = frozenset()


class Faults:
    """Which faults are on. May be changed while the double runs."""

    def __init__(
        self,
        rates: Mapping[str, float] | None = None,
        parameters: Mapping[str, Mapping[str, Parameter]] | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._rates: dict[str, float] = {}
        self._parameters: dict[tuple[str, str], Parameter] = {}
        self._scripts: dict[str, list[frozenset[str]]] = {}
        self._scripted: dict[str, frozenset[str]] = {}  #: of the send under way or last made
        self._nth: dict[int, frozenset[str]] = {}
        self._sends = 0
        self._active: dict[str, tuple[tuple[str, float, float], ...]] = {}
        self.clear()
        for id, rate in (rates or {}).items():
            self.set(id, rate)
        for id, values in (parameters or {}).items():
            self._keep(id, values)

    # Switching ---------------------------------------------------------------------------------

    def clear(self) -> None:
        """Set every rate back to its usual one and forget all scripts and parameters."""
        self._rates = {id: fault.usual for id, fault in FAULTS.items() if fault.usual}
        self._parameters.clear()
        self._scripts.clear()
        self._scripted.clear()
        self._nth.clear()
        self._compile()

    def set(self, id: str, rate: float, **parameters: Parameter) -> None:
        """Set how likely a fault is, from 0 to 1, each time its moment comes."""
        _known(id)
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {id} is between 0 and 1, not {rate:g}")
        self._rates[id] = rate
        self._keep(id, parameters)
        self._compile()

    def script(self, key: str, *sends: Collection[str]) -> None:
        """Name the faults of each send of one payout; rates are ignored for it until they end."""
        for ids in sends:
            for id in ids:
                _known(id)
        self._scripts[key] = [frozenset(ids) for ids in reversed(sends)]

    def nth(self, number: int, *ids: str) -> None:
        """Name the faults of the n-th payment request from the start, counted from 1."""
        for id in ids:
            _known(id)
        self._nth[number] = frozenset(ids)

    @property
    def rates(self) -> Mapping[str, float]:
        return {id: rate for id, rate in sorted(self._rates.items()) if rate}

    def parameter(self, id: str, name: str) -> float:
        """Return a number that belongs to a fault."""
        value = self._parameters.get((id, name), FAULTS[id].parameters[name])
        assert not isinstance(value, str), f"{id} {name} is a word"
        return value

    def word(self, id: str, name: str) -> str:
        """Return a word that belongs to a fault."""
        return str(self._parameters.get((id, name), FAULTS[id].parameters[name]))

    # Asking (the double) -----------------------------------------------------------------------

    def next_send(self, key: str) -> None:
        """Begin a send: its script, if there is one, holds until the next send of the key."""
        self._sends += 1
        if self._scripts or self._nth or self._scripted:
            script = self._scripts.get(key)
            chosen = script.pop() if script else None
            if script is not None and not script:
                del self._scripts[key]
            named = self._nth.pop(self._sends, None)
            if named is not None:
                chosen = named | (chosen or _NONE)
            if chosen is None:
                self._scripted.pop(key, None)
            else:
                self._scripted[key] = chosen

    def drawn(self, stage: str, chance: random.Random, key: str = "") -> Collection[str]:
        """Return the faults that take effect now, each counted."""
        if self._scripted:
            named = self._scripted.get(key)
            if named is not None:
                found = [id for id in FAULTS if id in named and FAULTS[id].stage == stage]
                self.counts.update(found)
                return found
        active = self._active[stage]
        if not active or chance.random() < active[0][2]:
            return _NONE
        # At least one does. Until the first is found each is as likely as it is given that; the
        # faults stay independent, and an ordinary request costs one draw however many are on.
        found = []
        for id, rate, none in active:
            if chance.random() * (1.0 if found else 1.0 - none) < rate:
                found.append(id)
        self.counts.update(found)
        return found

    def hit(self, id: str, chance: random.Random, key: str = "") -> bool:
        """Say whether one fault takes effect now; a script may name it, its rate may choose it."""
        rate = self._rates.get(id, 0.0)
        if self._scripted and not FAULTS[id].usual:
            named = self._scripted.get(key)
            if named is not None:
                rate = 1.0 if id in named else 0.0
        hit = rate > 0 and chance.random() < rate
        if hit:
            self.counts[id] += 1
        return hit

    def _keep(self, id: str, values: Mapping[str, Parameter]) -> None:
        for name, value in values.items():
            if name not in _known(id).parameters:
                raise ValueError(f"{id} has no parameter {name!r}")
            usual = _known(id).parameters[name]
            self._parameters[id, name] = str(value) if isinstance(usual, str) else float(value)

    def _compile(self) -> None:
        """Keep, for each stage, its faults with the chance that none from there on takes effect."""
        self._active = {}
        for stage in STAGES:
            none, rows = 1.0, []
            for fault in reversed(_ALL):
                rate = self._rates.get(fault.id, 0.0)
                if fault.stage == stage and rate > 0:
                    none *= 1.0 - rate
                    rows.append((fault.id, rate, none))
            self._active[stage] = tuple(reversed(rows))


def _known(id: str) -> Fault:
    try:
        return FAULTS[id]
    except KeyError:
        raise ValueError(f"no fault {id!r}; there are {', '.join(FAULTS)}") from None
