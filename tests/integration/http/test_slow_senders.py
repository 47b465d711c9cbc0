"""Both servers, whose clients have less time here than in production (see slow_sending.LIMITS)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.system.clock import SystemClock
from entrypoints.http.servers.serving import served_app
from entrypoints.http.servers.threaded import ThreadedServer
from tests.building import application_in_memory
from tests.fakes import ScriptedGenerator
from tests.integration.http.slow_sending import LIMITS, Connect, Connection, connecting
from tests.integration.live.client import bare_web_socket
from tests.servers import free_port

HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
BODY = json.dumps({"email": "nobody@example.com", "password": "wrong" * 180}).encode()


def posting(length: int = len(BODY)) -> bytes:
    return (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: " + str(length).encode() + b"\r\n\r\n"
    )


@pytest.fixture(scope="module", params=["threaded", "gunicorn"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp(request.param)
    yield from threaded(folder) if request.param == "threaded" else gunicorn(folder)


def threaded(folder: Path) -> Iterator[int]:
    application = application_in_memory(folder, SystemClock(), [ScriptedGenerator()])
    app, sockets = served_app(application, "threading")
    server = ThreadedServer(app, "127.0.0.1", 0, LIMITS)
    server.start()
    yield server.port
    sockets.stop()
    server.stop()
    application.close()


def gunicorn(folder: Path) -> Iterator[int]:
    port = free_port()
    log = folder / "log"
    with log.open("w") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.http.gunicorn_program", str(folder), str(port)],
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2)
                break
            except httpx.TransportError:
                assert program.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield port
    finally:
        program.terminate()
        program.wait(timeout=20)
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def connect(port: int) -> Iterator[Connect]:
    with connecting(port) as connect:
        yield connect


def seconds_until_its_end(connection: Connection) -> float:
    assert connection.rest() == b""
    return time.monotonic() - connection.opened_at


def test_a_connection_that_says_nothing_is_ended(connect: Connect) -> None:
    assert 0.4 < seconds_until_its_end(connect()) < 3


def test_headers_that_stop_half_way_are_ended(connect: Connect) -> None:
    connection = connect()
    connection.send(HEAD)

    assert 0.4 < seconds_until_its_end(connection) < 3


def test_headers_that_drip_are_ended(connect: Connect) -> None:
    connection = connect()

    assert not connection.drip(HEAD, pause_seconds=0.1)
    assert seconds_until_its_end(connection) < 3


def test_fifty_slow_senders_are_all_ended(connect: Connect) -> None:
    connections = [connect() for _ in range(50)]
    for number, connection in enumerate(connections):
        connection.send(HEAD if number % 2 else posting()[:20])

    assert all(seconds_until_its_end(connection) < 4 for connection in connections)


def test_a_body_that_drips_is_ended_with_a_408(connect: Connect) -> None:
    connection = connect()
    connection.send(posting())

    assert not connection.drip(BODY, pause_seconds=0.1)
    status, body = connection.answer()
    assert (status, json.loads(body)["code"]) == (408, "body_too_slow")
    assert connection.rest() == b""


def test_a_chunked_body_that_stops_is_ended_with_a_408(connect: Connect) -> None:
    connection = connect()
    head = posting().replace(b"Content-Length: " + str(len(BODY)).encode(), b"Transfer-Encoding: chunked")
    connection.send(head + b"400\r\n" + BODY[:100])

    status, body = connection.answer()
    assert (status, json.loads(body)["code"]) == (408, "body_too_slow")
    assert connection.rest() == b""


def test_a_body_that_stalls_after_its_beginning_is_ended(connect: Connect) -> None:
    connection = connect()
    connection.send(posting(100_000) + b" " * 50_000)

    assert connection.answer()[0] == 408
    assert time.monotonic() - connection.opened_at < 3


def test_a_body_that_comes_fast_enough_is_taken(connect: Connect) -> None:
    connection = connect()
    connection.send(posting())

    assert connection.drip(BODY[:-1], pause_seconds=0.1, bytes_at_a_time=140)
    connection.send(BODY[-1:])
    assert connection.answer()[0] == 401
    assert time.monotonic() - connection.opened_at > LIMITS.body_seconds


def test_a_body_that_nobody_wants_is_not_waited_for_long(connect: Connect) -> None:
    connection = connect()
    connection.send(posting().replace(b"/api/v1/auth/login", b"/api/v1/nowhere") + BODY[:10])

    assert connection.answer()[0] == 404
    assert connection.rest() == b""
    assert time.monotonic() - connection.opened_at < 4


def test_a_web_socket_may_be_silent(port: int) -> None:
    with bare_web_socket(f"http://127.0.0.1:{port}") as socket:
        time.sleep(1.2)
        socket.send("40{}")

        assert "token" in socket.recv()


def test_a_kept_connection_may_be_idle(port: int, connect: Connect, request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["port"] == "threaded":
        pytest.skip("it keeps no connections")
    connection = connect()
    connection.send(HEAD + b"\r\n")
    assert connection.answer()[0] == 200

    time.sleep(1.2)
    connection.send(HEAD + b"\r\n")
    assert connection.answer()[0] == 200

    connection.send(HEAD)
    assert connection.rest() == b""


def polling(port: int) -> str:
    """The address of a new Engine.IO connection that polls."""
    url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling"
    return f"{url}&sid={json.loads(httpx.get(url).text[1:])['sid']}"


def test_a_poll_may_wait_for_events(port: int) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(polling(port), timeout=1.2)


def test_a_poll_that_sends_too_slowly_is_ended(port: int, connect: Connect) -> None:
    path = polling(port).partition(str(port))[2].encode()
    connection = connect()
    connection.send(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n40")

    connection.rest()
    assert time.monotonic() - connection.opened_at < 4
