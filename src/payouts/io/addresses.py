"""Which addresses are this machine: plain text is for them alone."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by its address or by the one reserved name.

    >>> is_loopback("127.0.0.2"), is_loopback("localhost.example.com")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
