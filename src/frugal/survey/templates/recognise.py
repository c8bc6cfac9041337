"""Which kind of template a file or folder is, told by what it holds."""

from __future__ import annotations

from pathlib import Path

from frugal.model.errors import BadRequest
from frugal.survey.templates.cloudformation import cloudformation_value, read_cloudformation
from frugal.survey.templates.configuration import (
    configuration_files,
    is_configuration,
    read_configuration,
)
from frugal.survey.templates.plan import is_plan, read_plan
from frugal.survey.templates.source import Template, json_value, read_bytes, text_of

YAML_BYTES_MAX = 1_000_000  #: what CloudFormation itself takes
_NAMES = (".yaml", ".yml", ".json", ".template")


def is_template(path: Path) -> bool:
    """Return whether a file or folder is a template, and not a usage file."""
    if path.is_dir() or path.name.endswith((".tf", ".tf.json")):
        return True
    raw = read_bytes(path)
    if raw[:2] == b"PK":
        return True
    text = text_of(raw, path.name)
    if text.lstrip()[:1] == "{":
        try:
            root = json_value(text, path.name)
        except BadRequest:
            return True
        named = isinstance(root, dict) and ("Resources" in root or is_plan(root))
        return named or is_configuration(root)
    return any(
        line.startswith(("Resources:", "AWSTemplateFormatVersion", "Transform:", '"Resources"'))
        for line in text.splitlines()
    )


def read_template(path: Path, region: str) -> Template:
    """Return the resources of a template.

    Args:
        path: a file, or a folder of Terraform files or of CloudFormation templates.
        region: what ``AWS::Region`` stands for.

    Raises:
        BadRequest: it is no template, or one that cannot be read.
    """
    if path.is_dir():
        return _folder(path, region)
    name = path.name
    if name.endswith((".tf", ".tf.json")):
        return read_configuration([path], name)
    raw = read_bytes(path)
    if raw[:2] == b"PK":
        raise BadRequest(
            "is a plan in Terraform's own format",
            where=name,
            hint="Run `terraform show -json FILE > plan.json` and price that",
        )
    text = text_of(raw, name)
    if text.lstrip()[:1] == "{":
        root = json_value(text, name)
        if is_plan(root):
            return read_plan(root, text, name)
        if not (isinstance(root, dict) and "Resources" in root) and is_configuration(root):
            return read_configuration([path], name)
    elif len(raw) > YAML_BYTES_MAX:
        raise BadRequest(f"is larger than {YAML_BYTES_MAX:,} bytes", where=name)
    value, lines = cloudformation_value(text, name)
    return read_cloudformation(value, lines, name, region)


def _folder(path: Path, region: str) -> Template:
    try:
        configuration = configuration_files(path)
    except OSError as trouble:
        raise BadRequest(f"cannot be read: {trouble.strerror}", where=str(path)) from None
    if configuration:
        return read_configuration(configuration, path.name)
    files = [one for one in sorted(path.iterdir()) if one.name.endswith(_NAMES) and one.is_file()]
    templates = [read_template(one, region) for one in files if is_template(one)]
    if not templates:
        raise BadRequest(
            "holds no template",
            where=str(path),
            hint="Give a folder of .tf files, a template, or a plan in JSON",
        )
    if len(templates) > 1:
        raise BadRequest(
            f"holds {len(templates)} templates: {', '.join(one.file for one in templates[:5])}",
            where=str(path),
            hint="Name the files that make up the stack; they are priced together",
        )
    return templates[0]
