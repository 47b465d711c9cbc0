"""The pages about error codes, to which the `type` of a problem leads."""

from __future__ import annotations

import html
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.error_codes import ErrorCode
from entrypoints.http.app import create_app
from tests.building import application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient, refusal


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_page_with_its_meaning(anonymous: ApiClient, code: ErrorCode) -> None:
    answer = anonymous.get(f"/problems/{code}")

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert code in answer.text
    assert html.escape(code.meaning) in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_list_leads_to_every_page(anonymous: ApiClient) -> None:
    page = anonymous.get("/problems").text

    assert [code for code in ErrorCode if f'href="/problems/{code}"' not in page] == []


@pytest.mark.parametrize("name", ["unknown", "NOT_FOUND", "%3Cscript%3E", "not_found%00"])
def test_an_unknown_code_has_no_page(anonymous: ApiClient, name: str) -> None:
    refusal(anonymous.get(f"/problems/{name}"), 404, "route_not_found")


def test_the_type_of_a_problem_leads_to_its_page(anonymous: ApiClient) -> None:
    problem = refusal(anonymous.get("/sessions"), 401, "not_authenticated")

    assert "not_authenticated" in anonymous.get(problem["type"]).text


def test_the_type_begins_with_the_public_url_where_it_is_set(tmp_path: Path, clock: ManualClock) -> None:
    public = application_in_memory(
        tmp_path, clock, [], public_url="https://prep.example.com", has_public_url=True
    )
    with closing(public):
        answer = (
            create_app(public).test_client().get("/api/v1/sessions", headers={"Host": "prep.example.com"})
        )

    assert answer.json is not None
    assert answer.json["type"] == "https://prep.example.com/problems/not_authenticated"
