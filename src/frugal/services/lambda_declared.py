"""What a template says of a Lambda function: `aws_lambda` reads it here, being long enough."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from frugal.model.curve import ZERO
from frugal.services.resource import Declared, NoCharge, NoPrice, Resource, Told
from frugal.services.service import Service

FUNCTIONS = ("AWS::Lambda::Function", "aws_lambda_function")
#: What keeps environments of a function warm; it is priced with the function.
WARMERS = (
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "aws_lambda_provisioned_concurrency_config",
)
_WARM = (
    "provisioned_concurrency_config.provisioned_concurrent_executions",
    "provisioned_concurrent_executions",
)


class DeclaredFunction(Service):
    """The part of the service file of Lambda that reads templates."""

    resource_types = (*FUNCTIONS, *WARMERS)

    def described(self, resource: Resource, hours: Decimal) -> Iterable[Told]:
        if resource.type in WARMERS:
            if resource.get(*_WARM) is None:
                yield NoCharge("it is a name for code that its function runs")
            elif resource.linked(FUNCTIONS, "function_name") is None:
                yield NoPrice("the function it keeps warm is not in this template")
            else:
                yield NoCharge("it is priced with its function")
            return
        warm = sum(
            (one.known_number(*_WARM) or ZERO for one in resource.users(WARMERS, "function_name")),
            resource.known_number(*_WARM) or ZERO,
        )
        runtime = resource.known_text("runtime") or ""
        starts = resource.known_text("snap_start.apply_on") == "PublishedVersions"
        snapshots = ("snapstart_versions", "snapstart_restores")  # not billed for Java
        yield Declared(
            {
                "memory_mb": resource.number("memory_size"),
                "architecture": resource.text("architectures"),
                "ephemeral_storage_mb": resource.number("ephemeral_storage.size"),
                "provisioned_concurrency": warm,
            },
            needs=snapshots if starts and not runtime.startswith("java") else (),
        )
