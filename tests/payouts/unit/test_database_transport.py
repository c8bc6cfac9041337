"""Which ways to a database are taken: this machine, verified in full, or private where allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payouts.io import transport
from payouts.io.config import BadConfig, database_only, load
from payouts.io.postgres import InsecureConnection, PostgresStore, secured
from payouts.io.runtime import open_ledger
from payouts.ports import StoreError

PRIVATE = transport.PRIVATE_NETWORK


def at(*addresses: str) -> Callable[[str], tuple[str, ...]]:
    """A name service that knows one answer."""
    return lambda host: addresses


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd12:3456::1", "::ffff:10.0.0.1",
     "127.0.0.1", "::1"],
)  # fmt: skip
def test_private_addresses_are_allowed_where_it_is_said(address: str) -> None:
    """RFC 1918 and RFC 4193, and the address that was looked at is the one connected to."""
    assert transport.checked({"host": "db"}, PRIVATE, at(address)) == {"hostaddr": address}


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "172.15.255.255", "192.169.0.1", "11.0.0.1", "169.254.169.254",
     "100.64.0.1", "0.0.0.0", "fe80::1", "2001:db8::1", "::ffff:8.8.8.8", "fe80::1%eth0", "db"],
)  # fmt: skip
def test_every_other_address_is_refused(address: str) -> None:
    """Public, link-local, shared or odd: whatever the configuration says."""
    with pytest.raises(InsecureConnection, match="private networks only"):
        transport.checked({"host": "db"}, PRIVATE, at(address))


def test_one_public_address_among_private_ones_is_one_too_many() -> None:
    """libpq would try each; so would whoever wrote the name's second record."""
    for addresses in (("10.0.0.1", "8.8.8.8"), ("8.8.8.8", "10.0.0.1"), ()):
        with pytest.raises(InsecureConnection):
            transport.checked({"host": "db"}, PRIVATE, at(*addresses))
    with pytest.raises(InsecureConnection):
        transport.checked(
            {"host": "a,b"}, PRIVATE, lambda host: ("10.0.0.1",) if host == "a" else ("8.8.8.8",)
        )


@pytest.mark.parametrize("plaintext", ["", "yes", "private"])
def test_without_the_word_nothing_is_looked_up(plaintext: str) -> None:
    """A private address by itself allows nothing, and no name service is asked."""

    def never(host: str) -> tuple[str, ...]:
        raise AssertionError(host)

    for values in ({"host": "db"}, {"host": "10.0.0.1"}, {"host": "x", "hostaddr": "10.0.0.1"}):
        with pytest.raises(InsecureConnection, match="private network of this host"):
            transport.checked(values, plaintext, never)
    for values in ({"host": "db", "sslmode": "verify-full"}, {"host": "/run/pg"}, {}):
        assert transport.checked(values, PRIVATE, never) == {}


def test_several_hosts_each_get_their_address() -> None:
    """In their order; a socket has none, an address that is given stays."""
    found = {"a": ("10.0.0.1",), "b": ("10.0.0.2", "10.0.0.3")}
    pinned = transport.checked({"host": "a,/run/pg,b"}, PRIVATE, found.__getitem__)
    assert pinned == {"hostaddr": "10.0.0.1,,10.0.0.2"}
    values = {"host": "a", "hostaddr": "10.0.0.9"}
    assert transport.checked(values, PRIVATE, lambda address: (address,)) == {}


def test_the_store_goes_where_the_configuration_allows() -> None:
    """Refused when it is opened, not at night; a private address passes with the word only."""
    dsn = "postgresql://user:hunter2@10.255.255.1/ledger"
    with pytest.raises(InsecureConnection) as caught:
        PostgresStore(dsn)
    assert "hunter2" not in str(caught.value)
    assert "hostaddr" in secured("host=10.255.255.1 dbname=x", PRIVATE)
    PostgresStore(dsn, plaintext=PRIVATE).close()
    with pytest.raises(InsecureConnection) as caught:
        PostgresStore("postgresql://user:hunter2@8.8.8.8/ledger", plaintext=PRIVATE)
    assert "hunter2" not in str(caught.value)


def test_a_name_that_is_not_known_yet_may_be_later() -> None:
    """The database's container may start after ours: a store is made, a statement fails."""
    from payouts.ledger.statements import Measure

    store = PostgresStore("host=db.invalid dbname=x", plaintext=PRIVATE)
    with store, pytest.raises(StoreError, match="no connection to the ledger"):
        store.execute(Measure("p"))


BASE = {
    "PAYOUTS_PARTNER": "fiserv_ddp",
    "PAYOUTS_BASE_URL": "https://partner.example",
    "PAYOUTS_DATABASE": "postgresql://user@10.255.255.1/ledger",
}


def test_the_configuration_says_it_in_one_word() -> None:
    """Nothing by default; the word is passed on to the ledger; another word is an error."""
    assert load(BASE).database_plaintext == ""
    with pytest.raises(BadConfig, match="verify-full"):
        open_ledger(load(BASE))
    allowed = BASE | {"PAYOUTS_DATABASE_PLAINTEXT": PRIVATE}
    assert load(allowed).database_plaintext == PRIVATE
    assert database_only(allowed) == (BASE["PAYOUTS_DATABASE"], PRIVATE)
    open_ledger(load(allowed)).close()
    for word in ("yes", "true", "1", "any"):
        with pytest.raises(BadConfig, match=PRIVATE):
            load(BASE | {"PAYOUTS_DATABASE_PLAINTEXT": word})
