"""Parts that several patterns place in the same way, each written once.

The parts that exist are read off the Stack; the watch (logs, alarms) and the credentials are
chosen by settings of the same names in every pattern.
"""

from __future__ import annotations

from decimal import Decimal

from frugal.model.brief import Direction
from frugal.model.curve import Amount, at_most
from frugal.model.graph import Link, Placement, Role, Scalar, Settings, Verb, placed
from frugal.model.load import HOURS_PER_MONTH, SECONDS_PER_MONTH
from frugal.model.stack import DatabaseHome, Stack
from frugal.patterns.pattern import Scene

ARCHITECTURES: tuple[Scalar, ...] = ("arm64", "x86_64")
MEMORY_MB: tuple[Scalar, ...] = (128, 256, 512)
INTERVAL_MINUTES: tuple[Scalar, ...] = (1, 5, 15)
SECRETS: tuple[Scalar, ...] = ("parameter_store", "secrets_manager")
RETENTION_DAYS: tuple[Scalar, ...] = (7, 30)
ALARMS: tuple[Scalar, ...] = ("none", "money", "all")
#: The watch where it is not what is being compared: kept long enough for a dispute.
RETENTION_KEPT: tuple[Scalar, ...] = (30,)
ALARMS_KEPT: tuple[Scalar, ...] = ("money",)

#: One structured line per payout and step, and one per run. Assumed until the runtime is measured.
LOG_KIB_PER_PAYOUT = Decimal(2)
LOG_KIB_PER_RUN = Decimal("0.5")
#: START, END and REPORT lines that Lambda itself writes for each run. Assumed.
LOG_KIB_PLATFORM = Decimal("0.4")
#: A call between a function and the backend: headers and signature. Assumed.
ENVELOPE_KIB = Decimal(1)
#: A claim and a report of one payout, between a function and the backend. Assumed.
BACKEND_KIB_PER_PAYOUT = Decimal(1)
#: What a worker says to the ledger in every tick, and more for each round of sends: each is a call
#: where it goes through the backend. Measured: a test counts them in the runtime.
SENTENCES_PER_BEAT = 3
SENTENCES_PER_ROUND = 3
#: A round trip to the backend in the same Region, TLS included. Assumed.
BACKEND_SECONDS = Decimal("0.15")
#: One call to an AWS API in the same Region (SendMessage, StartExecution). Assumed.
API_SECONDS = Decimal("0.02")
#: A database round trip in the same Region, connection reused. Assumed.
DATABASE_SECONDS = Decimal("0.01")
#: Opening a database session with TLS. Assumed.
SESSION_SECONDS = Decimal("0.05")
#: Statements per payout and step. Assumed.
STATEMENTS_PER_PAYOUT = Decimal(4)
#: CPU of the instance per payout: worker, Postgres and partner call, measured in a plain loop at
#: 1.5 ms; ten times that until the runtime itself is measured.
BOX_CPU_SECONDS_PER_PAYOUT = Decimal("0.015")
#: Memory of a worker container beside the backend. Assumed.
WORKER_MIB = Decimal(96)
#: Runs that start cold. A schedule of 5 minutes or more is counted as always cold: an upper bound,
#: since AWS does not document how long an idle environment lives.
COLD_WHEN_RARE = Decimal(1)
COLD_WHEN_FREQUENT = Decimal("0.1")
#: Storage of a new ledger in its first year. Assumed.
AURORA_STORAGE_GIB = Decimal(10)
#: Alarms that change state in a month, each one e-mail. Assumed.
NOTICES_PER_MONTH = Decimal(20)
#: Records on one page of the partner's list or report, where we receive. Assumed.
PAGE_ITEMS = 100
#: One record of such a page. Assumed.
RECORD_KIB = Decimal(1)
#: Payouts of one batch call, however many the partner takes: what one lost answer leaves in doubt.
BATCH_ITEMS_MAX = 1000
#: Payouts one run of a scheduled part takes on, at most: what it may leave open if it dies.
RUN_ITEMS_MAX = 1000
#: How often the partner's list is looked at where it names no interval of its own. Assumed.
POLL_MINUTES = Decimal(5)
#: Longest a run is let plan for, with every call at its time-out: inside Lambda's 900 s, with room
#: for a cold start and for recording the last outcomes.
RUN_SECONDS_PLANNED = Decimal(780)


