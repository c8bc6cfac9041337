"""Parts of a stack named in words: which, and whether they are there.

Only what is *there* fills the Stack. A part that is asked about ("should I use Fargate?"), one to
be kept out ("no Docker") and one to be used ("must use SQS") are three other things; who says
which is decided here from the words just before the part.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from frugal.model.brief import Value
from frugal.read.findings import Findings, Topic
from frugal.read.words import Lexicon, Words, one_of, table


class Say(Enum):
    """What the words do with a part."""

    HAVE = "have"
    ABSENT = "absent"  #: we have none; not forbidden
    MUST_NOT = "must_not"
    MUST_USE = "must_use"
    PREFER = "prefer"
    ASKED = "asked"


class Part(Value, frozen=True, kw_only=True):
    id: str
    say: Say


PART: Topic[Part] = Topic("part")

#: Words for each part. The id is how ``must_not``, ``must_use`` and ``offers`` spell it.
_PARTS = """
lightsail_ec2 = lightsail ec2 | lightsail ec2 instance | lightsail ec2 instances
lightsail = lightsail | light sail | aws lightsail | amazon lightsail | lightsail instance
    | lightsail box | lightsail server | lightsail vps | lightsail vm
lightsail_container = lightsail container | lightsail container service | lightsail containers
lightsail_load_balancer = lightsail load balancer
lightsail_database = lightsail database | lightsail managed database
    | lightsail postgres database | lightsail managed postgres | lightsail db
    | managed lightsail database
ec2 = ec2 | ec2 instance | ec2 instances | ec2 box | ec2 server | ec2 vm
docker = docker | dockerized | dockerised | docker compose | docker container
    | docker containers | docker backend | dockerized backend | docker backend api
    | containerized backend | dockerized app | docker app | docker image | docker images
    | podman | docker host
postgres = postgres container | postgresql container | dockerized postgres
    | containerized postgres | postgres | postgresql | postgres db | postgres database
    | postgresql database | pgsql
    | psql | postgresql db | pg database | postgre | postgres instance | postgres server | pg
mysql = mysql | mysql database | mysql db
mariadb = mariadb | maria db
mongodb = mongodb | mongo
rds = rds | amazon rds | aws rds | rds postgres | rds postgresql | rds instance
    | rds for postgresql | postgres rds | rds database | rds db | rds for postgres
    | postgres on rds | postgresql on rds
managed_database = managed database | managed postgres | managed postgresql | managed db
rds_proxy = rds proxy | database proxy | db proxy
aurora = aurora | aurora postgres | aurora postgresql | aurora serverless | aurora serverless v2
elsewhere = neon | supabase | heroku postgres | render postgres | timescale
    | on premises database
dsql = dsql | aurora dsql
dynamodb = dynamodb | dynamo | dynamo db
elasticache = redis | elasticache | valkey
lambda = lambda | lambdas | aws lambda | lambda function | lambda functions | function
    | functions
eventbridge = eventbridge | event bridge | amazon eventbridge | eventbridge rules
    | eventbridge rule
scheduler = eventbridge scheduler | event bridge scheduler | scheduler
pipes = eventbridge pipes | pipes
api_destination = api destination | api destinations | eventbridge api destination
cloudwatch = cloudwatch | cloudwatch events | cloudwatch logs | cloudwatch alarms
sqs = sqs | sqs queue | sqs queues | amazon sqs | message queue | queue | queues
sns = sns | sns topic
step_functions = step functions | step function | stepfunctions | state machine | state machines
fargate = fargate | ecs fargate | aws fargate | fargate task
ecs = ecs | ecs cluster
eks = eks | kubernetes | k8s
app_runner = app runner | apprunner
batch = aws batch
nat_gateway = nat | nat gateway | nat gateways | nat gw | natgw
load_balancer = load balancer | alb | elb | nlb | application load balancer
api_gateway = api gateway | apigw | http api | rest api gateway
s3 = s3 | s3 bucket | s3 buckets
kms = kms | customer managed key | customer managed keys | cmk | kms key | kms keys
secrets_manager = secrets manager
parameter_store = parameter store | ssm parameter store | ssm
msk = kafka | msk
kinesis = kinesis
vpc = vpc
interface_endpoint = vpc endpoint | vpc endpoints | interface endpoint | interface endpoints
    | privatelink
