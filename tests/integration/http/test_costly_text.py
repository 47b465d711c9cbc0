"""Text whose normalisation would take minutes is refused before anybody looks at it."""

from __future__ import annotations

import time

from tests.integration.http.client import ApiClient, refused_fields

QUICKLY_SECONDS = 1.0


def test_a_pile_of_marks_costs_nothing(anonymous: ApiClient) -> None:
    began_at = time.monotonic()
    answer = anonymous.post(
        "/auth/login", email="a" + "\u0301" * 40_000 + "\u0327" * 40_000 + "@example.com", password="x"
    )

    assert list(refused_fields(answer)) == ["email"]
    assert time.monotonic() - began_at < QUICKLY_SECONDS


def test_a_smaller_pile_in_a_long_field_costs_nothing_either(ada: ApiClient) -> None:
    session = ada.make_session()
    began_at = time.monotonic()
    pile = "a" + "\u0301" * 9_000 + "\u0327" * 9_000
    answer = ada.post(f"/sessions/{session['id']}/questions", text="Why?", answer=pile)

    assert list(refused_fields(answer)) == ["answer"]
    assert time.monotonic() - began_at < QUICKLY_SECONDS
