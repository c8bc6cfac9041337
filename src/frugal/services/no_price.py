"""Services that nothing here prices, and why: they come out *unpriced*, never unknown and never $0.

A usage file or a template may name anything AWS sells. What has a service file is priced; a word
that stands here is known and has a reason; any other word is a mistake in the input. A service
leaves this table by getting a file of its own.
"""

from __future__ import annotations

import re

_NO_ROW = "no price row of it is in the price list this package carries"
_NO_FILE = "its prices are listed, but how it is billed is not reckoned here"
_OTHER_ENGINE = "only PostgreSQL's prices were read; another engine's are not approximated by them"

#: Service, as it is asked for -> why it has no price here. Sorted by reason, then by name.
NO_PRICE: dict[str, str] = {
    "amplify": _NO_ROW,
    "appsync": _NO_ROW,
    "athena": _NO_ROW,
    "backup": _NO_ROW,
    "bedrock": _NO_ROW,
    "cloudtrail": _NO_ROW,
    "codebuild": _NO_ROW,
    "codepipeline": _NO_ROW,
    "cognito": _NO_ROW,
    "config": _NO_ROW,
    "direct_connect": _NO_ROW,
    "documentdb": _NO_ROW,
    "efs": _NO_ROW,
    "eks": _NO_ROW,
    "elasticache": _NO_ROW,
    "emr": _NO_ROW,
    "firehose": _NO_ROW,
    "fsx": _NO_ROW,
    "glue": _NO_ROW,
    "guardduty": _NO_ROW,
    "iot_core": _NO_ROW,
    "keyspaces": _NO_ROW,
    "kinesis_video_streams": _NO_ROW,
    "lex": _NO_ROW,
    "macie": _NO_ROW,
    "managed_flink": _NO_ROW,
    "memorydb": _NO_ROW,
    "mq": _NO_ROW,
    "msk": _NO_ROW,
    "neptune": _NO_ROW,
    "opensearch": _NO_ROW,
    "redshift": _NO_ROW,
    "sagemaker": _NO_ROW,
    "security_hub": _NO_ROW,
    "ses": _NO_ROW,
    "shield": _NO_ROW,
    "storage_gateway": _NO_ROW,
    "textract": _NO_ROW,
    "timestream": _NO_ROW,
    "transfer_family": _NO_ROW,
    "waf": _NO_ROW,
    "workspaces": _NO_ROW,
    "client_vpn": _NO_FILE,
    "cloudfront": _NO_FILE,
    "site_to_site_vpn": _NO_FILE,
    "transit_gateway": _NO_FILE,
    "vpc_lattice": _NO_FILE,
    "aurora_mysql": _OTHER_ENGINE,
    "rds_db2": _OTHER_ENGINE,
    "rds_mariadb": _OTHER_ENGINE,
    "rds_mysql": _OTHER_ENGINE,
    "rds_oracle": _OTHER_ENGINE,
    "rds_sqlserver": _OTHER_ENGINE,
}

#: Other words for some of them.
ALSO_CALLED = {
    "data_firehose": "firehose",
    "kinesis_data_firehose": "firehose",
    "kinesis_firehose": "firehose",
    "managed_streaming_for_apache_kafka": "msk",
    "kafka": "msk",
    "rabbitmq": "mq",
    "activemq": "mq",
    "redis": "elasticache",
    "memcached": "elasticache",
    "elasticsearch": "opensearch",
    "simple_email_service": "ses",
    "vpn": "site_to_site_vpn",
}


def why_unpriced(said: str) -> str | None:
    """Return why a service has no price here, or ``None`` for a word that is not in the table.

    >>> why_unpriced("Amazon Data Firehose") == why_unpriced("firehose") == NO_PRICE["firehose"]
    True
    >>> why_unpriced("sqs") is None
    True
    """
    word = re.sub(r"[^a-z0-9]+", "_", said.strip().lower()).strip("_")
    word = re.sub(r"^(amazon|aws)_", "", word)
    return NO_PRICE.get(ALSO_CALLED.get(word, word))


def unpriced_names() -> tuple[str, ...]:
    """Return every word of the table, sorted: to say what was meant when one is misspelt."""
    return tuple(sorted({*NO_PRICE, *ALSO_CALLED}))
