"""Clients that violate the protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import websocket

from entrypoints.http.live import engine
from tests.integration.live.client import BareWebSocket, SocketClient, bare_web_socket
from tests.integration.live.sites import Site, embedded_site
from tests.integration.live.user import User
from tests.integration.processes.waiting import until

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]


@pytest.fixture(scope="module")
def ada(site: Site) -> Iterator[User]:
    user = User(site.url)
    yield user
    user.close()


@pytest.fixture(scope="module")
def bob(embedded: Site) -> Iterator[User]:
    user = User(embedded.url)
    yield user
    user.close()


@contextmanager
def logged_in(site: Site, ada: User) -> Iterator[BareWebSocket]:
    with bare_web_socket(site.url) as connection:
        connection.send("40" + json.dumps({"token": ada.token}))
        assert connection.recv().startswith('40{"sid"')
        assert connection.recv().startswith('42["ready"')
        yield connection


def test_the_client_is_told_that_it_is_connected_before_anything_else(site: Site, ada: User) -> None:
    with logged_in(site, ada) as connection:
        connection.send('421["notifications.since",{"id":""}]')

        assert connection.recv() == '431[{"items":[]}]'


def test_too_many_events_close_it(site: Site, ada: User, socket: Socket) -> None:
    client = socket(site.url)
    assert client.connect(ada.token)

    for _ in range(100):
        client.say("job.watch", {"job_id": ""})

    assert client.closed() == "too_many_events"


@pytest.mark.parametrize(
    "packet",
    [
        "4",
        "4x",
        "42",
        "42{",
        '42["job.watch"',
        "42[]",
        "42{}",
        '42[{"an":"object"}]',
        "42" + "[" * 20_000,
        '42["connect",{"token":"x"}]',
        '42["disconnect"]',
        '421["disconnect","client disconnect"]',
        '451-["job.watch",{"_placeholder":true,"num":0}]',
        "461-1[]",
        '431["an answer to nothing"]',
        "44{}",
        "49",
        "42999999999-[]",
    ],
)
def test_what_is_no_packet_closes_it(embedded: Site, bob: User, packet: str) -> None:
    with logged_in(embedded, bob) as connection:
        connection.send(packet)

        assert connection.until_closed()[0] == '42["connection.closed",{"reason":"malformed_packet"}]'


def test_a_client_cannot_make_itself_invisible(site: Site, sign_up: SignUp) -> None:
    """A forged `disconnect` would have left a socket that hears, but is neither counted nor closed."""
    eve = sign_up(site.url)
    with logged_in(site, eve) as connection:
        connection.send('42["disconnect"]')
        eve.ask("POST", "/auth/logout", 204)

        assert connection.until_closed()


def test_binary_messages_close_it(site: Site, ada: User) -> None:
    with logged_in(site, ada) as connection:
        connection.send_binary(b"\x00\xff\x04")

        assert "malformed_packet" in connection.until_closed()[0]


def test_packets_of_engine_io_that_servers_send_do_no_harm(site: Site, ada: User) -> None:
    with logged_in(site, ada) as connection:
        for packet in ("2", "5", "6", "3", "7", "9"):
            connection.send(packet)
        connection.send('421["notifications.since",{"id":""}]')

        assert connection.recv() == "6"
        assert connection.recv() == '431[{"items":[]}]'


@pytest.mark.parametrize("packet", ["x", "é", "4" + "[" * 20_000, "b!", ""])
def test_what_engine_io_cannot_read_closes_it(site: Site, ada: User, packet: str) -> None:
    with logged_in(site, ada) as connection:
        connection.send(packet)
        connection.send('42["nothing.known"]')

        assert not any("HTTP" in message for message in connection.until_closed())


def test_a_long_message_closes_it(site: Site, ada: User) -> None:
    with logged_in(site, ada) as connection:
        connection.send('42["job.watch",{"job_id":"' + "x" * engine.MAX_PAYLOAD_BYTES + '"}]')

        assert connection.until_closed() == []


def test_a_message_without_end_closes_it(site: Site, ada: User) -> None:
    """In parts, of which none is too long."""
    with logged_in(site, ada) as connection:
        connection.send_frame(websocket.ABNF.create_frame("4", websocket.ABNF.OPCODE_TEXT, fin=0))
        part = websocket.ABNF.create_frame("x" * 10_000, websocket.ABNF.OPCODE_CONT, fin=0)
        with suppress(OSError):
            for _ in range(10):
                connection.send_frame(part)

        assert connection.until_closed() == []


def test_a_long_message_is_refused_by_polling(site: Site) -> None:
    params = {"EIO": "4", "transport": "polling"}
    with httpx.Client(base_url=site.url) as client:
        opened = json.loads(client.get("/socket.io/", params=params).text[1:])
        params["sid"] = opened["sid"]

        answer = client.post("/socket.io/", params=params, content="4" + "x" * (engine.MAX_PAYLOAD_BYTES + 1))

    assert opened["maxPayload"] == engine.MAX_PAYLOAD_BYTES
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    ["", "EIO=3&transport=polling", "EIO=4&transport=carrier-pigeon", "EIO=4&transport=polling&sid=unknown"],
)
def test_a_request_that_is_no_engine_io_is_refused(site: Site, query: str) -> None:
    assert httpx.get(f"{site.url}/socket.io/?{query}").status_code == 400
    assert httpx.post(f"{site.url}/socket.io/?{query}", content="40").status_code == 400


def test_a_connection_that_is_nobodys_is_ended(tmp_path: Path) -> None:
    with (
        embedded_site(tmp_path, login_seconds=1) as site,
        bare_web_socket(site.url) as silent,
        bare_web_socket(site.url) as refused,
    ):
        refused.send("40")
        assert refused.recv().startswith("44{")

        assert silent.until_closed() == ["1"]
        assert refused.until_closed() == ["1"]


def test_a_client_that_goes_while_it_is_let_in_is_not_counted_for_ever(
    embedded: Site, sign_up: SignUp, socket: Socket
) -> None:
    """By long-polling it can say both at the same time."""
    eve = sign_up(embedded.url)
    with httpx.Client(base_url=embedded.url) as client, ThreadPoolExecutor(2) as pool:
        for _ in range(30):
            params = {"EIO": "4", "transport": "polling"}
            params["sid"] = json.loads(client.get("/socket.io/", params=params).text[1:])["sid"]
            packets = ("40" + json.dumps({"token": eve.token}), "1")
            said = [pool.submit(client.post, "/socket.io/", params=params, content=each) for each in packets]
            assert [each.result().status_code < 500 for each in said] == [True, True]

    for _ in range(10):
        until(lambda: socket(embedded.url).connect(eve.token), "free place")
