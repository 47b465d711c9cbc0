"""gunicorn with gevent: one loop, in which nothing may hold up the others."""

from __future__ import annotations

import http.client
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.live.client import SocketClient, bare_web_socket
from tests.integration.live.sites import SeparateSite
from tests.integration.live.user import User
from tests.integration.processes.person import PASSWORD

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]
LOGINS = 5
PROMPT_SECONDS = 0.05


def test_logins_do_not_hold_up_other_requests(separate: SeparateSite, sign_up: SignUp) -> None:
    """On the process that hashes at cost 12, where a password takes a quarter of a second."""
    ada = sign_up(separate.url)
    answered: list[float] = []
    with ThreadPoolExecutor(LOGINS) as pool, httpx.Client(base_url=separate.other_url) as client:
        client.get("/health/live")
        body = {"email": ada.email, "password": PASSWORD}
        address = f"{separate.other_url}/api/v1/auth/login"
        logins = [pool.submit(httpx.post, address, json=body, timeout=30) for _ in range(LOGINS)]
        while not all(login.done() for login in logins):
            asked_at = time.monotonic()
            assert client.get("/health/live").status_code == 200
            answered.append(time.monotonic() - asked_at)

    assert [login.result().status_code for login in logins] == [200] * LOGINS
    # If each password held up the others, an answer would come after each of them, and take as long.
    assert len(answered) > 4 * LOGINS
    assert statistics.median(answered) < PROMPT_SECONDS


def test_connections_are_kept_for_further_requests(separate: SeparateSite) -> None:
    parts = urlsplit(separate.url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    sockets = []
    for _ in range(3):
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()

    assert sockets[0] is not None
    assert len(set(sockets)) == 1


@pytest.fixture
def two_processes(separate: SeparateSite) -> Iterator[tuple[str, Callable[[], int]]]:
    """The URL of two more processes that share one port, and what stops them."""
    url = separate.installation.url
    program = separate.installation.serve("api", "--workers", "2")
    shared_url, separate.installation.url = separate.installation.url, url
    yield shared_url, lambda: program.stop(signal.SIGTERM, within=6)
    program.kill()


def test_processes_share_a_port_and_end_without_waiting_for_sockets(
    separate: SeparateSite, two_processes: tuple[str, Callable[[], int]], sign_up: SignUp, socket: Socket
) -> None:
    url, stop = two_processes
    ada = sign_up(separate.url)
    polling = socket(url)
    assert not polling.connect(ada.token, transport="polling")
    clients = [socket(url) for _ in range(6)]
    assert all(client.connect(ada.token) for client in clients)
    ada.ended(ada.generate(ada.make_session(), 1))
    told = [client.next("notification.created") for client in clients]
    assert len({notification["id"] for notification in told}) == 1

    with httpx.Client(base_url=url) as kept, bare_web_socket(url) as nobodys:
        assert kept.get("/health/live").status_code == 200
        began_at = time.monotonic()
        assert stop() == 0
        assert time.monotonic() - began_at < 4
        assert nobodys.until_closed() in ([], ["1"])
    assert all(client.is_disconnected.wait(1) for client in clients)
    assert not any(client.heard("connection.closed") for client in clients)
