"""Permissions: the exact IAM policy of each part, printed from the statements of its links.

A part that runs in AWS gets a role. A part on a box without a role needs a user with an access key
that lives until somebody changes it: that is said where it happens, with its rotation.
"""

from __future__ import annotations

import json
from typing import Any

from frugal.design.draft import Draft
from frugal.model.design import IamStatement
from frugal.model.document import Block, Bullets, Code, Heading, Text
from frugal.model.graph import Placement, Role
from frugal.services import service

VERSION = "2012-10-17"  #: of the policy language, not a date of ours


def permissions(draft: Draft) -> tuple[Block, ...]:
    """Return one policy a principal, and what none of them is allowed."""
    if not draft.statements:
        return (
            Heading(words="IAM"),
            Text(words="No part of this design calls an AWS API, so it needs no IAM permission."),
        )
    blocks: list[Block] = [
        Heading(words="IAM"),
        Text(
            words="One policy a part, each statement for one link of the drawing; nothing is "
            "granted that no link needs. Each role is trusted by its own service only. Names in "
            "`${}` are filled in by CloudFormation (`Fn::Sub`)."
        ),
    ]
    for principal in principals(draft):
        statements = statements_for(draft, principal)
        blocks.append(Text(words=_heading(draft, principal)))
        blocks.append(Code(language="json", text=policy(statements)))
        remarks = tuple(
            f"`{', '.join(s.actions)}`: {words}" for s in statements for words in _remarks(s)
        )
        if remarks:
            blocks.append(Bullets(items=remarks))
    return tuple(blocks)


def principals(draft: Draft) -> tuple[str, ...]:
    """Return every part that is allowed something, in the order of the data flow."""
    return tuple(dict.fromkeys(statement.principal for statement in draft.statements))


def statements_for(draft: Draft, principal: str) -> tuple[IamStatement, ...]:
    return tuple(s for s in draft.statements if s.principal == principal)


def policy(statements: tuple[IamStatement, ...]) -> str:
    """Return the statements as an IAM policy document."""
    return json.dumps(
        {
            "Version": VERSION,
            "Statement": [_statement(at, s) for at, s in enumerate(statements, 1)],
        },
        indent=2,
    )


def _statement(at: int, statement: IamStatement) -> dict[str, Any]:
    actions = list(statement.actions)
    found: dict[str, Any] = {
        "Sid": f"{_camel(statement.link)}{at}",
        "Effect": "Allow",
        "Action": actions if len(actions) > 1 else actions[0],
        "Resource": statement.resource,
    }
    condition = _condition(statement)
    if condition is not None:
        found["Condition"] = condition
    return found


def _condition(statement: IamStatement) -> Any:
    """Return a condition as the policy's JSON; one written in words is a remark beside it."""
    try:
        return json.loads(statement.condition) if statement.condition else None
    except json.JSONDecodeError:
        return None


def _remarks(statement: IamStatement) -> tuple[str, ...]:
    """Return what a policy cannot hold: why a star is there, and a condition told in words."""
    said = statement.condition if _condition(statement) is None else ""
    return tuple(words for words in (statement.why_star, said) if words)


def _camel(words: str) -> str:
    """Return letters and digits only: all that a Sid may hold."""
    spaced = "".join(c if c.isascii() and c.isalnum() else " " for c in words)
    return "".join(word.capitalize() for word in spaced.split())


def _heading(draft: Draft, principal: str) -> str:
    if needs_long_lived_key(draft, principal):
        return (
            f"**{principal}**: runs on a box that has no IAM role, so this policy hangs on an IAM "
            "user with an access key that lives until it is changed. Two keys may exist at a time: "
            "make the second, put it in place, see it used, delete the first; every 90 days, and "
            "at once when somebody leaves. Prefer a design in which AWS calls the box."
        )
    return f"**{principal}**: an execution role with short-lived credentials."


def needs_long_lived_key(draft: Draft, principal: str) -> bool:
    """Return whether a part that calls AWS runs where there is no role to call it with."""
    placement = draft.candidate[principal]
    if not on_box(placement):
        return False
    instance = draft.stack.instance
    return instance is None or not service(instance.service.value).gives_role


def on_box(placement: Placement) -> bool:
    """Return whether a part is a program of the user's own on the instance."""
    return not service(placement.service).offer and placement.role in (
        Role.WORKER,
        Role.BACKEND,
        Role.RECEIVER,
    )


def long_lived_keys(draft: Draft) -> tuple[str, ...]:
    """Return the parts that hold a long-lived AWS credential."""
    return tuple(p for p in principals(draft) if needs_long_lived_key(draft, p))
