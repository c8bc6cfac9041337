"""What the runtime relies on, whoever the partner is: one suite over every file with functions."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.limits import limits_for
from payouts.money import Money
from payouts.outcome import FINAL_VERDICTS, Credentials, Merchant, Partner, Verdict
from payouts.partners import NoRuntime, UnknownPartner, partner_ids, runtime_for
from payouts.payout import Method, Payout
from payouts.ports import Request, Response


def runnable() -> list[str]:
    found = []
    for partner_id in partner_ids():
        try:
            runtime_for(partner_id)
        except NoRuntime:
            continue
        found.append(partner_id)
    return found


RUNNABLE = runnable()
SECRETS = {"api_key": "key-of-tests", "api_secret": "secret-of-tests", "webhook_secret": "hook"}
MERCHANT = Merchant(base_url="https://partner.test", settings={"payment_type": "Claims"})
CREDENTIALS = Credentials(values=SECRETS)
PAYOUT = Payout(
    id=7,
    partner="any",
    reference="order-1",
    key="3a7365b2c0bd345e01d1355ae6",
    recipient="payee-1",
    token="tok-abc",
    method=Method.BANK_ACCOUNT,
    amount=Money(1050, "USD"),
)
FUNCTIONS = [name for name in vars(Partner) if not name.startswith("_") and name != "FACTS"]


def test_there_is_more_than_one() -> None:
    """A seam that one partner goes through is no seam."""
    assert {"fiserv_ddp", "stripe"} <= set(RUNNABLE)
    assert len(FUNCTIONS) == 12


def test_partners_with_facts_only_say_so() -> None:
    """Asked to pay through one of them, the error names those that can."""
    for partner_id in sorted(set(partner_ids()) - set(RUNNABLE)):
        with pytest.raises(NoRuntime, match=r"facts only.*fiserv_ddp, stripe"):
            runtime_for(partner_id)
    with pytest.raises(UnknownPartner, match="no partner 'nobody'"):
        runtime_for("nobody")


def test_reading_facts_loads_nothing_else() -> None:
    """Whoever only designs does not pay for JSON, signatures or addresses at start-up."""
    program = (
        "import sys; import payouts.facts; import payouts.partner_facts;"
        "import decimal, importlib, pathlib, re, functools; before = set(sys.modules);"
        "from payouts.partners import facts_for, find_partner, partner_ids;"
        "[facts_for(one) for one in partner_ids()]; find_partner('by Stripe');"
        "print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert loaded == {"payouts.partners", *(f"payouts.partners.{one}" for one in partner_ids())}


@pytest.fixture(params=RUNNABLE)
def partner(request: pytest.FixtureRequest) -> Partner:
    return runtime_for(request.param)


def test_every_function_is_there_as_the_protocol_writes_it(partner: Partner) -> None:
    """Same names, same parameters, in the same order."""
    for name in FUNCTIONS:
        declared = list(inspect.signature(getattr(Partner, name)).parameters)[1:]
        assert list(inspect.signature(getattr(partner, name)).parameters) == declared, name
    with pytest.raises(AttributeError):
        partner.nothing_of_the_kind  # type: ignore[attr-defined]  # noqa: B018


def test_limits_follow_from_the_facts(partner: Partner) -> None:
    """A partner one can pay through says what makes a second send the same payout."""
    assert limits_for(partner.FACTS).resends


def test_a_send_is_the_same_bytes_and_carries_the_key(partner: Partner) -> None:
    """Attempts differ in nothing but the nonce; amount and payee differ in the bytes."""
    first, second = (partner.request_for(PAYOUT, MERCHANT, nonce) for nonce in ("n-1", "n-2"))
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    assert dict(first.headers) == dict(second.headers)
    assert (first.nonce, second.nonce) == ("n-1", "n-2")
    assert PAYOUT.key in first.body.decode() + "".join(first.headers.values())
    for other in (
        replace(PAYOUT, amount=Money(1051, "USD")),
        replace(PAYOUT, recipient="payee-2"),
        replace(PAYOUT, token="tok-abd"),
    ):
        assert partner.request_for(other, MERCHANT, "n-1").body != first.body
    # What is ours alone is none of the partner's business, and must not change what is sent.
    same = replace(PAYOUT, id=8, reference="order-2", reissue_of=3)
    assert partner.request_for(same, MERCHANT, "n-1") == first


def requests_of(partner: Partner) -> list[Request]:
    made = [
        partner.request_for(PAYOUT, MERCHANT, "n"),
        partner.lookup_for(PAYOUT, None, 0, MERCHANT, "n"),
        partner.lookup_for(PAYOUT, "id-1", 0, MERCHANT, "n"),
        partner.lookup_for(PAYOUT, "id-1", 1, MERCHANT, "n"),
        partner.cancel_for(PAYOUT, "id-1", MERCHANT, "n"),
        partner.list_for("2026-11-22", "2026-11-23", 1, MERCHANT, "n"),
        partner.balance_for(MERCHANT, "n"),
    ]
    return [request for request in made if request is not None]


def test_requests_hold_no_secret_until_they_are_signed(partner: Partner) -> None:
    """Secrets enter by ``signed`` only, and the one that signs is never sent."""
    for request in requests_of(partner):
        assert not any(secret in repr(request) for secret in SECRETS.values())
        headers = partner.signed(request, MERCHANT, CREDENTIALS, 1_700_000_000.5)
        assert request.headers.items() <= headers.items()
        assert len(headers) > len(request.headers)
        assert "secret-of-tests" not in repr(dict(headers))
        assert all("\n" not in value and value.isascii() for value in headers.values())
        assert request.path.isascii()
        assert " " not in request.path
    with pytest.raises(ValueError, match="credential") as missing:
        partner.signed(requests_of(partner)[0], MERCHANT, Credentials(values={}), 0.0)
    assert "of-tests" not in str(missing.value)


def test_look_ups_read_and_come_to_an_end(partner: Partner) -> None:
    """A look-up changes nothing at the partner, and there are finitely many."""
    for partner_id in (None, "id-1"):
        steps = [partner.lookup_for(PAYOUT, partner_id, step, MERCHANT, "n") for step in range(9)]
        assert steps[0] is not None
        assert steps[-1] is None
        for request in steps:
            assert request is None or (request.method, request.body) == ("GET", b"")


def test_what_comes_from_outside_is_escaped_in_paths(partner: Partner) -> None:
    """An id of the partner's cannot turn a look-up into another request."""
    for request in (
        partner.lookup_for(PAYOUT, "../../x?y=1#z", 0, MERCHANT, "n"),
        partner.cancel_for(PAYOUT, "../../x?y=1#z", MERCHANT, "n"),
    ):
        assert request is not None
        assert "../" not in request.path
        assert not {"?", "#"} & set(request.path)


