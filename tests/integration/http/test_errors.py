"""Error responses of every route: problem details, request ids, sizes and types of bodies."""

from __future__ import annotations

import io
import json
from http.client import HTTPConnection

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entrypoints.http.servers.threaded import ThreadedServer
from entrypoints.wiring.application import Application
from tests.faults import Faults
from tests.integration.http.client import ApiClient, refusal

MIB = 1024 * 1024

BODIES = [
    "POST /auth/register",
    "POST /auth/login",
    "POST /auth/refresh",
    "PATCH /users/me",
    "POST /sessions",
    "PATCH /sessions/{session}",
    "POST /sessions/{session}/questions",
    "POST /sessions/{session}/questions/generate",
    "PATCH /questions/{question}",
]


@pytest.fixture
def routes(ada: ApiClient) -> list[list[str]]:
    """Method and path of every route that takes a body."""
    session = ada.make_session()
    question = ada.add_question(session["id"])
    return [route.format(session=session["id"], question=question["id"]).split(" ") for route in BODIES]


def test_a_path_that_is_no_route_is_not_found(anonymous: ApiClient, ada: ApiClient) -> None:
    for client in (anonymous, ada):
        for path in ("/nothing", "/sessions/x/y/z", "/api/nothing", "/api/docs/nothing.js"):
            problem = refusal(client.get(path), 404, "route_not_found")
            assert problem["title"] == "Not Found"


def test_a_method_that_a_route_does_not_have_is_told_so(ada: ApiClient) -> None:
    answer = ada.put("/sessions")

    refusal(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'role': 'x'}",
        b'{"role": "x",}',
        b'{"role": NaN}',
        b'{"role": Infinity}',
        b'{"role": -Infinity}',
        b"\xff\xfe{}",
        b'{"role": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"role": "a\nb"}',
        b"{}{}",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"\x00",
    ],
)
def test_what_is_not_a_json_object_is_refused(ada: ApiClient, routes: list[list[str]], body: bytes) -> None:
    for method, path in routes:
        answer = ada.request(method, path, data=body, content_type="application/json")
        detail = refusal(answer, 400, "bad_request")["detail"]
        assert detail.startswith(("The body is not valid JSON: ", "The body must be a JSON object."))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x"]
)
def test_a_body_of_another_type_is_refused(
    ada: ApiClient, routes: list[list[str]], content_type: str
) -> None:
    for method, path in routes:
        answer = ada.request(method, path, data=b'{"role": "x"}', content_type=content_type)
        refusal(answer, 415, "unsupported_media_type")


def test_a_body_of_ten_megabytes_is_refused(ada: ApiClient, routes: list[list[str]]) -> None:
    for method, path in routes:
        answer = ada.request(method, path, data=b"x" * 10_000_000, content_type="application/json")
        refusal(answer, 413, "body_too_large")


def test_it_is_refused_also_if_it_comes_in_chunks(ada: ApiClient, routes: list[list[str]]) -> None:
    for method, path in routes:
        refusal(_in_chunks(ada, method, path, b" " * 10_000_000), 413, "body_too_large")


def test_it_is_refused_also_where_no_body_is_needed(ada: ApiClient) -> None:
    question = ada.add_question(ada.make_session()["id"])
    for method, path in (
        ("POST", "/auth/logout"),
        ("PUT", f"/questions/{question['id']}/pin"),
        ("POST", f"/questions/{question['id']}/regenerate"),
        ("DELETE", f"/questions/{question['id']}"),
    ):
        refusal(ada.request(method, path, data=b"x" * 10_000_000), 413, "body_too_large")
        refusal(_in_chunks(ada, method, path, b"x" * 10_000_000), 413, "body_too_large")

    assert ada.get(f"/questions/{question['id']}").json == question


def test_a_body_of_one_mebibyte_is_just_small_enough(ada: ApiClient) -> None:
    session = ada.make_session()
    body = b'{"role": "SRE"}'
    padded = body + b" " * (MIB - len(body))
    path = f"/sessions/{session['id']}"

    assert ada.request("PATCH", path, data=padded, content_type="application/json").status_code == 200
    assert _in_chunks(ada, "PATCH", path, padded).status_code == 200
    refusal(
        ada.request("PATCH", path, data=padded + b" ", content_type="application/json"), 413, "body_too_large"
    )
    refusal(_in_chunks(ada, "PATCH", path, padded + b" "), 413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({f"field {number}": None for number in range(40_000)}),
        '{"topics": [' + "0," * 400_000 + "0]}",
        '{"tags": [' + '"",' * 250_000 + '""]}',
        '{"' + "x" * 900_000 + '": 0}',
    ],
    ids=["fields", "numbers", "texts", "name"],
)
def test_an_answer_to_much_that_is_wrong_is_short(ada: ApiClient, body: str) -> None:
    answer = ada.request("POST", "/sessions", data=body, content_type="application/json")

    refusal(answer, 422, "validation_failed")
    assert len(answer.data) < 10_000


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_real_server_refuses_ten_megabytes_too(
    flask_app: Flask, application: Application, is_chunked: bool
) -> None:
    flask_app.extensions["interview_prep"] = application
    server = ThreadedServer(flask_app, "127.0.0.1", 0)
    server.start()
    body = b"x" * 10_000_000
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Content-Type": "application/json"}
    try:
        connection.request(
            "POST",
            "/api/v1/auth/login",
            body=iter([body]) if is_chunked else body,
            headers=headers,
            encode_chunked=is_chunked,
        )
        answer = connection.getresponse()
        problem = json.loads(answer.read())
    finally:
        connection.close()
        server.stop()

    assert (answer.status, problem["code"]) == (413, "body_too_large")


def test_an_error_of_ours_is_told_without_its_secrets(
    flask_app: Flask, ada: ApiClient, faults: Faults
) -> None:
    def break_down(table: str) -> None:
        if table == "sessions":
            raise RuntimeError("the secret of the database")

    session_id = ada.make_session()["id"]
    client = ApiClient(FlaskClient(flask_app, flask_app.response_class), ada.access_token)

    with faults.before_read(break_down):
        answer = client.get(f"/sessions/{session_id}")

    refusal(answer, 500, "internal_error")
    assert "secret" not in answer.text


class TestRequestIds:
    @pytest.mark.parametrize("sane", ["abc-123", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3", "a.b_c:d/e+f=", "x" * 128])
    def test_a_sane_one_is_kept(self, ada: ApiClient, sane: str) -> None:
        for path, status in (("/users/me", 200), ("/nothing", 404), ("/health/live", 200)):
            answer = ada.request("GET", path, headers={"X-Request-ID": sane})
            assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, sane)

    @pytest.mark.parametrize("odd", ["", "x" * 129, "a b", "a\tb", "é", '"><script>', "a,b", "{}", "\x7f"])
    def test_any_other_is_replaced(self, ada: ApiClient, odd: str) -> None:
        answer = ada.request("GET", "/users/me", headers={"X-Request-ID": odd})

        assert answer.headers["X-Request-ID"] != odd
        assert len(answer.headers["X-Request-ID"]) == 26

    def test_every_request_has_its_own(self, ada: ApiClient) -> None:
        ids = {ada.get("/users/me").headers["X-Request-ID"] for _ in range(5)}

        assert len(ids) == 5

    def test_an_error_names_it(self, ada: ApiClient) -> None:
        answer = ada.request("GET", "/nothing", headers={"X-Request-ID": "mine"})

        assert refusal(answer, 404, "route_not_found")["request_id"] == "mine"


def _in_chunks(client: ApiClient, method: str, path: str, body: bytes) -> TestResponse:
    return client.request(
        method,
        path,
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
