"""Reasons for which the server closes a connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.crypto.tokens import SignedTokens
from core.domain.identity.logins import Login
from tests import building
from tests.integration.live.client import SocketClient
from tests.integration.live.sites import SeparateSite, Site
from tests.integration.live.user import User
from tests.integration.processes import installation
from tests.integration.processes.person import PASSWORD

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]
CLOSED_WITHIN = 5.0


def short_lived_token(site: Site, user: User, seconds: float) -> str:
    """Of the user's login, as the server would have made it a while ago."""
    secret = installation.SECRET if isinstance(site, SeparateSite) else building.SECRET
    now = datetime.now(UTC)
    login = Login(user.claims["sid"], user.id, "", now, now)
    return SignedTokens([secret]).access(login, now, now + timedelta(seconds=seconds))


def test_the_token_ends(site: Site, sign_up: SignUp, socket: Socket) -> None:
    ada = sign_up(site.url)
    ends, renewed = socket(site.url), socket(site.url)
    assert ends.connect(short_lived_token(site, ada, 2)), ends.refusal
    assert renewed.connect(short_lived_token(site, ada, 2)), renewed.refusal
    assert renewed.ask("auth.refresh", {"token": ada.token}) == {"ok": True}

    assert ends.closed(within=2 + CLOSED_WITHIN) == "token_expired"

    assert renewed.ask("notifications.since", {"id": ""}) == {"items": []}


def test_logging_out_closes_the_sockets_of_this_login_on_every_process(
    site: Site, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(site.url)
    clients = [socket(site.url), socket(site.other_url)]
    other_login = socket(site.other_url)
    assert all(client.connect(ada.token) for client in clients)
    assert other_login.connect(ada.another_login())

    ada.ask("POST", "/auth/logout", 204)

    assert [client.closed(within=CLOSED_WITHIN) for client in clients] == ["login_ended"] * 2
    assert other_login.ask("notifications.since", {"id": ""}) == {"items": []}


def test_a_new_password_closes_the_sockets_of_other_logins(
    site: Site, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(site.url)
    own, other = socket(site.url), socket(site.other_url)
    assert own.connect(ada.token)
    assert other.connect(ada.another_login())

    body = {"current_password": PASSWORD, "new_password": "another correct horse"}
    ada.ask("POST", "/auth/password", 204, json=body)

    assert other.closed(within=CLOSED_WITHIN) == "login_ended"
    assert own.ask("notifications.since", {"id": ""}) == {"items": []}


def test_a_stolen_refresh_token_closes_the_sockets_of_its_login(
    site: Site, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(site.url)
    tokens = ada.ask("POST", "/auth/login", 200, json={"email": ada.email, "password": PASSWORD})
    client = socket(site.other_url)
    assert client.connect(tokens["access_token"])

    current = tokens["refresh_token"]
    for _ in range(2):  # the token before the current one is accepted for a moment
        current = ada.ask("POST", "/auth/refresh", 200, json={"refresh_token": current})["refresh_token"]
    ada.ask("POST", "/auth/refresh", 401, json={"refresh_token": tokens["refresh_token"]})

    assert client.closed(within=CLOSED_WITHIN) == "login_ended"