def ticks_per_month(interval_minutes: Decimal) -> Decimal:
    """Return how often a rate() schedule fires in a month of 730 hours."""
    return HOURS_PER_MONTH * 60 / interval_minutes


def beats_per_month(seconds: Decimal) -> Decimal:
    return SECONDS_PER_MONTH / seconds


def cold_share(interval_minutes: Decimal) -> Decimal:
    return COLD_WHEN_RARE if interval_minutes >= 5 else COLD_WHEN_FREQUENT


def items_per_run(scene: Scene, calls_abreast: int) -> int:
    """Return the payouts one run may take so that it ends in time even if each one times out."""
    timeout = scene.load.partner_timeout_seconds
    items = max(1, int(RUN_SECONDS_PLANNED / timeout) * calls_abreast) * items_per_call(scene)
    return items if receives(scene) else min(items, RUN_ITEMS_MAX)


def timeout_seconds(scene: Scene, items: int, calls_abreast: int) -> int:
    """Return the function's time-out: its longest run and a margin, at most AWS's 900 s."""
    calls = Decimal(items) / items_per_call(scene)
    longest = scene.load.partner_timeout_seconds * calls / calls_abreast + 30
    return int(min(Decimal(900), longest))


def intervals(scene: Scene) -> tuple[Scalar, ...]:
    """Return the intervals worth weighing; a list that is read bears longer ones."""
    return (5, 15, 60) if receives(scene) else INTERVAL_MINUTES


# -- sending, and receiving ----------------------------------------------------------------------
#
# Where payouts are *sent*, each is one call (or a share of a batch call, where the partner takes
# batches) and each unknown outcome is looked up. Where they are *received*, the partner's list or
# report is read page by page: every beat asks for at least one page, and every record is written
# once, de-duplicated by the partner's own reference.


def receives(scene: Scene) -> bool:
    return scene.brief.direction.value is Direction.RECEIVE


def no_sending(scene: Scene) -> str:
    """Return why a pattern that pays cannot be built where payouts are received, or nothing."""
    if receives(scene):
        return "payouts are received here: there is nothing of ours to send one by one"
    return ""


def partner_takes(scene: Scene) -> int:
    """Return the payouts or records that one call to the partner may carry at most."""
    if receives(scene):
        return PAGE_ITEMS
    terms = scene.brief.partner
    if terms.batch_api.value and terms.batch_items_max is not None:
        return terms.batch_items_max.value
    return 1


def items_per_call(scene: Scene) -> int:
    """Return the payouts or records that one call carries, of a part that is not made for bulk."""
    return min(partner_takes(scene), BATCH_ITEMS_MAX)


def partner_calls(scene: Scene, beats: Amount, items: int | None = None) -> Amount:
    """Return requests to the partner a month, of a part that looks for work ``beats`` times."""
    load = scene.load
    items = items_per_call(scene) if items is None else items
    if receives(scene):
        interval = scene.brief.partner.polling_interval_minutes
        polls = ticks_per_month(interval.value if interval else POLL_MINUTES)
        return load.payouts / items + at_most(beats, polls)
    if items == 1:
        return load.partner_calls
    # A batch is sent when there is work: never more often than there are payouts, or beats.
    return load.partner_calls / items + at_most(load.payouts, beats)


def rounds(calls: Amount, calls_abreast: int, beats: Amount) -> Amount:
    """Return how often a part waits, of calls made several abreast.

    A round is only full where there is enough to do: each beat may leave one that is not.
    """
    if calls_abreast == 1:
        return calls
    return at_most(calls, calls / calls_abreast + beats)


def ledger_steps(scene: Scene) -> Amount:
    """Return what is recorded a month: sends and look-ups, or records received."""
    return scene.load.payouts if receives(scene) else scene.load.partner_calls


# -- what exists ---------------------------------------------------------------------------------


def store_service(stack: Stack) -> str:
    """Return the service that runs the Stack's Postgres."""
    home = stack.database.home.value if stack.database else DatabaseHome.ON_INSTANCE
    return {
        DatabaseHome.ON_INSTANCE: "postgres",
        DatabaseHome.LIGHTSAIL_MANAGED: "lightsail_database",
        DatabaseHome.RDS: "rds",
        DatabaseHome.AURORA: "aurora",
        DatabaseHome.ELSEWHERE: "postgres",
        DatabaseHome.NONE: "postgres",
    }[home]


