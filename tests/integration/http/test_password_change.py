from __future__ import annotations

from itertools import pairwise

import pytest
from werkzeug.test import TestResponse

from core.domain.mail.emails import EmailKind
from entrypoints.wiring.application import Application
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox

NEW_PASSWORD = "another horse battery"


def change(client: ApiClient, current: object = PASSWORD, new: object = NEW_PASSWORD) -> TestResponse:
    return client.post("/auth/password", current_password=current, new_password=new)


def log_in(client: ApiClient, password: str) -> TestResponse:
    return client.post("/auth/login", email="ada@example.com", password=password)


def test_it_works(ada: ApiClient, anonymous: ApiClient) -> None:
    answer = change(ada)

    assert (answer.status_code, answer.data) == (204, b"")
    assert log_in(anonymous, NEW_PASSWORD).status_code == 200
    refusal(log_in(anonymous, PASSWORD), 401, "invalid_credentials")


def test_all_other_logins_are_ended(ada: ApiClient, anonymous: ApiClient) -> None:
    anonymous.take_tokens(log_in(anonymous, PASSWORD).json)
    assert anonymous.get("/users/me").status_code == 200
    change(ada)

    refusal(anonymous.get("/users/me"), 401, "login_ended")
    refusal(
        anonymous.post("/auth/refresh", refresh_token=anonymous.refresh_token), 401, "refresh_token_invalid"
    )
    assert ada.get("/users/me").status_code == 200


def test_the_user_is_told_by_mail(ada: ApiClient, application: Application) -> None:
    change(ada)

    assert len(Mailbox(application).new(EmailKind.PASSWORD_CHANGED)) == 1


def test_it_needs_a_login(anonymous: ApiClient) -> None:
    refusal(change(anonymous), 401, "not_authenticated")


def test_a_wrong_current_password_is_refused(ada: ApiClient) -> None:
    assert list(refused_fields(change(ada, "wrong"), "current_password_wrong")) == ["current_password"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        (PASSWORD, "password_reused"),
        ("short", "password_too_short"),
        ("iloveyou", "password_too_common"),
        ("ADA@example.com", "password_is_email"),
        ("x" * 1025, "validation_failed"),
        ("", "validation_failed"),
        (None, "validation_failed"),
        ({"$ne": ""}, "validation_failed"),
    ],
)
def test_the_answer_says_which_rule_is_broken(ada: ApiClient, password: object, code: str) -> None:
    assert list(refused_fields(change(ada, new=password), code)) == ["new_password"]


def test_one_of_the_last_five_is_refused_and_the_one_before_is_not(ada: ApiClient) -> None:
    passwords = [PASSWORD, *(f"horse battery number {number}" for number in range(6))]
    for current, new in pairwise(passwords):
        assert change(ada, current, new).status_code == 204

    for used in passwords[1:]:
        refused_fields(change(ada, passwords[-1], used), "password_reused")
    assert change(ada, passwords[-1], passwords[0]).status_code == 204


def test_guessing_the_current_password_is_limited(ada: ApiClient) -> None:
    for _ in range(10):
        refused_fields(change(ada, "wrong"), "current_password_wrong")

    answer = change(ada)

    refusal(answer, 429, "too_many_failed_logins")
    assert int(answer.headers["Retry-After"]) > 0
