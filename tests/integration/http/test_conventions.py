"""Rules that hold on every route, read off the OpenAPI document, so that no later route forgets them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from tests.integration.http.client import ApiClient, refusal, refused_fields
from tests.integration.http.described import openapi_document, operations, resolved

NOTHING_CREATED = {
    "/api/v1/auth/logout": "ends a login",
    "/api/v1/auth/password": "changes a value; the second request fails with the old password",
    "/api/v1/notifications/read": "marks, and marks again",
    "/api/v1/users/me/verification": "sends one more email with a link to the same page, a few an hour",
    "/api/v1/jobs/{job_id}/cancel": "a job that has ended is a 409",
}
"""POST routes of logged-in users that neither create nor start anything, and why."""


def _parameters(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    return {resolved(document, each)["name"] for each in operation.get("parameters", ())}


def test_every_post_that_creates_or_starts_takes_a_key(flask_app: Flask) -> None:
    document = openapi_document(flask_app)
    keyless = {
        path
        for method, path, operation in operations(document)
        if method == "post"
        and operation.get("security") != []
        and "Idempotency-Key" not in _parameters(document, operation)
    }

    assert keyless == set(NOTHING_CREATED)


def _post(client: ApiClient, path: str, key: str, **body: Any) -> Any:
    return client.request("POST", path, json=body, headers={"Idempotency-Key": key})


def test_a_repeated_creation_gets_the_session_of_the_first(ada: ApiClient) -> None:
    body = {"role": "Backend developer", "experience": "mid", "topics": ["SQL"]}
    first = _post(ada, "/sessions", "a-key", **body)
    ada.patch(f"/sessions/{first.json['id']}", role="Data engineer")

    again = _post(ada, "/sessions", "a-key", **body)

    assert (again.status_code, again.json["id"]) == (201, first.json["id"])
    assert again.json["role"] == "Data engineer"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(ada.walk("/sessions")) == 1
    refusal(_post(ada, "/sessions", "a-key", **body, status="completed"), 422, "idempotency_key_reused")


def test_a_key_belongs_to_its_user(ada: ApiClient, eve: ApiClient) -> None:
    body = {"role": "Backend developer", "experience": "mid", "topics": ["SQL"]}

    first, second = (_post(user, "/sessions", "a-key", **body).json["id"] for user in (ada, eve))

    assert first != second


def test_a_repeated_question_is_written_once(ada: ApiClient) -> None:
    path = f"/sessions/{ada.make_session()['id']}/questions"
    first = _post(ada, path, "a-key", text="Why?", answer="Because.")
    again = _post(ada, path, "a-key", text="Why?", answer="Because.")

    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(ada.walk(path)) == 1


def test_a_page_links_to_the_next_one(ada: ApiClient) -> None:
    for _ in range(3):
        ada.make_session(tags=["a b"])

    first = ada.get("/sessions", limit=2, tag="a b")
    link, _, relation = first.headers["Link"].partition("; ")
    target = urlsplit(link.strip("<>"))
    second = ada.get("/sessions", **dict(parse_qsl(target.query)))

    assert relation == 'rel="next"'
    assert target.path == "/api/v1/sessions"
    assert len(second.json["items"]) == 1
    assert "Link" not in second.headers


@pytest.mark.parametrize("path", ["/users/me", "/users/me/email-preferences"])
def test_a_patch_without_a_body_is_refused(ada: ApiClient, path: str) -> None:
    assert list(refused_fields(ada.request("PATCH", path))) == ["body"]
    assert ada.patch(path).status_code == 200