def ledger(scene: Scene) -> Placement:
    """Return the database the ledger lives in: the one that is there."""
    return placed("ledger", Role.STORE, store_service(scene.stack), existing=True)


def new_aurora(*, min_acu: Decimal, instances: int) -> Placement:
    """Return a new Aurora Serverless v2 cluster: a writer, and readers to fail over to."""
    return placed(
        "ledger",
        Role.STORE,
        "aurora",
        min_acu=min_acu,
        instances=instances,
        storage_gib=AURORA_STORAGE_GIB,
    )


def instance(scene: Scene, *, added_memory_mib: Decimal = Decimal(0)) -> Placement:
    """Return the box, with what this design adds to its work."""
    kind = scene.stack.instance.service.value if scene.stack.instance else "lightsail"
    return placed(
        "instance",
        Role.NETWORK,
        kind,
        existing=True,
        added_cpu_seconds_per_payout=BOX_CPU_SECONDS_PER_PAYOUT,
        added_memory_mib=added_memory_mib,
    )


def path_to_ledger(scene: Scene) -> str:
    """Return how the instance reaches the database: on the box, or over private addresses."""
    return "local" if store_service(scene.stack) == "postgres" else "private"


def box(scene: Scene, *, added_memory_mib: Decimal = Decimal(0)) -> tuple[Placement, ...]:
    """Return the instance, if the Stack has one."""
    if scene.stack.instance is None:
        return ()
    return (instance(scene, added_memory_mib=added_memory_mib),)


def backend(scene: Scene, *, connections: int = 1) -> Placement:
    return placed("backend", Role.BACKEND, "container", existing=True, connections=connections)


def partner() -> Placement:
    return placed("partner", Role.PARTNER, "partner", existing=True)


def through_backend(
    scene: Scene, source: str, beats: Amount, calls_abreast: int
) -> tuple[Link, ...]:
    """Return how a part works on the ledger through the backend's endpoint.

    Where we send, each beat asks what is due, and each round of sends is begun, reported and
    followed by asking again, a call each; where we receive, each page that is not empty is handed
    over. What is carried is counted apart from the calls, since a call may carry none or many.
    """
    worked = rounds(partner_calls(scene, beats), calls_abreast, beats)
    received = receives(scene)
    calls = (
        at_most(worked, scene.load.payouts)
        if received
        else worked * SENTENCES_PER_ROUND + beats * SENTENCES_PER_BEAT
    )
    return (
        Link(
            source=source,
            target="backend",
            verb=Verb.CALLS,
            per_month=calls,
            request_kib=ENVELOPE_KIB,
            response_kib=ENVELOPE_KIB,
            seconds=BACKEND_SECONDS,
            path="public",
            purpose="hand over what the partner lists"
            if received
            else "claim due payouts, report outcomes",
        ),
        Link(
            source=source,
            target="backend",
            verb=Verb.CALLS,
            per_month=ledger_steps(scene),
            request_kib=BACKEND_KIB_PER_PAYOUT,
            response_kib=Decimal(0) if received else BACKEND_KIB_PER_PAYOUT,
            path="public",
            purpose="the records those calls carry",
        ),
        backend_to_ledger(scene, calls),
    )


def backend_to_ledger(scene: Scene, per_month: Amount) -> Link:
    """Return the backend's own sessions, which are there already."""
    return Link(
        source="backend",
        target="ledger",
        verb=Verb.CONNECTS,
        per_month=per_month,
        path=path_to_ledger(scene),
        seconds=DATABASE_SECONDS,
        purpose="claims due payouts, records outcomes",
    )


# -- calls to the partner ------------------------------------------------------------------------