def test_no_http_status_alone_ends_a_payout(partner: Partner) -> None:
    """401 is everybody's, four are turned away, and all others without words are unknown."""
    for status in range(100, 600):
        for body in (b"", b"{}", b"<html>"):
            response = Response(status, body)
            send = partner.outcome_of(response, PAYOUT).verdict
            looked = partner.found_in(response, PAYOUT, 0).verdict
            expected = Verdict.UNKNOWN
            if status == 401:
                expected = Verdict.UNAUTHORISED
            elif status in {403, 408, 425, 429}:
                expected = Verdict.NOT_ACCEPTED
            assert send is expected, (status, body)
            assert looked is expected, (status, body)


def test_a_wait_that_is_asked_for_is_kept(partner: Partner) -> None:
    """Retry-After of a refusal reaches the runtime, for sends and look-ups."""
    response = Response(429, b"", {"retry-after": "120"})
    for outcome in (partner.outcome_of(response, PAYOUT), partner.found_in(response, PAYOUT, 0)):
        assert outcome.retry_after_seconds == 120


def test_a_list_that_cannot_be_read_proves_nothing(partner: Partner) -> None:
    """No list, no pages after it, and it is said that it was none."""
    for response in (Response(200, b""), Response(500, b"[]"), Response(404, b"no route")):
        page = partner.listed_in(response, 1)
        assert (page.entries, page.following, page.readable) == ((), None, False)
        assert partner.balance_in(response) is None


def test_a_webhook_without_proof_is_refused(partner: Partner) -> None:
    """Nobody gets in with nothing, and the reason holds no secret."""
    for source in ("", "127.0.0.1", "204.194.141.7"):
        why = partner.authentic({}, b"{}", source, MERCHANT, CREDENTIALS, 1_700_000_000.0)
        assert why
        assert not any(secret in why for secret in ("key-of-tests", "secret-of-tests"))
    with pytest.raises(ValueError):
        partner.notices_in(b"not JSON")


@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=200),
    headers=st.dictionaries(st.text("retry-afxsin", max_size=16), st.text(max_size=20), max_size=3),
    step=st.integers(0, 3),
)
@pytest.mark.parametrize("partner_id", RUNNABLE)
def test_strangers_bytes_never_raise_or_decide(
    partner_id: str, status: int, body: bytes, headers: dict[str, str], step: int
) -> None:
    """Whatever arrives is an outcome, and noise is never a final one."""
    partner, response = runtime_for(partner_id), Response(status, body, headers)
    outcomes: list[Any] = [
        partner.outcome_of(response, PAYOUT),
        partner.found_in(response, PAYOUT, step),
    ]
    for outcome in outcomes:
        assert outcome.verdict not in FINAL_VERDICTS
        assert outcome.code
        assert outcome.code.isascii()
    partner.listed_in(response, step)
    partner.balance_in(response)
    partner.authentic(headers, body, "127.0.0.1", MERCHANT, CREDENTIALS, 0.0)
