"""Events that clients send, and their answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.live.client import SocketClient
from tests.integration.live.sites import Site
from tests.integration.live.user import User

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]
UNKNOWN_ID = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"


@pytest.fixture
def ada(site: Site, sign_up: SignUp) -> User:
    return sign_up(site.url)


@pytest.fixture
def client(site: Site, ada: User, socket: Socket) -> SocketClient:
    client = socket(site.url)
    assert client.connect(ada.token), client.refusal
    return client


def test_it_watches_a_job(ada: User, client: SocketClient) -> None:
    job_id = ada.generate(ada.make_session(), 3)

    watched = client.ask("job.watch", {"job_id": job_id})

    assert set(watched) == set(ada.job(job_id))
    assert watched["id"] == job_id
    assert ada.ended(job_id) == client.ask("job.watch", {"job_id": job_id})


def test_the_job_of_another_user_looks_like_none(site: Site, client: SocketClient, sign_up: SignUp) -> None:
    eve = sign_up(site.url)
    job_id = eve.generate(eve.make_session(), 3)

    answers = [client.ask("job.watch", {"job_id": each}) for each in (job_id, UNKNOWN_ID)]

    assert answers[0] == answers[1]
    assert answers[0]["error"]["code"] == "job_not_found"
    eve.ended(job_id)
    assert not client.heard("job.updated")
    assert not client.heard("notification.created")


def test_it_catches_up_with_notifications(ada: User, client: SocketClient) -> None:
    session_id = ada.make_session()
    for _ in range(3):
        ada.ended(ada.generate(session_id, 1))
    first, second, third = (client.next("notification.created") for _ in range(3))

    assert client.ask("notifications.since", {"id": first["id"]}) == {"items": [second, third]}
    assert client.ask("notifications.since", {"id": third["id"]}) == {"items": []}
    assert client.ask("notifications.since", {"id": ""}) == {"items": [first, second, third]}
    assert ada.ask("GET", "/notifications")["items"] == [third, second, first]


def test_a_new_token_keeps_it_connected(ada: User, client: SocketClient) -> None:
    assert client.ask("auth.refresh", {"token": ada.another_login()}) == {"ok": True}

    ada.ask("POST", "/auth/logout", 204)

    assert client.ask("notifications.since", {"id": ""}) == {"items": []}


def test_the_token_of_another_user_is_refused(site: Site, client: SocketClient, sign_up: SignUp) -> None:
    answer = client.ask("auth.refresh", {"token": sign_up(site.url).token})

    assert answer["error"]["code"] == "not_authenticated"
    assert client.ask("notifications.since", {"id": ""}) == {"items": []}


def test_a_bad_token_is_refused_and_the_old_one_goes_on(client: SocketClient) -> None:
    assert client.ask("auth.refresh", {"token": "nonsense"})["error"]["code"] == "token_invalid"
    assert client.ask("notifications.since", {"id": ""}) == {"items": []}


def test_a_payload_of_a_wrong_shape_is_told(client: SocketClient) -> None:
    shapes: list[object] = [None, "text", 7, [], {}, {"job_id": 7}, {"job_id": "é"}, {"job_id": "x" * 5000}]
    for payload in shapes:
        answer = client.ask("job.watch", payload)

        assert answer["error"]["code"] == "invalid", payload


def test_an_unknown_event_is_told(client: SocketClient) -> None:
    assert client.ask("job.delete", {"job_id": UNKNOWN_ID})["error"]["code"] == "unknown_event"
