"""The way to the small partner, and how each request can come out.

A request ends as ``how`` says: nothing there means that it arrives, is answered truthfully and at
once. What the judge must know of the answers is noted in the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payouts.ports import TOO_LATE, NoAnswer, NotSent, Request, Response, Send
from payouts.simulation.rules import ASKED, judge_books, judge_lookup, judge_send
from payouts.simulation.small_partner import PAGES, told

if TYPE_CHECKING:
    from payouts.simulation.branching import World
    from payouts.simulation.lives import Life

_AMOUNT = [str(ASKED.amount.minor).encode(), ASKED.amount.currency.encode()]

PAYMENT_FATES = (
    "refused",
    "lost",
    "late 100",
    "late 500",
    "paid, no answer",
    "paid, 500",
    "paid, nonsense",
    "another amount",
    "500",
    "400",
    "401",
    "402",
    "429",
    "declined",
    "open>settled",
    "open>declined",
    "held>settled",
)
LOOKUP_FATES = ("refused", "no answer", "500", "429", "not yet shown")
LIST_FATES = ("no answer", "500")


def sent(world: World, life: Life, command: Send, how: str) -> tuple[Any, ...]:
    if life.clock.at(world.now) > command.not_after:
        life.committed = 0
        return tuple(NotSent(TOO_LATE) for _ in command.requests)
    answers = tuple(_answer(world, life, one, how) for one in command.requests)
    for request, answer in zip(command.requests, answers, strict=True):
        _note(world, request, answer)
    return answers


def _page(request: Request) -> int:
    return int(request.path.rpartition(" ")[2])


def _note(world: World, request: Request, answer: Any) -> None:
    """What the judge must know of an answer."""
    good = isinstance(answer, Response) and answer.status == 200
    if good:
        # What it says of another amount it does not say of this payout.
        lines = [line.split(b" ") for line in answer.body.splitlines()]
        world.said |= {words[0].decode() for words in lines if words[-2:] == _AMOUNT}
    if request.path.startswith("/list"):
        if good:
            world.listed |= {_page(request)}
    elif request.method == "POST":
        if not isinstance(answer, NotSent):
            world.absent = False
        if isinstance(answer, Response) and answer.status == 400:
            world.said |= {"declined"}
    elif isinstance(answer, NoAnswer) or (
        isinstance(answer, Response) and answer.status in {404, 500}
    ):
        world.absent = True


def _answer(world: World, life: Life, request: Request, how: str) -> Any:
    if how == "refused":
        life.committed = 0
        return NotSent("refused")
    if request.method == "POST":
        return _payment(world, life, request.body, how)
    if not request.path.startswith("/list"):
        judge_lookup(world)
    if how == "no answer":
        world.passes(world.limits.answer_seconds)
        return NoAnswer("time-out")
    if how in {"500", "429", "401"}:
        return Response(int(how), b"")
    shown = () if how == "not yet shown" else world.books.transactions
    if request.path.startswith("/list"):
        last = _page(request) == PAGES
        lines = [told(one, world.now).body for one in shown] if last else []
        return Response(200, b"\n".join(lines))
    if not shown:
        return Response(404, b"")
    strongest = world.books.truth(world.now)
    return told(next(one for one in shown if one.at(world.now) == strongest), world.now)


def _payment(world: World, life: Life, body: bytes, how: str) -> Any:
    judge_send(world, life, body)
    life.committed = 0
    if how in {"429", "401"}:
        return Response(int(how), b"")
    world.sends = (*world.sends, world.now)
    if how in {"400", "402"}:
        # Refused before the partner looks for the key.
        return Response(int(how), b"")
    if how == "lost":
        world.passes(world.limits.answer_seconds)
        return NoAnswer("time-out")
    if how.startswith("late "):
        world.books = world.books.late(body, world.now + float(how[5:]))
        world.passes(world.limits.answer_seconds)
        return NoAnswer("time-out")
    if how == "500":
        return Response(500, b"")
    fate = how if how in {"declined", "held>settled"} or how.startswith("open") else "settled"
    world.books, one = world.books.sent(body, world.now, fate)
    judge_books(world)
    if how == "paid, 500":
        return Response(500, b"")
    if how == "paid, no answer":
        world.passes(world.limits.answer_seconds)
        return NoAnswer("time-out")
    if how == "another amount":
        return Response(200, told(one, world.now).body.replace(b" 1000 ", b" 1001 "))
    if how == "paid, nonsense":
        return Response(200, b"?")
    return told(one, world.now)
