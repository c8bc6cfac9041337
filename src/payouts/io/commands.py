"""What each command of ``payouts`` does: a few lines around one piece of the core.

A command takes what was typed and returns its exit code. What cannot be done as it was asked
raises, and ``cli`` says so in one line. The imports are inside, so that a command loads what it
needs only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payouts.io.runtime import Runtime
    from payouts.ports import Statement

SCHEMA = 1
DONE, FOUND, NOT_DONE = 0, 1, 2


class NotDone(Exception):
    """What cannot be done as it was asked; the message is for the person who asked."""


# What each command does -------------------------------------------------------------------------


def enqueue(arguments: argparse.Namespace) -> int:
    from payouts.io import intake

    with _runtime(arguments) as runtime:
        partner_id = runtime.config.partner_id
        if arguments.file is not None:
            statements = [intake.enqueue_in(said, partner_id) for said in _lines(arguments.file)]
        else:
            names = ("reference", "recipient", "token", "method", "amount", "currency")
            said = {name: getattr(arguments, name) for name in names}
            missing = [name for name in names if said[name] is None]
            if missing:
                raise NotDone(f"--{missing[0]} is missing (or name a file of JSON lines)")
            if arguments.delay_seconds:
                said["delay_seconds"] = arguments.delay_seconds
            statements = [intake.enqueue_in(said, partner_id)]
        results = []
        for statement in statements:
            done = _say(runtime, arguments, statement)
            results.append(
                {
                    "reference": statement.payout.reference,
                    "key": done.key,
                    "status": done.status,
                    "created": done.created,
                }
            )
    return _show(
        arguments,
        {"payouts": results},
        *(
            f"{one['reference']}  {one['status']}  {'new' if one['created'] else 'known already'}"
            for one in results
        ),
    )


def tick(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from payouts.ledger.statements import Measure

    with _runtime(arguments) as runtime:
        if arguments.dry_run:
            gauges = asdict(runtime.say(Measure(runtime.config.partner_id)))
            return _show(arguments, gauges, f"{gauges['due']} due, {gauges['unknown']} unknown")
        report = asdict(runtime.tick())
    report["moved"] = {str(status): count for status, count in sorted(report["moved"].items())}
    moved = ", ".join(f"{count} {status}" for status, count in report["moved"].items())
    return _show(
        arguments,
        report,
        f"{report['taken']} taken, {report['sent']} sent, {report['looked_up']} looked up"
        + (f": {moved}" if moved else ""),
        f"ended: {report['ended']}",
    )


def status(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from payouts.io.intake import view_as_json
    from payouts.io.receiving import sources
    from payouts.ledger.statements import Findings, Look, Measure

    with _runtime(arguments) as runtime:
        if arguments.reference is None:
            partner_id = runtime.config.partner_id
            gauges = asdict(runtime.say(Measure(partner_id)))
            found = [
                one
                for source in (partner_id, *sources(partner_id))
                for one in runtime.say(Findings(source))
            ]
            return _show(
                arguments,
                gauges | {"findings": [asdict(one) for one in found]},
                *(f"{name}: {n}" for name, n in gauges.items() if n != ""),
                *(
                    f"{one.seconds_ago:.0f} s ago  {one.kind}  {one.subject}  {one.detail}"
                    for one in found
                ),
            )
        view = runtime.say(Look(runtime.config.partner_id, arguments.reference))
    if view is None:
        raise NotDone(f"no payout {arguments.reference} for {runtime.config.partner_id}")
    says = view_as_json(view)
    return _show(
        arguments,
        says,
        f"{says['reference']}  {says['amount']} {says['currency']}  {says['status']}"
        f" ({says['reason']})",
        *(
            f"  {one['seconds_ago']:.0f} s ago  {one['status']}  {one['reason']}  {one['by']}"
            for one in says["history"]
        ),
    )


def pause(arguments: argparse.Namespace) -> int:
    from payouts.ledger.statements import SetStanding

    paused = arguments.command == "pause"
    with _runtime(arguments) as runtime:
        partner_id = runtime.config.partner_id
        # Resuming also lifts the stop for money: whoever resumes has looked at the account.
        statement = SetStanding(
            partner_id,
            paused=paused,
            stopped=None if paused else False,
            no_funds=None if paused else 0,
            by=arguments.by,
        )
        _say(runtime, arguments, statement)
    word = "paused" if paused else "resumed"
    return _show(arguments, {"partner": partner_id, "paused": paused}, f"{partner_id} {word}")


def intervene(arguments: argparse.Namespace) -> int:
    from payouts.ledger.statements import Intervene

    action = arguments.command
    if action == "resolve":
        action = "paid" if arguments.paid else "not_paid"
    with _runtime(arguments) as runtime:
        statement = Intervene(
            runtime.config.partner_id,
            arguments.reference,
            action,
            arguments.by,
            arguments.because,
            runtime.config.limits.not_paid_after_seconds,
        )
        status = _say(runtime, arguments, statement)
    return _moved(arguments, status)


def cancel(arguments: argparse.Namespace) -> int:
    from payouts.core.people import cancel as ask_cancel

    with _runtime(arguments) as runtime:
        core = ask_cancel(runtime.worker, arguments.reference, arguments.by, arguments.because)
        dry = arguments.dry_run
        status = runtime.rehearse(core) if dry else runtime.carry(core, sends=True)
    return _moved(arguments, status)


def reissue(arguments: argparse.Namespace) -> int:
    from payouts.ledger.statements import Reissue

    with _runtime(arguments) as runtime:
        statement = Reissue(
            runtime.config.partner_id,
            arguments.reference,
            arguments.by,
            arguments.because,
            token=arguments.token,
            recipient=arguments.recipient,
        )
        done = _say(runtime, arguments, statement)
    says = {"reissue_of": arguments.reference, "key": done.key, "status": done.status}
    word = "reissued" if done.created else "reissued already"
    return _show(arguments, says | {"created": done.created}, f"{arguments.reference} {word}")


def reconcile(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from payouts.core.reconcile import reconcile as compare

    first, last = _day(arguments.first_day), _day(arguments.last_day or arguments.first_day)
    if first > last:
        raise NotDone(f"the first day {first} is after the last {last}")
    with _runtime(arguments) as runtime:
        core = compare(runtime.worker, first, last)
        dry = arguments.dry_run
        says = asdict(
            runtime.rehearse(core, reads=True) if dry else runtime.carry(core, sends=True)
        )
    code = _show(arguments, says, *(f"{name}: {value}" for name, value in says.items()))
    found = says["orphans"] or says["findings"] or not says["complete"]
    return FOUND if found else code


def receive(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from payouts.io import receiving

    days = {"from": arguments.first_day, "to": arguments.last_day}
    with _runtime(arguments) as runtime:
        first, last = receiving.days_in(days, runtime)
        dry = arguments.dry_run
        if not arguments.files:
            receipts = [receiving.poll(runtime, first, last, dry=dry)]
        else:
            contents = [(Path(name).name, _bytes(name)) for name in arguments.files]
            receipts = [
                receiving.take_file(runtime, name, content, last, dry=dry)
                for name, content in contents
            ]
    lines = []
    for one in receipts:
        lines.append(f"{one.source}: {one.read} read, {one.new} new, {one.skipped} skipped")
        lines += [f"  {remark}" for remark in one.remarks]
        lines += [f"  {found.kind} {found.subject}: {found.detail}" for found in one.findings]
        if not one.whole:
            lines.append("  not complete: conclude nothing from what is missing")
    says = {"receipts": [receiving.as_json(one) for one in receipts]}
    code = _show(arguments, says, *lines)
    fine = all(one.whole and not one.findings for one in receipts)
    return code if fine else FOUND


def replay(arguments: argparse.Namespace) -> int:
    from payouts.io.replay import apply

    if not arguments.references and arguments.file is None:
        raise NotDone("name payouts to look at again, or --file with JSON lines")
    lines = _lines(arguments.file) if arguments.file is not None else []
    lines += [{"look": reference} for reference in arguments.references]
    with _runtime(arguments) as runtime:
        results = apply(runtime, lines, arguments.by, dry=arguments.dry_run)
    counts = {word: results.count(word) for word in sorted(set(results))}
    code = _show(arguments, counts, *(f"{word}: {count}" for word, count in counts.items()))
    return FOUND if counts.get("refused") else code


def quarantine(arguments: argparse.Namespace) -> int:
    from payouts.ledger.statements import Quarantine

    with _runtime(arguments) as runtime:
        least = runtime.config.limits.quarantine_seconds
        partner_id = runtime.config.partner_id
        statement = Quarantine(
            partner_id, arguments.begin, f"{arguments.by}: {arguments.because}", least
        )
        _say(runtime, arguments, statement)
    word = "begun" if arguments.begin else "ended"
    return _show(arguments, {"partner": partner_id, "quarantine": word}, f"quarantine {word}")


def migrate(arguments: argparse.Namespace) -> int:
    from payouts.io.config import database_only
    from payouts.io.postgres import open_connection
    from payouts.io.runtime import open_postgres
    from payouts.ledger import migrate as ledger

    try:
        database, plaintext = database_only(path=arguments.config)
        with open_postgres(database, lambda dsn: open_connection(dsn, plaintext)) as connection:
            found = (ledger.pending if arguments.dry_run else ledger.migrate)(connection)
    except ledger.MigrationError as error:
        raise NotDone(str(error)) from None
    names = [f"{one.number:04d}_{one.name}" for one in found]
    word = "would apply" if arguments.dry_run else "applied"
    lines = [f"{word} {name}" for name in names] or ["nothing to apply"]
    return _show(arguments, {"migrations": names}, *lines)


def sandbox(arguments: argparse.Namespace) -> int:
    from payouts.io import sandbox_server

    return sandbox_server.run(arguments)


def serve(arguments: argparse.Namespace) -> int:
    from payouts.io.config import load
    from payouts.io.postgres import Pool
    from payouts.io.runtime import open_postgres
    from payouts.io.sidecar import serve as serve_container

    config = load(path=arguments.config)
    most, plaintext = config.server.workers + 4, config.database_plaintext
    # Each worker holds one connection during a tick; the rest answer requests.
    with open_postgres(config.database, lambda dsn: Pool(dsn, most, plaintext)) as pool:
        return serve_container(config, pool.store)


# What they share --------------------------------------------------------------------------------


@contextmanager
def _runtime(arguments: argparse.Namespace) -> Iterator[Runtime]:
    from payouts.io.config import load
    from payouts.io.logs import JsonLines
    from payouts.io.runtime import Runtime, kept
    from payouts.ports import Emit

    config = load(path=arguments.config)
    stores = kept(config)
    lines = JsonLines(sys.stderr)

    def sink(emit: Emit) -> None:
        if arguments.verbose or emit.level != "info":
            lines(emit)

    runtime = Runtime(config, stores, sink)
    try:
        yield runtime
    finally:
        runtime.close()
        with stores() as ledger:
            ledger.close()


def _say(runtime: Runtime, arguments: argparse.Namespace, statement: Statement) -> Any:
    from payouts.core.people import act

    return (runtime.rehearse if arguments.dry_run else runtime.carry)(act(statement))


def _moved(arguments: argparse.Namespace, status: Any) -> int:
    says = {"reference": arguments.reference, "status": status}
    return _show(arguments, says, f"{arguments.reference} {status}")


def _show(arguments: argparse.Namespace, says: dict[str, Any], *lines: str) -> int:
    dry = {"dry_run": True} if getattr(arguments, "dry_run", False) else {}
    if arguments.json:
        import json

        text = json.dumps({"schema": SCHEMA, **dry, **says}, indent=2, default=str)
    else:
        text = "\n".join([*(["dry run: nothing was changed"] if dry else []), *lines])
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return DONE


def _lines(path: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a file, one a line; ``-`` reads standard input."""
    from pathlib import Path

    from payouts.io.intake import Unreadable, object_in

    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotDone(f"{path}: {getattr(error, 'strerror', None) or 'not text'}") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(object_in(line))
            except Unreadable as error:
                raise NotDone(f"{path}, line {number}: {error}") from None
    return found


def _bytes(path: str) -> bytes:
    from pathlib import Path

    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise NotDone(f"{path}: {error.strerror}") from None


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise NotDone(f"{text!r} is not a day like 2026-01-31") from None
