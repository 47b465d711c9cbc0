from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import TooManyRequests
from core.domain.identity.logins import Identity
from entrypoints.http.live.connections import Connections
from entrypoints.http.live.engine import BURST, MESSAGES_PER_SECOND, Allowance

EXPIRY = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def login(user: str, login_id: str = "login") -> Identity:
    return Identity(user, login_id, EXPIRY)


@pytest.fixture
def connections() -> Connections:
    return Connections(max_per_user=2, max_per_address=3)


def test_it_works(connections: Connections) -> None:
    connections.add("one", login("ada"), "203.0.113.1")

    connection = connections.open("one")

    assert connection is connections.get("one")
    assert connection is not None
    assert (connection.identity, connection.address) == (login("ada"), "203.0.113.1")
    assert connections.open_of("ada") == ["one"]


def test_nothing_is_sent_before_the_client_knows_that_it_is_connected(connections: Connections) -> None:
    connections.add("one", login("ada"), "203.0.113.1")

    assert connections.open_of("ada") == []


def test_one_that_was_removed_before_it_was_open_stays_away(connections: Connections) -> None:
    connections.add("one", login("ada"), "203.0.113.1")
    connections.remove("one")

    assert connections.open("one") is None
    assert connections.open_of("ada") == []


def test_a_user_has_so_many_at_most(connections: Connections) -> None:
    connections.add("one", login("ada"), "203.0.113.1")
    connections.add("two", login("ada", "other"), "203.0.113.2")

    with pytest.raises(TooManyRequests) as refused:
        connections.add("three", login("ada"), "203.0.113.3")

    assert refused.value.code == "too_many_connections"
    connections.remove("one")
    connections.add("three", login("ada"), "203.0.113.3")


def test_an_address_has_so_many_at_most(connections: Connections) -> None:
    for user in ("ada", "grace", "alan"):
        connections.add(user, login(user), "203.0.113.1")

    with pytest.raises(TooManyRequests):
        connections.add("more", login("edsger"), "203.0.113.1")

    connections.add("more", login("edsger"), "203.0.113.2")


def test_those_of_a_login_are_found(connections: Connections) -> None:
    connections.add("one", login("ada", "first"), "203.0.113.1")
    connections.add("two", login("ada", "second"), "203.0.113.1")
    connections.add("three", login("eve", "first"), "203.0.113.1")

    assert connections.of_logins("ada", ["second"]) == ["two"]
    assert connections.of_logins("ada", ["first", "second"]) == ["one", "two"]
    assert connections.of_logins("nobody", ["first"]) == []


def test_a_new_token_of_the_same_user_is_taken(connections: Connections) -> None:
    connections.add("one", login("ada", "first"), "203.0.113.1")

    assert connections.renew("one", login("ada", "second"))

    assert connections.of_logins("ada", ["second"]) == ["one"]


def test_a_token_of_another_user_is_not(connections: Connections) -> None:
    connections.add("one", login("ada"), "203.0.113.1")

    assert not connections.renew("one", login("eve"))
    assert not connections.renew("unknown", login("ada"))

    assert connections.of_logins("ada", ["login"]) == ["one"]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdef"), st.sampled_from("xyz"))))
def test_limits_hold_and_nothing_is_left_behind(steps: list[tuple[bool, str, str]]) -> None:
    connections = Connections(max_per_user=2, max_per_address=3)
    for number, (is_coming, user, address) in enumerate(steps):
        if is_coming:
            try:
                connections.add(str(number), login(user), address)
            except TooManyRequests:
                continue
        elif connections.all():
            connections.remove(connections.all()[0].sid)
        there = connections.all()
        assert all(sum(each.identity.user_id == one for each in there) <= 2 for one in "abcdef")
        assert all(sum(each.address == one for each in there) <= 3 for one in "xyz")
    for each in connections.all():
        assert connections.remove(each.sid)
        assert not connections.remove(each.sid)
    for number, address in enumerate("xyz" * 3):
        connections.add(f"new {number}", login(str(number)), address)


def test_a_client_may_send_a_burst_and_then_keeps_to_the_pace() -> None:
    allowance = Allowance(last_at=100.0)

    assert all(allowance.take(100.0) for _ in range(int(BURST)))
    assert not allowance.take(100.0)
    assert sum(allowance.take(100.0 + second / 1000) for second in range(1, 5001)) < 5 * MESSAGES_PER_SECOND


def test_silence_fills_the_allowance_but_not_beyond_the_burst() -> None:
    allowance = Allowance(last_at=0.0)
    for _ in range(int(BURST)):
        allowance.take(0.0)

    assert sum(allowance.take(1_000_000.0) for _ in range(1000)) == BURST