def calls_partner(
    scene: Scene,
    source: str,
    *,
    beats: Amount | None = None,
    calls: Amount | None = None,
    items: int | None = None,
    path: str = "public",
) -> tuple[Link, ...]:
    """Return the calls from one part to the partner: sends and look-ups, or pages of its list.

    A run that sends also reads the balance, once; a year's rehearsal found these calls to be half
    of all at 200 payouts a day, where most runs send one.

    Where a call carries many payouts or records, what is carried is counted apart from the calls,
    since one may be full and the next nearly empty.

    Args:
        scene: what is asked and what is there.
        source: the part that calls.
        beats: how often a month it looks for work; by default it is told of each payout.
        calls: how often it calls, where that is known otherwise.
        items: payouts or records a call carries at most; by default what the partner takes.
        path: how it gets there.
    """
    load = scene.load
    items = items_per_call(scene) if items is None else items
    received = receives(scene)
    looks = load.payouts if beats is None else beats
    if calls is None:
        calls = partner_calls(scene, looks, items)
    if not received:
        calls = calls + at_most(load.payouts, looks)
    call = Link(
        source=source,
        target="partner",
        verb=Verb.CALLS_OUT,
        per_month=calls,
        request_kib=load.request_kib,
        response_kib=load.response_kib,
        seconds=load.partner_seconds_mean,
        path=path,
        purpose="read the partner's list, page by page"
        if received
        else "send under the stored key; look up what is unknown; read the balance once a run",
    )
    if items == 1:
        return (call,)
    carried = Link(
        source=source,
        target="partner",
        verb=Verb.CALLS_OUT,
        per_month=ledger_steps(scene),
        request_kib=Decimal(0) if received else load.request_kib,
        response_kib=RECORD_KIB if received else load.response_kib,
        path=path,
        purpose="the records those calls carry",
    )
    return (call, carried)


# -- credentials, logs, alarms -------------------------------------------------------------------


def credentials(settings: Settings, *, count: int = 2) -> Placement:
    """Return where the partner's key and the backend's secret are kept."""
    return placed(
        "credentials",
        Role.SECRET,
        str(settings["secrets"]),
        count=count,
        bytes_max=4096,
    )


def reads_credentials(source: str, per_month: Amount) -> Link:
    return Link(
        source=source,
        target="credentials",
        verb=Verb.READS,
        per_month=per_month,
        request_kib=Decimal(1),
        response_kib=Decimal(1),
        seconds=Decimal("0.05"),
        purpose="partner key, once a start",
    )


def logs(settings: Settings) -> Placement:
    return placed("logs", Role.LOGS, "cloudwatch_logs", retention_days=settings["retention_days"])


def alarms(settings: Settings) -> Placement:
    return placed("alarms", Role.ALARM, "cloudwatch_alarms", alarms=settings["alarms"])


def writes_logs(source: str, runs: Amount, payouts: Amount, *, platform: bool = True) -> Link:
    """Return the log lines of one part: per run, and per payout and step."""
    per_run = LOG_KIB_PER_RUN + (LOG_KIB_PLATFORM if platform else Decimal(0))
    return Link(
        source=source,
        target="logs",
        verb=Verb.LOGS,
        # one KiB a line-equivalent, so that runs and payouts add up in one link
        per_month=payouts * LOG_KIB_PER_PAYOUT + runs * per_run,
        request_kib=Decimal(1),
        path="aws",
        purpose="one structured line a step, metrics in it",
    )


def notices() -> Placement:
    """Return how an alarm reaches a person."""
    return placed("notices", Role.ALARM, "sns", notices_per_month=NOTICES_PER_MONTH)


def watch(settings: Settings) -> tuple[Placement, ...]:
    """Return logs and alarms, and the notices that make an alarm heard."""
    heard = () if settings["alarms"] == "none" else (notices(),)
    return (logs(settings), alarms(settings), *heard)


def watch_choices() -> dict[str, tuple[Scalar, ...]]:
    """Return every way to watch, where watching is one of the things compared."""
    return {"retention_days": RETENTION_DAYS, "alarms": ALARMS}


def kept_watch() -> dict[str, tuple[Scalar, ...]]:
    """Return the ways to watch that can be kept: fewer combinations for the larger patterns."""
    return {"retention_days": RETENTION_KEPT, "alarms": ALARMS_KEPT}


def dead_letters() -> Placement:
    return placed("dead-letters", Role.DEAD_LETTER, "sqs", fifo=False)


def dead_letter_link(source: str) -> Link:
    """Return the failed runs of a part. None are expected; one a month is counted."""
    return Link(
        source=source,
        target="dead-letters",
        verb=Verb.DEAD_LETTERS,
        per_month=Decimal(1),
        request_kib=Decimal(1),
        purpose="runs that failed for good",
    )
