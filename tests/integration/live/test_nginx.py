"""deploy/nginx/interview-prep.conf, before two API processes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.live.client import SocketClient
from tests.integration.live.sites import SeparateSite, is_live
from tests.integration.live.user import User
from tests.integration.processes.waiting import until
from tests.servers import free_port

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "nginx" / "interview-prep.conf"
SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]

AROUND = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/interview-prep.conf;
}}
"""


@pytest.fixture
def url(separate: SeparateSite, tmp_path: Path) -> Iterator[str]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if nginx is None:
        pytest.skip("needs nginx (in Debian: nginx-light)")
    port = free_port()
    ours = CONFIGURATION.read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
    for named, running in (("127.0.0.1:8000", separate.url), ("127.0.0.1:8001", separate.other_url)):
        ours = ours.replace(named, urlsplit(running).netloc)
    (tmp_path / "interview-prep.conf").write_text(ours)
    whole = tmp_path / "nginx.conf"
    whole.write_text(AROUND.format(folder=tmp_path))
    command = [nginx, "-c", str(whole), "-e", "stderr"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    found = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_live(found), "answer of nginx")
        yield found
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_it_works(url: str, sign_up: SignUp, socket: Socket, transport: str) -> None:
    ada = sign_up(url)
    clients = [socket(url) for _ in range(3)]
    assert all(client.connect(ada.token, transport=transport) for client in clients)

    ada.ended(ada.generate(ada.make_session(), 2))

    told = [client.next("notification.created") for client in clients]
    assert told == ada.ask("GET", "/notifications")["items"] * 3
    for client in clients:
        assert client.ask("notifications.since", {"id": told[0]["id"]}) == {"items": []}


def test_a_body_that_is_too_large_does_not_reach_the_api(url: str) -> None:
    assert httpx.post(f"{url}/api/v1/auth/login", content=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert httpx.post(f"{url}/socket.io/", content=b"x" * (64 * 1024 + 1)).status_code == 413


def test_figures_are_not_for_the_public(url: str) -> None:
    assert httpx.get(f"{url}/metrics").status_code == 404
