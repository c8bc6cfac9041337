"""Which ways to a database may be taken: what leaves this machine is verified in full.

One exception has to be asked for by name. Where Postgres runs in a container beside ours, the way
to it is a private network inside one host that nobody else is on, and nobody issues certificates
for names there. ``database_plaintext = "private-network"`` says that this is so. It is believed of
private addresses only (RFC 1918, and the unique local ones of RFC 4193): a name that resolves to
any other address is refused, at every new connection, and the address that was looked at is the
one that is connected to. A private address says who cannot be at the other end, not who is: on a
network shared with others, use ``verify-full``.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

from payouts.io.addresses import is_loopback

#: The one word that allows more than this machine and ``verify-full``.
PRIVATE_NETWORK = "private-network"

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str], tuple[str, ...]]

#: https://www.rfc-editor.org/rfc/rfc1918#section-3 and
#: https://www.rfc-editor.org/rfc/rfc4193#section-3.1
_PRIVATE = tuple(
    ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class InsecureConnection(ValueError):
    """A connection that could be read or answered by somebody else."""


class Unresolved(OSError):
    """A host whose address is not known now: it may be later."""


def resolved(host: str) -> tuple[str, ...]:
    """Return the addresses of a host, as the system knows them."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host} has no address: {type(error).__name__}") from None
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def is_private(address: str) -> bool:
    """Say whether an address is one of a private network, or of this machine.

    >>> is_private("172.17.0.2"), is_private("fd00::2"), is_private("169.254.169.254")
    (True, True, False)
    """
    try:
        found: Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback or any(found in network for network in _PRIVATE)


def checked(
    values: Mapping[str, object], plaintext: str = "", resolve: Resolve = resolved
) -> dict[str, str]:
    """Return what to add to a connection's words; refuse one that must not be made.

    ``values`` are libpq's words with its defaults. What is added is ``hostaddr``, where a name was
    looked up: the address that was found private is the one to connect to.
    """
    hosts = str(values.get("host") or "").split(",")
    given = str(values.get("hostaddr") or "").split(",")
    places = given if given != [""] else hosts
    if values.get("sslmode") == "verify-full" or all(_is_here(place) for place in places):
        return {}
    if plaintext != PRIVATE_NETWORK:
        raise InsecureConnection(
            "the database is on another machine: add sslmode=verify-full and sslrootcert to its "
            "address; or, where the way to it is a private network of this host, set "
            f'database_plaintext = "{PRIVATE_NETWORK}"'
        )
    addresses = [_private_address(place, resolve) for place in places]
    return {} if given != [""] else {"hostaddr": ",".join(addresses)}


def _private_address(place: str, resolve: Resolve) -> str:
    if not place or place.startswith(("/", "@")):
        return ""  # a Unix socket has no address
    found = resolve(place)
    public = [one for one in found if not is_private(one)]
    if public or not found:
        what = public[0] if public else "no address"
        raise InsecureConnection(
            f"database_plaintext allows private networks only (RFC 1918, RFC 4193), and {place} is "
            f"at {what}: add sslmode=verify-full and sslrootcert to the database's address"
        )
    return found[0]


def _is_here(place: str) -> bool:
    """Say whether this is a Unix socket or this machine."""
    return not place or place.startswith(("/", "@")) or is_loopback(place)
