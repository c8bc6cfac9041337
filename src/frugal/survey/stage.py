"""Recognise each file, read it, and join what the files say."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from frugal.model.errors import BadRequest
from frugal.model.stack import Stack
from frugal.survey.compose_file import layer, read_compose
from frugal.survey.compose_stack import stack_of
from frugal.survey.files import COMPOSE_NAME, FORMATS, STACK_NAME, SourceFile, find
from frugal.survey.merging import merge
from frugal.survey.stack_file import FIELDS, read_stack
from frugal.survey.yaml_tree import Mapping, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# What a file that is not read yet gives itself away by, and what to call it.
_OTHERS = (
    (("AWSTemplateFormatVersion", "Resources"), "a CloudFormation template"),
    (("provider", "functions"), "a Serverless Framework file"),
    (("apiVersion", "kind"), "a Kubernetes manifest"),
    (("terraform_version", "resource"), "Terraform"),
)


def read_files(paths: Sequence[Path]) -> Stack:
    """Return what all files together say is there; see ``frugal.survey.survey``."""
    found = find(paths)
    stacks: list[Stack] = []
    layers: dict[str, Mapping] = {}  # Compose files of one folder are one project
    for file in found.files:
        root = _mapping(file)
        if _is_compose(file, root):
            below = layers.get(file.folder)
            layers[file.folder] = layer(below, root) if below else root
        else:
            stacks.append(read_stack(root))
    stacks += (stack_of(read_compose(root)) for root in layers.values())
    return reduce(merge, stacks, Stack(not_understood=found.passed_over))


def _mapping(file: SourceFile) -> Mapping:
    root = parse(file.text, file.name)
    if not isinstance(root, Mapping):
        raise BadRequest("is not a mapping of names to values", where=file.name, hint=FORMATS)
    return root


def _is_compose(file: SourceFile, root: Mapping) -> bool:
    names = root.names()
    base = file.name.rpartition("/")[2]
    if "schema" in names or STACK_NAME.match(base):
        return False
    if "services" in names or COMPOSE_NAME.match(base):
        return True
    if set(names) <= FIELDS and names:
        return False
    for marks, what in _OTHERS:
        if any(mark in names for mark in marks):
            raise BadRequest(f"looks like {what}, not read yet", where=file.name, hint=FORMATS)
    raise BadRequest("is not a format that is read", where=file.name, hint=FORMATS)
