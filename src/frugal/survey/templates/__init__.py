"""Templates, read into resources: CloudFormation and SAM, Terraform plans and configurations.

Here because it is the work of the rest of ``survey`` too: files of a user's, of any quality, become
values with the file and line they stand in. Nothing here knows a service or a price; which resource
is billed how is for the service files, and joining the two is for ``price``.

``read_template(path)`` tells the format by what the file holds, never by its name alone.
"""

from __future__ import annotations

from frugal.survey.templates.recognise import is_template, read_template
from frugal.survey.templates.source import Template

__all__ = ["Template", "is_template", "read_template"]
