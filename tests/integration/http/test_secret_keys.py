"""Keys can be rotated without logging anybody out: the first signs, all verify."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
import pytest

from core.domain.mail.emails import EmailKind
from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application
from tests.building import SECRET, application_in_memory
from tests.fakes import ManualClock
from tests.integration.http.client import PASSWORD, ApiClient, refusal, refused_fields
from tests.integration.http.mailbox import Mailbox

OLD, NEW = "the old key " * 4, "the new key " * 4

Product = Callable[..., tuple[ApiClient, Application]]
"""Starts the product once more, on the same database, with these keys."""


@pytest.fixture
def product(clock: ManualClock, tmp_path: Path) -> Iterator[Product]:
    with ExitStack() as running:

        def start(*keys: str) -> tuple[ApiClient, Application]:
            url = f"sqlite:///{tmp_path / 'keys.db'}"
            built = application_in_memory(tmp_path, clock, [], database_url=url, secret_keys=keys)
            running.callback(built.close)
            return ApiClient(create_app(built).test_client(use_cookies=False)), built

        yield start


@pytest.fixture
def before(product: Product) -> ApiClient:
    """Ada, logged in before the keys were rotated."""
    return product(OLD)[0].sign_up("ada@example.com")


@pytest.fixture
def after(product: Product, before: ApiClient) -> ApiClient:
    """The same login, after the rotation."""
    client = product(NEW, OLD)[0]
    client.access_token, client.refresh_token = before.access_token, before.refresh_token
    return client


class TestRotation:
    def test_access_tokens_of_the_old_key_are_good(self, after: ApiClient) -> None:
        assert after.get("/users/me").status_code == 200

    def test_refresh_tokens_of_the_old_key_are_good(self, after: ApiClient) -> None:
        answer = after.post("/auth/refresh", refresh_token=after.refresh_token)

        assert answer.status_code == 200

    def test_new_tokens_are_signed_by_the_first_key(self, after: ApiClient, product: Product) -> None:
        renewed = after.post("/auth/refresh", refresh_token=after.refresh_token).json
        alone = product(NEW)[0].take_tokens(renewed)

        assert alone.get("/users/me").status_code == 200
        assert alone.post("/auth/refresh", refresh_token=alone.refresh_token).status_code == 200

    def test_without_the_old_key_its_tokens_are_refused(self, before: ApiClient, product: Product) -> None:
        alone = product(NEW)[0]
        alone.access_token = before.access_token

        refusal(alone.get("/users/me"), 401, "token_invalid")
        answer = alone.post("/auth/refresh", refresh_token=before.refresh_token)
        refusal(answer, 401, "refresh_token_invalid")

    def test_csrf_tokens_of_the_old_key_are_good(self, before: ApiClient, after: ApiClient) -> None:
        answer = before.post("/auth/login", email="ada@example.com", password=PASSWORD)
        cookies = {
            line.partition("=")[0]: line.partition("=")[2].partition(";")[0]
            for line in answer.headers.getlist("Set-Cookie")
        }
        after.access_token = None

        def rename(token: str) -> int:
            headers = {"Cookie": f"access_token={cookies['access_token']}", "X-CSRF-Token": token}
            return after.request(
                "PATCH", "/users/me", json={"full_name": "Ada King"}, headers=headers
            ).status_code

        assert rename(cookies["csrf_token"]) == 200
        assert rename("another") == 403

    def test_cursors_of_the_old_key_are_good(
        self, before: ApiClient, after: ApiClient, product: Product
    ) -> None:
        for number in range(3):
            before.make_session(role=f"Role {number}")
        cursor = before.get("/sessions", limit=1).json["next_cursor"]

        assert len(after.get("/sessions", cursor=cursor).json["items"]) == 2
        newer = after.get("/sessions", limit=1).json["next_cursor"]
        alone = product(NEW)[0].take_tokens(
            after.post("/auth/refresh", refresh_token=after.refresh_token).json
        )
        assert len(alone.get("/sessions", cursor=newer).json["items"]) == 2
        assert list(refused_fields(alone.get("/sessions", cursor=cursor), "cursor_invalid")) == ["cursor"]

    def test_links_in_mails_that_have_been_sent_are_good(self, before: ApiClient, product: Product) -> None:
        user_id = before.get("/users/me").json["id"]
        link = product(OLD)[1].mail.unsubscribe_links.link(user_id, EmailKind.EXPORT_READY)
        token = link.partition("token=")[2]

        for keys, status in (((NEW, OLD), 200), ((NEW,), 400)):
            client = product(*keys)[0]
            answer = client.request("POST", "/mail/unsubscribe", query_string={"token": token})
            assert answer.status_code == status

    def test_a_one_time_password_that_waits_in_the_outbox_is_still_sent(
        self, before: ApiClient, product: Product
    ) -> None:
        before.post("/auth/password-reset/request", email="ada@example.com")

        assert Mailbox(product(NEW, OLD)[1]).otp()


class TestAccessTokens:
    """What a token must be, checked with tokens that are right but for one thing."""

    @pytest.fixture
    def claims(self, ada: ApiClient) -> dict[str, Any]:
        assert ada.access_token is not None
        found: dict[str, Any] = jwt.decode(ada.access_token, options={"verify_signature": False})
        return found

    def signed(
        self, claims: dict[str, Any], *, algorithm: str = "HS256", key: str = SECRET, typ: str = "at+jwt"
    ) -> str:
        """By the key that is derived from the secret for this purpose."""
        derived = hmac.digest(key.encode(), b"interview-prep access", hashlib.sha256)
        return jwt.encode(claims, derived, algorithm=algorithm, headers={"typ": typ})

    def asked(self, client: ApiClient, token: str) -> int:
        client.access_token = token
        answer = client.get("/users/me")
        if answer.status_code == 401:
            refusal(answer, 401, "token_invalid")
        return answer.status_code

    def test_one_that_is_all_right_is_good(self, anonymous: ApiClient, claims: dict[str, Any]) -> None:
        assert self.asked(anonymous, self.signed(claims)) == 200

    @pytest.mark.filterwarnings("ignore:The HMAC key is")
    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    def test_another_algorithm_is_refused_though_the_key_is_right(
        self, anonymous: ApiClient, claims: dict[str, Any], algorithm: str
    ) -> None:
        assert self.asked(anonymous, self.signed(claims, algorithm=algorithm)) == 401

    def test_no_algorithm_is_refused(self, anonymous: ApiClient, claims: dict[str, Any]) -> None:
        assert self.asked(anonymous, jwt.encode(claims, "", algorithm="none")) == 401

    def test_another_key_is_refused(self, anonymous: ApiClient, claims: dict[str, Any]) -> None:
        assert self.asked(anonymous, self.signed(claims, key="another key " * 4)) == 401

    def test_the_secret_itself_is_not_the_key(self, anonymous: ApiClient, claims: dict[str, Any]) -> None:
        assert self.asked(anonymous, jwt.encode(claims, SECRET, algorithm="HS256")) == 401

    @pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "sid"])
    def test_a_missing_claim_is_refused(
        self, anonymous: ApiClient, claims: dict[str, Any], claim: str
    ) -> None:
        del claims[claim]

        assert self.asked(anonymous, self.signed(claims)) == 401

    @pytest.mark.parametrize(
        ("claim", "value"),
        [
            ("iss", "somebody else"),
            ("aud", "another product"),
            ("aud", []),
            ("sub", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
            ("sid", "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"),
            ("exp", "tomorrow"),
            ("exp", None),
        ],
    )
    def test_a_wrong_claim_is_refused(
        self, anonymous: ApiClient, claims: dict[str, Any], claim: str, value: object
    ) -> None:
        anonymous.access_token = self.signed({**claims, claim: value})

        assert anonymous.get("/users/me").status_code == 401

    def test_an_expired_one_is_refused(
        self, anonymous: ApiClient, claims: dict[str, Any], clock: ManualClock
    ) -> None:
        anonymous.access_token = self.signed({**claims, "exp": int(clock.now().timestamp())})

        refusal(anonymous.get("/users/me"), 401, "token_expired")
