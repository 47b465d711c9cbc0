from __future__ import annotations

import pytest

from tests.integration.http.client import ApiClient, refused_fields


def test_sessions_are_listed_newest_first(ada: ApiClient) -> None:
    made = [ada.make_session(role=f"Role {number}") for number in range(3)]

    answer = ada.get("/sessions")

    assert answer.json == {"items": made[::-1], "next_cursor": None}


def test_a_list_may_be_empty(ada: ApiClient) -> None:
    assert ada.get("/sessions").json == {"items": [], "next_cursor": None}


def test_only_the_users_own_are_listed(ada: ApiClient, eve: ApiClient) -> None:
    ada.make_session()

    assert eve.get("/sessions").json["items"] == []


def test_they_are_filtered_by_any_of_several_statuses(ada: ApiClient) -> None:
    for status in ("planned", "in_progress", "completed", "archived"):
        ada.make_session(status=status)

    assert _statuses(ada, status="completed") == ["completed"]
    assert _statuses(ada, status=["completed", "planned"]) == ["completed", "planned"]


def test_they_are_filtered_by_any_of_several_tags_in_any_case(ada: ApiClient) -> None:
    ada.make_session(role="a", tags=["march", "big"])
    ada.make_session(role="b", tags=["april"])
    ada.make_session(role="c")

    assert _roles(ada, tag="MARCH") == ["a"]
    assert _roles(ada, tag=["big", "april"]) == ["b", "a"]
    assert _roles(ada, tag="mar") == []


def test_filters_of_two_kinds_must_both_hold(ada: ApiClient) -> None:
    ada.make_session(role="a", tags=["march"], status="completed")
    ada.make_session(role="b", tags=["march"])

    assert _roles(ada, tag="march", status="completed") == ["a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "done"), ("status", ""), ("role", "x"), ("sort", "newest"), ("status[$ne]", "planned")],
)
def test_a_filter_that_there_is_not_is_refused(ada: ApiClient, name: str, value: str) -> None:
    refused = refused_fields(ada.get("/sessions", **{name: value}))

    assert [field.partition(".")[0] for field in refused] == [name]


def _statuses(client: ApiClient, **query: object) -> list[str]:
    return [session["status"] for session in client.walk("/sessions", **query)]


def _roles(client: ApiClient, **query: object) -> list[str]:
    return [session["role"] for session in client.walk("/sessions", **query)]
