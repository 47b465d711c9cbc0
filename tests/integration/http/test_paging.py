from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.integration.http.client import ApiClient, refusal, refused_fields

LISTS = ["/sessions", "/questions", "/jobs"]


@pytest.mark.parametrize("path", LISTS)
def test_pages_make_up_the_whole_list(ada: ApiClient, path: str) -> None:
    _fill(ada, 7)

    whole = ada.get(path, limit=100).json
    pages = ada.walk(path, limit=3)

    assert whole["next_cursor"] is None
    assert len(whole["items"]) == 7
    assert pages == whole["items"]


@pytest.mark.parametrize("path", LISTS)
def test_a_page_has_twenty_items_unless_told_otherwise(ada: ApiClient, path: str) -> None:
    _fill(ada, 21)

    first = ada.get(path).json
    second = ada.get(path, cursor=first["next_cursor"]).json

    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (20, 1, None)


def test_a_last_page_that_is_just_full_is_the_last(ada: ApiClient) -> None:
    _fill(ada, 4)

    first = ada.get("/sessions", limit=2).json
    second = ada.get("/sessions", limit=2, cursor=first["next_cursor"]).json

    assert second["next_cursor"] is None


@pytest.mark.parametrize("path", LISTS)
def test_paging_loses_and_repeats_nothing_while_others_change(ada: ApiClient, path: str) -> None:
    _fill(ada, 6)
    expected = ada.get(path, limit=100).json["items"]
    first = ada.get(path, limit=3).json

    _fill(ada, 3)
    if path != "/jobs":
        collection = path.removeprefix("/")
        ada.delete(f"/{collection}/{first['items'][2]['id']}")
    rest = ada.get(path, limit=100, cursor=first["next_cursor"]).json["items"]

    assert [item["id"] for item in first["items"] + rest] == [item["id"] for item in expected]


def test_the_size_of_the_page_may_change_on_the_way(ada: ApiClient) -> None:
    _fill(ada, 5)
    first = ada.get("/sessions", limit=1).json

    assert len(ada.get("/sessions", limit=100, cursor=first["next_cursor"]).json["items"]) == 4


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5", "9" * 400, "NaN", "0x10"])
def test_a_limit_out_of_bounds_is_refused(ada: ApiClient, path: str, limit: str) -> None:
    assert list(refused_fields(ada.get(path, limit=limit))) == ["limit"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "null",
        "eyJpZCI6MX0",
        "W10.sig",
        "....",
        "é",
        "%",
        "a" * 3000,
        '["01JD3Y6T0ZK4V9Q8N7M6H5G4F3"]',
    ],
)
def test_what_is_not_a_cursor_is_refused(ada: ApiClient, path: str, cursor: str) -> None:
    assert list(refused_fields(ada.get(path, cursor=cursor), "cursor_invalid")) == ["cursor"]


def test_an_edited_cursor_is_refused_wherever_it_was_edited(ada: ApiClient) -> None:
    _fill(ada, 2)
    cursor = ada.get("/sessions", limit=1).json["next_cursor"]

    for position in range(0, len(cursor) - 1, 3):
        replacement = "A" if cursor[position] != "A" else "B"
        edited = cursor[:position] + replacement + cursor[position + 1 :]
        refusal(ada.get("/sessions", cursor=edited), 422, "cursor_invalid")
    refusal(ada.get("/sessions", cursor=cursor[:-1]), 422, "cursor_invalid")


def test_a_cursor_of_another_list_is_refused(ada: ApiClient) -> None:
    _fill(ada, 2)
    cursor = ada.get("/sessions", limit=1).json["next_cursor"]

    refusal(ada.get("/questions", cursor=cursor), 422, "cursor_invalid")
    refusal(ada.get("/jobs", cursor=cursor), 422, "cursor_invalid")


def test_a_cursor_of_other_filters_is_refused(ada: ApiClient) -> None:
    _fill(ada, 2)
    cursor = ada.get("/questions", limit=1, sort="oldest").json["next_cursor"]

    refusal(ada.get("/questions", sort="newest", cursor=cursor), 422, "cursor_invalid")
    refusal(ada.get("/questions", sort="oldest", topic="x", cursor=cursor), 422, "cursor_invalid")
    assert ada.get("/questions", sort="oldest", cursor=cursor).status_code == 200


def test_somebody_elses_cursor_is_refused(ada: ApiClient, eve: ApiClient) -> None:
    _fill(ada, 2)
    cursor = ada.get("/sessions", limit=1).json["next_cursor"]

    refusal(eve.get("/sessions", cursor=cursor), 422, "cursor_invalid")


def test_a_cursor_is_fit_for_an_address(ada: ApiClient) -> None:
    _fill(ada, 2)
    cursor = ada.get("/questions", limit=1, sort="difficulty").json["next_cursor"]

    assert quote(cursor, safe="") == cursor


def _fill(client: ApiClient, count: int) -> None:
    """So many sessions, with a question and a job each."""
    for number in range(count):
        session = client.make_session(role=f"Role {number}")
        client.add_question(session["id"])
        client.generate(session["id"], 1)