cron = cron | crontab | cron job | cron jobs | cronjob
public_ipv4 = public ip | public ipv4 | public ipv4 address
event_driven = event driven | event based
serverless = serverless
container = container | containers | worker | workers | celery | sidekiq | container worker
server = vps | virtual server | single server
database = database | db | the database
"""
#: Parts of an account that are priced on their own, so that having them is worth knowing.
OFFERED = one_of(
    "lightsail ec2 rds aurora dsql dynamodb elasticache lambda eventbridge scheduler pipes"
    " api_destination cloudwatch sqs sns step_functions fargate ecs eks app_runner batch"
    " nat_gateway load_balancer api_gateway s3 kms secrets_manager parameter_store msk kinesis"
    " rds_proxy lightsail_database lightsail_container lightsail_load_balancer vpc"
    " interface_endpoint"
)
#: Too plain to say that something is there; they count only where they are forbidden or preferred.
_PLAIN = one_of("event_driven container serverless database public_ipv4 cron")

_SKIP = one_of(
    "a an the any use using our my have want need to be like rely add adding pay for paying"
    " introduce into more new extra aws amazon another of touch require involve on run running"
    " expensive managed anything with put"
)
_NOT = one_of(
    "no not without don't dont never avoid avoiding nor cannot can't cant mustn't won't exclude"
    " excluding except ohne minus shouldn't neither non"
)
_ABSENT = one_of("have has haven't got there there's currently yet hasn't")
_MUST = one_of("must insist required require mandatory")
_WEIGHING = one_of("compare comparing comparison vs versus difference")
_PROPOSING = one_of(
    "should consider considering about move moving migrate migrating switch switching adopt"
    " whether worth recommend maybe could"
)
_YES_OR_NO = one_of("is are can does do could should would will")
_PRICE = one_of("cost costs price prices pricing expensive much")
_OWN = one_of("my our have existing current includes stack already today")
_OF_PAYOUTS = one_of("payout payouts payments payment transfers disbursements process")


@cache
def _parts() -> Lexicon[str]:
    return Lexicon(table(_PARTS))


def part_at(words: Words, place: int) -> tuple[str, int] | None:
    """Return the part named at ``place``, and where its name ends."""
    return _parts().match(words, place)


def find_parts(findings: Findings) -> None:
    """Find every part of a stack, and whether it is there, wanted, forbidden or asked about."""
    words = findings.words
    negated_until: tuple[int, Say] | None = None
    for place, end, id in list(_parts().scan(words)):
        if not findings.free(place, end):
            continue
        negation = _negation(words, place)
        if (
            negation is None
            and negated_until is not None
            and _goes_on(words, negated_until[0], place)
        ):
            negation = (place, negated_until[1])
        note, also = "", []
        if negation is not None:
            start, say = negation
            also = list(range(start, place))
            negated_until = (end, say)
        else:
            negated_until = None
            say, also = _said(words, place, end)
        if id == "lightsail_ec2":
            id, note = "lightsail", "“Lightsail EC2” is read as one Lightsail instance, no EC2"
        if say is Say.HAVE and id in _PLAIN:
            continue
        findings.add(
            PART, Part(id=id, say=say), place, end, _understood(id, say), note=note, also=also
        )


def _understood(id: str, say: Say) -> str:
    if say is Say.HAVE:
        field = {
            "docker": "stack.backend.docker = true",
            "postgres": "stack.database.engine = postgres",
        }
        return field.get(id, f"stack.offers = {id}" if id in OFFERED else f"stack: {id}")
    if say is Say.ABSENT:
        return f"stack: no {id}"
    field_of = {Say.PREFER: "preference", Say.ASKED: "asked about"}
    return f"{field_of.get(say, say.value)} = {id}"


def _negation(words: Words, place: int) -> tuple[int, Say] | None:
    """Return where the negation of the part at ``place`` starts, and what it means."""
    start = place - 1
    while start >= 0 and words.same_fragment(start, place) and words.at(start) in _SKIP:
        start -= 1
    if start < 0 or not words.same_fragment(start, place):
        return None
    word = words.at(start)
    if word in {"of", "than", "from"} and words.at(start - 1) in {"instead", "rather", "away"}:
        return start - 1, Say.MUST_NOT
    if word in {"of", "but"} and words.at(start - 1) in {"instead", "anything"}:
        return start - 1, Say.MUST_NOT
    if words.at(start + 1) == "of" and word in {"instead"}:
        return start, Say.MUST_NOT
    if word not in _NOT:
        return None
    between = {words.at(one) for one in range(start, place)}
    before = {words.at(start - 1), words.at(start - 2)}
    absent = bool(between & {"have"} or before & (_ABSENT - {"yet"}))
    if word in {"not", "no"} and words.at(start - 1) in {
        "do",
        "must",
        "should",
        "does",
        "is",
        "are",
    }:
        start -= 1
    return start, Say.ABSENT if absent else Say.MUST_NOT


def _goes_on(words: Words, end: int, place: int) -> bool:
    """Say if ``no A, B or C`` reaches from the end of one part to the next."""
    between = [words.at(one) for one in range(end, place)]
    if not set(between) <= {",", "or", "nor", "and", "/"} | _SKIP or not between:
        return False
    if "or" in between or "nor" in between or "/" in between:
        return True
    later = [words.at(one) for one in range(place, min(place + 8, len(words)))]
    return "," in between and ("or" in later or "nor" in later) and "and" not in between


def _said(words: Words, place: int, end: int) -> tuple[Say, list[int]]:
    first = words.near(place, end).start
    before = [words.at(one) for one in range(max(first, place - 5), place)]
    after = {words.at(end), words.at(end + 1)}
    if _obliged(before) or (after & {"required", "mandatory"}):
        helping = [
            one
            for one in range(max(first, place - 5), place)
            if words.at(one) in _MUST | {"has", "have"}
        ]
        return Say.MUST_USE, helping
    if set(before) & {"prefer", "prefers", "preferably", "preferring"} or "preferred" in after:
        spots = (*range(max(first, place - 5), place), end)
        wanted = {"prefer", "prefers", "preferably", "preferring", "preferred"}
        return Say.PREFER, [one for one in spots if words.at(one) in wanted]
    if _in_question(words, place):
        return Say.ASKED, []
    return Say.HAVE, []


def _obliged(before: list[str]) -> bool:
    """Say if the words before a part oblige us to it: ``must use``, ``has to run on``."""
    if "insist" in before or "require" in before:
        return True
    return (
        bool({"must", "to"} & set(before))
        and bool({"must", "has", "have"} & set(before))
        and bool({"use", "run", "stay", "be"} & set(before))
    )


def _in_question(words: Words, place: int) -> bool:
    """Say if the part stands in a question or a weighing, where naming it is not having it."""
    places = words.sentence(place)
    start = places.start
    reach = range(max(start, place - 40), min(places.stop, place + 40))
    sentence = [words.at(one) for one in (start, *reach, places.stop - 1)]
    text = set(sentence)
    before = {words.at(one) for one in range(max(start, place - 4), place)}
    if before & _OWN:
        return False
    if text & _WEIGHING or before & _PROPOSING:
        return True
    if sentence[-1] != "?" and sentence[0] not in {"how", "what"}:
        return False
    if "or" in {words.at(place - 1), words.at(part_end(words, place))} or sentence[0] in _YES_OR_NO:
        return True
    return bool(text & _PRICE) and not text & _OF_PAYOUTS


def part_end(words: Words, place: int) -> int:
    found = _parts().match(words, place)
    return place + 1 if found is None else found[1]
