"""``payouts``: the runtime on the command line, for people who watch over payouts.

``--json`` prints one document; ``--dry-run`` does everything up to the commit, says what would have
come of it, and takes it back. What a person decides carries a reason (``--because``) and a name
(``--by``) into the history.

Exit codes: 0 done, 1 something a person must see was found, 2 not done (bad input, a refusal of the
ledger, or a part of the world that does not answer).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from payouts.io import commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    from payouts.io.config import BadConfig
    from payouts.io.intake import Unreadable
    from payouts.ports import StoreBusy, StoreError, StoreRefused

    try:
        code: int = arguments.run(arguments)
    except BadConfig as error:
        return _trouble(str(error))
    except (commands.NotDone, Unreadable) as error:
        return _trouble(str(error))
    except StoreBusy:
        return _trouble("a row of the ledger is in use by a worker: try again in a moment")
    except StoreRefused as error:
        return _trouble(f"the ledger refuses: {error}")
    except StoreError as error:
        return _trouble(f"the ledger does not answer: {error}")
    except BrokenPipeError:
        return commands.DONE  # whoever read our output has enough
    except KeyboardInterrupt:
        return _trouble("interrupted; the next tick goes on where this one was")
    return code


def _trouble(text: str) -> int:
    from payouts.io.logs import redacted

    sys.stderr.write(f"payouts: {redacted(text, 'message')}\n")
    return commands.NOT_DONE


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", help="configuration (else PAYOUTS_CONFIG)")
    common.add_argument("--json", action="store_true", help="one JSON document on stdout")
    common.add_argument("--verbose", action="store_true", help="every event, on stderr")
    changes = argparse.ArgumentParser(add_help=False)
    changes.add_argument("--dry-run", action="store_true", help="say what would come of it")
    decides = argparse.ArgumentParser(add_help=False)
    decides.add_argument("--by", default=_who(), help="who decides (else the user's name)")
    reasons = argparse.ArgumentParser(add_help=False)
    reasons.add_argument("--because", required=True, help="the reason, for the history")

    parser = argparse.ArgumentParser(prog="payouts", description="Payouts, never lost or doubled.")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, run: Any, help: str, *parents: Any) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = verbs.add_parser(
            name, help=help, description=help, parents=[common, *parents]
        )
        added.set_defaults(run=run)
        return added

    enqueue = add("enqueue", commands.enqueue, "add payouts to the ledger", changes)
    enqueue.add_argument("file", nargs="?", help="JSON lines, - for standard input")
    for name in ("reference", "recipient", "token", "method", "amount", "currency"):
        enqueue.add_argument(f"--{name}")
    enqueue.add_argument("--delay-seconds", type=float, default=0.0)
    add("tick", commands.tick, "do what is due, once", changes)
    status = add("status", commands.status, "one payout and its history, or all in numbers")
    status.add_argument("reference", nargs="?")
    add("pause", commands.pause, "send nothing new; look-ups go on", changes, decides)
    add("resume", commands.pause, "send again, after a pause or a stop for money", changes, decides)
    for name, run, help in (
        ("hold", commands.intervene, "put a payout aside"),
        ("release", commands.intervene, "let a held payout go on"),
        ("cancel", commands.cancel, "cancel a payout, at the partner too where it can"),
        ("reissue", commands.reissue, "pay again what was declined, returned or cancelled"),
        ("resolve", commands.intervene, "say what became of a held payout"),
    ):
        decision = add(name, run, help, changes, decides, reasons)
        decision.add_argument("reference")
        if name == "reissue":
            decision.add_argument("--token", help="another vaulted account of the payee")
            decision.add_argument("--recipient", help="another id of the payee")
        if name == "resolve":
            which = decision.add_mutually_exclusive_group(required=True)
            which.add_argument("--paid", action="store_true")
            which.add_argument("--not-paid", action="store_true")
    reconcile = add("reconcile", commands.reconcile, "compare with the partner's list", changes)
    reconcile.add_argument("first_day", help="like 2026-01-31")
    reconcile.add_argument("last_day", nargs="?", help="else the first day")
    receive = add("receive", commands.receive, "read what the partner reports", changes)
    receive.add_argument("files", nargs="*", metavar="file", help="else the report is polled")
    receive.add_argument("--from", dest="first_day", metavar="DAY", help="else the last day")
    receive.add_argument("--to", dest="last_day", metavar="DAY", help="else yesterday, UTC")
    replay = add(
        "replay", commands.replay, "look at payouts again, or at dead letters", changes, decides
    )
    replay.add_argument("references", nargs="*")
    replay.add_argument("--file", help="JSON lines, - for standard input")
    quarantine = add(
        "quarantine", commands.quarantine, "after a restore", changes, decides, reasons
    )
    which = quarantine.add_mutually_exclusive_group(required=True)
    which.add_argument("--begin", action="store_true")
    which.add_argument("--end", action="store_true")
    add("migrate", commands.migrate, "bring the ledger's schema up to date", changes)
    add("serve", commands.serve, "run as a container beside the backend")
    sandbox = verbs.add_parser("sandbox", help="a double of the partner", add_help=True)
    sandbox.set_defaults(run=commands.sandbox)
    if words[:1] == ["sandbox"]:  # its options name every fault: loaded only when wanted
        from payouts.io import sandbox_server

        sandbox_server.add_arguments(sandbox)
    return parser


def _who() -> str:
    import os

    return os.environ.get("PAYOUTS_BY") or os.environ.get("USER") or "person"


if __name__ == "__main__":
    sys.exit(main())
