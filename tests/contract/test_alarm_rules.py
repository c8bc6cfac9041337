"""Every alarm is one that CloudWatch takes, says what silence means, and prints what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from frugal.aws_facts import limit
from frugal.design.components import alarms_of
from frugal.model.curve import Curve
from frugal.model.graph import Candidate
from frugal.model.load import load_of
from frugal.model.watch import Comparison, Missing, Rule, Statistic
from frugal.patterns import Scene, pattern, pattern_ids
from frugal.price.usage import parts_of
from frugal.services import Alarm, service

MakeScene = Callable[..., Scene]

STACKS = ("lightsail", "rds", "aurora", "lightsail-database")
BRIEFS = ("send", "receive")

#: Longest time an alarm may look back on, with periods under an hour and from an hour on:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LOOKS_BACK_SECONDS, LOOKS_BACK_HOURLY_SECONDS = 86_400, 604_800

#: Metrics whose silence is the thing to be woken by. Not a queue's age: SQS reports it only while
#: there is a message
#: (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
AGE_OR_HEARTBEAT = re.compile(r"IteratorAge|OldestDue|Ticks")
#: Metrics whose right threshold depends on the load. One held payout is enough on any day, and how
#: many sessions a deployment needs no payouts change.
LOAD = re.compile(r"Age|Oldest|Unknown|DatabaseConnections|Utilization|Conflicts")


def every(scene: MakeScene) -> Iterator[tuple[Candidate, Scene, Alarm]]:
    """Yield every alarm of one candidate a pattern in each scene, and of its slowest interval."""
    for stack in STACKS:
        for brief in BRIEFS:
            here = scene(stack, brief)
            for id in pattern_ids():
                if pattern(id).fits(here):
                    continue
                choices = pattern(id).choices(here)
                for place in (0, -1):
                    settings = {name: values[place] for name, values in choices.items()}
                    candidate = pattern(id).candidate(here, settings)
                    for part in parts_of(candidate, here):
                        for alarm in service(part.placement.service).alarms(part):
                            yield candidate, here, alarm


def test_cloudwatch_takes_every_period(scene: MakeScene) -> None:
    """A multiple of 60 s (shorter ones are dearer), and no look further back than CloudWatch's."""
    assert "60" in limit("cloudwatch-alarm-period").value
    seen = 0
    for _, _, alarm in every(scene):
        rule = alarm.rule
        assert rule.period_seconds > 0
        assert rule.period_seconds % 60 == 0, alarm
        assert 1 <= rule.datapoints <= rule.periods, alarm
        hourly = rule.period_seconds >= 3600
        most = LOOKS_BACK_HOURLY_SECONDS if hourly else LOOKS_BACK_SECONDS
        assert rule.period_seconds * rule.periods <= most, alarm
        seen += 1
    assert seen > 300


def test_metrics_have_a_namespace_and_a_name(scene: MakeScene) -> None:
    for _, _, alarm in every(scene):
        assert re.fullmatch(r"(AWS/[A-Za-z]+|Payouts)/[A-Za-z0-9_]+", alarm.metric), alarm


def test_missing_data_breaches_for_ages_and_heartbeats_alone(scene: MakeScene) -> None:
    """A counter of errors is silent when all is well; a heartbeat that is silent is not."""
    for _, _, alarm in every(scene):
        breaching = alarm.rule.missing is Missing.BREACHING
        assert breaching is bool(AGE_OR_HEARTBEAT.search(alarm.metric)), alarm


def test_thresholds_that_depend_on_the_load_are_learned(scene: MakeScene) -> None:
    learned = {alarm.metric for _, _, alarm in every(scene) if alarm.rule.learned}
    fixed = {alarm.metric for _, _, alarm in every(scene) if not alarm.rule.learned}
    assert all(LOAD.search(metric) for metric in learned), learned
    assert not any(LOAD.search(metric) for metric in fixed), fixed


def test_the_statistic_fits_what_is_measured(scene: MakeScene) -> None:
    """Counters are added up; of an age its most counts, of what is left its least."""
    for _, _, alarm in every(scene):
        rule = alarm.rule
        if rule.unit is None:
            assert rule.threshold == int(rule.threshold), alarm
        if "Age" in alarm.metric or "Oldest" in alarm.metric:
            assert rule.statistic is Statistic.MAXIMUM, alarm
        if "Free" in alarm.metric:
            assert (rule.statistic, rule.comparison) == (Statistic.MINIMUM, Comparison.BELOW)
        if rule.comparison is not Comparison.BELOW:
            assert rule.threshold > 0, alarm
        elif rule.statistic is Statistic.SUM:
            assert rule.missing is Missing.BREACHING, alarm


def test_a_ledger_s_silence_is_longer_than_its_ticks_are_apart(scene: MakeScene) -> None:
    """A tick that is a minute late, or falls into the next period, wakes nobody."""
    for candidate, _, alarm in every(scene):
        if not (alarm.metric.startswith("Payouts/") and alarm.rule.missing is Missing.BREACHING):
            continue
        beats = [
            placement.number(name) * seconds
            for placement in candidate.placements
            for name, seconds in (("interval_minutes", 60), ("tick_seconds", 1))
            if placement.get(name) is not None
        ]
        assert alarm.rule.period_seconds * alarm.rule.datapoints >= 2 * min(beats, default=0)


def test_the_document_prints_what_the_rule_holds(scene: MakeScene) -> None:
    """Threshold and period have one source, and the design carries it along."""
    for candidate, here, alarm in every(scene):
        assert alarm.threshold == alarm.rule.said(alarm.says)
        assert alarm.period_seconds == alarm.rule.period_seconds
        carried = {one.id: one for one in alarms_of(candidate, here)}[alarm.id]
        assert carried.rule == alarm.rule
        assert carried.threshold == alarm.threshold


def test_the_number_of_alarms_does_not_depend_on_the_volume(scene: MakeScene) -> None:
    """Their price is solved with the volume left open, so each must be there without it."""
    for candidate, here, _ in every(scene):
        open_load = load_of(here.brief, Curve.of_input())
        open_scene = Scene(brief=here.brief, stack=here.stack, load=open_load)
        assert _ids(candidate, open_scene) == _ids(candidate, here)


def _ids(candidate: Candidate, scene: Scene) -> list[str]:
    return [
        alarm.id
        for part in parts_of(candidate, scene)
        for alarm in service(part.placement.service).alarms(part)
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, ">= 1"),
        ({"datapoints": 2, "periods": 3}, ">= 1 in 2 of 3 periods"),
        ({"datapoints": 24, "periods": 24}, ">= 1 for 2 h"),
        ({"missing": Missing.BREACHING}, ">= 1, missing data breaching"),
    ],
)
def test_a_rule_is_said_in_plain_words(rule: dict[str, object], words: str) -> None:
    given = {
        "statistic": Statistic.SUM,
        "comparison": Comparison.AT_LEAST,
        "threshold": Decimal(1),
        "period_seconds": 300,
    }
    assert Rule(**(given | rule)).said() == words  # type: ignore[arg-type]
