"""Waiting as values: back-off, jitter and the partner's rate, without waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payouts.retry import TokenBucket, backoff_seconds

KEYS = st.text(min_size=1, max_size=30)


@given(st.integers(1, 10**9), KEYS)
def test_a_wait_has_a_ceiling(tries: int, key: str) -> None:
    """The wait is between zero and the ceiling, which doubles up to the most."""
    wait = backoff_seconds(tries, 5.0, 900.0, key)
    assert 0 <= wait < min(900.0, 5.0 * 2.0 ** min(tries, 30))


@given(st.integers(1, 40), KEYS)
def test_the_same_try_waits_the_same(tries: int, key: str) -> None:
    """Jitter comes from the key: the same on every machine and every run."""
    assert backoff_seconds(tries, 5.0, 900.0, key) == backoff_seconds(tries, 5.0, 900.0, key)


def test_a_crowd_is_spread() -> None:
    """A thousand payouts that are turned away at once come back all over the interval."""
    waits = sorted(backoff_seconds(5, 5.0, 160.0, f"key-{number}") for number in range(1000))
    for tenth in range(10):
        among = sum(16.0 * tenth <= wait < 16.0 * (tenth + 1) for wait in waits)
        assert 60 <= among <= 140, f"{among} of 1000 in tenth {tenth}"


@given(
    st.floats(0.2, 500.0),
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 5.0)), min_size=1, max_size=40),
)
def test_the_rate_is_kept(rate: float, asked: list[tuple[int, float]]) -> None:
    """Whoever waits until it is ready sends in no stretch of time more than rate and one burst."""
    bucket = TokenBucket.full(rate, 0.0)
    now, sent = 0.0, []
    for count, pause in asked:
        now += pause
        count = min(count, bucket.capacity)
        now = max(now, bucket.ready_at(count, now))
        bucket.take(count, now)
        sent.append((now, count))
    for first in range(len(sent)):
        total = 0
        for at, count in sent[first:]:
            total += count
            assert total <= rate * (at - sent[first][0]) + max(1.0, rate) + 1e-6


def test_what_was_not_foreseen_is_paid_back() -> None:
    """A second step of a look-up goes out at once, and what follows waits for it."""
    bucket = TokenBucket.full(10.0, 0.0)
    bucket.take(30, 0.0)
    assert bucket.ready_at(10, 0.0) == 3.0
    assert bucket.ready_at(1, 2.1) == 2.1
