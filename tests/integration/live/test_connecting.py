"""Accepted and refused connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.building import UNLIMITED
from tests.integration.live.client import SocketClient, bare_web_socket
from tests.integration.live.sites import Site, embedded_site
from tests.integration.live.user import User
from tests.integration.processes.waiting import until

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]
MAX_PER_USER = 10


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_it_works(site: Site, sign_up: SignUp, socket: Socket, transport: str) -> None:
    ada = sign_up(site.url)
    client = socket(site.url)

    assert client.connect(ada.token, transport=transport), client.refusal

    assert client.next("ready") == {"user_id": ada.id, "unread_count": 0}


@pytest.mark.parametrize(
    ("token", "code"),
    [(None, "not_authenticated"), ("", "token_invalid"), ("nonsense", "token_invalid")],
)
def test_without_a_good_token_it_is_refused(site: Site, socket: Socket, token: str | None, code: str) -> None:
    client = socket(site.url)

    assert not client.connect(token)

    assert client.refusal["data"] == {"code": code}
    assert client.refusal["message"]


@pytest.mark.parametrize("auth", [["a", "list"], "text", {"token": 7}, {"token": None}, 12])
def test_credentials_of_a_wrong_shape_are_refused(site: Site, auth: object) -> None:
    with bare_web_socket(site.url) as connection:
        connection.send("40" + json.dumps(auth))

        assert connection.recv().startswith('44{"message"')


def test_the_token_of_a_login_that_has_ended_is_refused(site: Site, sign_up: SignUp, socket: Socket) -> None:
    ada = sign_up(site.url)
    token = ada.token
    ada.ask("POST", "/auth/logout", 204)
    client = socket(site.url)

    assert not client.connect(token)

    assert client.refusal["data"] == {"code": "login_ended"}


def test_a_page_of_ours_is_let_in_by_the_cookie(site: Site, sign_up: SignUp) -> None:
    ada = sign_up(site.url)
    with bare_web_socket(site.url, origin=site.url, cookie=f"access_token={ada.token}") as connection:
        connection.send("40")

        assert connection.recv().startswith('40{"sid"')
        assert json.loads(connection.recv()[2:]) == ["ready", {"user_id": ada.id, "unread_count": 0}]


def test_a_page_of_ours_is_let_in_by_the_cookie_when_it_polls(
    site: Site, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(site.url)
    client = socket(site.url)

    headers = {"Cookie": f"access_token={ada.token}", "Origin": site.url}
    assert client.connect(transport="polling", headers=headers), client.refusal

    assert client.next("ready")["user_id"] == ada.id


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_cookie_does_not_let_in_the_page_of_another_site(
    site: Site, sign_up: SignUp, origin: str, transport: str
) -> None:
    ada = sign_up(site.url)
    headers = {"Cookie": f"access_token={ada.token}", "Origin": origin}
    if transport == "websocket":
        headers |= {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}

    answer = httpx.get(f"{site.url}/socket.io/", params={"EIO": "4", "transport": transport}, headers=headers)

    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_user_has_ten_connections_at_most(site: Site, sign_up: SignUp, socket: Socket) -> None:
    ada = sign_up(site.url)
    clients = [socket(site.url) for _ in range(MAX_PER_USER)]
    assert all(client.connect(ada.token) for client in clients)
    one_more = socket(site.url)

    assert not one_more.connect(ada.token)

    assert one_more.refusal["data"] == {"code": "too_many_connections", "retry_after_seconds": 10}
    clients[0].leave()
    until(lambda: one_more.connect(ada.token), "connection in place of the one that has gone")


def test_an_address_has_so_many_connections_at_most(tmp_path: Path, sign_up: SignUp, socket: Socket) -> None:
    with embedded_site(tmp_path, max_sockets_per_address=3) as site:
        connected = [socket(site.url).connect(sign_up(site.url).token) for _ in range(4)]

    assert connected == [True, True, True, False]


def test_connecting_too_often_is_refused(tmp_path: Path, sign_up: SignUp, socket: Socket) -> None:
    limits = replace(UNLIMITED, connect="2 per minute")
    with embedded_site(tmp_path, limits=limits) as site:
        ada = sign_up(site.url)
        outcomes = []
        for _ in range(3):
            client = socket(site.url)
            outcomes.append(client.connect(ada.token))
            client.leave()
        refusal = httpx.get(f"{site.url}/socket.io/", params={"EIO": 4, "transport": "polling"})

    assert outcomes == [True, True, False]
    assert refusal.status_code == 429
    assert 0 < int(refusal.headers["Retry-After"]) <= 60
