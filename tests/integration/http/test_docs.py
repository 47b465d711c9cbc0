from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.integration.http.client import ApiClient, refusal

_SOURCE = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")
_STYLE_SOURCE = re.compile(r"""(?:@import\s+|url\()\s*["']?([^"')\s]+)""")
_ABSOLUTE = re.compile(r"""["'](?:https?:)?//[^"']+["']""")


@pytest.fixture
def page(flask_client: FlaskClient) -> str:
    answer = flask_client.get("/api/docs/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def test_the_page_shows_this_api(page: str) -> None:
    assert "/api/openapi.json" in page
    assert "Interview Prep API" in page


def test_the_front_door_leads_to_it(flask_client: FlaskClient) -> None:
    answer = flask_client.get("/", follow_redirects=True)

    assert answer.request.path == "/api/docs/"
    assert flask_client.get("/api/docs").status_code == 200


def test_all_that_the_page_loads_is_served_here(flask_client: FlaskClient, page: str) -> None:
    sources = _SOURCE.findall(page)

    assert len(sources) >= 4
    for source in sources:
        assert urlsplit(source).netloc == ""
        answer = flask_client.get(source)
        assert answer.status_code == 200
        assert len(answer.data) > 100


def test_the_page_names_no_host_at_all(page: str) -> None:
    assert _ABSOLUTE.findall(page) == []


def test_styles_load_nothing_from_elsewhere(flask_client: FlaskClient, page: str) -> None:
    for source in _SOURCE.findall(page):
        if source.endswith(".css"):
            loaded = _STYLE_SOURCE.findall(flask_client.get(source).text)
            assert all(found.startswith("data:") for found in loaded)


def test_scripts_put_no_script_or_style_of_elsewhere_into_the_page(
    flask_client: FlaskClient, page: str
) -> None:
    for source in _SOURCE.findall(page):
        if source.endswith(".js"):
            script = flask_client.get(source).text
            assert not re.search(r"""<(?:script|link|img|iframe)[^>]{0,80}(?:https?:)?//""", script)
            assert "cdn." not in script
            assert "unpkg.com" not in script


def test_no_validator_of_elsewhere_is_asked(page: str) -> None:
    assert '"validatorUrl": null' in page


def test_it_does_not_repeat_what_the_request_says_of_the_host(flask_client: FlaskClient) -> None:
    answer = flask_client.get("/api/docs/", headers={"Host": "evil.example"})

    assert "evil.example" not in answer.text


@pytest.mark.parametrize("path", ["nothing.js", "../app.py", "..%2f..%2fapp.py", "%00", "x" * 3000])
def test_nothing_else_is_served(anonymous: ApiClient, path: str) -> None:
    refusal(anonymous.get(f"/api/docs/{path}"), 404, "route_not_found")
