"""A state machine around one step, as a standard workflow of AWS Step Functions runs it.

One execution a payout, named by it, so that a second start is no second execution; a step, a wait
as long as the step says, and again until the step says it is done. Executions and their waits
outlive everything of ours. "Exactly once" is said of the workflow's own steps only: a step that
failed is retried, and what it had done by then stays done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frugal.model.behaviour import Orchestrator as OrchestratorBehaviour
from frugal.model.graph import Verb
from frugal.simulate.mechanisms.mechanism import Event, Failed, Mechanism
from frugal.simulate.mechanisms.patience import Pace
from payouts.simulation.loop import Process

if TYPE_CHECKING:
    from frugal.simulate.plan import PlannedPart
    from frugal.simulate.site import Site


class Orchestrator(Mechanism):
    """Starts executions by name, and carries each to its end."""

    def __init__(self, site: Site, part: PlannedPart) -> None:
        super().__init__(site, part)
        says = part.behaviour
        assert isinstance(says, OrchestratorBehaviour)
        self.transition_seconds = float(says.transition_seconds.value)
        self.retries_most = int(says.retries_most.value)
        self.retry_wait = float(says.retry_wait_seconds.value)
        self.execution_seconds_most = float(says.execution_seconds_most.value)
        self._pace = Pace(float(says.starts_per_second_most.value) / site.ratio)
        (self._step,) = site.plan.outgoing(part.id, Verb.INVOKES)
        #: Names of all executions, ended ones too: AWS remembers them for 90 days.
        self.names: set[str] = set()
        self.running = 0
        self.steps = 0
        self.retried = 0
        self.failed = 0
        self.timed_out = 0

    def accept(self, event: Event) -> None:
        """Start an execution for each payout that has none; throttled above the rate."""
        if not self.up:
            raise Failed("the state machine is not there")
        for reference in event.references:
            if not self._pace.passes(self.site.loop.now):
                raise Failed("StartExecution: rate exceeded", throttled=True)
            if reference not in self.names:
                self.names.add(reference)
                self.site.loop.start(self._execution(Event("step", (reference,), born=event.born)))

    def _execution(self, event: Event) -> Process:
        loop = self.site.loop
        end = loop.now + self.execution_seconds_most
        self.running += 1
        while True:
            yield self.transition_seconds
            try:
                wait = yield from self._one_step(event)
            except Failed:
                self.failed += 1
                self.site.metrics.count(self.id, "AWS/States/ExecutionsFailed")
                break
            if wait is None:
                break
            yield self.transition_seconds
            if loop.now + wait >= end:
                self.timed_out += 1
                self.site.metrics.count(self.id, "AWS/States/ExecutionsTimedOut")
                break
            yield float(wait)
        self.running -= 1

    def _one_step(self, event: Event) -> Process:
        """Invoke the step; retry it as the Retry field says, with waits that double."""
        retries = 0
        while True:
            self.steps += 1
            try:
                return (yield from self.site.hand_over(self._step, event))
            except Failed:
                if retries >= self.retries_most:
                    raise
            yield self.retry_wait * 2.0**retries
            retries += 1
            self.retried += 1
            event = event.once_more()
