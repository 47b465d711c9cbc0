from __future__ import annotations

import pytest

from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields

ADA = {"full_name": "Ada Lovelace", "email": "ada@example.com", "password": PASSWORD}


def test_a_person_signs_up_and_is_logged_in(anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/register", **ADA)

    assert answer.status_code == 201
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    assert answer.json["user"]["email"] == "ada@example.com"
    anonymous.take_tokens(answer.json)
    assert anonymous.get("/users/me").json == answer.json["user"]


def test_the_answer_holds_no_trace_of_the_password(anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/register", **ADA)

    assert PASSWORD not in answer.text
    assert set(answer.json["user"]) == {
        "id",
        "email",
        "email_verified_at",
        "full_name",
        "created_at",
        "updated_at",
    }


def test_names_and_emails_are_trimmed(anonymous: ApiClient) -> None:
    user = anonymous.post(
        "/auth/register", full_name="  Ada  ", email=" ada@example.com ", password=PASSWORD
    ).json["user"]

    assert (user["full_name"], user["email"]) == ("Ada", "ada@example.com")


@pytest.mark.parametrize("again", ["ada@example.com", "ADA@Example.COM", " Ada@example.com "])
def test_an_email_that_has_an_account_is_taken_in_any_spelling(
    ada: ApiClient, anonymous: ApiClient, again: str
) -> None:
    answer = anonymous.post("/auth/register", **{**ADA, "email": again})

    refusal(answer, 409, "email_taken")


@pytest.mark.parametrize("missing", ["full_name", "email", "password"])
def test_a_missing_field_is_refused(anonymous: ApiClient, missing: str) -> None:
    answer = anonymous.post("/auth/register", **{name: ADA[name] for name in ADA if name != missing})

    assert list(refused_fields(answer)) == [missing]


def test_an_unknown_field_is_refused(anonymous: ApiClient) -> None:
    answer = anonymous.post("/auth/register", **ADA, is_admin=True)

    assert refused_fields(answer) == {"is_admin": ["Unknown field."]}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@example..com",
        "a" * 250 + "@b.de",
        "a@b\u202ec",
    ],
)
def test_what_is_not_an_email_is_refused(anonymous: ApiClient, email: str) -> None:
    answer = anonymous.post("/auth/register", **{**ADA, "email": email})

    assert answer.status_code == 422
    assert "email" in answer.json["errors"]


@pytest.mark.parametrize("password", ["", "x" * 1025, "with \ud800 surrogate"])
def test_a_password_out_of_bounds_is_refused(anonymous: ApiClient, password: str) -> None:
    answer = anonymous.post("/auth/register", **{**ADA, "password": password})

    assert list(refused_fields(answer)) == ["password"]


@pytest.mark.parametrize("field", ["full_name", "email", "password"])
@pytest.mark.parametrize("value", [None, 1, True, 1.5, ["x"], {"$gt": ""}])
def test_a_value_of_another_type_is_refused(anonymous: ApiClient, field: str, value: object) -> None:
    answer = anonymous.post("/auth/register", **{**ADA, field: value})

    assert list(refused_fields(answer)) == [field]


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "a\x00b", "a\x1bb", "a\x9bb", "\udc00", "x" * 201])
def test_what_is_not_a_name_is_refused(anonymous: ApiClient, name: str) -> None:
    answer = anonymous.post("/auth/register", **{**ADA, "full_name": name})

    assert list(refused_fields(answer)) == ["full_name"]


def test_nothing_is_written_by_a_refused_registration(anonymous: ApiClient) -> None:
    anonymous.post("/auth/register", **ADA, is_admin=True)

    assert anonymous.post("/auth/register", **ADA).status_code == 201
