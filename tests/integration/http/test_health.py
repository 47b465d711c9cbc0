from __future__ import annotations

import pytest

from entrypoints.wiring.application import Application
from tests.faults import Faults
from tests.integration.http.client import ApiClient, refusal


def test_a_process_that_serves_is_alive(anonymous: ApiClient) -> None:
    answer = anonymous.get("/health/live")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_is_ready_when_every_required_part_answers(anonymous: ApiClient) -> None:
    answer = anonymous.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert answer.json["dependencies"]["database"] == {"status": "up", "required": True, "latency_ms": 0}


class TestWithoutItsDatabase:
    @pytest.fixture(autouse=True)
    def database_is_unavailable(self, application: Application, faults: Faults) -> None:
        faults.is_unavailable = True

    def test_it_is_alive_but_not_ready(self, anonymous: ApiClient) -> None:
        answer = anonymous.get("/health/ready")

        assert answer.status_code == 503
        assert answer.json["status"] == "not_ready"
        assert answer.json["dependencies"]["database"]["status"] == "down"
        assert anonymous.get("/health/live").status_code == 200

    def test_a_request_that_needs_it_is_told_to_come_back(self, anonymous: ApiClient) -> None:
        answer = anonymous.post("/auth/login", email="ada@example.com", password="whatever")

        refusal(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
