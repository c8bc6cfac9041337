"""Published ports of a container, and who can reach them.

Docker forwards a published port ahead of the rules that ufw and firewalld write, so `5432:5432` is
open to every address that reaches the machine, whatever the machine's own firewall says. Only an
address in the mapping (`127.0.0.1:5432:5432`) keeps it in. The firewall of Lightsail or a security
group stands before the machine and is not in these files.

The behaviour is old and by design: https://github.com/moby/moby/issues/4737
"""

from __future__ import annotations

import ipaddress
import re

from frugal.model.brief import Value
from frugal.survey.interpolation import interpolate
from frugal.survey.yaml_tree import Mapping, Node, Scalar

_SHORT = re.compile(
    r"^(?:(?P<address>\[[0-9a-fA-F:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}):)?"
    r"(?:(?P<published>\d{0,5}(?:-\d{1,5})?):)?"
    r"(?P<target>\d{1,5}(?:-\d{1,5})?)(?:/(?P<protocol>tcp|udp|sctp))?$"
)
_RANGE = re.compile(r"^(\d{1,5})(?:-(\d{1,5}))?$")
_PORT_MAX = 65_535


class Port(Value, frozen=True, kw_only=True):
    """One mapping; a range keeps its ends. ``published`` is empty where Docker picks the port."""

    target: tuple[int, int]
    published: tuple[int, int] | None
    open: bool  #: reachable from addresses outside the machine and its private networks
    tcp: bool = True

    def publishes(self, port: int) -> bool:
        ends = self.published
        return self.open and self.tcp and ends is not None and ends[0] <= port <= ends[1]


def read_port(node: Node) -> Port | None:
    """Return the mapping, in Compose's short or long form; ``None`` if it was not understood."""
    if isinstance(node, Scalar):
        match = _SHORT.match(interpolate(node.text))
        if not match:
            return None
        # "8000" alone publishes on a port that Docker picks, and on every address.
        parts = match.groupdict(default="")
        address, protocol = parts["address"].strip("[]"), parts["protocol"]
        published, target = parts["published"], parts["target"]
    elif isinstance(node, Mapping):
        address, published, target, protocol = (
            _plain(node, key) for key in ("host_ip", "published", "target", "protocol")
        )
    else:
        return None
    ends = _ends(target)
    reach = _open(address)
    if ends is None or reach is None or protocol not in ("", "tcp", "udp", "sctp"):
        return None
    published_ends = _ends(published)
    if published and published_ends is None:
        return None
    return Port(target=ends, published=published_ends, open=reach, tcp=protocol in ("", "tcp"))


def _plain(node: Mapping, key: str) -> str:
    value = node.get(key)
    if value is None:
        return ""
    return interpolate(value.text) if isinstance(value, Scalar) else "?"


def _ends(text: str) -> tuple[int, int] | None:
    match = _RANGE.match(text)
    if not match:
        return None
    low = int(match.group(1))
    high = int(match.group(2) or low)
    return (low, high) if low <= high <= _PORT_MAX else None


def _open(address: str) -> bool | None:
    if not address:
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return parsed.is_unspecified or not (parsed.is_loopback or parsed.is_private)
